"""Data processing: sixteen operations, each with an immediate, a shifted register or a register-shifted one.

DDI 0406C A5.2.1 to A5.2.3 and, in T32, A6.2 and A6.3; the pseudocode of each is in A8.8 under its name.
T32 has ORN besides, and a heading of its own for every shift. One generator writes
the lines of a closure from three choices: the operation, the form of its second operand, and
whether it sets the flags. In these lines ``a`` is the first operand (Rn), ``b`` the second after
its shift, and ``x`` the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypgen.bits import ror32
from hypgen.emulator.execute.branching import PC, alu_write_pc, literal_base, pc_operand
from hypgen.emulator.execute.closures import Op, close
from hypgen.emulator.execute.exception_return import check_exception_return, exception_return
from hypgen.emulator.execute.registry import Binder, binds

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = "0xFFFFFFFF"


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation does with a and b.

    ``result`` is right modulo 2**32, and never needs the mask when ``fits``. ``carry`` and
    ``overflow`` are what AddWithCarry gives (A2.2.1); a logical operation has none: its C is the
    shifter's, and V stays.
    """

    result: str
    fits: bool = False
    carry: str = ""
    overflow: str = ""
    reads_a: bool = True
    writes: bool = True

    @property
    def logical(self) -> bool:
        """Whether C comes from the shifter, and V is left alone."""
        return not self.carry


def _addition(result: str, writes: bool = True) -> Operation:
    """a + b, and perhaps C: the carry out is the bit that no longer fits."""
    return Operation(result, carry="total >> 32", overflow="((a ^ x) & (b ^ x)) >> 31", writes=writes)


def _subtraction(result: str, minuend: str = "a", writes: bool = True) -> Operation:
    """AddWithCarry of the minuend and the complement of the other: C means that nothing was borrowed."""
    overflow = f"((a ^ b) & ({minuend} ^ x)) >> 31"
    return Operation(result, carry="1 if total >= 0 else 0", overflow=overflow, writes=writes)


OPERATIONS = {
    "AND": Operation("{a} & {b}", fits=True),
    "EOR": Operation("{a} ^ {b}", fits=True),
    "SUB": _subtraction("{a} - {b}"),
    "RSB": _subtraction("{b} - {a}", minuend="b"),
    "ADD": _addition("{a} + {b}"),
    "ADC": _addition("{a} + {b} + cpu.c"),
    "SBC": _subtraction("{a} - {b} - 1 + cpu.c"),
    "RSC": _subtraction("{b} - {a} - 1 + cpu.c", minuend="b"),
    "TST": Operation("{a} & {b}", fits=True, writes=False),
    "TEQ": Operation("{a} ^ {b}", fits=True, writes=False),
    "CMP": _subtraction("{a} - {b}", writes=False),
    "CMN": _addition("{a} + {b}", writes=False),
    "ORR": Operation("{a} | {b}", fits=True),
    "MOV": Operation("{b}", fits=True, reads_a=False),
    "BIC": Operation("{a} & ~{b}", fits=True),
    "MVN": Operation("{b} ^ 0xFFFFFFFF", fits=True, reads_a=False),
}
"""The operations by mnemonic, in the order of A32's opcode field."""

ORN = Operation("{a} | ({b} ^ 0xFFFFFFFF)", fits=True)
"""The operation that only T32 has."""

LSL, LSR, ASR, ROR = range(4)
"""SRType, by the ``type`` field (A8.4.3, DecodeImmShift)."""


@dataclass(frozen=True, slots=True)
class Operand:
    """The second operand: lines to execute first, its value, and the shifter's carry.

    ``carry`` is empty where the shifter leaves C alone. ``captured`` are the constants which the
    texts name.
    """

    value: str
    carry: str
    captured: dict[str, int]
    before: str = ""


