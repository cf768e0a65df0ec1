"""Placing one instruction: plain ones at once, those with symbols with a gap to fill in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from hypgen.asm import fixups, lint, relative, resolve, vectors
from hypgen.asm.canonical import canonical
from hypgen.asm.canonical.spelling import encodable, spell
from hypgen.asm.encoder import encode
from hypgen.asm.expressions import Node, Symbol, parse
from hypgen.asm.mnemonics import Family, Word, suggest, take_apart
from hypgen.asm.operands import (
    REGISTER_NAMES,
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
from hypgen.asm.output import INSTRUCTION_SIZE, Fixup
from hypgen.asm.source import StatementError
from hypgen.asm.thumb import blocks
from hypgen.asm.unit import Unit
from hypgen.asm.values import Value
from hypgen.bits import MASK32

_PC = 15

Fill = Callable[[Unit, Fixup], None]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement taken apart. ``encoding`` is its word if nothing in it depends on symbols."""

    mnemonic: Word
    operands: tuple[Operand, ...]
    encoding: int | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Relative:
    """An instruction with a place for an operand: the word without it, and what fills it in."""

    base: int
    value: Node
    fill: Fill
    words: int = 1


def place(unit: Unit, name: str, operands: str) -> None:
    """Assemble one instruction here; raises StatementError."""
    if unit.aliases:
        operands = unit.with_aliases(operands)
    if name[0] in "iI" and blocks.is_it(name.lower()):
        blocks.begin(unit, name.lower(), operands)  # A32 has no IT: it is only checked
        return
    vector = vectors.take_apart(name.lower()) if name[0] in "vVfF" else None
    if vector is not None:
        if unit.it_block:
            blocks.step(unit, vector.condition)
        _place_vector(unit, vector, operands)
        return
    parsed = read(name, operands)
    if unit.it_block:
        blocks.step(unit, parsed.mnemonic.condition, conditional=parsed.mnemonic.mnemonic.conditional)
    if parsed.encoding is not None:
        unit.emit_word(parsed.encoding)
        if parsed.doubtful:
            lint.doubt_about_word(unit, parsed.encoding)
            lint.doubt_about_status(unit, _destination(parsed))
        return
    _place_symbolic(unit, parsed)


def _place_vector(unit: Unit, word: vectors.VectorWord, operands: str) -> None:
    """A VFP or NEON statement; its expressions must be numbers here, but for the label of VLDR and VSTR."""

    def evaluate(text: str) -> int:
        return unit.constant(text, "the operand")

    operands = vectors.as_now(word, operands)
    load = vectors.pooled(word, operands)
    label = "" if load else vectors.addresses_label(word, operands)
    if not label and load is None:
        encoding = encode(vectors.canonical(word, operands, evaluate))
        unit.emit_word(encoding)
        lint.doubt_about_word(unit, encoding)
        return
    register = load.register if load else operands.partition(",")[0]
    value = vector_literal(unit, word, load) if load else unit.evaluate(label)
    if isinstance(value, str):
        unit.emit_word(encode(value))
        return
    base = encode(vectors.canonical(word, f"{register}, [pc]", evaluate))
    unit.fix(unit.emit_word(base), value, relative.fill_load_words, base)


def vector_literal(unit: Unit, word: vectors.VectorWord, load: vectors.PooledLoad) -> Node | str:
    """For ``vldr d0, =value`` the VMOV that does it, or the place of the literal; raises StatementError."""
    value = unit.evaluate(load.value)
    if isinstance(value, Value) and value.constant:
        number = fixups.check_datum(value.number, 8 if load.double else 4)
        move = vectors.moving(word, load, number)
        if move:
            return move
        if load.double:
            return Value(
                0,
                (
                    (
                        unit.pool.add_doubleword(
                            number, unit.origin, unit.statement, big_endian=unit.options.big_endian
                        ),
                        1,
                    ),
                ),
            )
        value = Value(number & MASK32)
    elif load.double:
        raise StatementError(
            "ASM-004",
            f"`{load.value}` is not a number, and an address has no 64 bits",
            "load it into a core register",
        )
    lint.doubt_about_literal(unit, value)
    return Value(0, ((unit.pool.add(value, unit.origin, unit.statement), 1),))


