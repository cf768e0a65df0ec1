"""A CPU that plays outcomes: what the strict rules only judge, it does, as a chooser decides.

:func:`install` puts the rules of :mod:`~hypgen.emulator.strict.playing_rules` and the accesses of
:mod:`~hypgen.emulator.strict.played_accesses` in the place of a CPU's own. Each access gathers what
the families offer; the chooser is asked once for all of it, and the access goes on with what was chosen:
another translation, other bytes, a fault, or old values of registers for the length of one instruction.
While anything is loose about fetches, or about registers that translations read, instructions are executed
one at a time. An old value of another register lasts for one instruction, too: the run is ended behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypgen.emulator.cpu import Cpu
from hypgen.emulator.dataside import DataSide
from hypgen.emulator.strict.choices import Chooser
from hypgen.emulator.strict.observer import StrictRules
from hypgen.emulator.strict.played_accesses import PlayedAccesses
from hypgen.emulator.strict.playing_rules import PlayingRules


def install(cpus: Sequence[Cpu], chooser: Chooser) -> tuple[PlayingRules, ...]:
    """Have the CPUs of a strict machine, which has not run, play what ``chooser`` chooses."""
    made = []
    for cpu in cpus:
        system = cpu.system
        known = system.observer
        assert isinstance(known, StrictRules)
        rules = PlayingRules(system, known.findings, known.contract, known.side, chooser)
        system.observe(rules)
        system.accesses = PlayedAccesses(system, rules)
        cpu.mem = DataSide(system.accesses, system)
        made.append(rules)
    return tuple(made)
