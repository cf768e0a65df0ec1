"""The scenario ``way-hyp-mmu``: entered with the Hyp MMU and the caches on."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._ways import LIFE


def _off(seen: Observation) -> str:
    """The first thing that was written is HSCTLR, with M, C and I off, before HVBAR."""
    first = seen.writes[0]
    same("the first register written", first.name, "HSCTLR")
    for name in ("M", "C", "I"):
        same(f"HSCTLR.{name}", HSCTLR.field(name).get(first.value), 0)
    expect(within(seen, first.pc, "_start"), f"it was written at {seen.image.symbolize(first.pc)}")
    vectors = writes(seen, "HVBAR")
    expect(bool(vectors) and vectors[0].order >= first.order, "HVBAR was written before")
    return f"HSCTLR = 0x{first.value:08x}, before anything else of Hyp mode was touched"


CHECKS: dict[str, Body] = {"way.mmu_off": _off, **LIFE}
