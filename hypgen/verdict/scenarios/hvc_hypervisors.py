"""The scenario ``hvc-hypervisors``: calls as Xen and Jailhouse have them."""

from __future__ import annotations

from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import class_of, got, in_runtime, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

UNKNOWN = 0x0BAD_CA11
ENOSYS, EINVAL = 0xFFFF_FFDA, 0xFFFF_FFEA
XEN, JAILHOUSE = 0xEA1, 0x4A48


def _answers(seen: Observation, expected: dict[str, int]) -> None:
    for step, value in expected.items():
        same(f"the answer of {step}", got(seen, step), [value])


def _xen(seen: Observation) -> str:
    """Answered by the number in r12, by the runtime only."""
    _answers(seen, {"xen.stub": UNKNOWN, "xen.version": 4 << 16, "xen.unknown": ENOSYS})
    calls = [one for one in seen.calls if one.immediate == XEN]
    same("the number of calls with Xen's tag", len(calls), 3)
    return "version 4.0; -ENOSYS for another number; unknown to the stub"


def _jailhouse(seen: Observation) -> str:
    """Answered by the number in r0; a line of the console, a character for each call."""
    _answers(
        seen,
        {
            "jailhouse.stub": UNKNOWN,
            "jailhouse.cells": 1,
            "jailhouse.info": EINVAL,
            "jailhouse.unknown": ENOSYS,
            "jailhouse.putc": 0,
        },
    )
    line = next((one for one in seen.lines_of(0) if "DEBUG_CONSOLE_PUTC" in one and "hyp:" in one), "")
    expect(bool(line), "the line that it was to print is not on the console")
    text = line.removeprefix("cpu0 ")
    count = sum(one.immediate == JAILHOUSE and one.argument == 8 for one in seen.calls)
    same("the number of calls that printed it", count, len(text))
    return f"{count} characters by as many calls; -EINVAL and -ENOSYS for what it does not know"


def _disable(seen: Observation) -> str:
    """DISABLE turned M off, and then the stub's vectors were back."""
    _answers(seen, {"jailhouse.disable": 0, "stub.again": seen.load_of("hyp_stub_vectors")})
    off, back = writes(seen, "HSCTLR", "hyp_unload"), writes(seen, "HVBAR", "hyp_unload")
    same("HSCTLR.M as it wrote it", [HSCTLR.field("M").get(one.value) for one in off], [0])
    same("HVBAR as it wrote it", [one.value for one in back], [seen.load_of("hyp_stub_vectors")])
    expect(seen.writes.index(off[0]) < seen.writes.index(back[0]), "HVBAR was written while the MMU was on")
    return "M = 0, and then HVBAR is the stub's"


def _told_apart(seen: Observation) -> str:
    """Every call came to one slot, with HSR.EC for an HVC and its own immediate."""
    _answers(seen, {"nobody": UNKNOWN})
    classes = {class_of(one) for one in in_runtime(seen)}
    same("the set of HSR.EC", sorted(classes), [int(ExceptionClass.HVC)])
    immediates = sorted({one.immediate for one in seen.calls})
    expect({XEN, JAILHOUSE, 0x1234} <= set(immediates), f"immediates: {immediates}")
    return f"{len(immediates)} immediates; 0x0badca11 for the one that nobody has taken"


CHECKS: dict[str, Body] = {
    "hvc.xen": _xen,
    "hvc.jailhouse": _jailhouse,
    "hvc.disable": _disable,
    "hvc.told_apart": _told_apart,
}
