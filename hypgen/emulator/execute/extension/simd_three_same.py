"""Advanced SIMD, three registers of the same length (DDI 0406C A7.4.1; each under its name in A8.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypgen.bits import sign_extend
from hypgen.decode import extension_fields as fields
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.extension import lanes
from hypgen.emulator.execute.extension.gated import binds_simd
from hypgen.emulator.float_format import SINGLE
from hypgen.emulator.floating_point import Arithmetic

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

# Integers


def _integer(
    *names: str, signed: bool = False, saturating: bool = False
) -> Callable[[Callable[[Insn, int], lanes.Combine]], None]:
    """Register a choice, by the fields and the element's width, of what makes an element of two.

    ``signed``: whatever the encoding is; else U says so, and without U it does not matter.
    """

    def register(choose: Callable[[Insn, int], lanes.Combine]) -> None:
        def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
            width = fields.element_bits(insn)
            as_signed = signed or insn.fields.get("U") == 0
            return lanes.combine(cpu, insn, choose(insn, width), width, as_signed, saturating)

        binds_simd(*names)(binder)

    return register


def _same(function: lanes.Combine) -> Callable[[Insn, int], lanes.Combine]:
    return lambda insn, width: function


def _compares(holds: Callable[[int, int], bool]) -> Callable[[Insn, int], lanes.Combine]:
    return lambda insn, width: lambda x, y: lanes.mask_if(holds(x, y), width)


_integer("VADD (integer)")(_same(lambda x, y: x + y))
_integer("VSUB (integer)")(_same(lambda x, y: x - y))
_integer("VHADD, VHSUB")(
    lambda insn, _width: (lambda x, y: x - y >> 1) if insn["op"] else lambda x, y: x + y >> 1
)
_integer("VRHADD")(_same(lambda x, y: x + y + 1 >> 1))
_integer("VQADD", saturating=True)(_same(lambda x, y: x + y))
_integer("VQSUB", saturating=True)(_same(lambda x, y: x - y))
_integer("VCGT (register), integer")(_compares(lambda x, y: x > y))
_integer("VCGE (register), integer")(_compares(lambda x, y: x >= y))
_integer("VCEQ (register), integer")(_compares(lambda x, y: x == y))
_integer("VTST")(_compares(lambda x, y: x & y != 0))
_integer("VMAX, VMIN (integer)")(lambda insn, _width: min if insn["op"] else max)
_integer("VABD (integer)")(_same(lambda x, y: abs(x - y)))
_integer("VMUL (integer and polynomial)")(
    lambda insn, _width: lanes.polynomial if insn["op"] else lambda x, y: x * y
)
_integer("VQDMULH", signed=True, saturating=True)(lambda _insn, width: lambda x, y: 2 * x * y >> width)
_integer("VQRDMULH", signed=True, saturating=True)(
    lambda _insn, width: lambda x, y: 2 * x * y + (1 << width - 1) >> width
)


@binds_simd("VABA")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width = fields.element_bits(insn)
    return lanes.accumulate(cpu, insn, lambda d, n, m: d + abs(n - m), width, signed=not insn["U"])


@binds_simd("VMLA, VMLS (integer)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    sign = -1 if insn["op"] else 1
    return lanes.accumulate(
        cpu, insn, lambda d, n, m: d + sign * n * m, fields.element_bits(insn), signed=False
    )


@binds_simd("VPMAX, VPMIN (integer)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return lanes.pairwise(
        cpu, insn, min if insn["op"] else max, fields.element_bits(insn), signed=not insn["U"]
    )


@binds_simd("VPADD (integer)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return lanes.pairwise(cpu, insn, lambda x, y: x + y, fields.element_bits(insn))


# Bits

_BITWISE: dict[str, Callable[[int, int, int], int]] = {
    "VAND (register)": lambda d, n, m: n & m,
    "VBIC (register)": lambda d, n, m: n & ~m,
    "VORR (register)": lambda d, n, m: n | m,
    "VORN (register)": lambda d, n, m: n | ~m,
    "VEOR": lambda d, n, m: n ^ m,
    "VBSL": lambda d, n, m: n & d | m & ~d,
    "VBIT": lambda d, n, m: n & m | d & ~m,
    "VBIF": lambda d, n, m: d & m | n & ~m,
}


@binds_simd(*_BITWISE)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return lanes.accumulate(cpu, insn, _BITWISE[insn.heading], 64, signed=False)


# Shifts by a register: the amount is the signed low byte of the element, negative to the right


def _shift(rounding: bool) -> Callable[[Insn, int], lanes.Combine]:
    def choose(_insn: Insn, _width: int) -> lanes.Combine:
        def function(amounts: int, value: int) -> int:
            amount = sign_extend(amounts, 8)
            if amount >= 0:
                return value << amount
            return value + ((1 << -amount - 1) if rounding else 0) >> -amount

        return function

    return choose


_integer("VSHL (register)")(_shift(rounding=False))
_integer("VRSHL")(_shift(rounding=True))
_integer("VQSHL (register)", saturating=True)(_shift(rounding=False))
_integer("VQRSHL", saturating=True)(_shift(rounding=True))


# Single precision


def _step(a: Arithmetic, x: int, y: int, start: int, halve: bool) -> int:
    """start - x*y, halved for the root: FPRecipStep(), FPRSqrtStep()."""
    kinds = {a.unpack(x, SINGLE).kind.name, a.unpack(y, SINGLE).kind.name}
    product = 0 if kinds == {"INFINITY", "ZERO"} else a.multiply(x, y, SINGLE)
    return a.add(start, product, SINGLE, subtract=True, halve=halve)


def _float(
    name: str,
    function: lanes.FloatFunction,
    shape: Callable[[Cpu, Insn, lanes.FloatFunction], Op] = lanes.float_combine,
) -> None:
    """Register an encoding that applies ``function`` in ``shape``."""

    def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
        return shape(cpu, insn, function)

    binds_simd(name)(binder)


_TWO, _THREE = 0x4000_0000, 0x4040_0000
_MAGNITUDE = SINGLE.sign - 1

_float("VADD (floating-point), vector", lambda a, n, m: a.add(n, m, SINGLE))
_float("VSUB (floating-point), vector", lambda a, n, m: a.add(n, m, SINGLE, subtract=True))
_float("VMUL (floating-point), vector", lambda a, n, m: a.multiply(n, m, SINGLE))
_float("VABD (floating-point)", lambda a, n, m: a.add(n, m, SINGLE, subtract=True) & _MAGNITUDE)
_float("VPADD (floating-point)", lambda a, n, m: a.add(n, m, SINGLE), lanes.float_pairwise)
_float("VCEQ (register), floating-point", lambda a, n, m: lanes.float_compare(a, n, m, lanes.EQUAL))
_float(
    "VCGE (register), floating-point", lambda a, n, m: lanes.float_compare(a, n, m, lanes.GREATER_OR_EQUAL)
)
_float("VCGT (register), floating-point", lambda a, n, m: lanes.float_compare(a, n, m, lanes.GREATER))
_float("VRECPS", lambda a, n, m: _step(a, n, m, _TWO, halve=False))
_float("VRSQRTS", lambda a, n, m: _step(a, n, m, _THREE, halve=True))


@binds_simd("VMLA, VMLS (floating-point), vector")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    flip = SINGLE.sign if insn["op"] else 0
    return lanes.float_accumulate(
        cpu, insn, lambda a, d, n, m: a.add(d, a.multiply(n, m, SINGLE) ^ flip, SINGLE)
    )


@binds_simd("VFMA, VFMS, vector")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    flip = SINGLE.sign if insn["op"] else 0
    return lanes.float_accumulate(cpu, insn, lambda a, d, n, m: a.multiply_add(d, n ^ flip, m, SINGLE))


@binds_simd("VACGE, VACGT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    orders = lanes.GREATER if insn["op"] else lanes.GREATER_OR_EQUAL
    return lanes.float_combine(
        cpu, insn, lambda a, n, m: lanes.float_compare(a, n & _MAGNITUDE, m & _MAGNITUDE, orders)
    )


@binds_simd("VMAX, VMIN (floating-point)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    minimum = bool(insn["op"])
    return lanes.float_combine(cpu, insn, lambda a, n, m: a.maximum(n, m, SINGLE, minimum))


@binds_simd("VPMAX, VPMIN (floating-point)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    minimum = bool(insn["op"])
    return lanes.float_pairwise(cpu, insn, lambda a, n, m: a.maximum(n, m, SINGLE, minimum))
