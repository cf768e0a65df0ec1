"""The scenario ``way-svc``: no way to Hyp mode, a message and a clean stop."""

from __future__ import annotations

from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import stopped_in
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

MESSAGE = "not entered in Hyp mode (0x0000001a), and nothing but firmware can go there; mode 0x00000013"


def _message(seen: Observation) -> str:
    lines = seen.lines_of(0)
    expect(any(MESSAGE in one for one in lines), f"no line says {MESSAGE!r}")
    same("the number of lines", len(lines), 2)
    return lines[0]


def _nothing_touched(seen: Observation) -> str:
    """No exception was taken, and no register of Hyp mode or Monitor mode was written."""
    same("the number of exceptions", len(seen.exceptions), 0)
    written = sorted({one.name for one in seen.writes})
    same("the list of Hyp and Monitor registers written", written, [])
    return "no exception, and no register of Hyp mode written"


def _nothing_begun(seen: Observation) -> str:
    same("the number of steps begun", len(seen.journal), 0)
    return "the host program never began"


def _clean_stop(seen: Observation) -> str:
    stopped = seen.stop.kind == "loop" and stopped_in(seen, "hypgen_failed")
    expect(stopped, f"it did not stop in hypgen_failed: {seen.stop.sentence}")
    return seen.stop.sentence


CHECKS: dict[str, Body] = {
    "way.message": _message,
    "way.untouched": _nothing_touched,
    "steps": _nothing_begun,
    "registers": _nothing_touched,
    "end": _clean_stop,
}
"""The last three stand in for what every other scenario is asked."""
