"""The scenario ``variant-thumb-be8-map-runtime``: that of ``map-runtime`` in an image in both forms."""

from __future__ import annotations

from hypgen.verdict.scenarios import Body, variant_be8, variant_thumb
from hypgen.verdict.scenarios.map_runtime import CHECKS as MAPPED

CHECKS: dict[str, Body] = {
    "thumb.exceptions": variant_thumb.exceptions,
    "be8.exceptions": variant_be8.exceptions,
    **MAPPED,
}
"""On every CPU."""
