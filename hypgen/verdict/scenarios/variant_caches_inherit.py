"""The scenario ``variant-caches-inherit``: HSCTLR.C and I are SCTLR's, which change after the first round."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import same
from hypgen.verdict.evidence import each_round
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._variants import fields, turned_on
from hypgen.verdict.scenarios.lifecycle import CHECKS as LIFECYCLE

BOTH = HSCTLR.bit("C") | HSCTLR.bit("I")


def _inherited(seen: Observation) -> str:
    """hyp_init wrote what the host part had in SCTLR just before, and the runtime reads the same."""
    told = {
        step: [one for one in seen.journal if one.name == step] for step in ("caches.pl1", "runtime.hsctlr")
    }
    for step, entries in told.items():
        each_round(seen, entries, f"the host part ended {step}")
    same("the caches of PL1 in each round", [one.got for one in told["caches.pl1"]], [0, BOTH])
    for one, pl1, read in zip(turned_on(seen), *told.values(), strict=True):
        fields(one, {"M": 1, "C": bool(pl1.got), "I": bool(pl1.got)})
        same("HSCTLR as the runtime read it", read.got, one.value)
    return "C = I = 0 in the first round, C = I = 1 in the second, as SCTLR had them"


CHECKS: dict[str, Body] = {
    "caches.inherited": _inherited,
    # The rounds differ here on purpose.
    **{name: body for name, body in LIFECYCLE.items() if name not in ("runtime.hsctlr", "reinit")},
}
"""Its own, and those of ``lifecycle``, whose program it has."""
