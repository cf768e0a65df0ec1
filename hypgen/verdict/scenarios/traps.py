"""The scenario ``traps``: traps of PL1 that the hypervisor serves, told apart by HSR.EC."""

from __future__ import annotations

from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import Mode
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import class_of, in_runtime
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body


def _dispatched(seen: Observation) -> str:
    """Waits were trapped, in ARM and in Thumb state, and then the floating-point unit, once."""
    taken = [one for one in in_runtime(seen) if one.from_mode == Mode.SVC]
    trapped = [class_of(one) for one in taken if class_of(one) != ExceptionClass.HVC]
    waits = [one for one in trapped if one == ExceptionClass.WFI_WFE]
    same("the last class that trapped", (trapped or [0])[-1], int(ExceptionClass.COPROCESSOR))
    expect(len(waits) >= 3, f"{len(waits)} waits trapped, not WFI, WFE and WFI in Thumb state")
    same("all else that trapped", len(trapped) - len(waits), 1)
    return f"{len(waits)} waits, and the floating-point unit once"


def _returned(seen: Observation) -> str:
    """Each trap was returned from, behind its instruction or to it again."""
    same("the list of the exceptions that never came back", [one.taken.kind for one in seen.unreturned], [])
    same("the set of what came back", {one.taken.kind for one in seen.traps}, {"HypTrap"})
    return f"{len(seen.traps)} traps came back"


CHECKS: dict[str, Body] = {"traps.dispatched": _dispatched, "traps.returned": _returned}
