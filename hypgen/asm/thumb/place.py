"""Placing a T32 statement: IT blocks are kept, plain instructions emitted, others left to a fixup."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache, partial

from hypgen.asm import fixups, lint, vectors
from hypgen.asm.expressions import Node
from hypgen.asm.operands import (
    Immediate,
    Literal,
    Memory,
    Operand,
    Plain,
    Register,
    expressions_of,
    immediate,
    parse_operands,
    replace,
)
from hypgen.asm.source import StatementError
from hypgen.asm.thumb import blocks, relative
from hypgen.asm.thumb.encoder import encode
from hypgen.asm.thumb.forms import table
from hypgen.asm.thumb.slots import thumb_immediate
from hypgen.asm.thumb.statements import BRANCHES, ThumbWord, take_apart
from hypgen.asm.unit import Unit
from hypgen.asm.values import Value
from hypgen.bits import MASK32

_LOADS = re.compile(r"(?:ldr|str)(?:b|h|sb|sh|d)?|pldw?|pli")
_NAMES_AS_OPERANDS = re.compile(
    r"m[rs][rs]|cps|setend|d[sm]b|isb|m[cr]{2}2?|m[cr]rr2?|cdp2?|(?:ldc|stc)|srs|rfe"
)


_WRITE_PC = BRANCHES | {"bx", "bxj", "tbb", "tbh", "rfe"}


def place(unit: Unit, name: str, operands: str) -> None:
    """Assemble one T32 instruction here; raises StatementError."""
    if unit.unified and not unit.it_block and not unit.aliases:
        known = _outright(name, operands)
        if known is not None:
            unit.implicit_it = None
            unit.emit_thumb(*known)
            return
    if unit.aliases:
        operands = unit.with_aliases(operands)
    lower = name.lower()
    if blocks.is_it(lower):
        blocks.begin(unit, lower, operands)
        return
    vector = vectors.take_apart(lower) if lower[0] in "vf" else None
    if vector is not None:
        itstate = blocks.step(unit, vector.condition)
        relative.place_vector(
            unit, vectors.VectorWord(vector.name, "", vector.types), vectors.as_now(vector, operands), itstate
        )
        return
    word, parsed, plain = read(lower, operands)
    itstate = blocks.step(
        unit,
        word.condition,
        free=word.name == "b",
        conditional=word.conditional,
        branches=word.name in _WRITE_PC or "pc" in operands.lower(),
    )
    if not (unit.unified or word.condition or word.width):
        _refuse_divided(unit, word)
    if plain:
        encoded, length = _encoded(lower, operands, itstate)
        unit.emit_thumb(encoded, length)
        if length == 4:  # what may be doubtful has 32 bits
            lint.doubt_about_word(unit, encoded, length, itstate)
            if word.name == "msr" and isinstance(parsed[0], Plain):
                lint.doubt_about_status(unit, parsed[0].word)
        return
    _place_symbolic(unit, word, parsed, itstate)


@lru_cache(maxsize=1 << 16)
def _outright(name: str, operands: str) -> tuple[int, int] | None:
    """The word and length of a statement with only numbers, if nothing else is to be done or said."""
    lower = name.lower()
    if blocks.is_it(lower) or vectors.take_apart(lower) is not None:
        return None
    try:
        word, _, plain = read(lower, operands)
        if not plain or word.condition or word.name == "msr":
            return None
        encoded, length = _encoded(lower, operands, 0)
    except StatementError:
        return None  # it is raised again where it is reported
    return None if lint.is_doubtful(encoded, length) else (encoded, length)


_OTHERWISE_DIVIDED = frozenset(
    (
        "add", "sub", "rsb", "adc", "sbc", "and", "orr", "eor", "bic", "orn", "mov", "mvn", "neg", "mul",
        "lsl", "lsr", "asr", "ror", "movs", "rsbs",
    )
)  # fmt: skip
"""Mnemonics that mean other instructions in the syntax from before UAL: they set the flags without S."""


def _refuse_divided(unit: Unit, word: ThumbWord) -> None:
    """Raise StatementError, once, for what GNU as takes for another instruction without `.syntax unified`."""
    if word.name in _OTHERWISE_DIVIDED:
        unit.unified = True
        raise StatementError(
            "ASM-051",
            f"`{word.name}` is another T32 instruction in the syntax from before UAL",
            "write .syntax unified at the beginning",
        )


@lru_cache(maxsize=1 << 16)
def _encoded(name: str, operands: str, itstate: int) -> tuple[int, int]:
    """The word and length of a statement with only numbers, remembered by its text."""
    word, parsed, _ = read(name, operands)
    return encode(word.name, parsed, word.width, itstate)


@lru_cache(maxsize=1 << 16)
def read(name: str, operands: str) -> tuple[ThumbWord, tuple[Operand, ...], bool]:
    """A statement taken apart, and whether it has only numbers; raises StatementError."""
    word = take_apart(name)
    if word is None:
        raise unknown(name)
    parsed = parse_operands(operands)
    if any(isinstance(one, Literal) for one in parsed):
        return word, parsed, False
    if word.name in BRANCHES:
        return word, parsed, word.name == "blx" and len(parsed) == 1 and isinstance(parsed[0], Register)
    parsed = tuple(_as_number(word, one, last=one is parsed[-1]) for one in parsed)
    plain = not any(isinstance(one, Immediate) and one.relocation for one in parsed)
    plain &= all(isinstance(node, Value) and node.constant for node in expressions_of(parsed))
    plain &= _label_of(word, parsed) is None
    return word, parsed, plain


def _as_number(word: ThumbWord, operand: Operand, *, last: bool) -> Operand:
    """A bare expression where only a number can stand becomes an immediate."""
    if not isinstance(operand, Plain) or operand.writeback:
        return operand
    if _NAMES_AS_OPERANDS.match(word.name) or (last and (word.name == "adr" or _LOADS.fullmatch(word.name))):
        return operand
    return immediate(operand.text)


def unknown(name: str) -> StatementError:
    """The error for a word that is no mnemonic of T32."""
    close = difflib.get_close_matches(name.partition(".")[0], table(), n=3, cutoff=0.6)
    hint = "did you mean " + " or ".join(f"`{one}`" for one in close) + "?" if close else ""
    return StatementError("ASM-001", f"`{name}` is not a T32 instruction, directive or macro", hint)


def _label_of(word: ThumbWord, operands: tuple[Operand, ...]) -> Node | None:
    """The place that an instruction addresses relative to the PC, if it does."""
    last = operands[-1] if operands else None
    if not isinstance(last, Plain | Immediate):
        return None
    if word.name == "adr" or (isinstance(last, Plain) and _LOADS.fullmatch(word.name)):
        return None if any(isinstance(one, Memory) for one in operands) else last.value
    return None


def _place_symbolic(unit: Unit, word: ThumbWord, operands: tuple[Operand, ...], itstate: int) -> None:
    last = operands[-1] if operands else None
    label = _label_of(word, operands)
    if word.name in BRANCHES:
        relative.place_branch(unit, word, operands, itstate)
    elif isinstance(last, Literal):
        _place_literal(unit, word, operands, last, itstate)
    elif label is not None:
        relative.place_address(unit, word, operands, unit.bind(label), itstate)
    elif isinstance(last, Immediate) and last.relocation:
        relative.place_half(unit, word, operands, last, itstate)
    else:
        _place_immediate(unit, word, operands, itstate)


def _place_literal(
    unit: Unit, word: ThumbWord, operands: tuple[Operand, ...], last: Literal, itstate: int
) -> None:
    """``ldr rX, =value``: MOV, MVN or MOVW where one does, else a load from the pool, as GNU as."""
    if word.name != "ldr" or len(operands) != 2 or not isinstance(operands[0], Register):
        raise StatementError("ASM-003", "`=value` needs the form ldr rT, =value")
    value = unit.bind(last.value)
    target = operands[0]
    if isinstance(value, Value) and value.constant and target.number not in (13, 15):
        number = fixups.check_datum(value.number, 4) & MASK32
        for name, inverted in (("mov", number), ("mvn", ~number & MASK32)):
            if thumb_immediate(inverted) is not None:
                unit.emit_thumb(*encode(name, (target, Immediate(Value(inverted))), 4, itstate))
                return
        if number <= 0xFFFF:
            unit.emit_thumb(*encode("movw", (target, Immediate(Value(number))), 4, itstate))
            return
    lint.doubt_about_literal(unit, value)
    entry = unit.pool.add(value, unit.origin, unit.statement)
    relative.place_address(unit, word, operands, Value(0, ((entry, 1),)), itstate)


def _place_immediate(unit: Unit, word: ThumbWord, operands: tuple[Operand, ...], itstate: int) -> None:
    """Numbers that are known now, or with the layout: then the encoding has 32 bits, if it may."""
    bound = tuple(replace(one, unit.bind) for one in operands)
    if all(isinstance(node, Value) and node.constant for node in expressions_of(bound)):
        unit.emit_thumb(*encode(word.name, bound, word.width, itstate))
        return
    length = word.width or 4
    fill = partial(relative.fill_immediate, word=word, operands=bound, length=length, itstate=itstate)
    unit.fix(unit.emit_thumb(0, length), Value(0), fill)
