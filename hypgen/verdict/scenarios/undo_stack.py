"""The scenario ``undo-stack``: a CPU without a page for its Hyp stack."""

from __future__ import annotations

from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._undo import SECOND_ROUND, UNDO, reported

CHECKS: dict[str, Body] = {
    "refused.reported": reported("no page for the Hyp stack"),
    **UNDO,
    **SECOND_ROUND,
}
