"""The scenario ``variant-thumb``: the image is T32 code, and Hyp mode takes its exceptions in Thumb state."""

from __future__ import annotations

from hypgen.arch import psr
from hypgen.verdict.check import expect
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._variants import always, interrupted
from hypgen.verdict.scenarios.lifecycle import CHECKS as LIFECYCLE
from hypgen.verdict.scenarios.lifecycle import HANDLERS
from hypgen.verdict.vectors import branch_targets

TABLES = ("hyp_stub_vectors", "hyp_init_vectors", "hyp_vectors")


def exceptions(seen: Observation) -> str:
    """TE is 1 from the first write of HSCTLR to the last."""
    return f"TE = 1 in all {always(seen, {'TE': 1})} writes of HSCTLR"


def _vectors(seen: Observation) -> str:
    """Eight B.W in each table of Hyp vectors, and T32 behind them."""
    for table in TABLES:
        branch_targets(seen, table)
    arm = [name for name in HANDLERS if not seen.symbol(name).thumb]
    expect(not arm, f"handlers that are no T32 functions: {', '.join(arm)}")
    return f"{len(TABLES)} tables of eight B.W, and T32 handlers"


def _state(seen: Observation) -> str:
    """Host part and Hyp mode were in Thumb state when an exception came, and are again after it."""
    return f"SPSR_hyp.T = 1 in {interrupted(seen, psr.T)}"


CHECKS: dict[str, Body] = {
    "thumb.exceptions": exceptions,
    "thumb.vectors": _vectors,
    "thumb.state": _state,
    **LIFECYCLE,
}
"""Its own, and those of ``lifecycle``, whose program it has."""
