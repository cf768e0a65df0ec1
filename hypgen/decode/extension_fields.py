"""What the fields of Advanced SIMD and Floating-point instructions mean: registers, sizes, immediates.

For text and for execution alike; each function is named for the manual's term or table.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypgen.bits import bit, bits
from hypgen.decode.table import Insn


def doubleword(insn: Insn, letter: str) -> int:
    """The number of the doubleword register d, n or m: D:Vd, N:Vn or M:Vm."""
    return insn[letter.upper()] << 4 | insn[f"V{letter}"]


def singleword(insn: Insn, letter: str) -> int:
    """The number of the single-precision register d, n or m: Vd:D, Vn:N or Vm:M."""
    return insn[f"V{letter}"] << 1 | insn[letter.upper()]


def element_bits(insn: Insn) -> int:
    """The width of an element that ``size`` encodes."""
    return 8 << insn["size"]


def shift_element(insn: Insn) -> tuple[int, int]:
    """Width of the elements of a shift by an immediate, and what ``imm6`` holds beyond it.

    A left shift is by that amount, a right shift by the width less the amount (table A7-12).
    """
    field = insn.fields.get("L", 0) << 6 | insn["imm6"]
    width = 1 << field.bit_length() - 1
    return width, field - width


def expand_simd_immediate(op: int, cmode: int, imm8: int) -> tuple[int, int]:
    """AdvSIMDExpandImm(): the width of an element and its value (A7.4.6, table A7-15)."""
    if cmode < 8:
        return 32, imm8 << 8 * (cmode >> 1)
    if cmode < 12:
        return 16, imm8 << 8 * (cmode >> 1 & 1)
    if cmode < 14:
        return 32, imm8 << 16 | 0xFFFF if cmode & 1 else imm8 << 8 | 0xFF
    if cmode == 15:
        return 32, expand_float_immediate(imm8, 32)
    if op:
        return 64, sum(0xFF << 8 * place for place in range(8) if bit(imm8, place))
    return 8, imm8


def expand_float_immediate(imm8: int, width: int) -> int:
    """VFPExpandImm(): the number of ``width`` bits (A7.5.1)."""
    exponent_bits, fraction_bits = (8, 23) if width == 32 else (11, 52)
    upper = bit(imm8, 6)
    repeated = (1 << exponent_bits - 3) - 1 if upper else 0
    exponent = (upper ^ 1) << exponent_bits - 1 | repeated << 2 | bits(imm8, 5, 4)
    return bit(imm8, 7) << width - 1 | exponent << fraction_bits | bits(imm8, 3, 0) << fraction_bits - 4


def simd_immediate(insn: Insn) -> tuple[str, int, int]:
    """``mov``, ``mvn``, ``orr`` or ``bic``, element width and value of a modified immediate (table A7-14)."""
    op, cmode = insn["op"], insn["cmode"]
    if cmode < 12 and cmode & 1:
        operation = "bic" if op else "orr"
    else:
        operation = "mvn" if op and cmode != 14 else "mov"
    imm8 = insn["i"] << 7 | insn["imm3"] << 4 | insn["imm4"]
    return operation, *expand_simd_immediate(op, cmode, imm8)


def simd_fraction_bits(insn: Insn) -> int:
    """Fraction bits of the fixed-point numbers that the VCVT of Advanced SIMD converts."""
    return 64 - insn["imm6"]


def fraction_bits(insn: Insn) -> int:
    """Fraction bits of the fixed-point number that the VCVT of the Floating-point Extension converts."""
    return (32 if insn["sx"] else 16) - (insn["imm4"] << 1 | insn["i"])


def scalar_operand(insn: Insn) -> tuple[int, int]:
    """Register and index of the scalar Dm[x] of a multiplication (A7.4.3): halfwords reach D0 to D7."""
    if insn["size"] == 1:
        return insn["Vm"] & 7, insn["M"] << 1 | insn["Vm"] >> 3
    return insn["Vm"], insn["M"]


def duplicated_lane(insn: Insn) -> tuple[int, int]:
    """Width and index of the element that VDUP (scalar) copies: the lowest one of ``imm4`` ends the index."""
    place = (insn["imm4"] & -insn["imm4"]).bit_length() - 1
    return 8 << place, insn["imm4"] >> place + 1


def core_lane(insn: Insn) -> tuple[int, int]:
    """Width and index of the element that VMOV moves between a scalar and an ARM core register."""
    high, low = insn["opc1"], insn["opc2"]
    if high & 2:
        return 8, (high & 1) << 2 | low
    if low & 1:
        return 16, (high & 1) << 1 | low >> 1
    return 32, high & 1


def extension_registers(insn: Insn) -> tuple[int, int]:
    """First register and number of registers in the list of VLDM or VSTM, doublewords or singles."""
    if insn["sz"]:
        return doubleword(insn, "d"), insn["imm8"] >> 1
    return singleword(insn, "d"), insn["imm8"]


@dataclass(frozen=True, slots=True)
class Structures:
    """What a load or store of elements or structures moves.

    ``registers`` are the doublewords in the order of the list; the ``interleave`` elements of a
    structure go to registers that are ``step`` places apart in it. ``index`` is the lane, or None
    for whole registers and for all lanes. ``alignment`` is in bytes, 1 for none.
    """

    registers: tuple[int, ...]
    width: int
    interleave: int
    alignment: int
    index: int | None = None


_MULTIPLE_ONE = {0b0111: 1, 0b1010: 2, 0b0110: 3, 0b0010: 4}


def _interleave(insn: Insn) -> int:
    return int(insn.heading[3])


def _spaced(first: int, count: int, step: int) -> tuple[int, ...]:
    return tuple(first + step * place for place in range(count))


def multiple_structures(insn: Insn) -> Structures:
    """The operands of VLD1 to VLD4 and VST1 to VST4 (multiple) (table A7-20)."""
    first, interleave = doubleword(insn, "d"), _interleave(insn)
    alignment = 4 << insn["align"] if insn["align"] else 1
    if interleave == 1:
        registers = _spaced(first, _MULTIPLE_ONE[insn["type"]], 1)
    elif "type" not in insn:
        registers = _spaced(first, 4, 1)
    else:
        registers = _spaced(first, interleave, 1 + insn["type"])
    return Structures(registers, element_bits(insn), interleave, alignment)


def one_lane(insn: Insn) -> Structures:
    """The operands of VLDn and VSTn of one lane (tables A7-21)."""
    size, field, interleave = insn["size"], insn["index_align"], _interleave(insn)
    alignment = 1
    if interleave == 4 and size == 2:
        alignment = 4 << (field & 3) if field & 3 else 1
    elif interleave != 3 and field & 1:
        alignment = interleave << size
    step = 1 + bit(field, size) if interleave > 1 and size else 1
    registers = _spaced(doubleword(insn, "d"), interleave, step)
    return Structures(registers, 8 << size, interleave, alignment, field >> size + 1)


def all_lanes(insn: Insn) -> Structures:
    """The operands of VLDn to all lanes: VLD1 fills one or two registers, the others may skip every other."""
    size, interleave, first = insn["size"], _interleave(insn), doubleword(insn, "d")
    if interleave == 1:
        registers = _spaced(first, 1 + insn["T"], 1)
    else:
        registers = _spaced(first, interleave, 1 + insn["T"])
    width = 32 if size == 3 else 8 << size
    if size == 3:
        alignment = 16
    elif not insn["a"]:
        alignment = 1
    else:
        alignment = 8 if interleave == 4 and size == 2 else interleave * width // 8
    return Structures(registers, width, interleave, alignment)
