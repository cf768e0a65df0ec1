"""Rows that describe instruction encodings, and the small language of their patterns.

A row is data: what an instruction is called, how it is written, and which bits make it. It has no
behaviour; execution lives in ``hypgen.emulator.execute``, in a module of the same name as the one
that holds the row. A pattern reads like the manual's encoding diagram, from bit 31 to bit 0::

    cond:4 0000000 S Rd:4 (0)(0)(0)(0) Rm:4 1001 Rn:4

* ``0`` and ``1`` are fixed bits: a word that differs is another instruction.
* ``Rd:4`` is a field of four bits, ``S`` a field of one.
* ``(0)`` and ``(1)`` are should-be bits (SBZ, SBO): a word that differs is still this instruction,
  but UNPREDICTABLE.

A pattern of A32 has 32 bits, one of T32 16, or 32 with the first halfword first. A field called
``cond`` never holds 0b1111, which selects the unconditional space (DDI 0406C A5.7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, cached_property
from typing import NamedTuple

from hypgen.arch.condition import Predicate, predicate
from hypgen.arch.operands import Operand, parse_operands
from hypgen.bits import Field

_FIELD = re.compile(r"([A-Za-z]\w*)(?::(\d+))?")
_BITS = re.compile(r"(?:[01]|\([01]\))+")
_THUMB = re.compile(r" T\d+$")
_STATE = {"InITBlock": 1, "LastInITBlock": 1}
"""What conditions and operands of T32 may name beside the fields, and its width."""


class EncodingError(ValueError):
    """A row is wrong: it names the row and says what does not fit."""


class Kind(Enum):
    """What a row stands for."""

    INSTRUCTION = "instruction"
    UNDEFINED = "UNDEFINED"
    """What the manual says is UNDEFINED: carved out of a wider row, or the rest of a space."""
    UNPREDICTABLE = "UNPREDICTABLE"
    """The rest of a space that has no instruction, and that the manual calls UNPREDICTABLE."""
    UNMODELLED = "not modelled"
    """Instructions that the architecture has and hypgen has no rows for."""


class Layout(NamedTuple):
    """A parsed pattern. ``word & mask == value`` says that a word has the fixed bits."""

    mask: int
    value: int
    should_mask: int
    should_value: int
    fields: tuple[Field, ...]
    width: int = 32


class _Token(NamedTuple):
    """One token of a pattern: a field's name and width, or bits as numbers of that width."""

    width: int
    name: str = ""
    mask: int = 0
    value: int = 0
    should_mask: int = 0
    should_value: int = 0


@cache  # the tokens of hundreds of rows are few
def _token(text: str) -> _Token:
    if match := _FIELD.fullmatch(text):
        width = int(match[2] or 1)
        if not width:
            raise EncodingError(f"field {match[1]!r} has no bits")
        return _Token(width, match[1])
    if not _BITS.fullmatch(text):
        raise EncodingError(f"{text!r} is neither bits, (0)(1) bits, nor a field name:width")
    bits = re.findall(r"(\(?)([01])", text)
    fixed = "".join("0" if parenthesis else "1" for parenthesis, _ in bits)
    content = int("".join(digit for _, digit in bits), 2)
    mask = int(fixed, 2)
    should_mask = mask ^ ((1 << len(bits)) - 1)
    return _Token(len(bits), "", mask, content & mask, should_mask, content & should_mask)


def parse_pattern(pattern: str, width: int = 32, narrow: int | None = None) -> Layout:
    """Parse a pattern of ``width`` bits, or ``narrow`` bits; raises EncodingError with what is wrong."""
    mask = value = should_mask = should_value = 0
    tokens = [_token(text) for text in pattern.split()]
    total = sum(token.width for token in tokens)
    if total not in (width, narrow):
        raise EncodingError(f"{total} bits instead of {width}" + (f" or {narrow}" if narrow else ""))
    position = total
    fields: dict[str, Field] = {}
    for token in tokens:
        position -= token.width
        if token.name in fields:
            raise EncodingError(f"field {token.name!r} occurs twice")
        if token.name:
            fields[token.name] = Field(token.name, position + token.width - 1, position)
        mask |= token.mask << position
        value |= token.value << position
        should_mask |= token.should_mask << position
        should_value |= token.should_value << position
    return Layout(mask, value, should_mask, should_value, tuple(fields.values()), total)


def _exclusion(text: str, fields: Mapping[str, Field]) -> tuple[int, int]:
    """Mask and value of ``P=0 W=0``: bits for fields, each as wide as its field."""
    mask = value = 0
    for part in text.split():
        name, _, bits = part.partition("=")
        if name not in fields or len(bits) != fields[name].width or set(bits) - {"0", "1"}:
            raise EncodingError(f"{part!r} is not a field with all its bits")
        mask |= fields[name].mask
        value = fields[name].put(value, int(bits, 2))
    return mask, value


