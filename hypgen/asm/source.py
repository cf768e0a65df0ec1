"""What goes into the assembler: a source text, where its lines come from, and the options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hypgen.errors import Diagnostic, InputError, Location, Severity


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
    before the MMU is on.
    """

    include_dirs: tuple[Path, ...] = ()
    defines: Mapping[str, int] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    before_mmu: frozenset[str] = frozenset()


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
    return Diagnostic(code, sentence, place, hint, _shortened(origin.stack), severity)


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
