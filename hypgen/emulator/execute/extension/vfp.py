"""Floating-point data processing (DDI 0406C A7.5; each instruction under its name in A8.8).

The arithmetic itself is in :mod:`hypgen.emulator.floating_point`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypgen.arch.registers import FPSCR
from hypgen.decode import extension_fields as fields
from hypgen.emulator.exceptions import Undefined
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.extension.gated import binds_vfp
from hypgen.emulator.float_format import DOUBLE, HALF, SINGLE, Format, Rounding
from hypgen.emulator.floating_point import Arithmetic

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

_VECTOR = FPSCR.bit("Len") | FPSCR.bit("Stride")
_N, _Z, _C, _V = (FPSCR.bit(name) for name in "NZCV")
_FLAGS = {-1: _N, 0: _Z | _C, 1: _C, None: _C | _V}
"""NZCV of FPSCR by the outcome of a comparison; None is unordered (FPCompare())."""
_KEEP_FLAGS = ~(_N | _Z | _C | _V)


# Arithmetic (A7.5)

Function = Callable[[Arithmetic, int, int, int, Format], int]
"""Of the old destination, the first and the second operand."""


def _scalar_registers(insn: Insn, letter: str) -> int:
    return (fields.doubleword if insn["sz"] else fields.singleword)(insn, letter)


def _arithmetic(*names: str, vectors: bool = True) -> Callable[[Callable[[Insn], Function]], None]:
    """Register a choice of function; ``vectors``: short vectors, which the cores lack, apply to it."""

    def register(choose: Callable[[Insn], Function]) -> None:
        def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
            function, extension = choose(insn), cpu.extension
            view, form = (extension.d, DOUBLE) if insn["sz"] else (extension.s, SINGLE)
            d, m = _scalar_registers(insn, "d"), _scalar_registers(insn, "m")
            n = _scalar_registers(insn, "n") if "Vn" in insn else m

            def op() -> None:
                values = cpu.coproc.values
                fpscr = values["FPSCR"]
                if vectors and fpscr & _VECTOR:
                    raise Undefined("FPSCR.Len or FPSCR.Stride asks for short vectors, which the CPU lacks")
                arithmetic = Arithmetic(fpscr)
                view[d] = function(arithmetic, view[d], view[n], view[m], form)
                values["FPSCR"] = fpscr | arithmetic.flags

            return op

        binds_vfp(*names)(binder)

    return register


def _fixed(function: Function) -> Callable[[Insn], Function]:
    return lambda insn: function


def negated(value: int, form: Format) -> int:
    """FPNeg(): the sign bit inverted, of a NaN too."""
    return value ^ form.sign


_arithmetic("VADD (floating-point), scalar")(_fixed(lambda a, _d, n, m, form: a.add(n, m, form)))
_arithmetic("VSUB (floating-point), scalar")(
    _fixed(lambda a, _d, n, m, form: a.add(n, m, form, subtract=True))
)
_arithmetic("VMUL (floating-point), scalar")(_fixed(lambda a, _d, n, m, form: a.multiply(n, m, form)))
_arithmetic("VNMUL")(_fixed(lambda a, _d, n, m, form: negated(a.multiply(n, m, form), form)))
_arithmetic("VDIV")(_fixed(lambda a, _d, n, m, form: a.divide(n, m, form)))
_arithmetic("VSQRT")(_fixed(lambda a, _d, _n, m, form: a.square_root(m, form)))
_arithmetic("VABS, scalar")(_fixed(lambda _a, _d, _n, m, form: m & form.sign - 1))
_arithmetic("VNEG, scalar")(_fixed(lambda _a, _d, _n, m, form: negated(m, form)))
_arithmetic("VMOV (register), scalar")(_fixed(lambda _a, _d, _n, m, _form: m))


def _accumulate(negate_addend: bool) -> Callable[[Insn], Function]:
    """VMLA and its kin: the product is rounded, then added to the destination, each perhaps negated."""

    def choose(insn: Insn) -> Function:
        negate_product = bool(insn["op"])

        def function(a: Arithmetic, d: int, n: int, m: int, form: Format) -> int:
            product = a.multiply(n, m, form)
            return a.add(
                negated(d, form) if negate_addend else d,
                negated(product, form) if negate_product else product,
                form,
            )

        return function

    return choose


def _fused(negate_addend: bool) -> Callable[[Insn], Function]:
    """VFMA and its kin: one rounding."""

    def choose(insn: Insn) -> Function:
        negate_product = bool(insn["op"])

        def function(a: Arithmetic, d: int, n: int, m: int, form: Format) -> int:
            return a.multiply_add(
                negated(d, form) if negate_addend else d, negated(n, form) if negate_product else n, m, form
            )

        return function

    return choose


_arithmetic("VMLA, VMLS (floating-point), scalar")(_accumulate(negate_addend=False))
_arithmetic("VNMLA, VNMLS")(_accumulate(negate_addend=True))
_arithmetic("VFMA, VFMS, scalar")(_fused(negate_addend=False))
_arithmetic("VFNMA, VFNMS")(_fused(negate_addend=True))


@binds_vfp("VMOV (immediate), scalar")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    view, d = (cpu.extension.d if insn["sz"] else cpu.extension.s), _scalar_registers(insn, "d")
    value = fields.expand_float_immediate(insn["imm4H"] << 4 | insn["imm4L"], 64 if insn["sz"] else 32)

    def vmov() -> None:
        if cpu.coproc.values["FPSCR"] & _VECTOR:
            raise Undefined("FPSCR.Len or FPSCR.Stride asks for short vectors, which the CPU lacks")
        view[d] = value

    return vmov


@binds_vfp("VCMP, VCMPE", "VCMP, VCMPE (zero)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    view, form = (cpu.extension.d, DOUBLE) if insn["sz"] else (cpu.extension.s, SINGLE)
    d, signals = _scalar_registers(insn, "d"), bool(insn["E"])
    m = _scalar_registers(insn, "m") if "Vm" in insn else None

    def vcmp() -> None:
        values = cpu.coproc.values
        fpscr = values["FPSCR"]
        arithmetic = Arithmetic(fpscr)
        order = arithmetic.compare(view[d], 0 if m is None else view[m], form, signals)
        values["FPSCR"] = fpscr & _KEEP_FLAGS | _FLAGS[order] | arithmetic.flags

    return vcmp


# Conversions


def _converts(cpu: Cpu, target: memoryview[int], d: int, convert: Callable[[Arithmetic], int]) -> Op:
    """An op that puts the result of ``convert`` into item ``d`` of a view, and its flags into FPSCR."""
    ones = (1 << 8 * target.itemsize) - 1

    def op() -> None:
        values = cpu.coproc.values
        fpscr = values["FPSCR"]
        arithmetic = Arithmetic(fpscr)
        target[d] = convert(arithmetic) & ones
        values["FPSCR"] = fpscr | arithmetic.flags

    return op


@binds_vfp("VCVT (between double-precision and single-precision)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    s, d = cpu.extension.s, cpu.extension.d
    if insn["sz"]:
        m = fields.doubleword(insn, "m")
        return _converts(cpu, s, fields.singleword(insn, "d"), lambda a: a.convert(d[m], DOUBLE, SINGLE))
    m = fields.singleword(insn, "m")
    return _converts(cpu, d, fields.doubleword(insn, "d"), lambda a: a.convert(s[m], SINGLE, DOUBLE))


@binds_vfp("VCVTB, VCVTT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    s, d, m, place = (
        cpu.extension.s,
        fields.singleword(insn, "d"),
        fields.singleword(insn, "m"),
        16 * insn["T"],
    )
    if insn["op"]:
        keep = 0xFFFF_0000 >> place
        return _converts(cpu, s, d, lambda a: s[d] & keep | a.convert(s[m], SINGLE, HALF) << place)
    return _converts(cpu, s, d, lambda a: a.convert(s[m] >> place & 0xFFFF, HALF, SINGLE))


@binds_vfp("VCVT (integer to floating-point), scalar")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    s, m, bias = cpu.extension.s, fields.singleword(insn, "m"), 1 << 31 if insn["op"] else 0
    target, form = (cpu.extension.d, DOUBLE) if insn["sz"] else (s, SINGLE)
    return _converts(
        cpu, target, _scalar_registers(insn, "d"), lambda a: a.from_fixed((s[m] ^ bias) - bias, form)
    )


@binds_vfp("VCVT, VCVTR (floating-point to integer), scalar")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    source, form = (cpu.extension.d, DOUBLE) if insn["sz"] else (cpu.extension.s, SINGLE)
    m, unsigned, rounding = (
        _scalar_registers(insn, "m"),
        not insn["opc2"],
        Rounding.ZERO if insn["op"] else None,
    )
    return _converts(
        cpu,
        cpu.extension.s,
        fields.singleword(insn, "d"),
        lambda a: a.to_fixed(source[m], form, 32, unsigned, rounding=rounding),
    )


@binds_vfp("VCVT (between floating-point and fixed-point), scalar")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    view, form = (cpu.extension.d, DOUBLE) if insn["sf"] else (cpu.extension.s, SINGLE)
    d = (fields.doubleword if insn["sf"] else fields.singleword)(insn, "d")
    fraction, width, unsigned = fields.fraction_bits(insn), 32 if insn["sx"] else 16, bool(insn["U"])
    ones, bias = (1 << width) - 1, 0 if insn["U"] else 1 << width - 1

    def to_fixed(a: Arithmetic) -> int:
        return a.to_fixed(view[d], form, width, unsigned, fraction, Rounding.ZERO)

    def from_fixed(a: Arithmetic) -> int:
        return a.from_fixed((view[d] & ones ^ bias) - bias, form, fraction, Rounding.NEAREST)

    return _converts(cpu, view, d, to_fixed if insn["op"] else from_fixed)
