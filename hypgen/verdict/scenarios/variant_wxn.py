"""The scenario ``variant-wxn``: HSCTLR.WXN keeps Hyp mode from executing what it may write."""

from __future__ import annotations

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.arch.registers import HSR
from hypgen.verdict.check import same
from hypgen.verdict.evidence import class_of, each_round, in_runtime
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._variants import fields, turned_on
from hypgen.verdict.scenarios.lifecycle import CHECKS as LIFECYCLE

PERMISSION_FAULT = 0b0011


def _set(seen: Observation) -> str:
    for one in turned_on(seen):
        fields(one, {"WXN": 1, "M": 1})
    return "WXN = 1 in the write that sets M"


def _refused(seen: Observation) -> str:
    """The fetch from the page is a Prefetch Abort for want of a permission, at that page."""
    page = seen.virtual_of("hyp_writable_code")
    taken = [one for one in in_runtime(seen) if one.slot == Vector.PREFETCH_ABORT and one.far == page]
    same("how often the page was not executed", len(taken), seen.scenario.rounds)
    for one in taken:
        same("HSR.EC", class_of(one), ExceptionClass.PREFETCH_ABORT_HYP)
        same("the kind of fault, IFSC<5:2>", HSR.field("ISS").get(one.hsr or 0) >> 2 & 0xF, PERMISSION_FAULT)
    return f"the fetch from 0x{page:08x} is a permission fault, HSR 0x{taken[0].hsr or 0:08x}"


def _written(seen: Observation) -> str:
    """The same page was read and written by Hyp mode, so that nothing but WXN forbids to execute it."""
    for step in ("wxn.read", "wxn.write"):
        entries = [one for one in seen.journal if one.name == step]
        each_round(seen, entries, f"the host part ended {step}")
        for one in entries:
            same(f"{step} in round {one.round}", one.got, one.expected)
    return "Hyp mode read and wrote the page"


def _prefetch_abort(seen: Observation) -> str:
    """One of ``wxn.fetch`` and one of a fetch from an unmapped VA, as in ``lifecycle``, in each round."""
    taken = [one for one in in_runtime(seen) if one.slot == Vector.PREFETCH_ABORT]
    recorded = [(one.hsr, one.elr, one.far) for one in seen.records if one.slot == Vector.PREFETCH_ABORT]
    same(
        "what the handler of slot 0x0c recorded (HSR, ELR, FAR)",
        recorded,
        [(one.hsr, one.preferred_return, one.far) for one in taken],
    )
    same("Prefetch Aborts in Hyp mode", len(taken), 2 * seen.scenario.rounds)
    return f"{len(taken)} Prefetch Aborts, recorded as raised"


CHECKS: dict[str, Body] = {
    "wxn.set": _set,
    "wxn.written": _written,
    "wxn.refused": _refused,
    **LIFECYCLE,
    "slot.0c": _prefetch_abort,
}
"""Its own, and those of ``lifecycle``, whose program it has."""
