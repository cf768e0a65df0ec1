"""The scenario ``way-hyp-mmu``: entered with the Hyp MMU and the caches on."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import first, within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._ways import LIFE


def _off(seen: Observation) -> str:
    """The first thing that was written is HSCTLR, with M, C and I off, before HVBAR."""
    off = first(seen.writes, "write of a register of Hyp mode")
    same("the first register written", off.name, "HSCTLR")
    for name in ("M", "C", "I"):
        same(f"HSCTLR.{name}", HSCTLR.field(name).get(off.value), 0)
    expect(within(seen, off.pc, "_start"), f"it was written at {seen.image.symbolize(off.pc)}")
    vectors = writes(seen, "HVBAR")
    expect(bool(vectors) and vectors[0].order >= off.order, "HVBAR was written before")
    return f"HSCTLR = 0x{off.value:08x}, before anything else of Hyp mode was touched"


CHECKS: dict[str, Body] = {"way.mmu_off": _off, **LIFE}
