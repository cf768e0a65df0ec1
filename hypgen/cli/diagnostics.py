"""How errors reach the person: on standard error, one line each, in colour only on a terminal."""

from __future__ import annotations

import os
import sys
import traceback

from hypgen import __version__
from hypgen.errors import HypgenError, InternalError, Severity

EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130

_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;35m"}
_RESET = "\x1b[0m"


def report_error(error: HypgenError) -> None:
    """Print every diagnostic of ``error``, and, where nothing was written, that the last output stands."""
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    for one in error.diagnostics:
        text = str(one)
        if colour:
            word = one.severity.value
            text = text.replace(word, f"{_COLOURS[one.severity]}{word}{_RESET}", 1)
        print(text, file=sys.stderr)
    if isinstance(error, InternalError):
        _ask_for_report(error)


def report_internal(error: BaseException) -> None:
    """Print an unexpected exception as one line, with what to report."""
    print(f"hypgen: internal error: {type(error).__name__}: {error}", file=sys.stderr)
    _ask_for_report(error)


def _ask_for_report(error: BaseException) -> None:
    place = traceback.extract_tb(error.__traceback__)[-1:] if error.__traceback__ else []
    at = "".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in place)
    print(
        f"hypgen {__version__}, Python {sys.version.split()[0]}, {at}: this is a defect of hypgen; please "
        "report these lines with the command and its input (HYPGEN_TRACEBACK=1 prints the whole trace)",
        file=sys.stderr,
    )
    if os.environ.get("HYPGEN_TRACEBACK"):
        traceback.print_exception(error, file=sys.stderr)
