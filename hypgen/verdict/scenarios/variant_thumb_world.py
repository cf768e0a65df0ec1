"""The scenario ``variant-thumb-world``: two guests under a hypervisor that is T32 code."""

from __future__ import annotations

from hypgen.verdict.guests.entering import ENTERING
from hypgen.verdict.guests.leaving import LEAVING
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios.variant_thumb import exceptions

EXITS = ("exit.hvc", "exit.cp15", "exit.translation", "exit.permission")

CHECKS: dict[str, Body] = {
    "thumb.exceptions": exceptions,
    **ENTERING,
    **{name: LEAVING[name] for name in EXITS},
}
"""Those of ``world-switch`` for the steps that it has."""
