"""Packing, extending, saturating, reversing, bit fields and parallel additions (DDI 0406C A5.4, A5.2.6).

Names of operands are the manual's: d, n and m are register numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.bits import MASK32, ror32
from hypgen.emulator.execute.arithmetic import s8, s16, s32, signed_sat, unsigned_sat
from hypgen.emulator.execute.closures import Op, close
from hypgen.emulator.execute.registry import Unpredictable, binds

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

# Parallel addition and subtraction (A5.4.1, A5.4.2)


def _lane(x: int, shift: int, width: int, signed: bool) -> int:
    value = x >> shift & (1 << width) - 1
    return value - (1 << width) if signed and value >> (width - 1) else value


Lane = tuple[int, int, int]
"""A lane of the result: its bit position, the position of Rm's lane that goes with it, and +1 or -1."""

_LANES: dict[str, tuple[int, tuple[Lane, ...]]] = {
    "ADD16": (16, ((0, 0, 1), (16, 16, 1))),
    "ASX": (16, ((0, 16, -1), (16, 0, 1))),
    "SAX": (16, ((0, 16, 1), (16, 0, -1))),
    "SUB16": (16, ((0, 0, -1), (16, 16, -1))),
    "ADD8": (8, tuple((shift, shift, 1) for shift in (0, 8, 16, 24))),
    "SUB8": (8, tuple((shift, shift, -1) for shift in (0, 8, 16, 24))),
}
"""By operation: the width of a lane, and the lanes."""


def _modulo(signed: bool) -> Callable[[Cpu, Insn, int, tuple[Lane, ...]], Op]:
    """The S and U prefixes: results wrap, and GE says for each byte whether its lane did not.

    For a signed lane, and for an unsigned difference, that is a result of zero or more; for an
    unsigned sum, a carry out.
    """

    def binder(cpu: Cpu, insn: Insn, width: int, lanes: tuple[Lane, ...]) -> Op:
        r, d, n, m, ones = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], (1 << width) - 1
        lane_ge = (1 << width // 8) - 1

        def op() -> None:
            x, y = r[n], r[m]
            result = ge = 0
            for shift, other, sign in lanes:
                value = _lane(x, shift, width, signed) + sign * _lane(y, other, width, signed)
                result |= (value & ones) << shift
                if value > ones if sign > 0 and not signed else value >= 0:
                    ge |= lane_ge << shift // 8
            r[d] = result
            cpu.ge = ge

        return op

    return binder


def _adjusted(
    signed: bool, adjust: Callable[[int, int], int]
) -> Callable[[Cpu, Insn, int, tuple[Lane, ...]], Op]:
    """The other prefixes: each lane's exact result goes through ``adjust(value, width)``; no flags."""

    def binder(cpu: Cpu, insn: Insn, width: int, lanes: tuple[Lane, ...]) -> Op:
        r, d, n, m, ones = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], (1 << width) - 1

        def op() -> None:
            x, y = r[n], r[m]
            result = 0
            for shift, other, sign in lanes:
                value = _lane(x, shift, width, signed) + sign * _lane(y, other, width, signed)
                result |= (adjust(value, width) & ones) << shift
            r[d] = result

        return op

    return binder


def _halved(value: int, _width: int) -> int:
    return value >> 1


_PREFIXES = {
    "S": _modulo(signed=True),
    "U": _modulo(signed=False),
    "Q": _adjusted(True, signed_sat),
    "UQ": _adjusted(False, unsigned_sat),
    "SH": _adjusted(True, _halved),
    "UH": _adjusted(False, _halved),
}
"""By prefix: what becomes of the exact result of a lane."""


def _parallel(prefix: str, operation: str) -> Callable[[Cpu, Insn, int], Op]:
    width, lanes = _LANES[operation]
    make = _PREFIXES[prefix]
    return lambda cpu, insn, _pc: make(cpu, insn, width, lanes)


for _prefix in _PREFIXES:
    for _operation in _LANES:
        binds(_prefix + _operation)(_parallel(_prefix, _operation))


@binds("SEL")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]
    chosen = [sum(0xFF << 8 * byte for byte in range(4) if ge >> byte & 1) for ge in range(16)]

    def sel() -> None:
        mask = chosen[cpu.ge]
        r[d] = r[n] & mask | r[m] & ~mask

    return sel