def shifted_register(m: int, shift: int, amount: int) -> Operand:
    """A register shifted by a constant: DecodeImmShift and Shift_C (A8.4.3)."""
    rm, captured = "pc" if m == PC else "r[m]", {"m": m}
    if shift == LSL and amount == 0:
        return Operand(rm, "", captured)
    if shift == ROR and amount == 0:  # RRX
        return Operand(f"({rm} >> 1 | cpu.c << 31)", f"{rm} & 1", captured)
    amount = amount or 32  # LSR #32 and ASR #32 are encoded as 0
    captured |= {"k": amount, "last": amount - 1}
    carry = f"{rm} >> last & 1"
    if shift == LSL:
        return Operand(f"({rm} << k & {MASK})", f"{rm} >> left & 1", captured | {"left": 32 - amount})
    if shift == LSR:
        return Operand(f"({rm} >> k)", carry, captured)
    if shift == ASR:
        return Operand(f"((({rm} ^ 0x80000000) - 0x80000000) >> k & {MASK})", carry, captured)
    return Operand(f"(({rm} >> k | {rm} << left) & {MASK})", carry, captured | {"left": 32 - amount})


_BY_REGISTER = {
    LSL: (f"(r[m] << k & {MASK})", "r[m] << k >> 32 & 1"),
    LSR: ("(r[m] >> k)", "r[m] >> k - 1 & 1"),
    ASR: (
        f"(((r[m] ^ 0x80000000) - 0x80000000) >> k & {MASK})",
        "((r[m] ^ 0x80000000) - 0x80000000) >> k - 1 & 1",
    ),
    ROR: (f"((r[m] >> (k & 31) | r[m] << 32 - (k & 31)) & {MASK})", "r[m] >> (k - 1 & 31) & 1"),
}


def register_shifted_register(m: int, shift: int, s: int) -> Operand:
    """A register shifted by the bottom byte of another; a shift by 0 leaves C alone."""
    value, carry = _BY_REGISTER[shift]
    return Operand(value, f"{carry} if k else cpu.c", {"m": m, "s": s}, before="k = r[s] & 0xFF")


def data_processing(
    cpu: Cpu, operation: Operation, d: int, n: int, operand: Operand, setflags: bool, pc: int
) -> Op:
    """The closure for one data-processing instruction; ``setflags`` with d = 15 is not one of these.

    ``pc`` is what it reads from R15.
    """
    rn = "pc" if n == PC else "r[n]"
    if setflags:
        lines = _with_flags(operation, operand, rn)
    else:
        result = operation.result.format(a=rn, b=operand.value)
        if not operation.fits:
            result = f"({result}) & {MASK}"
        lines = [operand.before, f"alu_write_pc(cpu, {result})" if d == PC else f"r[d] = {result}"]
    captured: dict[str, object] = {"cpu": cpu, "r": cpu.r, "d": d, "n": n, "alu_write_pc": alu_write_pc}
    return close("\n".join(filter(None, lines)), **captured, pc=pc, **operand.captured)


def _with_flags(operation: Operation, operand: Operand, rn: str) -> list[str]:
    """The lines of an operation that sets the flags. All operands are read before anything is written."""
    result = operation.result.format(a="a", b="b")
    lines = [operand.before, f"a = {rn}" if operation.reads_a else "", f"b = {operand.value}"]
    if operation.logical:
        lines += [f"x = {result}", f"cpu.c = {operand.carry}" if operand.carry else ""]
    else:
        lines += [f"total = {result}", f"x = total & {MASK}"]
        lines += [f"cpu.c = {operation.carry}", f"cpu.v = {operation.overflow}"]
    return [*lines, "cpu.n = x >> 31", "cpu.z = 0 if x else 1", "r[d] = x" if operation.writes else ""]


def modified_immediate(insn: Insn) -> Operand:
    """The operand of the (immediate) encodings: ARMExpandImm_C (A5.2.4) or ThumbExpandImm_C (A6.3.2).

    What T32 also has, an immediate that is not made up, is ``imm32``: it leaves C alone.
    """
    if "imm32" in insn:
        return Operand("imm", "", {"imm": insn["imm32"]})
    imm12 = insn["imm12"]
    if insn.thumb:
        imm32, rotated = _thumb_expand(imm12)
        return Operand("imm", str(imm32 >> 31) if rotated else "", {"imm": imm32})
    rotation = imm12 >> 8 << 1
    imm32 = ror32(imm12 & 0xFF, rotation)
    return Operand("imm", str(imm32 >> 31) if rotation else "", {"imm": imm32})


