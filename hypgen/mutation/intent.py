"""Intent: what compares a mutant with the plan, and may therefore not kill one of class 1 or 2.

A check that compares instruction bytes, counts, or a register with what was planned would notice every
change, whether it matters or not. Bits of policy, which nothing else can notice, are compared so here, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hypgen.arch.registers import BY_NAME
from hypgen.mutation.mutant import Written
from hypgen.mutation.policy import CONTROLS

CHECKS = frozenset(
    {
        *("strict", "vectors.table", "runtime.hsctlr"),
        # These compare the registers that confine a guest with what they should be, or ask whether an
        # operation was executed.
        *("world.confined", "world.vmids", "vmid.rollover", "exit.permission"),
        # What Monitor mode wrote into SCR, NSACR and so on.
        *("monitor.scr", "monitor.nsacr", "monitor.mvbar", "monitor.timer"),
        # The values of HTTBR and HVBAR in order.
        *("style.tables", "way.stub"),
    }
)
"""Checks of the verdict that do; ``strict`` has the findings, which are counted by themselves."""
STEPS: Mapping[str, str] = {"runtime.hsctlr": "HSCTLR"}
"""Steps of host programs that do, with the register that they compare: they are answered for the image."""
_ALSO = {"HSCTLR": "SCTLR_CACHES"}
"""Constants that are added to others where a variant of an image says so."""


def deviations(constants: Mapping[str, int], writes: Iterable[Written]) -> Iterator[str]:
    """The intent checks that fail: ``intent.HTCR`` for each register that was given bits of policy which are
    neither all zero nor those of a constant of the plan for it.

    ``constants`` are the plan's by name: those for a register begin with its name. ``writes`` are registers
    and what was written into them.
    """
    wrong = set()
    for name, value, _ in writes:
        mask = sum(BY_NAME[name].bit(field) for field in CONTROLS[name])
        planned = [asked for constant, asked in constants.items() if constant.startswith(f"{name}_")]
        also = constants.get(_ALSO.get(name, ""), 0)
        if value & mask not in {bits & mask for asked in (0, *planned) for bits in (asked, asked | also)}:
            wrong.add(f"intent.{name}")
    yield from sorted(wrong)
