"""The exits of guests that a run has seen, and the guests themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ISS_DATA_ABORT, ExceptionClass, Vector
from hypgen.verdict.check import expect
from hypgen.verdict.observation import Observation
from hypgen.verdict.worlds import Taken

GUESTS = ("guest_arm", "guest_thumb")
"""Symbols at the start of each guest's memory, in the order of the virtual CPUs."""
EC = cp15.HSR.field("EC")
ISV, SAS, SSE, SRT = ISS_DATA_ABORT[:4]
WRITE = 1 << 6
"""ISS.WnR of a Data Abort."""


def exception_class(one: Taken) -> int:
    """HSR.EC of an exception to Hyp mode."""
    return EC.get(one.one.hsr or 0)


def iss(one: Taken) -> int:
    """HSR.ISS of an exception to Hyp mode."""
    return (one.one.hsr or 0) & 0x1FF_FFFF


def roots(seen: Observation) -> list[int]:
    """The stage 2 roots of the guests, in the order in which they were first entered."""
    return list(dict.fromkeys(one.root for one in seen.worlds.entries if one.root))


def in_each(seen: Observation, found: Sequence[Taken], what: str) -> None:
    """Expect that something happened in each guest; ``what`` says it: "was preempted"."""
    for number, root in enumerate(roots(seen)):
        expect(any(one.root == root for one in found), f"guest {number} never {what}")


def _status(one: Taken, fault: int) -> bool:
    """Whether a Data or Prefetch Abort has the fault status ``fault``, whatever the level."""
    return iss(one) & 0x3C == fault


def is_class(wanted: ExceptionClass) -> Callable[[Taken], bool]:
    """Whether an exception is a Hyp trap of this class."""
    return lambda one: one.one.slot == Vector.HYP_TRAP and exception_class(one) == wanted


def faults(fault: int) -> Callable[[Taken], bool]:
    """Whether an exception is a Data Abort of a guest with this fault status, whatever the level."""
    data = is_class(ExceptionClass.DATA_ABORT_LOWER)
    return lambda one: data(one) and _status(one, fault)
