"""The scenario ``fatal-trap``: a trap that nobody asked for ends Hyp mode."""

from __future__ import annotations

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._fatal import checks

CHECKS: dict[str, Body] = checks(
    Vector.HYP_TRAP,
    ExceptionClass.CP15_MCR_MRC,
    "host_main",
    "a trap from PL1 that nothing has asked for",
)
