"""The scenario ``variant-caches-off``: the Hyp MMU comes on, and the caches do not."""

from __future__ import annotations

from hypgen.verdict.evidence import writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._variants import fields, turned_on
from hypgen.verdict.scenarios.lifecycle import CHECKS as LIFECYCLE


def _off(seen: Observation) -> str:
    for one in turned_on(seen):
        fields(one, {"M": 1, "C": 0, "I": 0})
    for one in writes(seen, "HSCTLR"):
        fields(one, {"C": 0, "I": 0})
    return "M = 1 with C = 0 and I = 0; no write of HSCTLR set either"


CHECKS: dict[str, Body] = {"caches.off": _off, **LIFECYCLE}
"""Its own, and those of ``lifecycle``, whose program it has."""
