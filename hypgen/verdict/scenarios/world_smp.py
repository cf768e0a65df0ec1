"""The scenario ``world-smp``: two guests at the same time, on two CPUs."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.verdict.guests.entering import ENTERING
from hypgen.verdict.guests.together import TOGETHER
from hypgen.verdict.scenarios import Body

CHECKS: Mapping[str, Body] = {**ENTERING, **TOGETHER}
"""Every check that looks at one run."""