@dataclass(frozen=True)
class Encoding:
    """One encoding of one instruction, as the manual (DDI 0406C) prints it.

    ``name`` is the manual's heading, with the encoding told apart where one heading has several, and in
    T32 always followed by the label of the encoding: ``ADD (immediate) T3``. ``manual`` is its section.
    ``syntax`` is the manual's assembler syntax, where ``{S}``, ``<c>`` and operands like ``<Rd>`` or
    ``<const>`` are filled in by ``hypgen.decode.text``. Each of ``unpredictable`` is a condition over the
    fields (see ``hypgen.arch.condition``) that the manual calls UNPREDICTABLE whatever the state of the
    CPU (but for its IT block), each of ``undefined`` one that it calls UNDEFINED. ``tolerated`` are those of
    ``unpredictable`` that compilers emit all the same, as every processor executes them. ``also`` lists
    headings of the manual that are special cases of this row and have no row of their own. Each of
    ``operands`` is an operand that the fields make up (see ``hypgen.arch.operands``). Each of ``never`` has
    values of fields that the row does not take, because the manual sends them to another row ("SEE ...") or
    calls them UNDEFINED: ``P=0 W=0``.
    """

    name: str
    manual: str
    syntax: str
    pattern: str
    unpredictable: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    kind: Kind = Kind.INSTRUCTION
    undefined: tuple[str, ...] = ()
    operands: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    layout: Layout = field(init=False, repr=False, compare=False)
    exclusions: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            layout = parse_pattern(self.pattern, narrow=16 if self.thumb else None)
            fields = {known.name: known for known in layout.fields}
            exclusions = tuple(_exclusion(text, fields) for text in self.never)
        except EncodingError as error:
            raise EncodingError(f"{self.name}: {error}") from None
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "exclusions", exclusions)

    @cached_property
    def thumb(self) -> bool:
        """Whether the row is one of T32."""
        return _THUMB.search(self.name) is not None

    @cached_property
    def heading(self) -> str:
        """The name without the label of a T32 encoding: what A32 and T32 rows of one operation share."""
        return _THUMB.sub("", self.name)

    @property
    def length(self) -> int:
        """The length of the instruction in bytes: 4, or in T32 also 2."""
        return self.layout.width // 8

    @property
    def mnemonic(self) -> str:
        """The mnemonic without its optional parts, in lower case: ``add``."""
        match = re.match(r"[A-Z0-9]+", self.syntax)
        return match[0].lower() if match else ""

    @cached_property
    def field_names(self) -> frozenset[str]:
        """Names of the pattern's fields."""
        return frozenset(known.name for known in self.layout.fields)

    @cached_property
    def unconditional(self) -> bool:
        """Whether the row is of A32's unconditional space: bits 31 to 28 are fixed as 0b1111."""
        return not self.thumb and self.layout.mask >> 28 == 0xF and self.layout.value >> 28 == 0xF

    @cached_property
    def _positions(self) -> tuple[tuple[str, int, int], ...]:
        """Name, lowest bit and shifted mask of each field: what decoding needs, and nothing else."""
        return tuple((known.name, known.lo, (1 << known.width) - 1) for known in self.layout.fields)

    def fields(self, word: int) -> dict[str, int]:
        """The fields' values in ``word``, in the pattern's order."""
        return {name: word >> low & ones for name, low, ones in self._positions}

    def encode(self, values: Mapping[str, int]) -> int:
        """The word with these field values and every should-be bit as it should be.

        Raises EncodingError for a field that is missing, unknown or too large.
        """
        layout = self.layout
        if wrong := self.field_names ^ values.keys():
            raise EncodingError(f"{self.name}: missing or unknown fields {', '.join(sorted(wrong))}")
        word = layout.value | layout.should_value
        try:
            for known in layout.fields:
                word = known.put(word, values[known.name])
        except ValueError as error:
            raise EncodingError(f"{self.name}: {error}") from None
        return word

    @cached_property
    def predicates(self) -> tuple[tuple[str, Predicate], ...]:
        """The conditions of ``unpredictable``, each with its compiled form.

        Those of T32 may also name ``InITBlock`` and ``LastInITBlock``.
        """
        names = self.field_names | {operand.name for operand in self.made}
        names |= _STATE.keys() if self.thumb else set()
        return tuple((text, predicate(text, names)) for text in self.unpredictable)

    @cached_property
    def made(self) -> tuple[Operand, ...]:
        """``operands``, each with its compiled form, in the order in which they are made."""
        widths = {known.name: known.width for known in self.layout.fields}
        return parse_operands(self.operands, widths | _STATE if self.thumb else widths)

    @cached_property
    def _refusals(self) -> tuple[tuple[str, Predicate], ...]:
        return tuple((text, predicate(text, self.field_names)) for text in self.undefined)

    def undefined_because(self, fields: Mapping[str, int]) -> str | None:
        """The condition of ``undefined`` that a word with these field values meets; None if none."""
        return next((text for text, holds in self._refusals if holds(fields)), None)


class Ordered(NamedTuple):
    """Rows that overlap on purpose: the first that matches is meant. ``reason`` says why."""

    reason: str
    encodings: tuple[Encoding, ...]


Row = Encoding | Ordered
