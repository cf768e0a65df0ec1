"""Apply relocations: fetch the addend, compute, check the range, put the result in its bits.

What each type computes is a row of :data:`hypgen.arch.relocations.RELOCATIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypgen.arch.relocations import (
    BRANCHES,
    RELOCATIONS,
    T32_BRANCHES,
    Calculation,
    Place,
    RelocationType,
    relocation_name,
)
from hypgen.elf.model import Relocation
from hypgen.errors import Diagnostic, Location
from hypgen.link.places import addend, insert, load, store

_A32_NOP_ANY_CONDITION = 0x0320_F000
_BL_ALWAYS = 0xEB00_0000
_BLX = 0xFA00_0000
_T32_NOP = 0xBF00
_T32_NOP_WIDE = 0xF3AF_8000
_T32_BL = 0x1000
"""The bit that is one in a T32 BL and zero in a T32 BLX (bit 12 of the second halfword)."""
_RELATIVE = (
    Calculation.RELATIVE,
    Calculation.RELATIVE_PLAIN,
    Calculation.RELATIVE_ALIGNED,
    Calculation.RELATIVE_ALIGNED_PLAIN,
)


@dataclass(frozen=True)
class Target:
    """What a relocation refers to: ``address`` is S, ``thumb`` is T; ``defined`` is False for an
    undefined weak symbol, whose address counts as 0; ``function`` says that the symbol is an STT_FUNC:
    only those have an instruction set, branches to other symbols stay as they are."""

    address: int
    thumb: bool = False
    defined: bool = True
    function: bool = True


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


def apply(
    relocation: Relocation,
    data: bytearray,
    offset: int,
    address: int,
    target: Target,
    *,
    big_endian: bool = False,
) -> None:
    """Apply one relocation to ``data`` at ``offset``, whose virtual address is ``address``.

    ``big_endian`` is the byte order of data.

    Raises RelocationFault, whose diagnostic has the relocation's own location: LINK-003 (out of
    range), LINK-004 (misaligned), LINK-009 (type not applied), LINK-010 (cannot change the
    instruction set), LINK-014 (beyond the section's end).
    """
    row = RELOCATIONS.get(relocation.type)
    if row is None:
        raise _fault(
            relocation,
            "LINK-009",
            f"{relocation_name(relocation.type)} against {_name(relocation)} is not a relocation that hypgen "
            "applies",
            "it is of position-independent code, thread-local storage or literal groups: compile without "
            "-fpic, and write addresses as .word or MOVW and MOVT",
        )
    if offset + row.place.size > len(data):
        raise _fault(
            relocation,
            "LINK-014",
            f"{row.name} at offset {relocation.offset:#x} of {relocation.section} reaches beyond its bytes",
            "make the object again",
        )
    if row.place is Place.NONE:
        return
    old = load(row.place, data, offset, big_endian=big_endian)
    if row.place in BRANCHES and not target.defined:
        new = _to_nobody(row.place, old)
    else:
        if row.place in BRANCHES:
            changed = interworked(row, old, target)
            if changed is None:
                raise _wrong_state(relocation, row)
            result = branch_distance(row, old, changed, address, target)
            old = changed
        else:
            result = _compute(row, target, addend(row.place, old), address)
        _check(relocation, row, result, _step(row, old, target))
        new = insert(row.place, old, result, row.shift)
    store(row.place, data, offset, new, big_endian=big_endian)


def _to_nobody(place: Place, old: int) -> int:
    """A branch to a weak symbol that nobody defines goes on to the next instruction (AAELF32)."""
    if place is Place.BRANCH:
        return (old & 0xF000_0000 if old >> 28 != 0xF else 0xE000_0000) | _A32_NOP_ANY_CONDITION
    return _T32_NOP_WIDE if place.is_thumb_pair else _T32_NOP


def _compute(row: RelocationType, target: Target, added: int, address: int) -> int:
    """X of AAELF32, as a signed number where the type bounds it."""
    plain = target.address + added
    marked = plain | target.thumb
    match row.calculation:
        case Calculation.ABSOLUTE:
            return marked
        case Calculation.RELATIVE:
            return marked - address
        case Calculation.RELATIVE_PLAIN:
            return plain - address
        case Calculation.RELATIVE_ALIGNED:
            return marked - (address & ~3)
        case Calculation.RELATIVE_ALIGNED_PLAIN:
            return plain - (address & ~3)
        case _:
            return plain


def branch_distance(row: RelocationType, old: int, changed: int, address: int, target: Target) -> int:
    """X of a branch without T, which its opcode says: ``old`` holds the addend, ``changed`` is what it
    becomes. A T32 BLX counts from the PC rounded down to a word (DDI 0406C, A8.8.25)."""
    start = address & ~3 if row.place is Place.THUMB_BRANCH24 and not changed & _T32_BL else address
    return target.address + addend(row.place, old) - start


def interworked(row: RelocationType, old: int, target: Target) -> int | None:
    """The branch with the opcode that reaches the target's instruction set, BL or BLX; None if no
    opcode does."""
    if not target.function:
        return old
    if row.place is Place.BRANCH:
        is_blx = old >> 28 == 0xF
        if not target.thumb:
            return _BL_ALWAYS if is_blx else old
        is_call = row.name in ("R_ARM_CALL", "R_ARM_PLT32") and (is_blx or old >> 24 == _BL_ALWAYS >> 24)
        return _BLX if is_call else None
    if row.name == "R_ARM_THM_CALL":
        return old | _T32_BL if target.thumb else old & ~_T32_BL
    return old if target.thumb else None


def _wrong_state(relocation: Relocation, row: RelocationType) -> RelocationFault:
    is_t32 = row.place in T32_BRANCHES
    to, other = ("A32", "an A32") if is_t32 else ("Thumb", "a Thumb")
    return _fault(
        relocation,
        "LINK-010",
        f"this branch cannot change to {to}, but {_name(relocation)} is {other} function",
        "load its address and use bx, or call it with an unconditional bl",
    )


def _step(row: RelocationType, branch: int, target: Target) -> int:
    """What X must be a multiple of: the size of the target's instructions, for a branch."""
    if row.place is Place.BRANCH and target.thumb:
        return 2
    if row.name == "R_ARM_THM_CALL" and not branch & _T32_BL:
        return 4
    return row.step


def _check(relocation: Relocation, row: RelocationType, result: int, step: int) -> None:
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
        relative = row.calculation in _RELATIVE
        told = "is {} away" if relative else "gives {}"
        raise _fault(
            relocation,
            "LINK-003",
            f"{row.name} holds {_hex(row.low)} to {_hex(high)}, "
            f"{_name(relocation)} {told.format(_hex(result))}",
            "go through a register, or move the two closer" if relative else "use a .word",
        )


def _name(relocation: Relocation) -> str:
    return relocation.symbol or "address 0"


def _hex(value: int) -> str:
    return f"{'-' if value < 0 else ''}{abs(value):#x}"


def _fault(relocation: Relocation, code: str, sentence: str, hint: str) -> RelocationFault:
    return RelocationFault(Diagnostic(code, sentence, relocation.location, hint))
