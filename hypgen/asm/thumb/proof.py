"""Reading an encoded T32 word back as text, and comparing it with the statement that it came from."""

from __future__ import annotations

import re

from hypgen.asm.canonical.system import BARRIER_OPTIONS, STATUS_FIELDS, WHOLE_MASKS
from hypgen.asm.operands import Immediate, Memory, Operand, Plain, Register, Shift, parse_operands
from hypgen.asm.source import StatementError
from hypgen.asm.thumb.slots import value_of
from hypgen.asm.thumb.statements import Spelled, commuted, numbers, spellings, take_apart
from hypgen.asm.values import Value
from hypgen.bits import MASK32

_WITH_OPCODE2 = frozenset(("mcr", "mrc", "mcr2", "mrc2", "cdp", "cdp2"))
"""Instructions whose last operand may be left out: it is 0."""


_FLAGS = Register(15)
"""What APSR_nzcv as the destination of MRC is encoded as."""
_ADDRESS = re.compile(r"adr (\w+), (#.*)")


def prove(word: int, length: int, itstate: int, spelled: Spelled) -> None:
    """Raise StatementError unless the word prints as a statement that means ``spelled``.

    Two readers must say so: our own tables, and capstone where it has a text for the word and where that
    does not depend on an IT block.
    """
    from hypgen.decode.capstone import disassemble
    from hypgen.decode.table import decode_t32
    from hypgen.decode.text import text

    first, second = (word >> 16, word & 0xFFFF) if length == 4 else (word, None)
    insn = decode_t32(first, second, itstate)
    printed = text(insn) if insn is not None else "nothing known"
    wanted = _meanings(spelled)
    if not _read(printed) & wanted:
        raise _contradicted(spelled, word, printed)
    if length == 2 and itstate & 15:
        return
    other = disassemble(word, thumb=True)
    meant = _read(_ADDRESS.sub(r"add \1, pc, \2", other)) if other is not None else set()
    if meant and not meant & wanted:
        raise _contradicted(spelled, word, other or "")


def _read(printed: str) -> set[Spelled]:
    """What a disassembler's text means; nothing if it is not in our syntax."""
    name, _, operands = printed.partition(" ")
    back = take_apart(name)
    try:
        return _meanings((back.name, parse_operands(operands))) if back is not None else set()
    except StatementError:
        return set()


def _contradicted(spelled: Spelled, word: int, printed: str) -> StatementError:
    return StatementError(
        "ASM-008",
        f"`{spelled[0]}` was encoded as {word:#x}, which is `{printed}`",
        "write the word itself with .inst, and report this",
    )


def _meanings(spelled: Spelled) -> set[Spelled]:
    """Every spelling of a statement, in one form."""
    name, operands = spelled
    found: set[Spelled] = set()
    for one in spellings(name, numbers(operands), wide=True):
        found.add(_normal(one))
        if exchanged := commuted(*one):
            found.add(_normal(exchanged))
    return found


def _normal(spelled: Spelled) -> Spelled:
    name, operands = spelled
    if name in ("dmb", "dsb", "isb"):
        operands = operands or (Immediate(Value(BARRIER_OPTIONS["sy"])),)
    elif name in _WITH_OPCODE2 and len(operands) == 5:
        operands = (*operands, Immediate(Value(0)))
    if name in ("mrc", "mrc2"):
        operands = tuple(
            _FLAGS if isinstance(one, Plain) and one.word == "apsr_nzcv" else one for one in operands
        )
    return name, tuple(one for operand in operands if (one := _one(operand)) is not None)


def _one(operand: Operand) -> Operand | None:
    if isinstance(operand, Immediate):
        return Plain(str((value_of(operand) or 0) & MASK32))
    if isinstance(operand, Shift):
        if operand.amount is None or isinstance(operand.amount, Register):
            return operand
        amount = value_of(operand.amount) or 0
        return Plain(f"{operand.kind} {amount}") if amount else None
    if isinstance(operand, Memory):
        return _address(operand)
    if isinstance(operand, Plain):
        return Plain(_named(operand.word))
    return operand


def _named(word: str) -> str:
    """An architectural name in one spelling."""
    if word in BARRIER_OPTIONS:
        return str(BARRIER_OPTIONS[word])
    word = WHOLE_MASKS.get(word, word)
    register, _, letters = word.partition("_")
    return f"{register}_{''.join(sorted(letters))}" if STATUS_FIELDS.fullmatch(word) else word


def _address(operand: Memory) -> Operand:
    offset = operand.offset
    shift = None if operand.shift is None else _one(operand.shift)
    where: object = offset
    if isinstance(offset, Immediate):
        where = value_of(offset)
    return Plain(f"[{operand.base} {where or 0} {shift or ''}]{operand.writeback}")
