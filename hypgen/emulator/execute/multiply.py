"""Multiplication and division (DDI 0406C A5.2.5, A5.2.7, A5.4.4; each under its name in A8.8).

Names of operands are the manual's: d, n, m, a, dHi and dLo are register numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.emulator.execute.arithmetic import half, s32, swapped
from hypgen.emulator.execute.closures import Op, close
from hypgen.emulator.execute.registry import Binder, binds

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = 0xFFFF_FFFF


_NZ = ("cpu.n = x >> 31", "cpu.z = 0 if x else 1")
"""The flags of a result x."""


def _product(result: str) -> Binder:
    """A 32-bit result, with N and Z if S."""

    def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
        fields = insn.fields
        if fields.get("S", 0):
            body = "\n".join((f"x = {result} & 0xFFFFFFFF", *_NZ, "r[d] = x"))
        else:
            body = f"r[d] = {result} & 0xFFFFFFFF"
        captured: dict[str, object] = {"cpu": cpu, "r": cpu.r, "d": fields["Rd"], "n": fields["Rn"]}
        return close(body, **captured, m=fields["Rm"], a=fields.get("Ra", 0))

    return binder


for _name, _result in (
    ("MUL", "r[n] * r[m]"),
    ("MLA", "r[n] * r[m] + r[a]"),
    ("MLS", "r[a] - r[n] * r[m]"),
):
    binds(_name)(_product(_result))

_SIGNED = "((r[{0}] ^ 0x80000000) - 0x80000000)"
"""SInt of a register."""


def _long(signed: bool, accumulate: bool) -> Binder:
    """A 32 x 32 to 64 bit multiplication, with the 64-bit sum of RdHi:RdLo if ``accumulate``.

    The sum is modulo 2**64, where signed and unsigned addends are the same.
    """
    product = " * ".join(_SIGNED.format(name) if signed else f"r[{name}]" for name in "nm")
    lines = [
        f"total = {product}" + (" + (r[hi] << 32 | r[lo])" if accumulate else ""),
        "top = total >> 32 & 0xFFFFFFFF",
        "bottom = total & 0xFFFFFFFF",
    ]
    # N is the top bit of all 64; x, which need only be 0 when they are, is made to have it.
    flags = ["x = top or bottom & 0x7FFFFFFF or bottom >> 31", *_NZ]

    def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
        body = "\n".join([*lines, *(flags if insn["S"] else ()), "r[hi] = top", "r[lo] = bottom"])
        captured: dict[str, object] = {"cpu": cpu, "r": cpu.r, "n": insn["Rn"], "m": insn["Rm"]}
        return close(body, **captured, hi=insn["RdHi"], lo=insn["RdLo"])

    return binder


for _signed, _letter in ((False, "U"), (True, "S")):
    binds(f"{_letter}MULL")(_long(_signed, accumulate=False))
    binds(f"{_letter}MLAL")(_long(_signed, accumulate=True))


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
    # ARMv7-A never traps a division by zero (A4.4.8).
    body = "divisor = r[m]\nr[d] = r[n] // divisor if divisor else 0"
    return close(body, r=cpu.r, d=insn["Rd"], n=insn["Rn"], m=insn["Rm"])


@binds("SDIV")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]

    def sdiv() -> None:
        dividend, divisor = s32(r[n]), s32(r[m])
        quotient = abs(dividend) // abs(divisor) if divisor else 0  # RoundTowardsZero
        r[d] = (quotient if (dividend ^ divisor) >= 0 else -quotient) & MASK

    return sdiv
