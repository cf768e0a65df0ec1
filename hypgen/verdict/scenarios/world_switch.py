"""The scenario ``world-switch``: two guests, and everything that brings a CPU back from them."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.verdict.guests.entering import ENTERING
from hypgen.verdict.guests.leaving import LEAVING
from hypgen.verdict.guests.refusing import REFUSING
from hypgen.verdict.scenarios import Body

CHECKS: Mapping[str, Body] = {**ENTERING, **LEAVING, **REFUSING}
"""Every check that looks at one run."""