@lru_cache(maxsize=1 << 16)
def read(name: str, operands: str) -> Parsed:
    """Take a statement apart, and encode it if it has no symbols; raises StatementError."""
    lower = name.lower()
    word = take_apart(lower)
    if word is None:
        raise _unknown(name)
    parsed = parse_operands(operands)
    if _relative_form(word, parsed) or any(isinstance(one, Literal) for one in parsed):
        return Parsed(word, parsed)
    parsed = tuple(_as_number(word, one) for one in parsed)
    for node in expressions_of(parsed):
        if not (isinstance(node, Value) and node.constant):
            return Parsed(word, parsed)
    if any(isinstance(one, Immediate) and one.relocation for one in parsed):
        return Parsed(word, parsed)
    encoding = encode(canonical(word, parsed))
    return Parsed(word, parsed, encoding, lint.is_doubtful(encoding))


def _destination(parsed: Parsed) -> str:
    """The status register that an MSR names, empty for any other instruction."""
    first = parsed.operands[0] if parsed.operands else None
    return first.word if parsed.mnemonic.mnemonic.name == "msr" and isinstance(first, Plain) else ""


def _unknown(name: str) -> StatementError:
    close = suggest(name.lower())
    hint = "did you mean " + " or ".join(f"`{one}`" for one in close) + "?" if close else ""
    return StatementError("ASM-001", f"`{name}` is not an instruction, directive or macro", hint)


_NAMES_AS_OPERANDS = frozenset(
    (
        Family.STATUS_READ, Family.STATUS_WRITE, Family.PROCESSOR_STATE, Family.ENDIAN, Family.BARRIER,
        Family.COPROCESSOR, Family.COPROCESSOR_PAIR, Family.COPROCESSOR_DATA, Family.COPROCESSOR_LOAD,
    )
)  # fmt: skip
"""Families where a bare word may be an architectural name instead of a symbol."""


def _as_number(word: Word, operand: Operand) -> Operand:
    """A bare expression where only a number can stand becomes an immediate."""
    if not isinstance(operand, Plain) or operand.writeback:
        return operand
    if word.mnemonic.family in _NAMES_AS_OPERANDS and isinstance(parse(operand.text), Symbol):
        return operand
    if word.mnemonic.family is Family.RETURN_STATE:
        return operand
    return immediate(operand.text)


def _relative_form(word: Word, operands: tuple[Operand, ...]) -> bool:
    """Whether the last operand is a place: a label or an expression with one."""
    family = word.mnemonic.family
    if not operands or not isinstance(operands[-1], Plain | Immediate):
        return False
    if family is Family.BRANCH:
        return True
    if not isinstance(operands[-1], Plain):
        return family is Family.ADDRESS
    if family in (Family.LOAD, Family.LOAD_EXTRA, Family.LOAD_DUAL, Family.COPROCESSOR_LOAD):
        return not any(isinstance(one, Memory) for one in operands)
    return family in (Family.ADDRESS, Family.PRELOAD)


def _place_symbolic(unit: Unit, parsed: Parsed) -> None:
    word, operands = parsed.mnemonic, parsed.operands
    last = operands[-1]
    if isinstance(last, Literal):
        _load_literal(unit, word, operands, last)
        return
    if _relative_form(word, operands):
        assert isinstance(last, Plain | Immediate)
        relative = _relative(word, operands, unit.bind(last.value))
    elif isinstance(last, Immediate) and last.relocation:
        relative = _half(word, operands, last, unit.bind(last.value))
    else:
        _place_immediate(unit, word, operands)
        return
    offset = unit.emit_word(relative.base)
    for _ in range(1, relative.words):
        unit.emit_word(relative.base)
    unit.fix(offset, relative.value, relative.fill, relative.base)


