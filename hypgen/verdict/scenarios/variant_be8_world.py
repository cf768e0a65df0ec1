"""The scenario ``variant-be8-world``: two big-endian guests under a hypervisor in a BE8 image."""

from __future__ import annotations

from hypgen.verdict.guests.entering import ENTERING
from hypgen.verdict.guests.leaving import LEAVING
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios.variant_be8 import exceptions

EXITS = (
    *("exit.hvc", "exit.cp15", "exit.translation", "exit.permission", "exit.walk", "exit.device", "exit.irq"),
    *("exit.vfp", "own.abort", "own.irq"),
)

CHECKS: dict[str, Body] = {
    "be8.exceptions": exceptions,
    **ENTERING,
    **{name: LEAVING[name] for name in EXITS},
}
"""Those of ``world-switch`` for the steps that it has."""
