"""The scenario ``style-fault``: the MMU comes on without an identity mapping, by a Prefetch Abort."""

from __future__ import annotations

from hypgen.arch.exceptions import Vector
from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import each_round, first, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios.lifecycle import CHECKS as LIFECYCLE


def _landing(seen: Observation) -> str:
    """The first exception after M = 1 is the abort of the next fetch, taken at a virtual address."""
    landing = seen.virtual_of("hyp_landing_vectors") + Vector.PREFETCH_ABORT
    on = [one for one in writes(seen, "HSCTLR", "hyp_init") if HSCTLR.field("M").get(one.value)]
    each_round(seen, on, "hyp_init turned the MMU on")
    for one in on:
        taken = first(seen.exceptions[one.order :], "exception after M = 1")
        same("the exception after M = 1", taken.kind, "PrefetchAbort")
        same("the vector that it was taken at", taken.vector_pc, landing)
        fetched = taken.pc - one.at
        expect(fetched in (4, 8), f"the fetch that aborted was {fetched} bytes after the write of M")
    return f"the fetch after M = 1 aborted to VA 0x{landing:08x}"


def _no_identity(seen: Observation) -> str:
    """HVBAR was a virtual address before M was 1, and the landing never was mapped at its load address."""
    landing = seen.virtual_of("hyp_landing_vectors")
    vectors = writes(seen, "HVBAR", "hyp_init")
    each_round(seen, vectors, "hyp_init wrote HVBAR")
    for one in vectors:
        same("HVBAR before M = 1", one.value, landing)
    also = (
        " (the image is linked where it is loaded)" if seen.load_of("hyp_landing_vectors") == landing else ""
    )
    return f"HVBAR = 0x{landing:08x}, a VA, while the MMU was off{also}"


CHECKS: dict[str, Body] = {
    "style.landing": _landing,
    "style.no_identity": _no_identity,
    **LIFECYCLE,
}
"""The style's own, and those of ``lifecycle``, whose host program it has."""
