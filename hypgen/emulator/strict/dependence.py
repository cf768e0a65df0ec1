"""Stores that come after a load by what they are made of, or by a branch that the load decides (DDI 0406C
A3.8.2): the store's data or address is made of the value that was loaded, or the store is behind a branch
that depends on it. No barrier is needed then between the load and the store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hypgen.decode.table import Insn
from hypgen.emulator.strict.polling import target_of
from hypgen.emulator.strict.values import ALWAYS, Value, is_load, is_store, leaves

REACH = 64
"""Instructions that are looked at behind a load."""

Read = Callable[[int], Insn | None]


class Dependence(NamedTuple):
    """The stores behind a load, by their instructions."""

    made: frozenset[int]
    """Stores of its value, or to where it says."""
    other: frozenset[int]
    """Stores that are made of something else, in front of the branch that it decides."""
    decides: bool
    """Whether it decides a branch; or may, as it goes where it is not followed."""

    def orders(self, pc: int) -> bool:
        """Whether a store comes after the load."""
        return pc in self.made or (self.decides and pc not in self.other)


def dependence(read: Read, pc: int, returns: Sequence[int] = ()) -> Dependence:
    """What depends on the load at ``pc``; ``read`` gives instructions. A function that it is in returns to
    the first of ``returns``, its caller to the second."""
    load = read(pc)
    made: set[int] = set()
    other: set[int] = set()
    if load is None or not is_load(load):
        return Dependence(frozenset(), frozenset(), False)
    value, at, back = Value(load), pc + load.length, iter(returns)
    decides = False
    for _ in range(REACH):
        insn = read(at & 0xFFFF_FFFF)
        if insn is None:
            break
        if is_store(insn):
            (made if value.stored_by(insn) or value.addresses(insn) else other).add(at)
        decides = value.is_given_by(insn)
        value.passes(insn)
        decides |= value.decides
        following: int | None = at + insn.length
        if insn.condition == ALWAYS and leaves(insn):
            following = next(back, None) if value.returned() else None
            decides |= following is None and value.live
        elif insn.condition == ALWAYS and insn.heading == "B":
            following = target_of(at, insn)
        if decides or following is None:
            break
        at = following
    return Dependence(frozenset(made), frozenset(other), decides)
