"""Veneers: code that a branch goes through when it cannot get to its target by itself.

A branch needs one when no opcode of it changes to the target's instruction set, and when the
target is out of its reach. AAELF32 allows that for its "call and jump" relocations against
functions, and lets a veneer corrupt r12 (ip). Ours are relative to the PC, so that they are also
right in code that runs with the MMU off at its load address.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypgen.arch.relocations import RELOCATIONS, Place, RelocationType
from hypgen.link.places import addend, insert, load
from hypgen.link.relocate import Target, branch_distance, interworked

A32_CODE = (0xE300_C000, 0xE340_C000, 0xE08C_C00F, 0xE12F_FF1C)
"""movw ip, #0; movt ip, #0; add ip, ip, pc; bx ip."""
T32_CODE = (0xF240_0C00, 0xF2C0_0C00, 0x44FC, 0x4760)
"""movw ip, #0; movt ip, #0; add ip, pc; bx ip: two of 32 bits, two of 16."""
_A32_PC, _T32_PC = 8 + 8, 8 + 4
"""What the ADD reads as PC, from the veneer's start: its own place, and the bias of its state."""
SIZES = {False: 16, True: 12}
"""Bytes of a veneer, by whether it is T32 code."""
_PC_BIAS = {False: 8, True: 4}
ALIGN = 4


@dataclass(frozen=True)
class Wanted:
    """A veneer: in which state it is entered, and where it goes. ``extra`` is how far behind the symbol
    the branch asked to go; it is in ``target`` already."""

    thumb: bool
    target: Target
    extra: int = field(default=0, compare=False)


def needed(kind: int, data: bytearray, offset: int, address: int, target: Target) -> Wanted | None:
    """The veneer that a relocation needs, if it needs one and may have one."""
    row = RELOCATIONS.get(kind)
    if row is None or not row.veneer or not target.function or not target.defined:
        return None
    if offset + row.place.size > len(data):
        return None
    old = load(row.place, data, offset)
    changed = interworked(row, old, target)
    if changed is not None and _reaches(row, branch_distance(row, old, changed, address, target)):
        return None
    is_thumb = row.place is not Place.BRANCH
    extra = addend(row.place, old) + _PC_BIAS[is_thumb]
    return Wanted(is_thumb, replace(target, address=target.address + extra), extra)


def _reaches(row: RelocationType, distance: int) -> bool:
    """Whether the distance is inside the branch's range; a misaligned one is an error found later."""
    return row.low is None or row.high is None or row.low <= distance < row.high + row.step


def code(wanted: Wanted, address: int) -> bytes:
    """The veneer's instructions at ``address``."""
    target = wanted.target.address | wanted.target.thumb
    if wanted.thumb:
        distance = target - (address + _T32_PC)
        low, high = (
            insert(Place.THUMB_MOVE, one, distance, shift)
            for one, shift in zip(T32_CODE, (0, 16), strict=False)
        )
        pairs = b"".join((one >> 16 | (one & 0xFFFF) << 16).to_bytes(4, "little") for one in (low, high))
        return pairs + b"".join(one.to_bytes(2, "little") for one in T32_CODE[2:])
    distance = target - (address + _A32_PC)
    words = [insert(Place.MOVE, one, distance, shift) for one, shift in zip(A32_CODE, (0, 16), strict=False)]
    return b"".join(one.to_bytes(4, "little") for one in (*words, *A32_CODE[2:]))
