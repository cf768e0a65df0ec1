"""What the canonical texts of all families are made of: names, registers, numbers, shifts, lists."""

from __future__ import annotations

from collections.abc import Callable

from hypgen.asm.mnemonics import Word
from hypgen.asm.operands import (
    REGISTER_NAMES,
    Immediate,
    Memory,
    Operand,
    Plain,
    Register,
    RegisterList,
    Shift,
    number,
)
from hypgen.asm.source import StatementError
from hypgen.bits import ror32

Form = Callable[[Word, list[Operand]], str]
"""Canonical text of a statement of one family; raises StatementError."""

PC, SP, LR = 15, 13, 14


def spell(word: Word, name: str = "", *, flags: bool | None = None) -> str:
    """The mnemonic in UAL: name, S, condition."""
    sets = word.sets_flags if flags is None else flags
    return (name or word.mnemonic.same_as or word.mnemonic.name) + ("s" if sets else "") + word.condition


def wrong(word: Word, expected: str) -> StatementError:
    """The error that the operands do not have the shape that the mnemonic takes."""
    name = word.mnemonic.name
    return StatementError("ASM-003", f"operands do not fit `{name}`", f"write {name} {expected}")


def register(word: Word, operand: Operand, expected: str, *, pc: bool = True) -> str:
    """The name of a core register operand; ``pc`` tells whether the PC is allowed."""
    if not isinstance(operand, Register) or operand.writeback or operand.minus:
        raise wrong(word, expected)
    if operand.number == PC and not pc:
        raise StatementError("ASM-006", f"pc cannot be used here by `{word.mnemonic.name}`")
    return REGISTER_NAMES[operand.number]


def constant(word: Word, operand: Operand, low: int, high: int, what: str, expected: str = "") -> int:
    """A number operand, with or without `#`, in ``[low, high]``."""
    if isinstance(operand, Immediate | Plain):
        value = number(operand.value, what)
        if not low <= value <= high:
            raise StatementError("ASM-005", f"{what} is {value}: must be {low} to {high}")
        return value
    raise wrong(word, expected or "with a number there")


def encodable(value: int) -> bool:
    """Whether a 32-bit value is an 8-bit one rotated right by an even amount (DDI 0406C A5.2.4)."""
    return any(ror32(value, 32 - turn) < 256 for turn in range(0, 32, 2))


def shift_text(word: Word, shift: Shift, *, by_register: bool = True) -> str:
    """The text after the shifted register, empty for a shift by nothing."""
    if shift.amount is None:
        return ", rrx"
    if isinstance(shift.amount, Register):
        if not by_register:
            raise StatementError("ASM-003", f"`{word.mnemonic.name}` takes a shift by a number only")
        return f", {shift.kind} {REGISTER_NAMES[shift.amount.number]}"
    amount = number(shift.amount.value, "the shift amount")
    if amount == 0:
        return ""
    most = {"lsl": 31, "lsr": 32, "asr": 32, "ror": 31}[shift.kind]
    if not 0 < amount <= most:
        raise StatementError("ASM-005", f"shift amount {amount}: {shift.kind} takes 0 to {most}")
    return f", {shift.kind} #{amount}"


def memory_operand(word: Word, operand: Operand, expected: str) -> Memory:
    """The address operand ``[...]``."""
    if not isinstance(operand, Memory):
        raise wrong(word, expected)
    return operand


def register_list(word: Word, operand: Operand, expected: str) -> RegisterList:
    """The register list operand ``{...}``, which must not be empty."""
    if not isinstance(operand, RegisterList):
        raise wrong(word, expected)
    if not operand.mask:
        raise StatementError("ASM-003", f"the register list of `{word.mnemonic.name}` is empty")
    return operand


def list_text(mask: int) -> str:
    """``{r0, r4, lr}``: every register by itself, ascending."""
    return "{" + ", ".join(name for index, name in enumerate(REGISTER_NAMES) if mask >> index & 1) + "}"
