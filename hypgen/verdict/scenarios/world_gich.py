"""The scenario ``world-gich``: virtual interrupts by the List registers of GICH."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.verdict.guests.entering import ENTERING
from hypgen.verdict.guests.lists import LISTED
from hypgen.verdict.scenarios import Body

CHECKS: Mapping[str, Body] = {**ENTERING, **LISTED}
"""Every check that looks at one run."""
