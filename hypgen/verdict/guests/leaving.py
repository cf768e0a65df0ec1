"""Why guests are left, and the exceptions that stay their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.arch.psr import Mode
from hypgen.plan.guests import GUEST_DEVICE
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import first
from hypgen.verdict.guests.exits import EC, ISV, SAS, SSE, WRITE, faults, in_each, is_class, iss, roots
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.stimuli import LATE, SIGNALLED
from hypgen.verdict.worlds import VFP, Taken


def _exits(
    what: str, matches: Callable[[Taken], bool], also: Mapping[str, Callable[[Taken], bool]] | None = None
) -> Body:
    """A check that each guest was left in this way; ``also`` are kinds of it that must all have occurred."""

    def body(seen: Observation) -> str:
        found = [one for one in seen.worlds.taken if one.to_hyp and matches(one)]
        in_each(seen, found, f"left by {what}")
        for kind, predicate in (also or {}).items():
            expect(any(map(predicate, found)), f"no {what} was {kind}")
        kinds = f" ({', '.join(also)})" if also else ""
        return f"{what}{kinds}: {len(found)} times, by each guest"

    return body


_TRANSLATION, _PERMISSION = 0b000100, 0b001100
_ASYNCHRONOUS = 0b010001
_WALK = 1 << 7
_TRAPS: Mapping[str, Callable[[Taken], bool]] = {
    "HSTR.T15": lambda one: is_class(ExceptionClass.CP15_MCR_MRC)(one) and _crn(one) == 15,
    "HDCR.TPM": lambda one: is_class(ExceptionClass.CP15_MCR_MRC)(one) and _crn(one) == 9,
    "HDCR.TDA": lambda one: is_class(ExceptionClass.CP14_MCR_MRC)(one),
    "CNTHCTL.PL1PCEN": lambda one: is_class(ExceptionClass.CP15_MCR_MRC)(one) and _crn(one) == 14,
    "64 bits of it": lambda one: is_class(ExceptionClass.CP15_MCRR_MRRC)(one),
    "HCR.TSW": lambda one: is_class(ExceptionClass.CP15_MCR_MRC)(one) and _crn(one) == 7,
}
"""What no guest may reach, by the control that says so."""


def _crn(one: Taken) -> int:
    return iss(one) >> 10 & 0xF


def _trapped(one: Taken) -> bool:
    return any(predicate(one) for predicate in _TRAPS.values())


def _is_serror(one: Taken) -> bool:
    return is_class(ExceptionClass.DATA_ABORT_LOWER)(one) and iss(one) & 0x3F == _ASYNCHRONOUS


def _device(one: Taken) -> bool:
    """A translation fault at the emulated device, whether its syndrome describes the access or not."""
    return faults(_TRANSLATION)(one) and one.hpfar << 8 & ~0xFFF == GUEST_DEVICE & ~0xFFF


def _blind(seen: Observation) -> str:
    """An access that the syndrome does not describe becomes the guest's own Data Abort."""
    found = [one for one in seen.worlds.taken if one.to_hyp and _device(one) and not ISV.get(iss(one))]
    in_each(seen, found, "left by an access to the device without a valid syndrome")
    for one in seen.worlds.entries:
        if one.root and one.left is not None and any(other.one is one.left for other in found):
            vector, vbar = one.changed.get("pc", (0, 0))[1], one.vbar
            same("where the guest goes on after such an access", vector, vbar + Vector.DATA_ABORT)
    return f"{len(found)} times its own Data Abort, by each guest"


def _offset(seen: Observation) -> str:
    """Each guest has one CNTVOFF of its own, and found physical time less that in CNTVCT."""
    offsets: dict[int, set[int]] = {}
    for one in seen.worlds.entries:
        if one.root:
            offsets.setdefault(one.root, set()).add(one.controls["CNTVOFF"])
    for root, values in offsets.items():
        same(f"the number of values of CNTVOFF for the guest at {root:#x}", len(values), 1)
        expect(0 not in values, "a guest has the host's time")
    told = [one for one in seen.journal if one.name.endswith(".offset")]
    same("the number of guests that compared CNTVCT with CNTPCT", len(told), len(offsets))
    return f"{len(offsets)} guests, each with one CNTVOFF; CNTVCT was CNTPCT less that in each"


def _permission(seen: Observation) -> str:
    """The image found the page of a permission fault although HPFAR was UNKNOWN."""
    said = _exits("a stage 2 permission fault", faults(_PERMISSION))(seen)
    asked = [one for one in seen.worlds.operations if one.name == "ATS1CPR"]
    expect(bool(asked), "stage 1 was never asked (ATS1CPR), so the IPA came from HPFAR, which is UNKNOWN")
    return f"{said}; the IPA by ATS1CPR, {len(asked)} times"


def _vfp(seen: Observation) -> str:
    """The floating-point unit changes hands on first use, and only then."""
    said = _exits("a floating-point instruction", is_class(ExceptionClass.COPROCESSOR))(seen)
    without = [one for one in seen.worlds.entries if one.root and not one.vfp]
    expect(bool(without), "the unit was given to a guest before it was used")
    for one in seen.worlds.entries:
        after_trap = one.left is not None and EC.get(one.left.hsr or 0) == ExceptionClass.COPROCESSOR
        expect(one.vfp or not after_trap, "the unit was not the guest's after the trap")
    shown = sum(VFP not in one.changed for one in seen.worlds.entries if one.vfp)
    return f"{said}; {shown} times the unit was the one's whose turn it was, with all its registers"


