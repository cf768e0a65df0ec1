"""AAELF32 static relocations (IHI 0044, "Relocation types"): what each computes and where it goes.

Data only; :mod:`hypgen.link.relocate` does what the rows say. In the calculations, S is the
symbol's address, A the addend found in place, P the place itself, Pa is P with its two low bits
clear, and T is 1 if the symbol is a Thumb function.
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
    RELATIVE_ALIGNED = "((S + A) | T) - Pa"
    RELATIVE_ALIGNED_PLAIN = "S + A - Pa"


class Place(Enum):
    """Which bits hold the addend before, and the result after."""

    NONE = "no bits"
    BYTE = "a byte"
    HALFWORD = "a halfword"
    WORD = "a word"
    WORD31 = "bits 30:0 of a word"
    BRANCH = "imm24 of an A32 B, BL or BLX: a number of words, and H of BLX"
    MOVE = "imm4:imm12 of an A32 MOVW or MOVT"
    OFFSET12 = "imm12 of an A32 load or store, whose sign is U"
    THUMB_BRANCH24 = "S:I1:I2:imm10:imm11 of a T32 BL, BLX or B.W: a number of halfwords"
    THUMB_BRANCH19 = "S:J2:J1:imm6:imm11 of a T32 conditional B.W: a number of halfwords"
    THUMB_BRANCH11 = "imm11 of a 16-bit T32 B: a number of halfwords"
    THUMB_BRANCH8 = "imm8 of a 16-bit T32 conditional B: a number of halfwords"
    THUMB_BRANCH6 = "i:imm5 of a T32 CBZ or CBNZ: a number of halfwords, forwards only"
    THUMB_MOVE = "imm4:i:imm3:imm8 of a T32 MOVW or MOVT"
    THUMB_OFFSET8 = "imm8 of a 16-bit T32 LDR (literal): a number of words, forwards only"
    THUMB_OFFSET12 = "imm12 of a 32-bit T32 LDR (literal), whose sign is U"
    THUMB_ADDRESS12 = "i:imm3:imm8 of a 32-bit T32 ADR, whose sign is its opcode"

    __hash__ = object.__hash__  # each is one object; Enum's own hash is slow, and tables are looked up often

    @property
    def size(self) -> int:
        """Bytes of the datum or instruction."""
        return _SIZES.get(self, 4)

    @property
    def is_thumb_pair(self) -> bool:
        """Whether it is a 32-bit T32 instruction: two halfwords, the more significant one first."""
        return self in _THUMB_PAIRS


_SIZES = {
    Place.NONE: 0,
    Place.BYTE: 1,
    Place.HALFWORD: 2,
    Place.THUMB_BRANCH11: 2,
    Place.THUMB_BRANCH8: 2,
    Place.THUMB_BRANCH6: 2,
    Place.THUMB_OFFSET8: 2,
}
_THUMB_PAIRS = (
    Place.THUMB_BRANCH24,
    Place.THUMB_BRANCH19,
    Place.THUMB_MOVE,
    Place.THUMB_OFFSET12,
    Place.THUMB_ADDRESS12,
)
A32_BRANCHES = (Place.BRANCH,)
T32_BRANCHES = (
    Place.THUMB_BRANCH24,
    Place.THUMB_BRANCH19,
    Place.THUMB_BRANCH11,
    Place.THUMB_BRANCH8,
    Place.THUMB_BRANCH6,
)
BRANCHES = (*A32_BRANCHES, *T32_BRANCHES)


@dataclass(frozen=True)
class RelocationType:
    """One relocation type. ``low`` and ``high`` bound X, both inclusive; None where nothing is checked.

    ``step`` is what X must be a multiple of (T apart); ``shift`` is how many low bits of X do not
    go into the place. ``veneer`` says that AAELF32 lets a linker redirect the branch through code
    that corrupts r12 (its "Call and jump relocations").
    """

    number: int
    name: str
    place: Place
    calculation: Calculation
    low: int | None = None
    high: int | None = None
    step: int = 1
    shift: int = 0
    veneer: bool = False


_MOVW_SHIFT, _MOVT_SHIFT = 0, 16


def _branch(
    number: int, name: str, place: Place, reach: int, *, step: int = 2, veneer: bool
) -> RelocationType:
    """A branch that reaches ``reach`` bytes back, and one step less than that forwards."""
    relative = Calculation.RELATIVE if veneer else Calculation.RELATIVE_PLAIN
    shift = step.bit_length() - 1
    return RelocationType(number, name, place, relative, -reach, reach - step, step, shift, veneer)


def _row(
    number: int,
    name: str,
    place: Place,
    calculation: Calculation,
    low: int | None = None,
    high: int | None = None,
    shift: int = 0,
) -> RelocationType:
    return RelocationType(number, name, place, calculation, low, high, shift=shift)


_A = Calculation

RELOCATIONS: dict[int, RelocationType] = {
    row.number: row
    for row in (
        _row(0, "R_ARM_NONE", Place.NONE, _A.NOTHING),
        _branch(1, "R_ARM_PC24", Place.BRANCH, 0x200_0000, step=4, veneer=True),
        _row(2, "R_ARM_ABS32", Place.WORD, _A.ABSOLUTE),
        _row(3, "R_ARM_REL32", Place.WORD, _A.RELATIVE),
        _row(4, "R_ARM_LDR_PC_G0", Place.OFFSET12, _A.RELATIVE_PLAIN, -0xFFF, 0xFFF),
        _row(5, "R_ARM_ABS16", Place.HALFWORD, _A.ABSOLUTE_PLAIN, -0x8000, 0xFFFF),
        _row(6, "R_ARM_ABS12", Place.OFFSET12, _A.ABSOLUTE_PLAIN, -0xFFF, 0xFFF),
        _row(8, "R_ARM_ABS8", Place.BYTE, _A.ABSOLUTE_PLAIN, -0x80, 0xFF),
        _branch(10, "R_ARM_THM_CALL", Place.THUMB_BRANCH24, 0x100_0000, veneer=True),
        RelocationType(11, "R_ARM_THM_PC8", Place.THUMB_OFFSET8, _A.RELATIVE_ALIGNED_PLAIN, 0, 0x3FC, 4, 2),
        _branch(27, "R_ARM_PLT32", Place.BRANCH, 0x200_0000, step=4, veneer=True),
        _branch(28, "R_ARM_CALL", Place.BRANCH, 0x200_0000, step=4, veneer=True),
        _branch(29, "R_ARM_JUMP24", Place.BRANCH, 0x200_0000, step=4, veneer=True),
        _branch(30, "R_ARM_THM_JUMP24", Place.THUMB_BRANCH24, 0x100_0000, veneer=True),
        _row(38, "R_ARM_TARGET1", Place.WORD, _A.ABSOLUTE),
        _row(40, "R_ARM_V4BX", Place.NONE, _A.NOTHING),
        _row(41, "R_ARM_TARGET2", Place.WORD, _A.RELATIVE),
        _row(42, "R_ARM_PREL31", Place.WORD31, _A.RELATIVE, -0x4000_0000, 0x3FFF_FFFF),
        _row(43, "R_ARM_MOVW_ABS_NC", Place.MOVE, _A.ABSOLUTE, shift=_MOVW_SHIFT),
        _row(44, "R_ARM_MOVT_ABS", Place.MOVE, _A.ABSOLUTE_PLAIN, shift=_MOVT_SHIFT),
        _row(45, "R_ARM_MOVW_PREL_NC", Place.MOVE, _A.RELATIVE, shift=_MOVW_SHIFT),
        _row(46, "R_ARM_MOVT_PREL", Place.MOVE, _A.RELATIVE_PLAIN, shift=_MOVT_SHIFT),
        _row(47, "R_ARM_THM_MOVW_ABS_NC", Place.THUMB_MOVE, _A.ABSOLUTE, shift=_MOVW_SHIFT),
        _row(48, "R_ARM_THM_MOVT_ABS", Place.THUMB_MOVE, _A.ABSOLUTE_PLAIN, shift=_MOVT_SHIFT),
        _row(49, "R_ARM_THM_MOVW_PREL_NC", Place.THUMB_MOVE, _A.RELATIVE, shift=_MOVW_SHIFT),
        _row(50, "R_ARM_THM_MOVT_PREL", Place.THUMB_MOVE, _A.RELATIVE_PLAIN, shift=_MOVT_SHIFT),
        _branch(51, "R_ARM_THM_JUMP19", Place.THUMB_BRANCH19, 0x10_0000, veneer=True),
        RelocationType(52, "R_ARM_THM_JUMP6", Place.THUMB_BRANCH6, _A.RELATIVE_PLAIN, 0, 0x7E, 2, 1),
        _row(53, "R_ARM_THM_ALU_PREL_11_0", Place.THUMB_ADDRESS12, _A.RELATIVE_ALIGNED, -0xFFF, 0xFFF),
        _row(54, "R_ARM_THM_PC12", Place.THUMB_OFFSET12, _A.RELATIVE_ALIGNED_PLAIN, -0xFFF, 0xFFF),
        _row(55, "R_ARM_ABS32_NOI", Place.WORD, _A.ABSOLUTE_PLAIN),
        _row(56, "R_ARM_REL32_NOI", Place.WORD, _A.RELATIVE_PLAIN),
        _branch(102, "R_ARM_THM_JUMP11", Place.THUMB_BRANCH11, 0x800, veneer=False),
        _branch(103, "R_ARM_THM_JUMP8", Place.THUMB_BRANCH8, 0x100, veneer=False),
    )
}
"""Every type that hypgen applies, by number. R_ARM_TARGET1 is R_ARM_ABS32 and R_ARM_TARGET2 is R_ARM_REL32,
as on bare metal (GNU ld's defaults for arm-none-eabi); R_ARM_V4BX marks a BX for processors without one,
and stays."""

NAMES: dict[int, str] = {
    **{row.number: row.name for row in RELOCATIONS.values()},
    7: "R_ARM_THM_ABS5", 9: "R_ARM_SBREL32", 12: "R_ARM_BREL_ADJ",
    17: "R_ARM_TLS_DTPMOD32", 18: "R_ARM_TLS_DTPOFF32", 19: "R_ARM_TLS_TPOFF32", 20: "R_ARM_COPY",
    21: "R_ARM_GLOB_DAT", 22: "R_ARM_JUMP_SLOT", 23: "R_ARM_RELATIVE", 24: "R_ARM_GOTOFF32",
    25: "R_ARM_BASE_PREL", 26: "R_ARM_GOT_BREL", 31: "R_ARM_BASE_ABS", 35: "R_ARM_LDR_SBREL_11_0_NC",
    36: "R_ARM_ALU_SBREL_19_12_NC", 37: "R_ARM_ALU_SBREL_27_20_CK", 39: "R_ARM_SBREL31",
    57: "R_ARM_ALU_PC_G0_NC", 58: "R_ARM_ALU_PC_G0", 59: "R_ARM_ALU_PC_G1_NC", 60: "R_ARM_ALU_PC_G1",
    61: "R_ARM_ALU_PC_G2", 62: "R_ARM_LDR_PC_G1", 63: "R_ARM_LDR_PC_G2", 64: "R_ARM_LDRS_PC_G0",
    65: "R_ARM_LDRS_PC_G1", 66: "R_ARM_LDRS_PC_G2", 67: "R_ARM_LDC_PC_G0", 68: "R_ARM_LDC_PC_G1",
    69: "R_ARM_LDC_PC_G2", 70: "R_ARM_ALU_SB_G0_NC", 71: "R_ARM_ALU_SB_G0", 72: "R_ARM_ALU_SB_G1_NC",
    73: "R_ARM_ALU_SB_G1", 74: "R_ARM_ALU_SB_G2", 84: "R_ARM_MOVW_BREL_NC", 85: "R_ARM_MOVT_BREL",
    86: "R_ARM_MOVW_BREL", 87: "R_ARM_THM_MOVW_BREL_NC", 88: "R_ARM_THM_MOVT_BREL",
    89: "R_ARM_THM_MOVW_BREL",
    94: "R_ARM_PLT32_ABS", 95: "R_ARM_GOT_ABS", 96: "R_ARM_GOT_PREL",
    97: "R_ARM_GOT_BREL12", 98: "R_ARM_GOTOFF12", 99: "R_ARM_GOTRELAX", 100: "R_ARM_GNU_VTENTRY",
    101: "R_ARM_GNU_VTINHERIT", 104: "R_ARM_TLS_GD32", 105: "R_ARM_TLS_LDM32", 106: "R_ARM_TLS_LDO32",
    107: "R_ARM_TLS_IE32", 108: "R_ARM_TLS_LE32", 109: "R_ARM_TLS_LDO12", 110: "R_ARM_TLS_LE12",
    111: "R_ARM_TLS_IE12GP",

}  # fmt: skip
"""The names of further types, so that one that is not applied is refused by name."""


def relocation_name(number: int) -> str:
    """The AAELF32 name of a type, or its number in words."""
    return NAMES.get(number, f"relocation type {number}")
