"""The scenario ``variant-thumb-be8-host-mmu``: that of ``host-mmu`` in an image in both forms."""

from __future__ import annotations

from hypgen.verdict.scenarios import Body, variant_be8, variant_thumb
from hypgen.verdict.scenarios.host_mmu import CHECKS as HOST

CHECKS: dict[str, Body] = {
    "thumb.exceptions": variant_thumb.exceptions,
    "be8.exceptions": variant_be8.exceptions,
    **HOST,
}
"""On every CPU."""
