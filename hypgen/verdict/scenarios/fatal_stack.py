"""The scenario ``fatal-stack``: a stack that grows into the page below it ends Hyp mode."""

from __future__ import annotations

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._fatal import checks

CHECKS: dict[str, Body] = checks(
    Vector.DATA_ABORT,
    ExceptionClass.DATA_ABORT_HYP,
    "hyp_last_words",
    "Data Abort in Hyp mode, and its stack has overflowed or is none",
)
