"""Advanced SIMD: extraction, table lookup, duplication, and two registers (DDI 0406C A7.4, A7.4.5).

Each instruction under its name in A8.8.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from hypgen.decode import extension_fields as fields
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.extension import lanes
from hypgen.emulator.execute.extension.gated import binds_simd
from hypgen.emulator.float_format import HALF, SINGLE, Rounding
from hypgen.emulator.floating_point import Arithmetic

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

_MAGNITUDE = SINGLE.sign - 1


@binds_simd("VEXT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    content, size, position = cpu.extension.content, 8 * lanes.registers(insn), insn["imm4"]
    d, n, m = (8 * fields.doubleword(insn, letter) for letter in "dnm")

    def vext() -> None:
        content[d : d + size] = (content[n : n + size] + content[m : m + size])[position : position + size]

    return vext


@binds_simd("VTBL, VTBX")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    content, size, extends = cpu.extension.content, 8 * (insn["len"] + 1), insn["op"]
    d, n, m = (8 * fields.doubleword(insn, letter) for letter in "dnm")

    def vtbl() -> None:
        table = content[n : n + size]
        outside = content[d : d + 8] if extends else bytes(8)
        indices = content[m : m + 8]
        content[d : d + 8] = bytes(
            table[index] if index < size else old for index, old in zip(indices, outside, strict=True)
        )

    return vtbl


@binds_simd("VDUP (scalar)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, d, m = cpu.extension, fields.doubleword(insn, "d"), fields.doubleword(insn, "m")
    (width, index), count = fields.duplicated_lane(insn), lanes.registers(insn)

    def vdup() -> None:
        extension.set_lanes(d, width, [extension.lanes(m, 1, width)[index]] * (64 * count // width))

    return vdup


# Each element, or groups of them


@binds_simd("VREV16, VREV32, VREV64")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    content, size = cpu.extension.content, 8 * lanes.registers(insn)
    d, m = 8 * fields.doubleword(insn, "d"), 8 * fields.doubleword(insn, "m")
    element, region = 1 << insn["size"], 8 >> insn["op"]
    order = [
        m + start + region - element - place + byte
        for start in range(0, size, region)
        for place in range(0, region, element)
        for byte in range(element)
    ]

    def vrev() -> None:
        content[d : d + size] = bytes([content[place] for place in order])

    return vrev


@binds_simd("VPADDL", "VPADAL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, width, signed, count = (
        cpu.extension,
        fields.element_bits(insn),
        not insn["op"],
        lanes.registers(insn),
    )
    d, m, accumulates = fields.doubleword(insn, "d"), fields.doubleword(insn, "m"), insn.heading == "VPADAL"

    def vpadal() -> None:
        values = extension.lanes(m, count, width, signed)
        sums = [x + y for x, y in zip(values[0::2], values[1::2], strict=True)]
        if accumulates:
            sums = [old + one for old, one in zip(extension.lanes(d, count, 2 * width), sums, strict=True)]
        extension.set_lanes(d, 2 * width, sums)

    return vpadal


@binds_simd("VCLS")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width = fields.element_bits(insn)
    return lanes.each(cpu, insn, lambda x: width - 1 - (x ^ x >> width).bit_length(), width, signed=True)


@binds_simd("VCLZ")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    width = fields.element_bits(insn)
    return lanes.each(cpu, insn, lambda x: width - x.bit_length(), width)


@binds_simd("VCNT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return lanes.each(cpu, insn, int.bit_count, 8)


@binds_simd("VMVN (register)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return lanes.each(cpu, insn, lambda x: ~x, 64)


@binds_simd("VQABS")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return lanes.each(cpu, insn, abs, fields.element_bits(insn), signed=True, saturating=True)


@binds_simd("VQNEG")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return lanes.each(cpu, insn, lambda x: -x, fields.element_bits(insn), signed=True, saturating=True)


@binds_simd("VABS, vector")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    if insn["F"]:
        return lanes.each(cpu, insn, lambda x: x & _MAGNITUDE, 32)
    return lanes.each(cpu, insn, abs, fields.element_bits(insn), signed=True)


@binds_simd("VNEG, vector")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    if insn["F"]:
        return lanes.each(cpu, insn, lambda x: x ^ SINGLE.sign, 32)
    return lanes.each(cpu, insn, lambda x: -x, fields.element_bits(insn))


def _with_zero(
    name: str, holds: Callable[[int], bool], orders: tuple[int, ...], zero_first: bool = False
) -> None:
    """A comparison with zero; ``zero_first``: of floating-point numbers it is zero that is compared."""

    def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
        if insn["F"]:
            if zero_first:
                return lanes.float_each(cpu, insn, lambda a, x: lanes.float_compare(a, 0, x, orders))
            return lanes.float_each(cpu, insn, lambda a, x: lanes.float_compare(a, x, 0, orders))
        width = fields.element_bits(insn)
        return lanes.each(cpu, insn, lambda x: lanes.mask_if(holds(x), width), width, signed=True)

    binds_simd(name)(binder)


_with_zero("VCEQ (immediate #0)", lambda x: x == 0, lanes.EQUAL)
_with_zero("VCGE (immediate #0)", lambda x: x >= 0, lanes.GREATER_OR_EQUAL)
_with_zero("VCGT (immediate #0)", lambda x: x > 0, lanes.GREATER)
_with_zero("VCLE (immediate #0)", lambda x: x <= 0, lanes.GREATER_OR_EQUAL, zero_first=True)
_with_zero("VCLT (immediate #0)", lambda x: x < 0, lanes.GREATER, zero_first=True)


# Exchanges between Vd and Vm


@binds_simd("VSWP", "VTRN", "VUZP", "VZIP")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, width, count = cpu.extension, fields.element_bits(insn), lanes.registers(insn)
    d, m, permute = fields.doubleword(insn, "d"), fields.doubleword(insn, "m"), _PERMUTE[insn.heading]

    def exchange() -> None:
        first, second = permute(
            list(extension.lanes(d, count, width)), list(extension.lanes(m, count, width))
        )
        extension.set_lanes(d, width, first)
        extension.set_lanes(m, width, second)

    return exchange


Lists = tuple[list[int], list[int]]


def _transpose(x: list[int], y: list[int]) -> Lists:
    """VTRN: pairs of elements as 2-by-2 matrices."""
    x[1::2], y[0::2] = y[0::2], x[1::2]
    return x, y


def _unzip(x: list[int], y: list[int]) -> Lists:
    """VUZP: the even elements of both, and the odd ones."""
    both = x + y
    return both[0::2], both[1::2]


def _zip(x: list[int], y: list[int]) -> Lists:
    """VZIP: both interleaved."""
    both = [element for pair in zip(x, y, strict=True) for element in pair]
    return both[: len(x)], both[len(x) :]


_PERMUTE: dict[str, Callable[[list[int], list[int]], Lists]] = {
    "VSWP": lambda x, y: (y, x),
    "VTRN": _transpose,
    "VUZP": _unzip,
    "VZIP": _zip,
}


# Narrow and long


@binds_simd("VMOVN")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, width = cpu.extension, fields.element_bits(insn)
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")

    def vmovn() -> None:
        extension.set_lanes(d, width, extension.lanes(m, 2, 2 * width))

    return vmovn


@binds_simd("VQMOVN, VQMOVUN")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, width = cpu.extension, fields.element_bits(insn)
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")
    from_signed, to_signed = insn["op"] != 3, insn["op"] == 2

    def vqmovn() -> None:
        values = extension.lanes(m, 2, 2 * width, from_signed)
        extension.set_lanes(d, width, lanes.saturate(cpu, values, width, to_signed))

    return vqmovn


@binds_simd("VSHLL (maximum shift)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, width = cpu.extension, fields.element_bits(insn)
    d, m = fields.doubleword(insn, "d"), fields.doubleword(insn, "m")

    def vshll() -> None:
        extension.set_lanes(d, 2 * width, [x << width for x in extension.lanes(m, 1, width)])

    return vshll


# Floating-point


@binds_simd("VCVT (between half-precision and single-precision, Advanced SIMD)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    extension, d, m = cpu.extension, fields.doubleword(insn, "d"), fields.doubleword(insn, "m")
    source, target = (HALF, SINGLE) if insn["op"] else (SINGLE, HALF)
    count = 1 if insn["op"] else 2

    def vcvt() -> None:
        values = cpu.coproc.values
        arithmetic = Arithmetic.standard(values["FPSCR"])
        operands = extension.lanes(m, count, source.width)
        extension.set_lanes(d, target.width, [arithmetic.convert(x, source, target) for x in operands])
        values["FPSCR"] |= arithmetic.flags

    return vcvt


@binds_simd("VCVT (between floating-point and integer, Advanced SIMD)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    unsigned = bool(insn["op"] & 1)
    if insn["op"] & 2:
        return lanes.float_each(
            cpu, insn, lambda a, x: a.to_fixed(x, SINGLE, 32, unsigned, rounding=Rounding.ZERO)
        )
    return lanes.float_each(
        cpu, insn, lambda a, x: a.from_fixed(x, SINGLE, rounding=Rounding.NEAREST), signed=not unsigned
    )


def _reciprocal(place: int) -> int:
    """recip_estimate() of a number in [0.5, 1.0), ``place`` the whole part of 512 times it: 256 to 511."""
    return int(256.0 * (1.0 / ((place + 0.5) / 512.0)) + 0.5)


def _root(place: int, scale: float) -> int:
    """recip_sqrt_estimate() of a number, ``place`` the whole part of ``scale`` times it: 256 to 511."""
    return int(256.0 * (1.0 / math.sqrt((place + 0.5) / scale)) + 0.5)


@binds_simd("VRECPE")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    def integer(x: int) -> int:
        return _reciprocal(x >> 23) << 23 if x >> 31 else 0xFFFF_FFFF

    if insn["F"]:
        return lanes.float_each(cpu, insn, lambda a, x: a.reciprocal_estimate(x, _reciprocal))
    return lanes.each(cpu, insn, integer, 32)


@binds_simd("VRSQRTE")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    def integer(x: int) -> int:
        if x >> 30 == 0:
            return 0xFFFF_FFFF
        return (_root(x >> 24, 256.0) if x >> 31 else _root(x >> 23, 512.0)) << 23

    if insn["F"]:
        return lanes.float_each(cpu, insn, lambda a, x: a.root_estimate(x, _root))
    return lanes.each(cpu, insn, integer, 32)
