"""What the binders of Advanced SIMD share: operands as elements, saturation, floating-point elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hypgen.arch.registers import FPSCR
from hypgen.decode import extension_fields as fields
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.float_format import SINGLE
from hypgen.emulator.floating_point import Arithmetic

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

Elements = Sequence[int]
Combine = Callable[[int, int], int]
"""A result, exact, of an element of each operand."""

_QC = FPSCR.bit("QC")


def registers(insn: Insn) -> int:
    """Doublewords in a vector."""
    return 2 if insn.fields.get("Q") else 1


def saturate(cpu: Cpu, values: Elements, width: int, signed: bool) -> list[int]:
    """Clamp to what ``width`` bits hold; sets FPSCR.QC if that changes one (SatQ())."""
    lowest, highest = (-1 << width - 1, (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    clamped = [min(max(value, lowest), highest) for value in values]
    if clamped != list(values):
        cpu.coproc.values["FPSCR"] |= _QC
    return clamped


def combine(
    cpu: Cpu,
    insn: Insn,
    function: Combine,
    width: int,
    signed: bool = False,
    saturating: bool = False,
) -> Op:
    """Vd = function(Vn, Vm), element by element; ``signed`` is how operands are read and saturated."""
    extension, count = cpu.extension, registers(insn)
    d, n, m = (fields.doubleword(insn, letter) for letter in "dnm")
    lanes, set_lanes = extension.lanes, extension.set_lanes

    def op() -> None:
        pairs = zip(lanes(n, count, width, signed), lanes(m, count, width, signed), strict=True)
        results = [function(x, y) for x, y in pairs]
        set_lanes(d, width, saturate(cpu, results, width, signed) if saturating else results)

    return op


def accumulate(
    cpu: Cpu, insn: Insn, function: Callable[[int, int, int], int], width: int, signed: bool
) -> Op:
    """Vd = function(Vd, Vn, Vm), element by element."""
    lanes, set_lanes, count = cpu.extension.lanes, cpu.extension.set_lanes, registers(insn)
    d, n, m = (fields.doubleword(insn, letter) for letter in "dnm")

    def op() -> None:
        operands = zip(*(lanes(one, count, width, signed) for one in (d, n, m)), strict=True)
        set_lanes(d, width, [function(*each) for each in operands])

    return op


def pairwise(cpu: Cpu, insn: Insn, function: Combine, width: int, signed: bool = False) -> Op:
    """The results of adjacent elements of Dn, then of Dm."""
    lanes, set_lanes = cpu.extension.lanes, cpu.extension.set_lanes
    d, n, m = (fields.doubleword(insn, letter) for letter in "dnm")

    def op() -> None:
        values = (*lanes(n, 1, width, signed), *lanes(m, 1, width, signed))
        set_lanes(d, width, [function(x, y) for x, y in zip(values[0::2], values[1::2], strict=True)])

    return op


def each(
    cpu: Cpu,
    insn: Insn,
    function: Callable[[int], int],
    width: int,
    signed: bool = False,
    saturating: bool = False,
) -> Op:
    """Vd = function(Vm), element by element."""
    lanes, set_lanes, count = cpu.extension.lanes, cpu.extension.set_lanes, registers(insn)
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")

    def op() -> None:
        results = [function(value) for value in lanes(m, count, width, signed)]
        set_lanes(d, width, saturate(cpu, results, width, signed) if saturating else results)

    return op


def polynomial(x: int, y: int) -> int:
    """The product of two polynomials over {0, 1} (PolynomialMult())."""
    product = 0
    while y:
        if y & 1:
            product ^= x
        x <<= 1
        y >>= 1
    return product


def mask_if(holds: bool, width: int) -> int:
    """All ones when a comparison holds."""
    return (1 << width) - 1 if holds else 0


# Single precision, under the standard FPSCR value

FloatFunction = Callable[..., int]
"""Of the Arithmetic and, in this order, the operands."""


def floating(cpu: Cpu, make: Callable[[Callable[..., int]], Op], function: FloatFunction) -> Op:
    """An op made of ``function`` with its Arithmetic supplied; flags go to FPSCR afterwards."""
    holder: list[Arithmetic] = [Arithmetic(0)]
    inner = make(lambda *operands: function(holder[0], *operands))

    def op() -> None:
        values = cpu.coproc.values
        fpscr = values["FPSCR"]
        holder[0] = Arithmetic.standard(fpscr)
        inner()
        values["FPSCR"] = fpscr | holder[0].flags

    return op


def float_combine(cpu: Cpu, insn: Insn, function: FloatFunction) -> Op:
    """As :func:`combine`, of single-precision elements."""
    return floating(cpu, lambda bound: combine(cpu, insn, bound, 32), function)


def float_accumulate(cpu: Cpu, insn: Insn, function: FloatFunction) -> Op:
    """As :func:`accumulate`, of single-precision elements."""
    return floating(cpu, lambda bound: accumulate(cpu, insn, bound, 32, signed=False), function)


def float_pairwise(cpu: Cpu, insn: Insn, function: FloatFunction) -> Op:
    """As :func:`pairwise`, of single-precision elements."""
    return floating(cpu, lambda bound: pairwise(cpu, insn, bound, 32), function)


def float_each(cpu: Cpu, insn: Insn, function: FloatFunction, signed: bool = False) -> Op:
    """As :func:`each`, of 32-bit elements, ``signed`` where they are integers."""
    return floating(cpu, lambda bound: each(cpu, insn, bound, 32, signed), function)


def float_compare(a: Arithmetic, x: int, y: int, orders: tuple[int, ...]) -> int:
    """All ones when x compares to y as one of ``orders``; all but equality signal quiet NaNs."""
    return mask_if(a.compare(x, y, SINGLE, quiet_nan_signals=orders != (0,)) in orders, 32)


EQUAL, GREATER_OR_EQUAL, GREATER = (0,), (0, 1), (1,)
