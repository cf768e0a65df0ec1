"""How errors reach the person: on standard error, one line each, in colour only on a terminal."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable
from typing import Any

from hypgen import __version__
from hypgen.errors import Diagnostic, HypgenError, InternalError, Location, Severity

EXIT_INTERNAL = 3

_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;35m"}
_RESET = "\x1b[0m"


def report_error(error: HypgenError) -> None:
    """Print every diagnostic of ``error``, and what notes its way up added."""
    for one in error.diagnostics:
        _say_diagnostic(one)
    if isinstance(error, InternalError):
        _ask_for_report(error)
    _say_notes(error)


def report_warnings(warnings: Iterable[Diagnostic]) -> None:
    """Print what does not stop the work."""
    for one in warnings:
        _say_diagnostic(one)


def report_internal(error: Exception) -> None:
    """Print an unexpected exception as one line, with what to report."""
    _say(f"hypgen: internal error: {type(error).__name__}: {error}")
    _ask_for_report(error)
    _say_notes(error)


def report_refused(error: OSError) -> None:
    """Print which file the operating system refused, and why: standard output's errors name none."""
    place = Location(str(error.filename) if error.filename is not None else "standard output")
    _say_diagnostic(Diagnostic("CLI-003", f"the operating system refuses: {error.strerror or error}", place))
    _say_notes(error)
    _trace(error)


def report_usage(error: Any) -> None:  # noqa: ANN401 - the class is private to typer
    """Print a wrong option, argument or command name in one line, with where to look it up."""
    command = error.ctx.command_path if error.ctx else "hypgen"
    # typer's validation of an enumeration puts two words before the sentence.
    sentence = error.format_message().rstrip(".").replace("Value error, ", "")
    sentence = sentence[:1].lower() + sentence[1:]
    _say_diagnostic(Diagnostic("CLI-002", sentence, Location(command), f"see {command} --help"))


def _say_diagnostic(one: Diagnostic) -> None:
    text = str(one)
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ:
        word = f"{one.severity.value}[{one.code}]"
        text = text.replace(word, f"{_COLOURS[one.severity]}{word}{_RESET}", 1)
    _say(text)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _say_notes(error: Exception) -> None:
    for note in getattr(error, "__notes__", ()):
        _say(f"hypgen: {note}")


def _ask_for_report(error: Exception) -> None:
    place = traceback.extract_tb(error.__traceback__)[-1:] if error.__traceback__ else []
    at = "".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in place)
    _say(
        f"hypgen {__version__}, Python {sys.version.split()[0]}, {at}: this is a defect of hypgen; please "
        "report these lines with the command and its input (HYPGEN_TRACEBACK=1 prints the whole trace)"
    )
    _trace(error)


def _trace(error: Exception) -> None:
    if os.environ.get("HYPGEN_TRACEBACK"):
        traceback.print_exception(error, file=sys.stderr)
