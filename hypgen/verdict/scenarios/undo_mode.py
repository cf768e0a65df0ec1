"""The scenario ``undo-mode``: a CPU that firmware entered in another mode than the boot CPU."""

from __future__ import annotations

from hypgen.arch.psr import Mode
from hypgen.verdict.check import expect
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._undo import NEVER_ON, UNDO, refused_cpu, reported


def _mismatch(seen: Observation) -> str:
    """The boot CPU compared the modes of all, and said what that means."""
    lines = [one for one in seen.lines_of(0) if "another mode than the boot CPU" in one]
    expect(len(lines) >= 2, "the boot CPU did not report the mismatch")
    counted = [one for one in seen.journal if one.name == "modes.compare"]
    expect([one.got for one in counted] == [1], "the boot CPU did not find exactly one CPU in another mode")
    return lines[-1]


def _no_call(seen: Observation) -> str:
    """The CPU never made an HVC, which Hyp mode without a stub could not answer."""
    failing = refused_cpu(seen)
    taken = [one for one in seen.exceptions if one.cpu == failing]
    expect(not taken, f"CPU {failing} took {len(taken)} exceptions")
    return f"CPU {failing}, entered in mode {int(Mode.SVC):#x}, called nobody"


CHECKS: dict[str, Body] = {
    "modes.reported": _mismatch,
    "modes.no_call": _no_call,
    "refused.reported": reported("this CPU cannot come to Hyp mode"),
    **UNDO,
    **NEVER_ON,
}
