"""Operands of A32 instructions, parsed once; expressions inside stay trees until they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from hypgen.asm.expressions import Node, Symbol, parse
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.values import Value

REGISTERS = {f"r{number}": number for number in range(16)} | {
    "sp": 13, "lr": 14, "pc": 15, "ip": 12, "fp": 11, "sl": 10, "sb": 9,
    **{f"a{number + 1}": number for number in range(4)},
    **{f"v{number + 1}": number + 4 for number in range(8)},
}  # fmt: skip
"""Core register names (AAPCS names included) -> number."""
REGISTER_NAMES = (*(f"r{number}" for number in range(13)), "sp", "lr", "pc")


@dataclass(frozen=True, slots=True)
class Register:
    """A core register; ``writeback`` when written with ``!``, ``minus`` when with ``-`` as an index."""

    number: int
    writeback: bool = False
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Immediate:
    """``#expression``; ``relocation`` is ``lower16`` or ``upper16`` when prefixed so."""

    value: Node
    relocation: str = ""
    negative_zero: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """``lsl #3``, ``ror r2``, ``rrx``; ``asl`` is ``lsl``."""

    kind: str
    amount: Immediate | Register | None


@dataclass(frozen=True, slots=True)
class Memory:
    """``[base]``, ``[base, offset]`` or ``[base, offset]!``; post-indexed offsets are further operands."""

    base: int
    offset: Immediate | Register | None = None
    shift: Shift | None = None
    writeback: bool = False


@dataclass(frozen=True, slots=True)
class RegisterList:
    """``{r0, r2-r4}`` as a 16-bit mask; ``user`` when followed by ``^``."""

    mask: int
    user: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """``{4}``: the option of an unindexed LDC or STC."""

    value: Node


@dataclass(frozen=True, slots=True)
class Literal:
    """``=expression``."""

    value: Node


@dataclass(frozen=True, slots=True)
class Plain:
    """Anything without a mark: a label, an expression, or a name like ``cpsr_f``, ``p15``, ``sy``."""

    text: str
    writeback: bool = False

    @property
    def value(self) -> Node:
        """The text read as an expression."""
        return parse(self.text)

    @property
    def word(self) -> str:
        """The text read as an architectural name."""
        return self.text.lower()


Operand: TypeAlias = Register | Immediate | Shift | Memory | RegisterList | Option | Literal | Plain

_SHIFT = re.compile(r"(lsl|asl|lsr|asr|ror|rrx)(?![\w.$])\s*(.*)", re.IGNORECASE | re.DOTALL)
_RELOCATION = re.compile(r":(\w+):\s*(.*)", re.DOTALL)
_NEGATIVE_ZERO = re.compile(r"-\s*0+(x0+)?$", re.IGNORECASE)


@lru_cache(maxsize=1 << 16)
def parse_operands(text: str) -> tuple[Operand, ...]:
    """The operands in ``text``; raises StatementError."""
    return tuple(_operand(piece, text) for piece in split_operands(text))


def _operand(text: str, whole: str) -> Operand:
    if not text:
        raise StatementError("ASM-003", f"operands `{whole}`: one is empty", "is there a comma too many?")
    number = REGISTERS.get(text.lower())
    if number is not None:
        return Register(number)
    first = text[0]
    if first == "#" and text.endswith("!"):
        return Plain(text[:-1].rstrip(), True)  # srsdb #19!
    if first in "#$" and not (first == "$" and len(text) > 1 and (text[1].isalpha() or text[1] in "_.$")):
        return immediate(text)
    if first == "[":
        return _memory(text)
    if first == "{":
        return _braces(text)
    if first == "=":
        return Literal(parse(text[1:]))
    if first in "+-" and (index := _index_register(text)) is not None:
        return index
    if match := _SHIFT.fullmatch(text):
        return _shift(match[1].lower(), match[2], text)
    if text.endswith("!"):
        stem = text[:-1].rstrip()
        number = REGISTERS.get(stem.lower())
        return Plain(stem, True) if number is None else Register(number, True)
    return Plain(text)


def immediate(text: str) -> Immediate:
    """Read ``#expression``, or an expression without the mark."""
    body = text[1:].lstrip() if text[:1] in ("#", "$") else text
    if match := _RELOCATION.match(body):
        kind = match[1].lower()
        if kind not in ("lower16", "upper16"):
            raise StatementError("ASM-003", f"`:{match[1]}:` is not known", "write :lower16: or :upper16:")
        return Immediate(parse(match[2]), kind)
    return Immediate(parse(body), "", bool(_NEGATIVE_ZERO.match(body)))


