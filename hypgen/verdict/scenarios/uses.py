"""The scenario ``uses``: each trap that is off, each access that a page allows or refuses."""

from __future__ import annotations

from hypgen.arch.exceptions import Vector
from hypgen.arch.registers import HSR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import in_runtime
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

_PERMISSION = 0b0011
"""Fault status<5:2> of a permission fault at any level (DDI 0406C, B3.13.3)."""


def _refused(seen: Observation) -> str:
    """Each access that a page does not allow was a permission fault in Hyp mode, and nothing else was one."""
    aborts = [one for one in in_runtime(seen) if one.slot in (Vector.DATA_ABORT, Vector.PREFETCH_ABORT)]
    for one in aborts:
        status = HSR.field("ISS").get(one.hsr or 0) & 0x3F
        same(f"the kind of fault at 0x{one.far or 0:08x}", status >> 2, _PERMISSION)
    wanted = sum(name.endswith((".store", ".fetch")) for name in {one.name for one in seen.journal})
    same("the number of accesses that were refused", len(aborts), wanted)
    expect(bool(wanted), "nothing was refused")
    return f"{wanted} accesses refused, each by a permission fault"


def _console(seen: Observation) -> str:
    expect("cpu0   this line is of Hyp mode" in seen.console.splitlines(), "Hyp mode printed no line")
    return "Hyp mode printed a line"


CHECKS: dict[str, Body] = {"uses.refused": _refused, "uses.console": _console}
