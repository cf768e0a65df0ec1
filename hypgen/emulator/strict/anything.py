"""Translations that are UNKNOWN: which of all that they may be are played.

An entry of a TLB from before reset, or a walk that begins at an UNKNOWN address, may give anything. Two of
that stand for the rest, as one of them undoes whatever is relied on: a translation that permits nothing,
where an access is to succeed, and one that lets it pass, where it is to fault. That one gives the address
itself to data, and to a fetch memory that holds a branch to itself, as UNKNOWN memory may.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from hypgen.emulator.attributes import Attributes, MemoryType
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.emulator.translation import Regime, Translation
from hypgen.units import PhysAddr, VirtAddr

_WRITE_BACK = Attributes(MemoryType.NORMAL, 0xFF, "inner")


class Anything(NamedTuple):
    """A translation that is UNKNOWN, what is said of it, and whether instructions there are a loop."""

    what: str
    outcome: Translation | Fault
    loop: bool = False

    @property
    def key(self) -> Hashable:
        """What tells it from others."""
        return self.what

    def ever(self, key: Hashable) -> Hashable:
        """``key`` if it comes again for others of its kind: a fault is over with the access."""
        return key if isinstance(self.outcome, Translation) else None


def unknown_translations(
    usual: Translation | Fault, va: int, access: str, regime: Regime, why: str
) -> Iterator[Anything]:
    """What else than ``usual`` an UNKNOWN translation of an access may be; ``why`` says in a fault what is
    UNKNOWN."""
    if isinstance(usual, Translation) or usual.kind is not FaultKind.PERMISSION:
        fault = Fault(FaultKind.PERMISSION, va, 2, access == "write", why=why)
        yield Anything("which does not permit it", fault)
    passes = Translation(VirtAddr(va), PhysAddr(va), regime, _WRITE_BACK)
    if access == "fetch":
        yield Anything("which gives memory with a branch to itself", passes, loop=True)
    elif isinstance(usual, Fault) or usual.pa != va:
        yield Anything("which gives that address", passes)
