"""Apply relocations: fetch the addend, compute, check the range, put the result in its bits.

What each type computes is a row of :data:`hypgen.arch.relocations.RELOCATIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypgen.arch.relocations import RELOCATIONS, Calculation, Place, RelocationType, relocation_name
from hypgen.bits import MASK32, bit, bits, sign_extend
from hypgen.elf.model import Relocation
from hypgen.errors import Diagnostic, Location

_SIZES = {Place.NONE: 0, Place.BYTE: 1, Place.HALFWORD: 2}
_A32_NOP_ANY_CONDITION = 0x0320_F000
_BL_ALWAYS = 0xEB00_0000
_BLX = 0xFA00_0000


@dataclass(frozen=True)
class Target:
    """What a relocation refers to: ``address`` is S, ``thumb`` is T; ``defined`` is False for an
    undefined weak symbol, whose address counts as 0."""

    address: int
    thumb: bool = False
    defined: bool = True


def reference_place(relocation: Relocation, unit: str) -> Location:
    """Where a reference stands: its line if there is one, else unit, section and offset as ld writes them."""
    place = relocation.location
    if place is not None and place.line:
        return place
    return Location(f"{unit}({relocation.section}+{relocation.offset:#x})")


class RelocationFault(Exception):  # noqa: N818 - it carries a diagnostic to the pass that collects them
    """One relocation cannot be applied; ``diagnostic`` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.sentence)
        self.diagnostic = diagnostic


def apply(relocation: Relocation, data: bytearray, offset: int, address: int, target: Target) -> None:
    """Apply one relocation to ``data`` at ``offset``, whose virtual address is ``address``.

    Raises RelocationFault, whose diagnostic has the relocation's own location: LINK-003 (out of
    range), LINK-004 (misaligned), LINK-009 (type not applied), LINK-010 (needs a veneer), LINK-014
    (beyond the section's end).
    """
    row = RELOCATIONS.get(relocation.type)
    if row is None:
        raise _fault(
            relocation,
            "LINK-009",
            f"{relocation_name(relocation.type)} against {_name(relocation)} is not a relocation that hypgen "
            "applies",
            "write the reference in A32 code, in a form that gives one of R_ARM_CALL, R_ARM_JUMP24, "
            "R_ARM_ABS32, R_ARM_REL32, R_ARM_MOVW_* or R_ARM_MOVT_*",
        )
    size = _SIZES.get(row.place, 4)
    if offset + size > len(data):
        raise _fault(
            relocation,
            "LINK-014",
            f"{row.name} at offset {relocation.offset:#x} of {relocation.section} reaches beyond its bytes",
            "make the object again",
        )
    if row.place is Place.NONE:
        return
    old = int.from_bytes(data[offset : offset + size], "little")
    if row.place is Place.BRANCH and not target.defined:
        # A branch to a weak symbol that nobody defines goes nowhere (AAELF32): on to the next instruction.
        new = (old & 0xF000_0000 if old >> 28 != 0xF else 0xE000_0000) | _A32_NOP_ANY_CONDITION
    else:
        result = _compute(row, target, _addend(row.place, old), address)
        if row.place is Place.BRANCH:
            old = _interwork(relocation, row, old, target)
        _check(relocation, row, result, target)
        new = _insert(row, old, result)
    data[offset : offset + size] = new.to_bytes(size, "little")


def _addend(place: Place, old: int) -> int:
    """The addend that a REL relocation finds in its place."""
    match place:
        case Place.BYTE:
            return sign_extend(old, 8)
        case Place.HALFWORD:
            return sign_extend(old, 16)
        case Place.WORD31:
            return sign_extend(old, 31)
        case Place.BRANCH:
            # Condition 0xF is BLX (immediate), whose bit 24, H, counts halfwords.
            half = bit(old, 24) << 1 if old >> 28 == 0xF else 0
            return sign_extend(bits(old, 23, 0), 24) * 4 + half
        case Place.MOVE:
            return sign_extend(bits(old, 19, 16) << 12 | bits(old, 11, 0), 16)
        case _:
            return sign_extend(old, 32)


def _compute(row: RelocationType, target: Target, addend: int, address: int) -> int:
    """X of AAELF32, as a signed number where the type bounds it."""
    plain = target.address + addend
    marked = plain | target.thumb
    match row.calculation:
        case Calculation.ABSOLUTE:
            return marked
        case Calculation.RELATIVE:
            # Bit 0 says "Thumb" to data and to MOVW; a branch has it in its opcode instead.
            return (plain if row.place is Place.BRANCH else marked) - address
        case Calculation.RELATIVE_PLAIN:
            return plain - address
        case _:
            return plain


def _interwork(relocation: Relocation, row: RelocationType, old: int, target: Target) -> int:
    """The branch with the opcode that reaches the target's instruction set: BL or BLX."""
    is_blx = old >> 28 == 0xF
    if not target.thumb:
        return _BL_ALWAYS if is_blx else old
    is_plain_bl = old >> 24 == _BL_ALWAYS >> 24
    if row.name == "R_ARM_CALL" and (is_blx or is_plain_bl):
        return _BLX
    raise _fault(
        relocation,
        "LINK-010",
        f"this branch cannot change to Thumb, but {_name(relocation)} is a Thumb function",
        "load its address and use bx, or call it with an unconditional bl",
    )


def _check(relocation: Relocation, row: RelocationType, result: int, target: Target) -> None:
    step = 2 if row.place is Place.BRANCH and target.thumb else row.step
    if result % step:
        raise _fault(
            relocation,
            "LINK-004",
            f"{row.name} needs a target that is a multiple of {step} bytes away, "
            f"{_name(relocation)} is {_hex(result)} away",
            "align the target",
        )
    if row.low is None or row.high is None:
        return
    high = row.high + row.step - step
    if not row.low <= result <= high:
        relative = row.calculation in (Calculation.RELATIVE, Calculation.RELATIVE_PLAIN)
        told = "is {} away" if relative else "gives {}"
        raise _fault(
            relocation,
            "LINK-003",
            f"{row.name} holds {_hex(row.low)} to {_hex(high)}, "
            f"{_name(relocation)} {told.format(_hex(result))}",
            "go through a register, or move the two closer" if relative else "use a .word",
        )


def _insert(row: RelocationType, old: int, result: int) -> int:
    """The place's bits with the result in them."""
    match row.place:
        case Place.BYTE:
            return result & 0xFF
        case Place.HALFWORD:
            return result & 0xFFFF
        case Place.WORD31:
            return old & 0x8000_0000 | result & 0x7FFF_FFFF
        case Place.BRANCH:
            half = bit(result & MASK32, 1) << 24 if old >> 28 == 0xF else 0
            return old & 0xFF00_0000 | half | (result >> row.shift & 0xFF_FFFF)
        case Place.MOVE:
            value = (result & MASK32) >> row.shift & 0xFFFF
            return old & 0xFFF0_F000 | bits(value, 15, 12) << 16 | bits(value, 11, 0)
        case _:
            return result & MASK32


def _name(relocation: Relocation) -> str:
    return relocation.symbol or "address 0"


def _hex(value: int) -> str:
    return f"{'-' if value < 0 else ''}{abs(value):#x}"


def _fault(relocation: Relocation, code: str, sentence: str, hint: str) -> RelocationFault:
    return RelocationFault(Diagnostic(code, sentence, relocation.location, hint))
