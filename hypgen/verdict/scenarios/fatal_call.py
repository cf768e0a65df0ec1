"""The scenario ``fatal-call``: a Supervisor Call in Hyp mode ends Hyp mode."""

from __future__ import annotations

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._fatal import checks

CHECKS: dict[str, Body] = checks(
    Vector.SUPERVISOR_CALL,
    ExceptionClass.SVC,
    "hyp_last_words",
    "SVC or HVC in Hyp mode",
)
