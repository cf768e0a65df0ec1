"""Multiplication and division (DDI 0406C A5.2.5, A5.2.7, A5.4.4; each under its name in A8.8).

Names of operands are the manual's: d, n, m, a, dHi and dLo are register numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.emulator.execute.arithmetic import half, s32, swapped
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.registry import binds

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = 0xFFFF_FFFF


@binds("MUL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]

    def mul() -> None:
        r[d] = r[n] * r[m] & MASK

    def muls() -> None:
        result = r[d] = r[n] * r[m] & MASK
        cpu.n = result >> 31
        cpu.z = 0 if result else 1

    return muls if insn["S"] else mul


@binds("MLA")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m, a = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], insn["Ra"]

    def mla() -> None:
        r[d] = r[n] * r[m] + r[a] & MASK

    def mlas() -> None:
        result = r[d] = r[n] * r[m] + r[a] & MASK
        cpu.n = result >> 31
        cpu.z = 0 if result else 1

    return mlas if insn["S"] else mla


@binds("MLS")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m, a = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], insn["Ra"]

    def mls() -> None:
        r[d] = r[a] - r[n] * r[m] & MASK

    return mls


def _long(cpu: Cpu, insn: Insn, product: Callable[[int, int], int], accumulate: bool) -> Op:
    """A 32 x 32 to 64 bit multiplication, with the 64-bit sum of RdHi:RdLo if ``accumulate``.

    The sum is modulo 2**64, where signed and unsigned addends are the same.
    """
    r, lo, hi, n, m, setflags = cpu.r, insn["RdLo"], insn["RdHi"], insn["Rn"], insn["Rm"], insn["S"]

    def op() -> None:
        result = product(r[n], r[m])
        if accumulate:
            result += r[hi] << 32 | r[lo]
        top, bottom = result >> 32 & MASK, result & MASK
        r[hi], r[lo] = top, bottom
        if setflags:
            cpu.n = top >> 31
            cpu.z = 0 if top | bottom else 1

    return op


def _unsigned_product(x: int, y: int) -> int:
    return x * y


def _signed_product(x: int, y: int) -> int:
    return s32(x) * s32(y)


@binds("UMULL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, _unsigned_product, accumulate=False)


@binds("UMLAL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, _unsigned_product, accumulate=True)


@binds("SMULL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, _signed_product, accumulate=False)


@binds("SMLAL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _long(cpu, insn, _signed_product, accumulate=True)


@binds("UMAAL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, lo, hi, n, m = cpu.r, insn["RdLo"], insn["RdHi"], insn["Rn"], insn["Rm"]

    def umaal() -> None:
        result = r[n] * r[m] + r[hi] + r[lo]
        r[hi], r[lo] = result >> 32, result & MASK

    return umaal


def _sticky(cpu: Cpu, d: int, result: int) -> None:
    """Rd gets the low word; Q is set if the signed result does not fit it."""
    cpu.r[d] = low = result & MASK
    if s32(low) != result:
        cpu.q = 1


@binds("SMLABB, SMLABT, SMLATB, SMLATT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m, a = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], insn["Ra"]
    n_high, m_high = insn["N"], insn["M"]

    def smlaxy() -> None:
        _sticky(cpu, d, half(r[n], n_high) * half(r[m], m_high) + s32(r[a]))

    return smlaxy


@binds("SMULBB, SMULBT, SMULTB, SMULTT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]
    n_high, m_high = insn["N"], insn["M"]

    def smulxy() -> None:
        r[d] = half(r[n], n_high) * half(r[m], m_high) & MASK

    return smulxy


@binds("SMLALBB, SMLALBT, SMLALTB, SMLALTT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, lo, hi, n, m = cpu.r, insn["RdLo"], insn["RdHi"], insn["Rn"], insn["Rm"]
    n_high, m_high = insn["N"], insn["M"]

    def smlalxy() -> None:
        result = half(r[n], n_high) * half(r[m], m_high) + (r[hi] << 32 | r[lo])
        r[hi], r[lo] = result >> 32 & MASK, result & MASK

    return smlalxy


@binds("SMLAWB, SMLAWT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m, a, m_high = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], insn["Ra"], insn["M"]

    def smlawy() -> None:
        # The manual shifts the addend up before the sum and the sum down after it: the same.
        _sticky(cpu, d, (s32(r[n]) * half(r[m], m_high) >> 16) + s32(r[a]))

    return smlawy


@binds("SMULWB, SMULWT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m, m_high = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], insn["M"]

    def smulwy() -> None:
        r[d] = s32(r[n]) * half(r[m], m_high) >> 16 & MASK

    return smulwy


def _dual(insn: Insn, sign: int) -> Callable[[int, int], int]:
    """The sum (``sign`` 1) or difference (-1) of the two halfword products; M swaps the halves of Rm."""
    m_swap = insn["M"]

    def products(x: int, y: int) -> int:
        if m_swap:
            y = swapped(y)
        return half(x, 0) * half(y, 0) + sign * half(x, 1) * half(y, 1)

    return products


def _dual_word(cpu: Cpu, insn: Insn, sign: int, accumulate: bool) -> Op:
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]
    products, a = _dual(insn, sign), insn["Ra"] if accumulate else 0

    def op() -> None:
        _sticky(cpu, d, products(r[n], r[m]) + (s32(r[a]) if accumulate else 0))

    return op


def _dual_long(cpu: Cpu, insn: Insn, sign: int) -> Op:
    r, lo, hi, n, m = cpu.r, insn["RdLo"], insn["RdHi"], insn["Rn"], insn["Rm"]
    products = _dual(insn, sign)

    def op() -> None:
        result = products(r[n], r[m]) + (r[hi] << 32 | r[lo])
        r[hi], r[lo] = result >> 32 & MASK, result & MASK

    return op


@binds("SMUAD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _dual_word(cpu, insn, sign=1, accumulate=False)


@binds("SMLAD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _dual_word(cpu, insn, sign=1, accumulate=True)


@binds("SMUSD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _dual_word(cpu, insn, sign=-1, accumulate=False)  # never overflows, so Q stays


@binds("SMLSD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _dual_word(cpu, insn, sign=-1, accumulate=True)


@binds("SMLALD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _dual_long(cpu, insn, sign=1)


@binds("SMLSLD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _dual_long(cpu, insn, sign=-1)


def _most_significant(cpu: Cpu, insn: Insn, sign: int, accumulate: bool) -> Op:
    """The top word of Ra:0 plus or minus the product, rounded if R."""
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]
    a, rounding = insn["Ra"] if accumulate else 0, 0x8000_0000 if insn["R"] else 0

    def op() -> None:
        addend = r[a] << 32 if accumulate else 0
        r[d] = addend + sign * s32(r[n]) * s32(r[m]) + rounding >> 32 & MASK

    return op


@binds("SMMUL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _most_significant(cpu, insn, sign=1, accumulate=False)


@binds("SMMLA")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _most_significant(cpu, insn, sign=1, accumulate=True)


@binds("SMMLS")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _most_significant(cpu, insn, sign=-1, accumulate=True)


@binds("UDIV")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]

    def udiv() -> None:
        divisor = r[m]
        r[d] = r[n] // divisor if divisor else 0  # ARMv7-A never traps a division by zero (A4.4.8)

    return udiv


@binds("SDIV")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]

    def sdiv() -> None:
        dividend, divisor = s32(r[n]), s32(r[m])
        quotient = abs(dividend) // abs(divisor) if divisor else 0  # RoundTowardsZero
        r[d] = (quotient if (dividend ^ divisor) >= 0 else -quotient) & MASK

    return sdiv