def _relative(word: Word, operands: tuple[Operand, ...], value: Node) -> Relative:
    family = word.mnemonic.family
    if family is Family.BRANCH:
        if len(operands) != 1:
            raise StatementError("ASM-003", f"operands do not fit `{word.mnemonic.name}`", "write one label")
        if word.mnemonic.name == "blx" and word.condition:
            raise StatementError("ASM-003", "blx of a label takes no condition", "branch around it")
        return Relative(encode(f"{spell(word)} #8"), value, fixups.fill_branch)
    if family is Family.ADDRESS:
        register = operands[0]
        if len(operands) != 2 or not isinstance(register, Register):
            raise StatementError(
                "ASM-003", f"operands do not fit `{word.mnemonic.name}`", "write adr rD, label"
            )
        named = REGISTER_NAMES[register.number]
        long = word.mnemonic.name == "adrl"
        fill_address = partial(relative.fill_address, condition=word.condition, register=named, long=long)
        base = encode(f"add{word.condition} {named}, pc, #0")
        return Relative(base, value, fill_address, 2 if long else 1)
    fill = {
        Family.LOAD: relative.fill_load12,
        Family.PRELOAD: relative.fill_load12,
        Family.LOAD_EXTRA: relative.fill_load8,
        Family.LOAD_DUAL: relative.fill_load8,
        Family.COPROCESSOR_LOAD: relative.fill_load_words,
    }[family]
    return Relative(encode(canonical(word, (*operands[:-1], Memory(_PC)))), value, fill)


def _half(word: Word, operands: tuple[Operand, ...], last: Immediate, value: Node) -> Relative:
    name = word.mnemonic.name
    wanted = {"movw": "lower16", "movt": "upper16"}.get(name)
    if wanted is None:
        raise StatementError("ASM-003", f"`{name}` takes no :{last.relocation}:", "movw and movt do")
    if wanted != last.relocation:
        raise StatementError(
            "ASM-003", f"`{name}` with :{last.relocation}: takes the wrong half", f"write :{wanted}:"
        )
    base = encode(canonical(word, (*operands[:-1], Immediate(Value(0)))))
    return Relative(base, value, partial(relative.fill_half, upper=wanted == "upper16"))


def _load_literal(unit: Unit, word: Word, operands: tuple[Operand, ...], last: Literal) -> None:
    """``ldr rX, =value``: MOV or MVN where one does, else a load from the pool, as GNU as."""
    if word.mnemonic.name != "ldr" or len(operands) != 2 or not isinstance(operands[0], Register):
        raise StatementError("ASM-003", "`=value` needs the form ldr rT, =value")
    register = REGISTER_NAMES[operands[0].number]
    value = unit.bind(last.value)
    if isinstance(value, Value) and value.constant:
        number = fixups.check_datum(value.number, INSTRUCTION_SIZE) & MASK32
        for opcode, immediate_value in (("mov", number), ("mvn", ~number & MASK32)):
            if encodable(immediate_value):
                unit.emit_word(encode(f"{opcode}{word.condition} {register}, #{immediate_value}"))
                return
    base = encode(f"ldr{word.condition} {register}, [pc]")
    lint.doubt_about_literal(unit, value)
    offset = unit.emit_word(base)
    entry = unit.pool.add(value, unit.origin, unit.statement)
    unit.fix(offset, Value(0, ((entry, 1),)), relative.fill_literal, base)


def _place_immediate(unit: Unit, word: Word, operands: tuple[Operand, ...]) -> None:
    try:
        canonical(word, tuple(replace(one, lambda _: Value(0)) for one in operands))
    except StatementError as error:
        if error.code == "ASM-003":  # the form is wrong, whatever the values will be
            raise
    bound = tuple(replace(one, unit.bind) for one in operands)
    if all(isinstance(node, Value) and node.constant for node in expressions_of(bound)):
        unit.emit_word(encode(canonical(word, bound)))
        return
    unit.fix(unit.emit_word(0), Value(0), partial(_fill_immediate, word=word, operands=bound))


def _fill_immediate(unit: Unit, fixup: Fixup, word: Word, operands: tuple[Operand, ...]) -> None:
    """An instruction whose numbers became known with the layout."""

    def settled(node: Node) -> Node:
        return Value(resolve.number_of(unit, node, "the operand"))

    encoding = encode(canonical(word, tuple(replace(one, settled) for one in operands)))
    resolve.write(fixup, encoding)
