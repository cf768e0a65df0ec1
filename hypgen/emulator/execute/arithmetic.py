"""The manual's small functions on numbers: SInt, SignedSat, UnsignedSat, and the halves of a word."""

from __future__ import annotations


def s32(value: int) -> int:
    """SInt of a word."""
    return (value ^ 0x8000_0000) - 0x8000_0000


def s16(value: int) -> int:
    """SInt of the bottom halfword."""
    return ((value & 0xFFFF) ^ 0x8000) - 0x8000


def s8(value: int) -> int:
    """SInt of the bottom byte."""
    return ((value & 0xFF) ^ 0x80) - 0x80


def signed_sat(value: int, bits: int) -> int:
    """The nearest ``bits``-bit signed integer, as a Python integer (SignedSat, DDI 0406C A2.2.1)."""
    top = (1 << (bits - 1)) - 1
    return top if value > top else max(value, ~top)


def unsigned_sat(value: int, bits: int) -> int:
    """The nearest ``bits``-bit unsigned integer (UnsignedSat)."""
    top = (1 << bits) - 1
    return top if value > top else max(value, 0)


def half(value: int, top: int) -> int:
    """SInt of a halfword of a word: the top one if ``top``."""
    return s16(value >> 16) if top else s16(value)


def swapped(value: int) -> int:
    """The word with its halves exchanged: ROR by 16."""
    return (value << 16 | value >> 16) & 0xFFFF_FFFF
