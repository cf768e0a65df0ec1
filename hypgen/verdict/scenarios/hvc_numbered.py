"""The scenario ``hvc-numbered``: Linux's numbered HVC interface, and a restart into a second image."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import got, within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

UNKNOWN = 0x0BAD_CA11
"""HVC_STUB_ERR of Linux."""


def _unknown(seen: Observation) -> str:
    for step in ("numbered.unknown", "numbered.refused"):
        same(f"the answer to {step}", got(seen, step), [UNKNOWN])
    return "0x0badca11 for number 7, and from the runtime for SET_VECTORS"


def _set(seen: Observation) -> str:
    """SET_VECTORS wrote HVBAR, twice, with the load address of hyp-init."""
    found = [one.value for one in writes(seen, "HVBAR", "hyp_stub_linux_numbered")]
    same("HVBAR as SET_VECTORS wrote it", found, [seen.load_of("hyp_init_vectors")] * 2)
    return f"HVBAR = 0x{found[0]:08x}, before each init"


def _reset(seen: Observation) -> str:
    """RESET_VECTORS: M off, and then HVBAR is the stub's."""
    off = writes(seen, "HSCTLR", "hyp_unload")
    back = writes(seen, "HVBAR", "hyp_unload")
    same("the number of teardowns", (len(off), len(back)), (1, 1))
    same("HSCTLR.M after it", HSCTLR.field("M").get(off[0].value), 0)
    same("HVBAR after it", back[0].value, seen.load_of("hyp_stub_vectors"))
    expect(seen.writes.index(off[0]) < seen.writes.index(back[0]), "HVBAR was written while the MMU was on")
    same("what the stub told", got(seen, "stub.get"), [seen.load_of("hyp_stub_vectors")])
    return "M = 0, HVBAR the stub's, and init again after it"


def _restart(seen: Observation) -> str:
    """SOFT_RESTART turned M off in identity-mapped code; the second image then set its own HVBAR."""
    off = writes(seen, "HSCTLR", "hyp_soft_restart")
    same("the number of restarts", len(off), 1)
    same("HSCTLR.M after it", HSCTLR.field("M").get(off[0].value), 0)
    later = seen.writes[seen.writes.index(off[0]) + 1 :]
    same("the register that was written next", [one.name for one in later], ["HVBAR"])
    expect(within(seen, later[0].pc, "second_start"), "it was not the second image that wrote it")
    same("HVBAR of the second image", later[0].value, seen.load_of("second_vectors"))
    same("what the second image's stub told", got(seen, "restart.stub"), [later[0].value])
    return f"the second image runs, HVBAR = 0x{later[0].value:08x}, the first one's tables destroyed"


CHECKS: dict[str, Body] = {
    "numbered.unknown": _unknown,
    "numbered.set": _set,
    "numbered.reset": _reset,
    "numbered.restart": _restart,
}
