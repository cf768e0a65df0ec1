"""The scenario ``fatal-prefetch``: a Prefetch Abort ends Hyp mode."""

from __future__ import annotations

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._fatal import checks

CHECKS: dict[str, Body] = checks(
    Vector.PREFETCH_ABORT,
    ExceptionClass.PREFETCH_ABORT_HYP,
    "",
    "Prefetch Abort in Hyp mode",
)
