"""Stores that come after a load by what they are made of, or by a branch that the load decides (DDI 0406C
A3.8.2): the store's data or address is made of the value that was loaded, or the store is behind a branch
that depends on it. No barrier is needed then between the load and the store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypgen.decode.table import Insn
from hypgen.emulator.strict.polling import leaves, target_of
from hypgen.emulator.strict.values import ALWAYS, Value, is_load, is_store

REACH = 64
"""Instructions that are looked at behind a load."""

Read = Callable[[int], Insn | None]


class Dependence(NamedTuple):
    """The stores behind a load, by their instructions."""

    made: frozenset[int]
    """Stores of its value, or to where it says."""
    other: frozenset[int]
    """Stores in front of the branch that it decides, which are made of something else."""
    decides: bool
    """Whether it decides a branch."""

    def orders(self, pc: int) -> bool:
        """Whether a store comes after the load."""
        return pc in self.made or (self.decides and pc not in self.other)


def dependence(read: Read, pc: int) -> Dependence:
    """What depends on the load at ``pc``; ``read`` gives instructions."""
    load = read(pc)
    made: set[int] = set()
    other: set[int] = set()
    if load is None or not is_load(load):
        return Dependence(frozenset(), frozenset(), False)
    value, at = Value(load), pc + load.length
    for _ in range(REACH):
        insn = read(at & 0xFFFF_FFFF)
        if insn is None or value.decides or (leaves(insn) and insn.condition == ALWAYS):
            break
        if is_store(insn):
            (made if value.stored_by(insn) or value.addresses(insn) else other).add(at)
        value.passes(insn)
        always = insn.heading == "B" and insn.condition == ALWAYS
        at = target_of(at, insn) if always else at + insn.length
    return Dependence(frozenset(made), frozenset(other), value.decides)
