"""Errors with places, and the diagnostics they carry.

Every error that a user can cause derives from :class:`HypgenError` and carries one or more
:class:`Diagnostic` values; the command line prints them, one line each, and exits with the
class's ``exit_status``. A diagnostic's ``code`` is stable and explained in ``hypgen.codes``
(``hypgen explain CODE``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar


class Severity(Enum):
    """How bad a diagnostic is: an ``ERROR`` stops the work, a ``WARNING`` is listed and counted."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Location:
    """A place in a text file. ``line`` and ``column`` count from 1; 0 means not known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong: where, what was given, what was expected, and what to do.

    ``sentence`` says what is wrong and what was expected; ``hint`` what to do about it; ``notes``
    are further places that belong to it (the other culprit of an overlap, an include stack), in
    the order in which a reader wants them.
    """

    code: str
    sentence: str
    location: Location | None = None
    hint: str = ""
    notes: tuple[tuple[Location, str], ...] = field(default=())
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        hint = f" ({self.hint})" if self.hint else ""
        head = f"{where}{self.severity.value}[{self.code}]: {self.sentence}{hint}"
        return "".join([head, *(f"\n  {place}: note: {text}" for place, text in self.notes)])


class HypgenError(Exception):
    """Base of everything hypgen raises on purpose; carries at least one diagnostic."""

    exit_status: ClassVar[int] = 2

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        given = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        if not given:
            raise ValueError("a HypgenError needs at least one diagnostic")
        self.diagnostics: tuple[Diagnostic, ...] = given
        super().__init__("\n".join(str(one) for one in given))

    def __reduce__(self) -> tuple[type[HypgenError], tuple[tuple[Diagnostic, ...]]]:
        """How it is pickled, to arrive whole from another process."""
        return type(self), (self.diagnostics,)

    @classmethod
    def at(cls, code: str, sentence: str, location: Location | None = None, hint: str = "") -> HypgenError:
        """Make an error of this class with the one diagnostic described."""
        return cls(Diagnostic(code, sentence, location, hint))

    @property
    def location(self) -> Location | None:
        """The place of the first diagnostic."""
        return self.diagnostics[0].location


class InputError(HypgenError):
    """What the user gave is wrong: a board, template, source, object or option. Exit status 2."""


class NotModelledError(HypgenError):
    """The image did something that the core does not model; named, never a silent NOP.

    Exit status 1: the image was not shown to be right.
    """

    exit_status = 1


class InternalError(HypgenError):
    """hypgen contradicted itself, as when the plan and the link disagree. Exit status 3."""

    exit_status = 3
