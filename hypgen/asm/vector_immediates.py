"""Immediates of Advanced SIMD: which encoding GNU as takes for a value (DDI 0406C A7.4.6).

A value of 8, 16, 32 or 64 bits is repeated over the register, so that it often has several encodings,
and sometimes one of the opposite operation only. What comes out is the name, type and value by which
a disassembler calls that encoding.
"""

from __future__ import annotations

Spelled = tuple[str, str, int]
"""Name, data type and value."""

_OPPOSITE = {"vmov": "vmvn", "vmvn": "vmov", "vand": "vbic", "vorn": "vorr"}
_ONES_BELOW = (0xFF, 0xFFFF)


def moved(name: str, width: int, value: int) -> Spelled | None:
    """VMOV or VMVN of a value of ``width`` bits; None if no encoding makes it."""
    value &= (1 << width) - 1
    inverted = ~value & (1 << width) - 1
    return _moved(name, width, value) or _moved(_OPPOSITE[name], width, inverted)


def _moved(name: str, width: int, value: int) -> Spelled | None:
    low = value & 0xFFFF_FFFF
    if width == 64:
        if all(value >> at & 0xFF in (0, 0xFF) for at in range(0, 64, 8)):
            return (name, ".i64", value) if name == "vmov" else None
        if value >> 32 != low:
            return None
    if width >= 32:
        if _is_one_byte(low) or any(low & ones == ones and _is_byte_above(low, ones) for ones in _ONES_BELOW):
            return name, ".i32", low
        if low >> 16 != low & 0xFFFF:
            return None
        low &= 0xFFFF
    if width >= 16:
        if _is_one_byte(low):
            return name, ".i16", low
        if low >> 8 != low & 0xFF:
            return None
        low &= 0xFF
    return (name, ".i8", low) if name == "vmov" else None


def _is_one_byte(value: int) -> bool:
    return any(value & ~(0xFF << at) == 0 for at in (0, 8, 16, 24))


def _is_byte_above(value: int, ones: int) -> bool:
    return (value & ~ones) & ~(0xFF << ones.bit_length()) == 0


def combined(name: str, width: int, value: int) -> Spelled | None:
    """VORR, VBIC, and VORN and VAND, which are those with the complement; None if there is none."""
    if name in ("vand", "vorn"):
        name, value = _OPPOSITE[name], ~value
    value &= (1 << width) - 1
    if width == 8:
        value |= value << 8
    if width == 64:
        if value >> 32 != value & 0xFFFF_FFFF:
            return None
        value &= 0xFFFF_FFFF
    if width != 16 and width != 8:
        if _is_one_byte(value):
            return name, ".i32", value
        if value >> 16 != value & 0xFFFF:
            return None
        value &= 0xFFFF
    return (name, ".i16", value) if _is_one_byte(value) else None
