"""The scenario ``world-switches``: 1000 switches between two guests, and VMIDs that run out."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.verdict.guests.entering import ENTERING
from hypgen.verdict.guests.switching import SWITCHING
from hypgen.verdict.scenarios import Body

CHECKS: Mapping[str, Body] = {**ENTERING, **SWITCHING}
"""Every check that looks at one run."""
