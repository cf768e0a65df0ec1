"""The scenario ``fatal-undefined``: an Undefined Instruction ends Hyp mode."""

from __future__ import annotations

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._fatal import checks

CHECKS: dict[str, Body] = checks(
    Vector.UNDEFINED,
    ExceptionClass.UNKNOWN,
    "hyp_last_words",
    "Undefined Instruction in Hyp mode",
)
