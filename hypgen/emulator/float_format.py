"""Floating-point formats, unpacked numbers and rounding modes (DDI 0406C A2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Rounding(IntEnum):
    """FPSCR.RMode."""

    NEAREST = 0
    PLUS_INFINITY = 1
    MINUS_INFINITY = 2
    ZERO = 3


@dataclass(frozen=True, slots=True)
class Format:
    """A binary interchange format."""

    width: int
    exponent_bits: int
    fraction_bits: int

    @property
    def infinity(self) -> int:
        """The pattern of positive infinity; also the mask of the exponent."""
        return ((1 << self.exponent_bits) - 1) << self.fraction_bits

    @property
    def quiet(self) -> int:
        """The bit that tells a quiet NaN from a signalling one."""
        return 1 << self.fraction_bits - 1

    @property
    def default_nan(self) -> int:
        """The Default NaN: positive, quiet, nothing else."""
        return self.infinity | self.quiet

    @property
    def sign(self) -> int:
        """The sign bit."""
        return 1 << self.width - 1

    @property
    def minimum_exponent(self) -> int:
        """The exponent of the smallest normal number."""
        return 2 - (1 << self.exponent_bits - 1)


HALF = Format(16, 5, 10)
SINGLE = Format(32, 8, 23)
DOUBLE = Format(64, 11, 52)


class Kind(IntEnum):
    """The manual's FPType."""

    ZERO = 0
    NONZERO = 1
    INFINITY = 2
    QNAN = 3
    SNAN = 4


class Number(NamedTuple):
    """An unpacked operand: of what kind, its sign, and its magnitude if it is finite."""

    kind: Kind
    sign: int
    mantissa: int = 0
    exponent: int = 0
