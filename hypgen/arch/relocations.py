"""AAELF32 static relocations (IHI 0044, "Relocation types"): what each computes and where it goes.

Data only; :mod:`hypgen.link.relocate` does what the rows say. In the calculations, S is the
symbol's address, A the addend found in place, P the place itself, and T is 1 if the symbol is a
Thumb function.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Calculation(Enum):
    """How the result X is computed."""

    NOTHING = ""
    ABSOLUTE = "(S + A) | T"
    ABSOLUTE_PLAIN = "S + A"
    RELATIVE = "((S + A) | T) - P"
    RELATIVE_PLAIN = "S + A - P"


class Place(Enum):
    """Which bits hold the addend before, and the result after."""

    NONE = "no bits"
    BYTE = "a byte"
    HALFWORD = "a halfword"
    WORD = "a word"
    WORD31 = "bits 30:0 of a word"
    BRANCH = "imm24 of an A32 B, BL or BLX: a number of words, and H of BLX"
    MOVE = "imm4:imm12 of an A32 MOVW or MOVT"


@dataclass(frozen=True)
class RelocationType:
    """One relocation type. ``low`` and ``high`` bound X, both inclusive; None where nothing is checked.

    ``step`` is what X must be a multiple of (T apart); ``shift`` is how many low bits of X do not
    go into the place.
    """

    number: int
    name: str
    place: Place
    calculation: Calculation
    low: int | None = None
    high: int | None = None
    step: int = 1
    shift: int = 0


_BRANCH = (Place.BRANCH, Calculation.RELATIVE, -0x200_0000, 0x1FF_FFFC, 4, 2)
_MOVW_SHIFT, _MOVT_SHIFT = 0, 16

RELOCATIONS: dict[int, RelocationType] = {
    row.number: row
    for row in (
        RelocationType(0, "R_ARM_NONE", Place.NONE, Calculation.NOTHING),
        RelocationType(1, "R_ARM_PC24", *_BRANCH),
        RelocationType(2, "R_ARM_ABS32", Place.WORD, Calculation.ABSOLUTE),
        RelocationType(3, "R_ARM_REL32", Place.WORD, Calculation.RELATIVE),
        RelocationType(5, "R_ARM_ABS16", Place.HALFWORD, Calculation.ABSOLUTE_PLAIN, -0x8000, 0xFFFF),
        RelocationType(8, "R_ARM_ABS8", Place.BYTE, Calculation.ABSOLUTE_PLAIN, -0x80, 0xFF),
        RelocationType(28, "R_ARM_CALL", *_BRANCH),
        RelocationType(29, "R_ARM_JUMP24", *_BRANCH),
        RelocationType(38, "R_ARM_TARGET1", Place.WORD, Calculation.ABSOLUTE),
        RelocationType(40, "R_ARM_V4BX", Place.NONE, Calculation.NOTHING),
        RelocationType(42, "R_ARM_PREL31", Place.WORD31, Calculation.RELATIVE, -0x4000_0000, 0x3FFF_FFFF),
        RelocationType(43, "R_ARM_MOVW_ABS_NC", Place.MOVE, Calculation.ABSOLUTE, shift=_MOVW_SHIFT),
        RelocationType(44, "R_ARM_MOVT_ABS", Place.MOVE, Calculation.ABSOLUTE_PLAIN, shift=_MOVT_SHIFT),
        RelocationType(45, "R_ARM_MOVW_PREL_NC", Place.MOVE, Calculation.RELATIVE, shift=_MOVW_SHIFT),
        RelocationType(46, "R_ARM_MOVT_PREL", Place.MOVE, Calculation.RELATIVE_PLAIN, shift=_MOVT_SHIFT),
    )
}
"""Every type that hypgen applies, by number. R_ARM_TARGET1 is R_ARM_ABS32, as on bare metal; R_ARM_V4BX
marks a BX for processors without one, and stays."""

NAMES: dict[int, str] = {
    **{row.number: row.name for row in RELOCATIONS.values()},
    4: "R_ARM_LDR_PC_G0",
    6: "R_ARM_ABS12",
    7: "R_ARM_THM_ABS5",
    9: "R_ARM_SBREL32",
    10: "R_ARM_THM_CALL",
    11: "R_ARM_THM_PC8",
    24: "R_ARM_GOTOFF32",
    25: "R_ARM_BASE_PREL",
    26: "R_ARM_GOT_BREL",
    27: "R_ARM_PLT32",
    30: "R_ARM_THM_JUMP24",
    31: "R_ARM_BASE_ABS",
    39: "R_ARM_SBREL31",
    41: "R_ARM_TARGET2",
    47: "R_ARM_THM_MOVW_ABS_NC",
    48: "R_ARM_THM_MOVT_ABS",
    49: "R_ARM_THM_MOVW_PREL_NC",
    50: "R_ARM_THM_MOVT_PREL",
    51: "R_ARM_THM_JUMP19",
    52: "R_ARM_THM_JUMP6",
    53: "R_ARM_THM_ALU_PREL_11_0",
    54: "R_ARM_THM_PC12",
    55: "R_ARM_ABS32_NOI",
    56: "R_ARM_REL32_NOI",
    57: "R_ARM_ALU_PC_G0_NC",
    58: "R_ARM_ALU_PC_G0",
    96: "R_ARM_GOT_PREL",
    102: "R_ARM_THM_JUMP11",
    103: "R_ARM_THM_JUMP8",
    104: "R_ARM_TLS_GD32",
    107: "R_ARM_TLS_IE32",
    108: "R_ARM_TLS_LE32",
}
"""The names of further types, so that one that is not applied is refused by name."""


def relocation_name(number: int) -> str:
    """The AAELF32 name of a type, or its number in words."""
    return NAMES.get(number, f"relocation type {number}")
