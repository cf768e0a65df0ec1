"""What the ways in have in common: afterwards each CPU has one short life of Hyp mode."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import answers, each_round, within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body


def _life(seen: Observation) -> str:
    on = writes(seen, "HSCTLR", "hyp_init")
    each_round(seen, on, "hyp_init wrote HSCTLR")
    each_round(seen, writes(seen, "HSCTLR", "hyp_teardown"), "hyp_teardown wrote HSCTLR")
    same("HSCTLR.M as hyp_init wrote it", {HSCTLR.field("M").get(one.value) for one in on}, {1})
    answers(seen, "runtime.where", seen.virtual_of("hyp_where"), "the PC that hyp_where saw")
    answers(seen, "teardown.stub", seen.load_of("hyp_stub_vectors"), "HVBAR as the stub told it")
    return f"{seen.cpus} CPUs: stub, hyp-init, a call, teardown"


def _interrupts(seen: Observation) -> str:
    """Non-secure software reached an enable bit and the priority mask of the GIC, where there is one."""
    if seen.board.gic is None:
        expect(not any(one.name.startswith("gic.") for one in seen.journal), "there is no GIC to ask")
        return "this board has no GIC"
    for name in ("gic.group", "gic.mask"):
        entries = [one for one in seen.journal if one.name == name]
        each_round(seen, entries, f"the host part ended {name}")
    return "an interrupt's enable bit and the priority mask are the Non-secure state's, on each CPU"


def stub_first(seen: Observation) -> str:
    """HVBAR and then HSCTLR were the first that boot.S wrote of Hyp mode with its MMU off."""
    stub = seen.load_of("hyp_stub_vectors")
    for cpu in range(seen.cpus):
        first = [one for one in seen.writes if one.cpu == cpu and one.name == "HVBAR"][:1]
        same(f"the first HVBAR of CPU {cpu}", [one.value for one in first], [stub])
        expect(within(seen, first[0].pc, "_start"), f"it was written at {seen.image.symbolize(first[0].pc)}")
    return f"HVBAR = 0x{stub:08x} by boot.S"


LIFE: dict[str, Body] = {"way.gic": _interrupts, "way.stub": stub_first, "way.life": _life}
