"""Advanced SIMD, registers of different lengths, and a scalar as operand (DDI 0406C A7.4.2, A7.4.3).

Each instruction under its name in A8.8. *Long* results have elements of twice the operands' width,
*wide* instructions take such elements as first operand, and *narrow* results keep the upper half.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypgen.decode import extension_fields as fields
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.extension import lanes
from hypgen.emulator.execute.extension.gated import binds_simd
from hypgen.emulator.float_format import SINGLE
from hypgen.emulator.floating_point import Arithmetic

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

Read = Callable[[], tuple[int, ...]]
"""Gives the elements of an operand."""


def _is_signed(insn: Insn) -> bool:
    return not insn.fields.get("U", 0)


def _second(cpu: Cpu, insn: Insn, width: int, signed: bool, count: int) -> Read:
    """The second operand: Dm, or one of its elements ``count`` times in the rows that have a scalar."""
    read = cpu.extension.lanes
    if insn.heading.endswith("(by scalar)"):
        m, index = fields.scalar_operand(insn)
        return lambda: (read(m, 1, width, signed)[index],) * count
    register = fields.doubleword(insn, "m")
    return lambda: read(register, 1, width, signed)


def _long(cpu: Cpu, insn: Insn, function: lanes.Combine, wide: bool = False) -> Op:
    """Qd = function(Dn, Dm), or of Qn when ``wide``, in elements of twice the width."""
    extension, width, signed = cpu.extension, fields.element_bits(insn), _is_signed(insn)
    d, n = fields.doubleword(insn, "d"), fields.doubleword(insn, "n")
    second = _second(cpu, insn, width, signed, 64 // width)

    def op() -> None:
        first = extension.lanes(n, 2, 2 * width, signed) if wide else extension.lanes(n, 1, width, signed)
        extension.set_lanes(d, 2 * width, [function(x, y) for x, y in zip(first, second(), strict=True)])

    return op


def _long_accumulate(cpu: Cpu, insn: Insn, function: lanes.Combine) -> Op:
    """Qd = Qd + function(Dn, Dm), modulo the double width."""
    extension, width, signed = cpu.extension, fields.element_bits(insn), _is_signed(insn)
    d, n = fields.doubleword(insn, "d"), fields.doubleword(insn, "n")
    second = _second(cpu, insn, width, signed, 64 // width)

    def op() -> None:
        operands = zip(
            extension.lanes(d, 2, 2 * width), extension.lanes(n, 1, width, signed), second(), strict=True
        )
        extension.set_lanes(d, 2 * width, [old + function(x, y) for old, x, y in operands])

    return op


def _narrow(cpu: Cpu, insn: Insn, sign: int, rounding: bool) -> Op:
    """Dd = the upper halves of Qn plus or minus Qm."""
    extension, width = cpu.extension, fields.element_bits(insn)
    d, n, m = (fields.doubleword(insn, letter) for letter in "dnm")
    half = 1 << width - 1 if rounding else 0

    def op() -> None:
        operands = zip(extension.lanes(n, 2, 2 * width), extension.lanes(m, 2, 2 * width), strict=True)
        extension.set_lanes(d, width, [x + sign * y + half >> width for x, y in operands])

    return op


@binds_simd("VADDL, VADDW")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, lambda x, y: x + y, wide=bool(insn["op"]))


@binds_simd("VSUBL, VSUBW")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, lambda x, y: x - y, wide=bool(insn["op"]))


@binds_simd("VADDHN")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _narrow(cpu, insn, sign=1, rounding=False)


@binds_simd("VRADDHN")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _narrow(cpu, insn, sign=1, rounding=True)


@binds_simd("VSUBHN")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _narrow(cpu, insn, sign=-1, rounding=False)


@binds_simd("VRSUBHN")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _narrow(cpu, insn, sign=-1, rounding=True)


@binds_simd("VABDL (integer)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, lambda x, y: abs(x - y))


@binds_simd("VABAL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long_accumulate(cpu, insn, lambda x, y: abs(x - y))


@binds_simd("VMULL (integer)", "VMULL (by scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, lambda x, y: x * y)


@binds_simd("VMULL (polynomial)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, lambda x, y: lanes.polynomial(x & 0xFF, y & 0xFF))


@binds_simd("VMLAL, VMLSL (integer)", "VMLAL, VMLSL (by scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    sign = -1 if insn["op"] else 1
    return _long_accumulate(cpu, insn, lambda x, y: sign * x * y)


# Doubling and saturating


@binds_simd("VQDMULL", "VQDMULL (by scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width = fields.element_bits(insn)
    return _long(cpu, insn, lambda x, y: lanes.saturate(cpu, [2 * x * y], 2 * width, signed=True)[0])


@binds_simd("VQDMLAL, VQDMLSL", "VQDMLAL, VQDMLSL (by scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, width, sign = cpu.extension, fields.element_bits(insn), -1 if insn["op"] else 1
    d, n = fields.doubleword(insn, "d"), fields.doubleword(insn, "n")
    second = _second(cpu, insn, width, True, 64 // width)

    def op() -> None:
        operands = zip(extension.lanes(n, 1, width, signed=True), second(), strict=True)
        products = lanes.saturate(cpu, [2 * x * y for x, y in operands], 2 * width, signed=True)
        old = extension.lanes(d, 2, 2 * width, signed=True)
        sums = [one + sign * product for one, product in zip(old, products, strict=True)]
        extension.set_lanes(d, 2 * width, lanes.saturate(cpu, sums, 2 * width, signed=True))

    return op


@binds_simd("VQDMULH (by scalar)", "VQRDMULH (by scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width = fields.element_bits(insn)
    half = 1 << width - 1 if insn.heading.startswith("VQR") else 0
    return _by_scalar(
        cpu,
        insn,
        lambda _d, x, y: lanes.saturate(cpu, [2 * x * y + half >> width], width, signed=True)[0],
        signed=True,
    )


# By scalar, of one length


def _by_scalar(cpu: Cpu, insn: Insn, function: Callable[[int, int, int], int], signed: bool = False) -> Op:
    """Vd = function(Vd, Vn, scalar)."""
    extension, width, count = cpu.extension, fields.element_bits(insn), lanes.registers(insn)
    d, n = fields.doubleword(insn, "d"), fields.doubleword(insn, "n")
    second = _second(cpu, insn, width, signed, 64 * count // width)

    def op() -> None:
        operands = zip(
            extension.lanes(d, count, width, signed),
            extension.lanes(n, count, width, signed),
            second(),
            strict=True,
        )
        extension.set_lanes(d, width, [function(*one) for one in operands])

    return op


def _float_by_scalar(cpu: Cpu, insn: Insn, function: lanes.FloatFunction) -> Op:
    return lanes.floating(cpu, lambda bound: _by_scalar(cpu, insn, bound), function)


@binds_simd("VMUL (by scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    if insn["F"]:
        return _float_by_scalar(cpu, insn, lambda a, _d, n, m: a.multiply(n, m, SINGLE))
    return _by_scalar(cpu, insn, lambda _d, n, m: n * m)


@binds_simd("VMLA, VMLS (by scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    sign, flip = (-1, SINGLE.sign) if insn["op"] else (1, 0)

    def multiply_accumulate(a: Arithmetic, d: int, n: int, m: int) -> int:
        return a.add(d, a.multiply(n, m, SINGLE) ^ flip, SINGLE)

    if insn["F"]:
        return _float_by_scalar(cpu, insn, multiply_accumulate)
    return _by_scalar(cpu, insn, lambda d, n, m: d + sign * n * m)
