"""Addresses that cannot be mixed up, and half-open ranges of them.

The architecture has three address spaces, and hypgen a fourth notion, which on TI Keystone II is
a different number from all of them:

* :class:`VirtAddr`: what an instruction names when its MMU is on (32 bits).
* :class:`LoadAddr`: what a 32-bit CPU with its MMU off uses to reach memory (32 bits). A physical
  address, but possibly that of a low alias; the idmap address of the Linux kernel.
* :class:`IPA`: intermediate physical address, output of stage 1 in a guest (40 bits).
* :class:`PhysAddr`: what HTTBR, descriptors and other masters use (40 bits).

They are ``int`` subclasses, so that arithmetic gives plain integers and a result must be named
again: ``PhysAddr(base + offset)``. Virtual and load addresses print with 8 hex digits, IPA and PA
with 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
PAGE_SIZE = 4 * KIB
"""Bytes of the only translation granule that ARMv7-A has."""
BLOCK_SIZE = 2 * MIB
"""Bytes mapped by a level 2 block descriptor of the Long-descriptor format (DDI 0406C, B3.6)."""


class Address(int):
    """Base of the address types; ``digits`` is the width that it prints with."""

    digits: ClassVar[int] = 8

    def __str__(self) -> str:
        return f"0x{int(self):0{self.digits}x}"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(int(self), spec) if spec else str(self)


class VirtAddr(Address):
    """A virtual address: 32 bits."""


class LoadAddr(Address):
    """The 32-bit address by which a CPU with its MMU off reaches memory (a PA, maybe an alias)."""


class IPA(Address):
    """An intermediate physical address: 40 bits."""

    digits = 10


class PhysAddr(Address):
    """A physical address: 40 bits."""

    digits = 10


A = TypeVar("A", bound=Address)


@dataclass(frozen=True, order=True)
class Span(Generic[A]):
    """The half-open range ``[start..end)`` of one kind of address."""

    start: A
    end: int

    @classmethod
    def sized(cls, start: A, size: int) -> Span[A]:
        """The range of ``size`` bytes that begins at ``start``."""
        return cls(start, int(start) + size)

    @property
    def size(self) -> int:
        """Bytes in the range."""
        return self.end - self.start

    def __contains__(self, address: int) -> bool:
        return self.start <= address < self.end

    def covers(self, other: Span[A]) -> bool:
        """Whether every byte of ``other`` lies in this range."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span[A]) -> bool:
        """Whether the two ranges share at least one byte."""
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        digits = type(self.start).digits
        return f"[0x{int(self.start):0{digits}x}..0x{self.end:0{digits}x})"


def align_up(value: int, alignment: int) -> int:
    """Round ``value`` up to a multiple of ``alignment`` (a power of two)."""
    return (value + alignment - 1) & ~(alignment - 1)


def align_down(value: int, alignment: int) -> int:
    """Round ``value`` down to a multiple of ``alignment`` (a power of two)."""
    return value & ~(alignment - 1)
