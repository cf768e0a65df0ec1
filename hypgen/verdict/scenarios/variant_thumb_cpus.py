"""The scenario ``variant-thumb-cpus``: that of ``cpus`` in a T32 image."""

from __future__ import annotations

from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios.cpus import CHECKS as CPUS
from hypgen.verdict.scenarios.variant_thumb import exceptions

CHECKS: dict[str, Body] = {"thumb.exceptions": exceptions, **CPUS}
"""On every CPU."""
