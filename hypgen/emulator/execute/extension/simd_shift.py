"""Advanced SIMD, shifts by an immediate and modified immediates (DDI 0406C A7.4.4, A7.4.6).

Each instruction under its name in A8.8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypgen.decode import extension_fields as fields
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.extension import lanes
from hypgen.emulator.execute.extension.gated import binds_simd
from hypgen.emulator.float_format import SINGLE, Rounding

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu


def _right(insn: Insn) -> tuple[int, int]:
    """Width of the (narrow) elements and amount of a right shift."""
    width, rest = fields.shift_element(insn)
    return width, width - rest


def _rounds(insn: Insn, amount: int) -> int:
    """What is added before a right shift: half of the last place, if the instruction rounds."""
    return 1 << amount - 1 if insn.heading.startswith(("VRS", "VQR")) else 0


@binds_simd("VSHR", "VRSHR")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = _right(insn)
    half = _rounds(insn, amount)
    return lanes.each(cpu, insn, lambda x: x + half >> amount, width, signed=not insn["U"])


def _into(cpu: Cpu, insn: Insn, function: Callable[[int, int], int], width: int, signed: bool = False) -> Op:
    """Vd = function(Vd, Vm), element by element."""
    read, count = cpu.extension.lanes, lanes.registers(insn)
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")

    def op() -> None:
        operands = zip(read(d, count, width), read(m, count, width, signed), strict=True)
        cpu.extension.set_lanes(d, width, [function(old, x) for old, x in operands])

    return op


@binds_simd("VSRA", "VRSRA")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = _right(insn)
    half = _rounds(insn, amount)
    return _into(cpu, insn, lambda old, x: old + (x + half >> amount), width, signed=not insn["U"])


@binds_simd("VSRI")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = _right(insn)
    keep = ~((1 << width) - 1 >> amount)
    return _into(cpu, insn, lambda old, x: old & keep | x >> amount, width)


@binds_simd("VSLI")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = fields.shift_element(insn)
    keep = (1 << amount) - 1
    return _into(cpu, insn, lambda old, x: old & keep | x << amount, width)


@binds_simd("VSHL (immediate)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = fields.shift_element(insn)
    return lanes.each(cpu, insn, lambda x: x << amount, width)


@binds_simd("VQSHL, VQSHLU (immediate)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = fields.shift_element(insn)
    from_signed, to_signed = not (insn["U"] and insn["op"]), not insn["U"]
    extension, count = cpu.extension, lanes.registers(insn)
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")

    def op() -> None:
        shifted = [x << amount for x in extension.lanes(m, count, width, from_signed)]
        extension.set_lanes(d, width, lanes.saturate(cpu, shifted, width, to_signed))

    return op


@binds_simd("VSHRN", "VRSHRN")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = _right(insn)
    half, extension = _rounds(insn, amount), cpu.extension
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")

    def op() -> None:
        extension.set_lanes(d, width, [x + half >> amount for x in extension.lanes(m, 2, 2 * width)])

    return op


@binds_simd("VQSHRN, VQSHRUN", "VQRSHRN, VQRSHRUN")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = _right(insn)
    half, extension = _rounds(insn, amount), cpu.extension
    from_signed, to_signed = not (insn["U"] and insn["op"]), not insn["U"]
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")

    def op() -> None:
        shifted = [x + half >> amount for x in extension.lanes(m, 2, 2 * width, from_signed)]
        extension.set_lanes(d, width, lanes.saturate(cpu, shifted, width, to_signed))

    return op


@binds_simd("VSHLL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width, amount = fields.shift_element(insn)
    extension, signed = cpu.extension, not insn["U"]
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")

    def op() -> None:
        extension.set_lanes(d, 2 * width, [x << amount for x in extension.lanes(m, 1, width, signed)])

    return op


@binds_simd("VCVT (between floating-point and fixed-point, Advanced SIMD)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    fraction, unsigned = fields.simd_fraction_bits(insn), bool(insn["U"])
    if insn["op"]:
        return lanes.float_each(
            cpu, insn, lambda a, x: a.to_fixed(x, SINGLE, 32, unsigned, fraction, Rounding.ZERO)
        )
    return lanes.float_each(
        cpu, insn, lambda a, x: a.from_fixed(x, SINGLE, fraction, Rounding.NEAREST), signed=not unsigned
    )


@binds_simd("VMOV, VMVN, VORR, VBIC (immediate), vector")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, d, count = cpu.extension, fields.doubleword(insn, "d"), lanes.registers(insn)
    operation, width, value = fields.simd_immediate(insn)
    values = [value] * (64 * count // width)
    inverted = [~value] * (64 * count // width)

    def vmov() -> None:
        extension.set_lanes(d, width, values)

    def vmvn() -> None:
        extension.set_lanes(d, width, inverted)

    def vorr() -> None:
        extension.set_lanes(d, width, [old | value for old in extension.lanes(d, count, width)])

    def vbic() -> None:
        extension.set_lanes(d, width, [old & ~value for old in extension.lanes(d, count, width)])

    return {"mov": vmov, "mvn": vmvn, "orr": vorr, "bic": vbic}[operation]
