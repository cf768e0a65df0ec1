"""The scenario ``variant-be8-cpus``: that of ``cpus`` in a BE8 image."""

from __future__ import annotations

from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios.cpus import CHECKS as CPUS
from hypgen.verdict.scenarios.variant_be8 import exceptions

CHECKS: dict[str, Body] = {"be8.exceptions": exceptions, **CPUS}
"""On every CPU."""
