"""The scenario ``xen-like``: one life of a hypervisor whose tag is Xen's."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import same
from hypgen.verdict.evidence import got, within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

XEN = 0xEA1


def _tag(seen: Observation) -> str:
    """It answered Xen's call, which came by its immediate."""
    same("the version", got(seen, "xen.version"), [4 << 16])
    same("the number of calls with Xen's tag", sum(one.immediate == XEN for one in seen.calls), 1)
    return "version 4.0 by hvc #0xea1"


def _life(seen: Observation) -> str:
    """M on, M off, and the stub's vectors back."""
    found = [
        HSCTLR.field("M").get(one.value)
        for one in writes(seen, "HSCTLR")
        if within(seen, one.pc, "hyp_init") or within(seen, one.pc, "hyp_teardown")
    ]
    same("HSCTLR.M in order", found, [1, 0])
    same("what the stub told", got(seen, "teardown.stub"), [seen.load_of("hyp_stub_vectors")])
    return "loaded and unloaded"


CHECKS: dict[str, Body] = {"xen.tag": _tag, "xen.life": _life}