def _thumb_expand(imm12: int) -> tuple[int, bool]:
    """ThumbExpandImm_C (A6.3.2): the constant, and whether C becomes its highest bit."""
    imm8 = imm12 & 0xFF
    if imm12 >> 10:
        return ror32(imm8 & 0x7F | 0x80, imm12 >> 7), True
    return imm8 * (0x0000_0001, 0x0001_0001, 0x0100_0100, 0x0101_0101)[imm12 >> 8], False


def _register(insn: Insn) -> Operand:
    return shifted_register(insn["Rm"], insn["type"], insn["imm5"])


def _register_shifted_register(insn: Insn) -> Operand:
    return register_shifted_register(insn["Rm"], insn["type"], insn["Rs"])


FORMS: dict[str, Callable[[Insn], Operand]] = {
    "immediate": modified_immediate,
    "register": _register,
    "register-shifted register": _register_shifted_register,
}
"""The forms of the second operand, by the words with which the manual's headings end."""


def _binder(operation: Operation, form: Callable[[Insn], Operand]) -> Binder:
    def binder(cpu: Cpu, insn: Insn, pc: int) -> Op:
        fields = insn.fields
        d, n = fields.get("Rd", 0), fields.get("Rn", 0)
        setflags, pc_value = bool(fields.get("S", 1)), pc_operand(pc, insn.thumb)
        return data_processing(cpu, operation, d, n, form(insn), setflags, pc_value)

    return binder


def _writes_pc(insn: Insn) -> bool:
    return insn.fields.get("Rd") == PC


for _mnemonic, _operation in OPERATIONS.items():
    for _words, _form in FORMS.items():
        binds(f"{_mnemonic} ({_words})", ends_block=_writes_pc)(_binder(_operation, _form))

for _words in ("immediate", "register"):
    binds(f"ORN ({_words})")(_binder(ORN, FORMS[_words]))
    binds(f"ADD (SP plus {_words})")(_binder(OPERATIONS["ADD"], FORMS[_words]))
    binds(f"SUB (SP minus {_words})")(_binder(OPERATIONS["SUB"], FORMS[_words]))


def _shift_by_register(insn: Insn) -> Operand:
    return register_shifted_register(insn["Rn"], insn["type"], insn["Rm"])


binds("RRX")(_binder(OPERATIONS["MOV"], _register))
for _shift in ("LSL", "LSR", "ASR", "ROR"):
    binds(f"{_shift} (immediate)")(_binder(OPERATIONS["MOV"], _register))
    binds(f"{_shift} (register)")(_binder(OPERATIONS["MOV"], _shift_by_register))


@binds("ADR")
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    base = literal_base(pc, insn.thumb)
    address = (base + insn["imm32"] if insn["U"] else base - insn["imm32"]) & 0xFFFF_FFFF
    return close("r[d] = imm32", r=cpu.r, d=insn["Rd"], imm32=address)


def _related(form: Callable[[Insn], Operand]) -> Binder:
    """SUBS PC, LR and its relatives: the operation, then an exception return to its result (B9.3.20)."""

    def binder(cpu: Cpu, insn: Insn, pc: int) -> Op:
        operation, operand = _BY_OPCODE[insn["opcode"]], form(insn)
        rn = "pc" if insn["Rn"] == PC else "r[n]"
        result = operation.result.format(a=rn, b=operand.value)
        captured: dict[str, object] = {"cpu": cpu, "r": cpu.r, "n": insn["Rn"]}
        captured |= {"pc": pc_operand(pc, insn.thumb)}
        captured |= {"check": check_exception_return, "exception_return": exception_return}
        body = f"check(cpu)\nexception_return(cpu, ({result}) & {MASK}, cpu.spsr)"
        return close(body, **captured, **operand.captured)

    return binder


_BY_OPCODE = tuple(OPERATIONS.values())

for _words in ("immediate", "register"):
    binds(f"SUBS PC, LR and related ({_words})", ends_block=True)(_related(FORMS[_words]))


@binds("MOVW")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return close("r[d] = imm32", r=cpu.r, d=insn["Rd"], imm32=insn["imm16"])


@binds("MOVT")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    return close("r[d] = r[d] & 0xFFFF | top", r=cpu.r, d=insn["Rd"], top=insn["imm16"] << 16)
