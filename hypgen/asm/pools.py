"""Literal pools: the words that ``ldr rX, =value`` loads, shared, and put out by .ltorg."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypgen.asm.expressions import Node
from hypgen.asm.values import Name, Value
from hypgen.bits import MASK32

if TYPE_CHECKING:
    from hypgen.asm.source import Origin
    from hypgen.asm.statements import Statement

WORD, DOUBLEWORD = 4, 8


@dataclass(slots=True)
class Literal:
    """A word of a pool: its value, the place that loads refer to, and the statement that made it.

    ``free`` marks one that only keeps what follows at a doubleword; the next word takes it.
    """

    value: Node
    place: Name
    origin: Origin
    statement: Statement
    free: bool = False


@dataclass(slots=True)
class Pool:
    """The literals of one subsection since its last .ltorg."""

    literals: list[Literal] = field(default_factory=list)
    align: int = WORD

    def add(self, value: Node, origin: Origin, statement: Statement) -> Name:
        """The place that will hold ``value``; equal values share one, as in GNU as."""
        for known in self.literals:
            if known.free:
                known.value, known.free = value, False
                known.origin, known.statement = origin, statement
                return known.place
            if isinstance(value, Value) and known.value == value:
                return known.place
        literal = Literal(value, Name(""), origin, statement)
        self.literals.append(literal)
        return literal.place

    def add_doubleword(
        self, number: int, origin: Origin, statement: Statement, *, big_endian: bool = False
    ) -> Name:
        """The place that will hold a number of 64 bits, at a multiple of 8 bytes; it is two words here."""
        halves = (number & MASK32, number >> 32 & MASK32)
        low, high = (Value(half) for half in (halves[::-1] if big_endian else halves))
        for first, second in zip(self.literals[::2], self.literals[1::2], strict=False):
            if (first.value, second.value) == (low, high) and not first.free:
                return first.place
        self.align = DOUBLEWORD
        if len(self.literals) % 2:
            self.literals.append(Literal(Value(0), Name(""), origin, statement, free=True))
        words = [Literal(half, Name(""), origin, statement) for half in (low, high)]
        self.literals += words
        return words[0].place
