"""The bits of each relocation place: fetching the addend that lies there, and putting the result in.

Instruction words are as the manual draws them: a 32-bit T32 instruction has its first halfword in
bits 31:16 (DDI 0406C, A6.3), which memory holds at the lower address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from hypgen.arch.relocations import Place
from hypgen.bits import MASK32, bit, bits, sign_extend

_T32_SUB_ADR = 0x00A0_0000
"""The bits of ADR (encoding T2) that say: before the PC. Encoding T3, after it, has zeros there."""


_DATA = (Place.BYTE, Place.HALFWORD, Place.WORD, Place.WORD31)


def _order(place: Place, big_endian: bool) -> Literal["little", "big"]:
    """The order of the bytes of a place: instructions are little-endian always."""
    return "big" if big_endian and place in _DATA else "little"


def load(place: Place, data: bytearray, offset: int, *, big_endian: bool = False) -> int:
    """The datum, which may be big-endian, or the instruction at ``offset``."""
    raw = data[offset : offset + place.size]
    if place.is_thumb_pair:
        raw = raw[2:] + raw[:2]
    return int.from_bytes(raw, _order(place, big_endian))


def store(place: Place, data: bytearray, offset: int, value: int, *, big_endian: bool = False) -> None:
    """Put a datum or instruction at ``offset``; the reverse of :func:`load`."""
    raw = value.to_bytes(place.size, _order(place, big_endian))
    if place.is_thumb_pair:
        raw = raw[2:] + raw[:2]
    data[offset : offset + place.size] = raw


def addend(place: Place, old: int) -> int:
    """The addend that a REL relocation finds in its place (AAELF32, "Addends and PC-bias")."""
    fetch = _ADDENDS.get(place)
    return fetch(old) if fetch else sign_extend(old, 32)


def insert(place: Place, old: int, result: int, shift: int) -> int:
    """``old`` with X = ``result`` in the bits of the place; ``shift`` low bits of X do not go there."""
    put = _INSERTIONS.get(place)
    return put(old, result, shift) if put else result & MASK32


def _a32_branch(old: int) -> int:
    # Condition 0xF is BLX (immediate), whose bit 24, H, counts halfwords.
    half = bit(old, 24) << 1 if old >> 28 == 0xF else 0
    return sign_extend(bits(old, 23, 0), 24) * 4 + half


def _a32_offset(old: int) -> int:
    return bits(old, 11, 0) if bit(old, 23) else -bits(old, 11, 0)


def _t32_branch24(old: int) -> int:
    sign = bit(old, 26)
    first, second = (1 ^ bit(old, at) ^ sign for at in (13, 11))  # I1, I2
    number = sign << 23 | first << 22 | second << 21 | bits(old, 25, 16) << 11 | bits(old, 10, 0)
    return sign_extend(number, 24) * 2


def _t32_branch19(old: int) -> int:
    number = bit(old, 26) << 19 | bit(old, 11) << 18 | bit(old, 13) << 17
    return sign_extend(number | bits(old, 21, 16) << 11 | bits(old, 10, 0), 20) * 2


def _t32_branch6(old: int) -> int:
    # The place is unsigned, so the PC bias of 4 is taken off modulo its width.
    return ((bit(old, 9) << 6 | bits(old, 7, 3) << 1) + 4 & 0x7F) - 4


def _t32_immediate16(old: int) -> int:
    return bits(old, 19, 16) << 12 | _t32_immediate12(old)


def _t32_immediate12(old: int) -> int:
    return bit(old, 26) << 11 | bits(old, 14, 12) << 8 | bits(old, 7, 0)


_ADDENDS: dict[Place, Callable[[int], int]] = {
    Place.BYTE: lambda old: sign_extend(old, 8),
    Place.HALFWORD: lambda old: sign_extend(old, 16),
    Place.WORD31: lambda old: sign_extend(old & 0x7FFF_FFFF, 31),
    Place.BRANCH: _a32_branch,
    Place.MOVE: lambda old: sign_extend(bits(old, 19, 16) << 12 | bits(old, 11, 0), 16),
    Place.OFFSET12: _a32_offset,
    Place.THUMB_BRANCH24: _t32_branch24,
    Place.THUMB_BRANCH19: _t32_branch19,
    Place.THUMB_BRANCH11: lambda old: sign_extend(bits(old, 10, 0), 11) * 2,
    Place.THUMB_BRANCH8: lambda old: sign_extend(bits(old, 7, 0), 8) * 2,
    Place.THUMB_BRANCH6: _t32_branch6,
    Place.THUMB_MOVE: lambda old: sign_extend(_t32_immediate16(old), 16),
    Place.THUMB_OFFSET8: lambda old: ((bits(old, 7, 0) << 2) + 4 & 0x3FF) - 4,
    Place.THUMB_OFFSET12: _a32_offset,
    Place.THUMB_ADDRESS12: lambda old: (
        -_t32_immediate12(old) if old & _T32_SUB_ADR == _T32_SUB_ADR else _t32_immediate12(old)
    ),
}


def _put_a32_branch(old: int, result: int, shift: int) -> int:
    half = bit(result & MASK32, 1) << 24 if old >> 28 == 0xF else 0
    return old & 0xFF00_0000 | half | (result >> shift & 0xFF_FFFF)


def _put_a32_move(old: int, result: int, shift: int) -> int:
    value = (result & MASK32) >> shift & 0xFFFF
    return old & 0xFFF0_F000 | bits(value, 15, 12) << 16 | bits(value, 11, 0)


def _put_offset(old: int, result: int, shift: int) -> int:
    return old & 0xFF7F_F000 | (result >= 0) << 23 | abs(result) >> shift


def _put_t32_branch24(old: int, result: int, shift: int) -> int:
    number = result >> shift & 0xFF_FFFF
    sign = bit(number, 23)
    first, second = (1 ^ bit(number, at) ^ sign for at in (22, 21))  # J1, J2
    new = old & 0xF800_D000 | sign << 26 | bits(number, 20, 11) << 16
    return new | first << 13 | second << 11 | bits(number, 10, 0)


def _put_t32_branch19(old: int, result: int, shift: int) -> int:
    number = result >> shift & 0xF_FFFF
    new = old & 0xFBC0_D000 | bit(number, 19) << 26 | bits(number, 16, 11) << 16
    return new | bit(number, 17) << 13 | bit(number, 18) << 11 | bits(number, 10, 0)


def _put_t32_move(old: int, result: int, shift: int) -> int:
    value = (result & MASK32) >> shift & 0xFFFF
    return _put_t32_immediate12(old & 0xFFF0_FFFF | bits(value, 15, 12) << 16, value)


def _put_t32_immediate12(old: int, value: int) -> int:
    rest = old & 0xFBFF_8F00
    return rest | bit(value, 11) << 26 | bits(value, 10, 8) << 12 | bits(value, 7, 0)


def _put_t32_address(old: int, result: int, _: int) -> int:
    opcode = old & ~_T32_SUB_ADR | (_T32_SUB_ADR if result < 0 else 0)
    return _put_t32_immediate12(opcode, abs(result))


_INSERTIONS: dict[Place, Callable[[int, int, int], int]] = {
    Place.BYTE: lambda _, result, __: result & 0xFF,
    Place.HALFWORD: lambda _, result, __: result & 0xFFFF,
    Place.WORD31: lambda old, result, _: old & 0x8000_0000 | result & 0x7FFF_FFFF,
    Place.BRANCH: _put_a32_branch,
    Place.MOVE: _put_a32_move,
    Place.OFFSET12: _put_offset,
    Place.THUMB_BRANCH24: _put_t32_branch24,
    Place.THUMB_BRANCH19: _put_t32_branch19,
    Place.THUMB_BRANCH11: lambda old, result, shift: old & 0xF800 | result >> shift & 0x7FF,
    Place.THUMB_BRANCH8: lambda old, result, shift: old & 0xFF00 | result >> shift & 0xFF,
    Place.THUMB_BRANCH6: lambda old, result, _: old & 0xFD07 | bit(result, 6) << 9 | bits(result, 5, 1) << 3,
    Place.THUMB_MOVE: _put_t32_move,
    Place.THUMB_OFFSET8: lambda old, result, shift: old & 0xFF00 | result >> shift & 0xFF,
    Place.THUMB_OFFSET12: _put_offset,
    Place.THUMB_ADDRESS12: _put_t32_address,
}
