"""The scenario ``hvc-legacy``: the first HVC interface of Linux, and calls that nobody knows."""

from __future__ import annotations

from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import got, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

UNKNOWN = 0x0BAD_CA11
"""HVC_STUB_ERR of Linux."""


def _stub(seen: Observation) -> str:
    """The stub read HVBAR, set it once, and refused what is no vector table."""
    stub, init = seen.load_of("hyp_stub_vectors"), seen.load_of("hyp_init_vectors")
    same("HVBAR as the stub told it", [*got(seen, "legacy.get"), *got(seen, "legacy.again")], [stub, stub])
    found = [one.value for one in writes(seen, "HVBAR", "hyp_stub_linux_legacy")]
    same("HVBAR as the stub set it", found, [init])
    same("the answer", got(seen, "legacy.set"), [init])
    same("the answer to what is no vector table", got(seen, "legacy.no_table"), [UNKNOWN])
    return f"HVBAR = 0x{init:08x}, once; 0x{stub:08x} before and after"


def _runtime(seen: Observation) -> str:
    """The runtime read HVBAR, and did not let it be set."""
    same("HVBAR as the runtime told it", got(seen, "legacy.runtime"), [seen.virtual_of("hyp_vectors")])
    same("the answer to an address", got(seen, "legacy.refused"), [UNKNOWN])
    expect(not writes(seen, "HVBAR", "hyp_answer_linux_legacy"), "it wrote HVBAR")
    return "the runtime tells HVBAR and does not give it away"


def _unknown(seen: Observation) -> str:
    steps = ("foreign.stub", "foreign.runtime", "mail.runtime")
    same("the answers to calls of others", [got(seen, one) for one in steps], [[UNKNOWN]] * len(steps))
    return "0x0badca11 for Xen's call from both, and for the stub's own from the runtime"


CHECKS: dict[str, Body] = {"legacy.stub": _stub, "legacy.runtime": _runtime, "legacy.unknown": _unknown}
