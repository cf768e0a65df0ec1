"""Bit fields as the manual writes them: ``<hi:lo>``."""

from __future__ import annotations

from typing import NamedTuple

MASK32 = 0xFFFF_FFFF


class Field(NamedTuple):
    """A named bit field ``name`` occupying bits ``hi`` down to ``lo`` of a register or descriptor."""

    name: str
    hi: int
    lo: int

    @property
    def width(self) -> int:
        """Bits in the field."""
        return self.hi - self.lo + 1

    @property
    def mask(self) -> int:
        """The field's bits, in place."""
        return ((1 << self.width) - 1) << self.lo

    def get(self, value: int) -> int:
        """The field's value within ``value``."""
        return value >> self.lo & (2 << self.hi - self.lo) - 1

    def put(self, value: int, content: int) -> int:
        """``value`` with the field replaced by ``content``; raises ValueError if it does not fit."""
        if content < 0 or content >> self.width:
            raise ValueError(f"{content:#x} does not fit into {self.name}<{self.hi}:{self.lo}>")
        return (value & ~self.mask) | (content << self.lo)


def bits(value: int, hi: int, lo: int) -> int:
    """Bits ``hi`` to ``lo`` of ``value``: the manual's ``value<hi:lo>``."""
    return (value >> lo) & ((1 << (hi - lo + 1)) - 1)


def bit(value: int, position: int) -> int:
    """One bit of ``value``: the manual's ``value<position>``."""
    return (value >> position) & 1


def sign_extend(value: int, width: int) -> int:
    """The ``width``-bit two's complement number in ``value``, as a Python integer."""
    sign = 1 << (width - 1)
    return ((value & ((1 << width) - 1)) ^ sign) - sign


def ror32(value: int, amount: int) -> int:
    """``value`` (32 bits) rotated right by ``amount`` bits, taken modulo 32."""
    amount &= 31
    return ((value >> amount) | (value << (32 - amount))) & MASK32
