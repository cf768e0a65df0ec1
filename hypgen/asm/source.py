"""What goes into the assembler: a source text, where its lines come from, and the options."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from hypgen.errors import Diagnostic, InputError, Location, Severity

ByteOrder = Literal["little", "big"]


@dataclass(frozen=True)
class AsmSource:
    """One source text. ``name`` is the file name that messages and line records use.

    ``locations``, when given, has the place in the template for each line of ``text``: errors and
    line records then name that place.
    """

    name: str
    text: str
    locations: Sequence[Location | None] | None = None


@dataclass(frozen=True)
class AsmOptions:
    """``include_dirs`` are searched by .include and .incbin, ``defines`` are symbols set before line 1.

    ``allow`` are codes of warnings that are not wanted. ``before_mmu`` are sections whose code runs
    before the MMU is on. With ``implicit_it`` conditional T32 instructions get the IT that is missing, as by
    GNU as with ``-mimplicit-it=always``. ``big_endian`` is the order of the bytes of data; instructions are
    little-endian always, as in a BE8 image.
    """

    include_dirs: tuple[Path, ...] = ()
    defines: Mapping[str, int] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    before_mmu: frozenset[str] = frozenset()
    implicit_it: bool = False
    big_endian: bool = False

    @property
    def order(self) -> ByteOrder:
        """The byte order of data."""
        return "big" if self.big_endian else "little"


INCLUDED = "included here"
"""What the stack says of a file's .include."""


class Origin(NamedTuple):
    """Where a statement comes from: its place, and the macro and include stack that led there.

    ``line`` is the line of the unit's own text that was being read, of a macro its call. There is one
    for each line, which is why it is a tuple: tuples are made fastest.
    """

    location: Location
    stack: tuple[tuple[Location, str], ...] = ()
    line: int = 0

    @property
    def included(self) -> Location | None:
        """The line of an included file that was read, of a macro its call; None in the unit's own text."""
        place = self.location
        for outer, note in self.stack:
            if note == INCLUDED:
                return place
            place = outer
        return None


class AsmError(InputError):
    """One statement's error on its way to the list that `assemble` raises at the end."""


def text_of(data: bytes) -> str:
    """The text of a file: UTF-8, with other bytes kept as they are; raises StatementError if it is none."""
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise StatementError(
            "ASM-052",
            f"line {line} holds a zero byte, which no text does",
            "is it UTF-16? convert it to UTF-8",
        )
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def _printable(text: str) -> str:
    """A message without characters that a terminal would take for commands, or cannot show."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    code = ord(one)
    byte = code - 0xDC00 if 0xDC80 <= code < 0xDD00 else code  # surrogateescape
    return f"\\x{byte:02x}" if byte < 0x100 else f"\\u{code:04x}"


def diagnose(
    origin: Origin,
    code: str,
    sentence: str,
    hint: str = "",
    column: int = 0,
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """A diagnostic at ``origin``, with its stack as notes; ``column`` counts from 1, 0 if unknown."""
    place = origin.location
    if column and not place.column:
        place = Location(place.file, place.line, column)
    return Diagnostic(code, _printable(sentence), place, _printable(hint), _shortened(origin.stack), severity)


_NEAREST, _OUTERMOST = 4, 2
"""How many ends of a deep stack a message shows."""


def _shortened(stack: tuple[tuple[Location, str], ...]) -> tuple[tuple[Location, str], ...]:
    left_out = len(stack) - _NEAREST - _OUTERMOST
    if left_out < 2:
        return stack
    middle = (stack[_NEAREST][0], f"and {left_out} more levels like this")
    return (*stack[:_NEAREST], middle, *stack[-_OUTERMOST:])


class StatementError(Exception):
    """Something wrong in the statement at hand; the assembler adds the place."""

    def __init__(self, code: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.hint = hint
