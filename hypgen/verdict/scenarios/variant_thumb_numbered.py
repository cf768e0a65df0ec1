"""The scenario ``variant-thumb-numbered``: that of ``hvc-numbered`` in a T32 image."""

from __future__ import annotations

from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios.hvc_numbered import CHECKS as NUMBERED
from hypgen.verdict.scenarios.variant_thumb import exceptions

CHECKS: dict[str, Body] = {"thumb.exceptions": exceptions, **NUMBERED}
"""In both images."""