@binds("USAD8", "USADA8")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m, a = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], insn.fields.get("Ra")

    def usad8() -> None:
        x, y = r[n], r[m]
        total = 0 if a is None else r[a]
        for shift in (0, 8, 16, 24):
            total += abs((x >> shift & 0xFF) - (y >> shift & 0xFF))
        r[d] = total & MASK32

    return usad8


# Saturating addition and subtraction (A5.2.6), saturation (A5.4.3)


def _saturating(cpu: Cpu, insn: Insn, sign: int, double: bool) -> Op:
    """Rm plus or minus Rn, which is doubled and saturated first if ``double``; Q is sticky."""
    r, d, n, m = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"]

    def op() -> None:
        addend = exact = s32(r[n]) << double
        if double:
            addend = signed_sat(exact, 32)
        total = s32(r[m]) + sign * addend
        result = signed_sat(total, 32)
        if addend != exact or result != total:
            cpu.q = 1
        r[d] = result & MASK32

    return op


@binds("QADD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _saturating(cpu, insn, sign=1, double=False)


@binds("QSUB")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _saturating(cpu, insn, sign=-1, double=False)


@binds("QDADD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _saturating(cpu, insn, sign=1, double=True)


@binds("QDSUB")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _saturating(cpu, insn, sign=-1, double=True)


def _saturate(cpu: Cpu, insn: Insn, saturate: Callable[[int, int], int], width: int) -> Op:
    """SSAT and USAT: Rn shifted left, or arithmetically right, then saturated to ``width`` bits."""
    r, d, n, amount, right = cpu.r, insn["Rd"], insn["Rn"], insn["imm5"], insn["sh"]
    amount = amount or (32 if right else 0)  # ASR #32 is encoded as 0 (DecodeImmShift)

    def op() -> None:
        operand = s32(r[n]) >> amount if right else s32(r[n] << amount & MASK32)
        result = saturate(operand, width)
        if result != operand:
            cpu.q = 1
        r[d] = result & MASK32

    return op


def _saturate16(cpu: Cpu, insn: Insn, saturate: Callable[[int, int], int], width: int) -> Op:
    r, d, n = cpu.r, insn["Rd"], insn["Rn"]

    def op() -> None:
        low, high = s16(r[n]), s16(r[n] >> 16)
        new_low, new_high = saturate(low, width), saturate(high, width)
        if new_low != low or new_high != high:
            cpu.q = 1
        r[d] = (new_high & 0xFFFF) << 16 | new_low & 0xFFFF

    return op


@binds("SSAT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _saturate(cpu, insn, signed_sat, insn["sat_imm"] + 1)


@binds("USAT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _saturate(cpu, insn, unsigned_sat, insn["sat_imm"])


@binds("SSAT16")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _saturate16(cpu, insn, signed_sat, insn["sat_imm"] + 1)


@binds("USAT16")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return _saturate16(cpu, insn, unsigned_sat, insn["sat_imm"])


# Packing, extension and reversal (A5.4.3), CLZ (A5.2.12)


@binds("PKH")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, n, m, amount = cpu.r, insn["Rd"], insn["Rn"], insn["Rm"], insn["imm5"]

    def pkhbt() -> None:
        r[d] = r[m] << amount & 0xFFFF_0000 | r[n] & 0xFFFF

    def pkhtb() -> None:
        r[d] = r[n] & 0xFFFF_0000 | s32(r[m]) >> (amount or 32) & 0xFFFF

    return pkhtb if insn["tb"] else pkhbt


def _zero_byte(value: int) -> int:
    return value & 0xFF


_EXTENDED = {
    "SB": "(({0} & 0xFF ^ 0x80) - 0x80)",
    "SH": "(({0} & 0xFFFF ^ 0x8000) - 0x8000)",
    "UB": "({0} & 0xFF)",
    "UH": "({0} & 0xFFFF)",
}
"""A byte or halfword of {0}, extended."""


def _extend(kind: str, add: bool) -> Callable[[Cpu, Insn, int], Op]:
    """A byte or halfword of the rotated Rm, extended, and added to Rn if ``add``."""

    def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
        rotation = insn["rotate"] << 3
        rotated = "(r[m] >> rotation | r[m] << left)" if rotation else "r[m]"
        value = _EXTENDED[kind].format(rotated)
        body = f"r[d] = {'r[n] + ' if add else ''}{value}"
        if add or kind[0] == "S":
            body += " & 0xFFFFFFFF"
        captured = {"d": insn["Rd"], "n": insn["Rn"] if add else 0, "m": insn["Rm"]}
        return close(body, r=cpu.r, **captured, rotation=rotation, left=32 - rotation)

    return binder


def _extend16(value_of: Callable[[int], int], add: bool) -> Callable[[Cpu, Insn, int], Op]:
    """Bytes 0 and 2 of the rotated Rm, each extended to a halfword, and added to Rn's if ``add``."""

    def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
        r, d, n, m, rotation = cpu.r, insn["Rd"], insn["Rn"] if add else 0, insn["Rm"], insn["rotate"] << 3

        def op() -> None:
            rotated = ror32(r[m], rotation)
            addend = r[n] if add else 0
            low = (addend & 0xFFFF) + value_of(rotated)
            high = (addend >> 16) + value_of(rotated >> 16)
            r[d] = (high & 0xFFFF) << 16 | low & 0xFFFF

        return op

    return binder


for _letter, _byte in (("S", s8), ("U", _zero_byte)):
    for _add, _infix in ((False, "XT"), (True, "XTA")):
        binds(f"{_letter}{_infix}B")(_extend(f"{_letter}B", _add))
        binds(f"{_letter}{_infix}H")(_extend(f"{_letter}H", _add))
        binds(f"{_letter}{_infix}B16")(_extend16(_byte, _add))


@binds("CLZ")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return close("r[d] = 32 - r[m].bit_length()", r=cpu.r, d=insn["Rd"], m=insn["Rm"])


@binds("RBIT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, m = cpu.r, insn["Rd"], insn["Rm"]

    def rbit() -> None:
        r[d] = int(f"{r[m]:032b}"[::-1], 2)

    return rbit


@binds("REV")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    body = "x = r[m]\nr[d] = x >> 24 | x >> 8 & 0xFF00 | x << 8 & 0xFF0000 | x << 24 & 0xFF000000"
    return close(body, r=cpu.r, d=insn["Rd"], m=insn["Rm"])


@binds("REV16")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    body = "x = r[m]\nr[d] = x >> 8 & 0x00FF00FF | x << 8 & 0xFF00FF00"
    return close(body, r=cpu.r, d=insn["Rd"], m=insn["Rm"])


@binds("REVSH")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, m = cpu.r, insn["Rd"], insn["Rm"]

    def revsh() -> None:
        x = r[m]
        r[d] = (s8(x) << 8 | x >> 8 & 0xFF) & MASK32

    return revsh


# Bit fields (A5.4)


def _width(insn: Insn) -> int:
    """The width of the field that BFC or BFI writes."""
    if insn["msb"] < insn["lsb"]:
        raise Unpredictable(f"{insn.heading} with msb {insn['msb']} below lsb {insn['lsb']} is UNPREDICTABLE")
    return insn["msb"] - insn["lsb"] + 1


@binds("BFC")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    keep = 0xFFFF_FFFF ^ ((1 << _width(insn)) - 1 << insn["lsb"])
    return close("r[d] = r[d] & keep", r=cpu.r, d=insn["Rd"], keep=keep)


@binds("BFI")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    lsb, ones = insn["lsb"], (1 << _width(insn)) - 1
    captured = {"d": insn["Rd"], "n": insn["Rn"], "lsb": lsb, "ones": ones, "keep": 0xFFFF_FFFF ^ ones << lsb}
    return close("r[d] = r[d] & keep | (r[n] & ones) << lsb", r=cpu.r, **captured)


@binds("UBFX")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    captured = {"d": insn["Rd"], "n": insn["Rn"], "lsb": insn["lsb"], "ones": (2 << insn["widthm1"]) - 1}
    return close("r[d] = r[n] >> lsb & ones", r=cpu.r, **captured)


@binds("SBFX")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    sign = 1 << insn["widthm1"]
    captured = {"d": insn["Rd"], "n": insn["Rn"], "lsb": insn["lsb"], "sign": sign, "ones": 2 * sign - 1}
    return close("r[d] = (r[n] >> lsb & ones ^ sign) - sign & 0xFFFFFFFF", r=cpu.r, **captured)
