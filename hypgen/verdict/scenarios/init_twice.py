"""The scenario ``init-twice``: initialising a CPU whose Hyp mode is live changes nothing."""

from __future__ import annotations

from hypgen.verdict.check import same
from hypgen.verdict.evidence import first, got, within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

UNKNOWN = 0x0BAD_CA11


def _refused(seen: Observation) -> str:
    """Each call of the second time had the answer of an unknown one."""
    for step in ("twice.asked", "twice.vectors", "twice.init"):
        answers = set(got(seen, step))
        same(f"the set of the answers to {step}", answers, {UNKNOWN})
    return "0x0badca11 for each of its calls"


def _kept(seen: Observation) -> str:
    """Between hyp-init and the teardown nobody wrote a register of Hyp mode, nor moved its stack."""
    on = [n for n, one in enumerate(seen.writes) if within(seen, one.pc, "hyp_init")]
    offs = [n for n, one in enumerate(seen.writes) if within(seen, one.pc, "hyp_teardown")]
    off = first(offs, "teardown")
    begin = first([n for n in reversed(on) if n < off], "hyp-init before the teardown") + 1
    between = [one.name for one in seen.writes[begin:off] if not within(seen, one.pc, "hyp_teardown")]
    same("the list of what was written between", between, [])
    vectors = [*got(seen, "runtime.vectors"), *got(seen, "twice.kept")]
    same("HVBAR before and after", vectors, [seen.virtual_of("hyp_vectors")] * 2)
    tops = {one.stack for one in seen.calls if one.immediate == 0x4702}
    same("the number of different SP_hyp on entry", len(tops), 1)
    return "HVBAR, HSCTLR, HTTBR and SP_hyp are those of the first time"


def _again(seen: Observation) -> str:
    """After the teardown the same calls did initialise."""
    same("the answers", [got(seen, one) for one in ("again.vectors", "again.init")], [[0], [0]])
    same("how often the stub set HVBAR", len(writes(seen, "HVBAR", "hyp_stub_trap")), 2)
    same("where Hyp code ran", got(seen, "again.where"), [seen.virtual_of("hyp_where")])
    return "initialised again after a teardown"


CHECKS: dict[str, Body] = {"twice.refused": _refused, "twice.kept": _kept, "twice.again": _again}