def _index_register(text: str) -> Register | None:
    number = REGISTERS.get(text[1:].strip().lower())
    return None if number is None else Register(number, False, text[0] == "-")


def _shift(kind: str, rest: str, text: str) -> Shift:
    if kind == "rrx":
        if rest:
            raise StatementError("ASM-003", f"`{text}`: rrx takes no amount")
        return Shift("rrx", None)
    kind = "lsl" if kind == "asl" else kind
    number = REGISTERS.get(rest.lower())
    if number is not None:
        return Shift(kind, Register(number))
    if not rest:
        raise StatementError(
            "ASM-003", f"`{text}`: the shift lacks its amount", f"write {kind} #n or {kind} rN"
        )
    return Shift(kind, immediate(rest))


def _memory(text: str) -> Operand:
    body = text
    writeback = body.endswith("!")
    if writeback:
        body = body[:-1].rstrip()
    if not body.endswith("]"):
        raise StatementError("ASM-003", f"`{text}`: expected `]` at the end of the address")
    parts = split_operands(body[1:-1].strip())
    base = REGISTERS.get(parts[0].lower()) if parts else None
    if base is None:
        shown = parts[0] if parts else ""
        raise StatementError("ASM-003", f"`{text}`: `{shown}` is not a base register")
    if len(parts) == 1:
        return Memory(base, writeback=writeback)
    if len(parts) > 3:
        raise StatementError("ASM-003", f"`{text}`: too many parts in the address")
    offset: Immediate | Register
    number = REGISTERS.get(parts[1].lower())
    if number is not None:
        offset = Register(number)
    elif parts[1][:1] in ("+", "-") and (index := _index_register(parts[1])) is not None:
        offset = index
    else:
        offset = immediate(parts[1])
    shift = None
    if len(parts) == 3:
        match = _SHIFT.fullmatch(parts[2])
        if match is None or not isinstance(offset, Register):
            raise StatementError("ASM-003", f"`{text}`: `{parts[2]}` is not a shift of an index register")
        shift = _shift(match[1].lower(), match[2], parts[2])
    return Memory(base, offset, shift, writeback)


def _braces(text: str) -> Operand:
    user = text.endswith("^")
    body = text[:-1].rstrip() if user else text
    if not body.endswith("}"):
        raise StatementError("ASM-003", f"`{text}`: expected `}}` at the end of the list")
    mask = 0
    inner = body[1:-1].strip()
    if not user and inner and inner[0] in "#0123456789":
        return Option(immediate(inner).value)
    for piece in inner.split(","):
        low, dash, high = (one.strip().lower() for one in piece.partition("-"))
        first = REGISTERS.get(low)
        last = REGISTERS.get(high) if dash else first
        if first is None or last is None:
            raise StatementError(
                "ASM-003", f"`{text}`: `{piece.strip()}` is not a core register or range of them"
            )
        if last < first:
            raise StatementError("ASM-003", f"`{text}`: the range `{piece.strip()}` runs backwards")
        mask |= (1 << (last + 1)) - (1 << first)
    return RegisterList(mask, user)


def expressions_of(operands: tuple[Operand, ...]) -> list[Node]:
    """Every expression marked as one; what a Plain means depends on the instruction."""
    found: list[Node] = []

    def note(node: Node) -> Node:
        found.append(node)
        return node

    for operand in operands:
        replace(operand, note)
    return found


def replace(operand: Operand, change: Callable[[Node], Node]) -> Operand:
    """The operand with each expression changed."""
    if isinstance(operand, Immediate):
        value = change(operand.value)
        return Immediate(value, operand.relocation, operand.negative_zero)
    if isinstance(operand, Shift) and isinstance(operand.amount, Immediate):
        return Shift(operand.kind, Immediate(change(operand.amount.value)))
    if isinstance(operand, Memory):
        offset, shift = operand.offset, operand.shift
        if isinstance(offset, Immediate):
            offset = Immediate(change(offset.value), offset.relocation, offset.negative_zero)
        if shift is not None and isinstance(shift.amount, Immediate):
            shift = Shift(shift.kind, Immediate(change(shift.amount.value)))
        return Memory(operand.base, offset, shift, operand.writeback)
    if isinstance(operand, Option):
        return Option(change(operand.value))
    return operand


def number(value: Node, what: str) -> int:
    """A value that must be a number by now."""
    if isinstance(value, Value) and value.constant:
        return value.number
    shown = value.name if isinstance(value, Symbol) else "the expression"
    raise StatementError("ASM-004", f"{what} must be a number: {shown} is not one")
