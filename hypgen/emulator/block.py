"""Blocks: straight runs of instructions, decoded once.

A block begins where something jumped to and ends at the first instruction that may jump or change
the context, at the end of its page, or at :data:`LONGEST`. It is bound to the virtual address that
its instructions compute with and belongs to the physical page whose bytes it was decoded from; a
store to those bytes drops it. A T32 instruction that crosses into another page is a block of its own,
and belongs to both.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING

from hypgen.emulator.memory import OFFSET_MASK, Page

if TYPE_CHECKING:
    from hypgen.emulator.decoding import Decoded

LONGEST = 64
"""Most instructions in a block."""
MASK32 = 0xFFFF_FFFF

Key = tuple[int, int]
"""The virtual address of a block, with CPSR.T in bit 0, and its physical address."""
Region = FunctionType
"""Executes hot blocks, at most so many instructions, and leaves the CPU between two."""
Forget = Callable[["Block"], None]


class Block:
    """Closures of consecutive instructions at ``va``; ``next`` is the address after the last.

    ``offsets`` and ``itstates`` are those of :class:`hypgen.emulator.decoding.Decoded`, and ``plain`` the
    closures. ``tail`` is the page, and the physical address there, of the second halfword of an
    instruction that crosses into it. ``heat`` is how often it may be executed until it is hot, and
    ``region`` the function that executes it, and others, from then on. ``regions`` are the heads of the
    regions that it is part of.
    """

    __slots__ = (
        "_forget",
        "earlier",
        "end",
        "gained",
        "heat",
        "itstates",
        "key",
        "length",
        "misses",
        "next",
        "offsets",
        "pa",
        "page",
        "plain",
        "region",
        "regions",
        "size",
        "start",
        "tail",
        "va",
    )

    def __init__(
        self,
        forget: Forget,
        key: Key,
        page: Page,
        decoded: Decoded,
        heat: int,
        tail: tuple[Page, int] | None = None,
    ) -> None:
        self._forget = forget
        self.key = key
        self.va = key[0] & ~1
        self.pa = key[1]
        self.page = page
        self.tail = tail
        self.plain, self.offsets, self.size, self.itstates = decoded
        self.length = len(self.plain)
        self.heat = heat
        self.earlier = 0
        """Executions before ``heat`` began anew."""
        self.region: Region | None = None
        self.regions: list[Block] = []
        self.misses = 0
        """Look-ups that missed in the region of this block."""
        self.gained = 0
        """Instructions that the region had executed when they did."""
        self.start = self.pa & OFFSET_MASK
        self.end = self.start + self.size
        self.next = self.va + self.size & MASK32

    @property
    def coolness(self) -> int:
        """The less, the more often it was executed by its closures."""
        return self.heat - self.earlier

    def begin_anew(self, heat: int) -> None:
        """It is part of a region now: only those executions make it hot that do not come by that."""
        self.earlier += heat - self.heat
        self.heat = heat

    def address_of(self, index: int) -> int:
        """The virtual address of an instruction."""
        return self.va + self.offsets[index] & MASK32

    def length_of(self, index: int) -> int:
        """The length in bytes of an instruction."""
        after = self.offsets[index + 1] if index + 1 < self.length else self.size
        return after - self.offsets[index]

    def forget(self) -> None:
        """The bytes it was decoded from are about to change."""
        self._forget(self)


class Tail:
    """What the second page knows of a block whose one instruction crosses into it."""

    start, end = 0, 2

    def __init__(self, block: Block) -> None:
        self.forget = block.forget
