"""The scenario ``variant-be8-numbered``: that of ``hvc-numbered`` in a BE8 image."""

from __future__ import annotations

from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios.hvc_numbered import CHECKS as NUMBERED
from hypgen.verdict.scenarios.variant_be8 import exceptions

CHECKS: dict[str, Body] = {"be8.exceptions": exceptions, **NUMBERED}
"""In both images."""