def _interrupt(seen: Observation) -> str:
    found = [one for one in seen.worlds.taken if one.to_hyp and one.one.slot == Vector.IRQ]
    in_each(seen, found, "left by an IRQ")
    return f"IRQ at slot 0x18: {len(found)} times, from each guest"


def _late(seen: Observation) -> str:
    """An abort of what a guest began, and which comes when it has left: Hyp mode takes it in one place; the
    guest is entered next with a virtual one pending."""
    guests = [one for one in seen.worlds.entries if one.root]
    taken = [
        (order, one)
        for order, one in enumerate(seen.exceptions)
        if one.kind == "AsynchronousAbort" and one.from_mode == one.to_mode == Mode.HYP
    ]
    left: dict[int, set[str]] = {}
    for order, one in taken:
        window = seen.virtual_of("world_window")
        expect(one.preferred_return - window in (0, 4), "Hyp mode took an asynchronous abort elsewhere")
        root = first([entry.root for entry in reversed(guests) if entry.order <= order], "guest before it")
        again = [entry for entry in guests if entry.order > order and entry.root == root]
        pending = bool(again and again[0].controls["HCR"] & cp15.HCR.bit("VA"))
        expect(pending, "the guest that was left has no virtual abort pending when it goes on")
        left.setdefault(root, set()).add(one.why)
    each = [root for root, found in left.items() if found == {SIGNALLED, LATE}]
    what = "the number of guests that were left with an abort that was there, and with one that came late"
    same(what, len(each), len(roots(seen)))
    return f"{len(taken)} asynchronous aborts came as a guest was left, and became its own"


def _serror(seen: Observation) -> str:
    """A physical asynchronous abort while a guest runs is a virtual one when it goes on."""
    said = _exits("a physical asynchronous abort", _is_serror)(seen)
    for one in seen.worlds.entries:
        if (
            one.root
            and one.left is not None
            and any(two.one is one.left for two in filter(_is_serror, seen.worlds.taken))
        ):
            expect(bool(one.controls["HCR"] & cp15.HCR.bit("VA")), "no virtual abort is pending after it")
    return f"{said}; each is pending as a virtual one"


def _own(what: str, kind: str, mode: Mode) -> Body:
    """A check that each guest took an exception of its own, through its own vectors."""

    def body(seen: Observation) -> str:
        found = [one for one in seen.worlds.taken if one.one.kind == kind and one.one.to_mode == mode]
        in_each(seen, found, f"took {what}")
        for one in found:
            same(f"the vector base of {what}", one.one.vector_pc - one.one.slot, one.vbar)
        return f"{what}: {len(found)} times, by each guest, through its own vectors"

    return body


LEAVING: Mapping[str, Body] = {
    "exit.hvc": _exits("HVC", is_class(ExceptionClass.HVC)),
    "exit.wait": _exits(
        "a wait",
        is_class(ExceptionClass.WFI_WFE),
        {"WFI": lambda one: not iss(one) & 1, "WFE": lambda one: bool(iss(one) & 1)},
    ),
    "exit.vfp": _vfp,
    "exit.cp15": _exits(
        "a CP15 access",
        is_class(ExceptionClass.CP15_MCR_MRC),
        {"read": lambda one: bool(iss(one) & 1), "write": lambda one: not iss(one) & 1},
    ),
    "exit.translation": _exits("a stage 2 translation fault", faults(_TRANSLATION)),
    "exit.permission": _permission,
    "exit.walk": _exits(
        "a stage 2 fault of its own table walk",
        lambda one: faults(_TRANSLATION)(one) and bool(iss(one) & _WALK),
    ),
    "exit.traps": _exits("what is not its own", _trapped, _TRAPS),
    "exit.smc": _exits("SMC", is_class(ExceptionClass.SMC)),
    "exit.fetch": _exits("a stage 2 fault of a fetch", is_class(ExceptionClass.PREFETCH_ABORT_LOWER)),
    "exit.device": _exits(
        "an access to the device",
        lambda one: _device(one) and bool(ISV.get(iss(one))),
        {
            "byte": lambda one: SAS.get(iss(one)) == 0,
            "halfword": lambda one: SAS.get(iss(one)) == 1,
            "word": lambda one: SAS.get(iss(one)) == 2,
            "signed": lambda one: bool(SSE.get(iss(one))),
            "store": lambda one: bool(iss(one) & WRITE),
        },
    ),
    "exit.blind": _blind,
    "exit.irq": _interrupt,
    "exit.fiq": _exits("an FIQ", lambda one: one.one.slot == Vector.FIQ and one.one.kind == "Interrupt"),
    "exit.serror": _serror,
    "exit.late": _late,
    "time.offset": _offset,
    "own.svc": _own("its own Supervisor Call", "SupervisorCall", Mode.SVC),
    "own.abort": _own("its own Data Abort", "DataAbort", Mode.ABT),
    "own.irq": _own("a virtual IRQ", "VirtualInterrupt", Mode.IRQ),
    "own.fiq": _own("a virtual FIQ", "VirtualInterrupt", Mode.FIQ),
    "own.serror": _own("a virtual abort", "AsynchronousAbort", Mode.ABT),
}
"""Checks of the scenarios in which guests leave for every reason."""
