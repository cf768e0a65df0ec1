"""What the scenarios with guests check: how guests are entered and confined, and why they are left.

Expected syndromes come from the architecture, what changed hands from the machine
(:mod:`hypgen.verdict.worlds`). What the guests found inside is in the journal, which the host keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from hypgen.arch import psr
from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ISS_DATA_ABORT, ExceptionClass, Vector
from hypgen.arch.psr import MODES, Mode
from hypgen.plan.guests import GUEST_DEVICE
from hypgen.verdict.check import expect, same
from hypgen.verdict.diagnosis import physical_of
from hypgen.verdict.evidence import within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.worlds import VFP, Entry, Taken

SWITCHES, ROLLOVERS = 1000, 3
"""What the scenario of many switches must come to."""
GUESTS = ("guest_arm", "guest_thumb")
"""Symbols at the start of each guest's memory, in the order of the virtual CPUs."""
_EC, _IL = cp15.HSR.field("EC"), cp15.HSR.bit("IL")
_ISV, _SAS, _SSE, _SRT = ISS_DATA_ABORT[:4]
_WRITE = 1 << 6
_HVC_CLOBBERS = frozenset({"r0", "r12"})
_MASKS = psr.A.mask | psr.I.mask | psr.F.mask
_CONFINING = ("VM", "SWIO", "FMO", "IMO", "AMO", "FB", "TWI", "TWE", "TSC", "TIDCP", "TAC", "TSW")
_ON_FIRST_ENTRY = frozenset({"SCTLR", "CPSR", "pc", "CNTVOFF"})
"""What is not zero when a guest is entered for the first time."""


def _class(one: Taken) -> int:
    return _EC.get(one.one.hsr or 0)


def _iss(one: Taken) -> int:
    return (one.one.hsr or 0) & 0x1FF_FFFF


def _roots(seen: Observation) -> list[int]:
    """The stage 2 roots of the guests, in the order in which they were first entered."""
    return list(dict.fromkeys(one.root for one in seen.worlds.entries if one.root))


def _each(seen: Observation, found: Sequence[Taken], what: str) -> None:
    """Expect that something happened in each guest; ``what`` says it: "was preempted"."""
    for number, root in enumerate(_roots(seen)):
        expect(any(one.root == root for one in found), f"guest {number} never {what}")


# -- entering and leaving -----------------------------------------------------------------------------
def _vectors(seen: Observation) -> str:
    """HVBAR is that of the world switch while there are guests."""
    taken = [one.one for one in seen.worlds.taken if one.to_hyp]
    base = seen.virtual_of("world_vectors")
    for one in taken:
        same(f"the vector of {one.kind} at {seen.image.symbolize(one.pc)}", one.vector_pc, base + one.slot)
    put = [one.value for one in writes(seen, "HVBAR") if one.value == base]
    each = seen.scenario.rounds * seen.cpus
    same("the number of times that HVBAR was set to world_vectors", len(put), each)
    return f"{len(taken)} exceptions of guests came to world_vectors at 0x{base:08x}"


def _first(seen: Observation) -> str:
    """On first entry every register is that of a CPU out of reset: nothing of the host is in any."""
    first = [one for one in seen.worlds.entries if one.root and one.left is None]
    first.sort(key=lambda one: one.controls["VMPIDR"])
    same("the number of guests that were entered", len(first), len(GUESTS))
    offsets = set()
    for one, symbol in zip(first, GUESTS, strict=True):
        left_over = {
            name: value for name, value in one.values.items() if value and name not in _ON_FIRST_ENTRY
        }
        expect(not left_over, f"{symbol} finds {', '.join(f'{k} = 0x{v:x}' for k, v in left_over.items())}")
        thumb = seen.image.symbols[symbol].thumb
        same(f"the CPSR of {symbol}", one.values["CPSR"], Mode.SVC | _MASKS | (psr.T.mask if thumb else 0))
        off = one.values["SCTLR"] & (cp15.SCTLR.bit("M") | cp15.SCTLR.bit("C") | cp15.SCTLR.bit("I"))
        same(f"SCTLR.M, C and I of {symbol}", off, 0)
        expected = physical_of(seen.board, seen.load_of(symbol))
        same(f"the PA at which {symbol} is entered", one.physical, expected)
        offsets.add(one.values["CNTVOFF"])
    expect(len(offsets) == len(GUESTS), "the guests have the same virtual time")
    return "two guests: every register zero but SCTLR, CPSR and PC, the MMU off, a time of its own each"


def _confined(seen: Observation) -> str:
    """The controls at every entry of a guest, and at every return to the host."""
    wanted = sum(cp15.HCR.bit(name) for name in _CONFINING)
    identities: dict[int, set[int]] = {}
    begun: set[int] = set()
    for one in seen.worlds.entries:
        controls = one.controls
        if not one.root and one.cpu not in begun:
            continue  # the host, before there were guests on this CPU
        begun.add(one.cpu)
        if one.root:
            same("HCR at an entry, of the bits that confine", controls["HCR"] & wanted, wanted)
            same("HCPTR.TTA", controls["HCPTR"] & cp15.HCPTR.bit("TTA"), cp15.HCPTR.bit("TTA"))
            for name in ("TPM", "TPMCR", "TDRA", "TDOSA", "TDA"):
                expect(bool(controls["HDCR"] & cp15.HDCR.bit(name)), f"HDCR.{name} is 0 in a guest")
            for name in ("T15", "TTEE", "TJDBX"):
                expect(bool(controls["HSTR"] & cp15.HSTR.bit(name)), f"HSTR.{name} is 0 in a guest")
            same("CNTHCTL in a guest", controls["CNTHCTL"], cp15.CNTHCTL.bit("PL1PCTEN"))
            same("VPIDR in a guest", controls["VPIDR"], one.identity[0])
            identities.setdefault(one.root, set()).add(controls["VMPIDR"])
        else:
            for name, real in zip(("VPIDR", "VMPIDR"), one.identity, strict=True):
                same(f"{name} when the host goes on", controls[name], real)
            for name in ("HCR", "HSTR", "VTTBR", "CNTVOFF"):
                same(f"{name} when the host goes on", controls[name], 0)
            same("HCPTR's traps when the host goes on", controls["HCPTR"] & ~cp15.HCPTR.fixed_ones, 0)
            both = cp15.CNTHCTL.bit("PL1PCTEN") | cp15.CNTHCTL.bit("PL1PCEN")
            same("CNTHCTL when the host goes on", controls["CNTHCTL"], both)
    seen_ids = [next(iter(found)) for found in identities.values() if len(found) == 1]
    same("the number of different MPIDRs of guests", len(set(seen_ids)), len(GUESTS))
    entries = sum(bool(one.root) for one in seen.worlds.entries)
    returns = len(seen.worlds.entries) - entries
    return f"{entries} entries, each confined; {returns} returns to the host, each free"


def _vmids(seen: Observation) -> str:
    """Two guests never share a VMID without an invalidation of the TLB between them."""
    roots = _roots(seen)
    alignment = 1 << (13 if seen.scenario.ipa_bits == 40 else 5)
    for root in roots:
        same("the low bits of a stage 2 root", root % alignment, 0)
    owner: dict[int, int] = {}
    flushes = [one.order for one in seen.worlds.operations if one.name == "TLBIALLNSNHIS"]
    since = 0
    for one in seen.worlds.entries:
        if not one.root:
            continue
        while since < len(flushes) and flushes[since] <= one.order:
            owner.clear()
            since += 1
        expect(one.vmid != 0, "a guest runs under VMID 0, which is the host's")
        expect(owner.setdefault(one.vmid, one.root) == one.root, f"VMID {one.vmid} is that of two guests")
    used = sorted({one.vmid for one in seen.worlds.entries if one.root})
    return f"{len(used)} VMIDs from {used[0]} to {used[-1]}, none for two guests at a time"


def _guest_registers(seen: Observation) -> str:
    """A guest goes on with every register as it was but what its exit says."""
    entries = [one for one in seen.worlds.entries if one.root and one.left is not None]
    for one in entries:
        assert one.left is not None
        allowed = _may_change(one)
        broken = sorted(set(one.changed) - allowed)
        expect(
            not broken,
            f"after {one.left.kind} at {seen.image.symbolize(one.left.pc)} a guest finds changed: "
            + ", ".join(
                f"{name} 0x{one.changed[name][0]:x} to 0x{one.changed[name][1]:x}" for name in broken
            ),
        )
        if "pc" in one.changed and "LR_abt" not in one.changed:
            before, after = one.changed["pc"]
            length = 4 if (one.left.hsr or 0) & _IL else 2
            same(f"the way past the instruction at 0x{before:08x}", after, before + length)
    expect(bool(entries), "no guest was entered again")
    return f"{len(entries)} times a guest went on, with every register as it was but what it asked for"


def _may_change(entry: Entry) -> frozenset[str]:
    """What may differ for a guest that goes on after the exit of ``entry``."""
    left = entry.left
    assert left is not None
    hsr = left.hsr or 0
    if left.kind == "Interrupt":
        return frozenset({"CNTV_CTL"})  # its timer's interrupt is masked
    match _EC.get(hsr):
        case ExceptionClass.HVC:
            return frozenset({"r0"})
        case ExceptionClass.WFI_WFE:
            return frozenset({"pc", "CPSR"})
        case ExceptionClass.CP15_MCR_MRC | ExceptionClass.CP14_MCR_MRC:
            return frozenset({"pc", "CPSR"} | ({_name(hsr >> 5 & 0xF, left.from_mode)} if hsr & 1 else set()))
        case ExceptionClass.CP15_MCRR_MRRC:
            pair = {_name(hsr >> 5 & 0xF, left.from_mode), _name(hsr >> 10 & 0xF, left.from_mode)}
            return frozenset({"pc", "CPSR"} | (pair if hsr & 1 else set()))
        case ExceptionClass.SMC:
            return frozenset({"pc", "CPSR", "r0"})
        case ExceptionClass.DATA_ABORT_LOWER if _ISV.get(hsr):
            loads = set() if hsr & _WRITE else {_name(_SRT.get(hsr), left.from_mode)}
            return frozenset({"pc", "CPSR"} | loads)
        case ExceptionClass.DATA_ABORT_LOWER if "pc" in entry.changed:  # else the access is made again
            return frozenset({"pc", "CPSR", "LR_abt", "SPSR_abt", "DFSR", "DFAR"})
        case ExceptionClass.PREFETCH_ABORT_LOWER:
            return frozenset({"pc", "CPSR", "LR_abt", "SPSR_abt", "IFSR", "IFAR"})
        case _:
            return frozenset()


def _name(number: int, mode: int) -> str:
    """The banked name of register ``number`` in a mode."""
    suffix = "usr" if mode == Mode.SYS else MODES[mode].suffix
    if number < 8 or (number < 13 and mode != Mode.FIQ):
        return f"r{number}"
    return f"r{number}_fiq" if number < 13 else f"{'SP' if number == 13 else 'LR'}_{suffix}"


def _host_registers(seen: Observation) -> str:
    """The host goes on with every register as it was but r0 and r12."""
    entries = [one for one in seen.worlds.entries if not one.root and one.left is not None]
    for one in entries:
        assert one.left is not None
        broken = sorted(set(one.changed) - _HVC_CLOBBERS)
        where = seen.image.symbolize(one.left.pc)
        expect(not broken, f"after the call at {where} the host finds changed: {', '.join(broken)}")
    expect(bool(entries), "the host never went on")
    return f"{len(entries)} times the host went on: banked, CP15 and floating-point registers as they were"


# -- why guests are left --------------------------------------------------------------------------------
def _exits(
    what: str, matches: Callable[[Taken], bool], also: Mapping[str, Callable[[Taken], bool]] | None = None
) -> Body:
    """A check that each guest was left in this way; ``also`` are kinds of it that must all have occurred."""

    def body(seen: Observation) -> str:
        found = [one for one in seen.worlds.taken if one.to_hyp and matches(one)]
        _each(seen, found, f"left by {what}")
        for kind, predicate in (also or {}).items():
            expect(any(map(predicate, found)), f"no {what} was {kind}")
        kinds = f" ({', '.join(also)})" if also else ""
        return f"{what}{kinds}: {len(found)} times, by each guest"

    return body


def _status(one: Taken, fault: int) -> bool:
    """Whether a Data or Prefetch Abort has the fault status ``fault``, whatever the level."""
    return _iss(one) & 0x3C == fault


def _is(wanted: ExceptionClass) -> Callable[[Taken], bool]:
    return lambda one: one.one.slot == Vector.HYP_TRAP and _class(one) == wanted


def _faults(fault: int) -> Callable[[Taken], bool]:
    data = _is(ExceptionClass.DATA_ABORT_LOWER)
    return lambda one: data(one) and _status(one, fault)


_TRANSLATION, _PERMISSION = 0b000100, 0b001100
_ASYNCHRONOUS = 0b010001
_WALK = 1 << 7
_TRAPS: Mapping[str, Callable[[Taken], bool]] = {
    "HSTR.T15": lambda one: _is(ExceptionClass.CP15_MCR_MRC)(one) and _crn(one) == 15,
    "HDCR.TPM": lambda one: _is(ExceptionClass.CP15_MCR_MRC)(one) and _crn(one) == 9,
    "HDCR.TDA": lambda one: _is(ExceptionClass.CP14_MCR_MRC)(one),
    "CNTHCTL.PL1PCEN": lambda one: _is(ExceptionClass.CP15_MCR_MRC)(one) and _crn(one) == 14,
    "64 bits of it": lambda one: _is(ExceptionClass.CP15_MCRR_MRRC)(one),
    "HCR.TSW": lambda one: _is(ExceptionClass.CP15_MCR_MRC)(one) and _crn(one) == 7,
}
"""What no guest may reach, by the control that says so."""


def _crn(one: Taken) -> int:
    return _iss(one) >> 10 & 0xF


def _trapped(one: Taken) -> bool:
    return any(predicate(one) for predicate in _TRAPS.values())


def _device(one: Taken) -> bool:
    """A translation fault at the emulated device, whether its syndrome describes the access or not."""
    return _faults(_TRANSLATION)(one) and one.hpfar << 8 & ~0xFFF == GUEST_DEVICE & ~0xFFF


def _blind(seen: Observation) -> str:
    """An access that the syndrome does not describe becomes the guest's own Data Abort."""
    found = [one for one in seen.worlds.taken if one.to_hyp and _device(one) and not _ISV.get(_iss(one))]
    _each(seen, found, "left by an access to the device without a valid syndrome")
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
    said = _exits("a stage 2 permission fault", _faults(_PERMISSION))(seen)
    asked = [one for one in seen.worlds.operations if one.name == "ATS1CPR"]
    expect(bool(asked), "stage 1 was never asked (ATS1CPR), so the IPA came from HPFAR, which is UNKNOWN")
    return f"{said}; the IPA by ATS1CPR, {len(asked)} times"


def _vfp(seen: Observation) -> str:
    """The floating-point unit changes hands on first use, and only then."""
    said = _exits("a floating-point instruction", _is(ExceptionClass.COPROCESSOR))(seen)
    without = [one for one in seen.worlds.entries if one.root and not one.vfp]
    expect(bool(without), "the unit was given to a guest before it was used")
    for one in seen.worlds.entries:
        after_trap = one.left is not None and _EC.get(one.left.hsr or 0) == ExceptionClass.COPROCESSOR
        expect(one.vfp or not after_trap, "the unit was not the guest's after the trap")
    shown = sum(VFP not in one.changed for one in seen.worlds.entries if one.vfp)
    return f"{said}; {shown} times the unit was the one's whose turn it was, with all its registers"


def _lazily(seen: Observation) -> str:
    entered = sum(bool(one.root) for one in seen.worlds.entries)
    trapped = sum(_is(ExceptionClass.COPROCESSOR)(one) for one in seen.worlds.taken if one.to_hyp)
    expect(trapped < entered, "every entry switched the floating-point unit")
    return f"{entered} entries of guests, {trapped} of which used the unit"


def _switches(seen: Observation) -> str:
    """Guests really changed places: entries whose guest is not that of the entry before."""
    order = [one.root for one in seen.worlds.entries if one.root]
    switches = sum(one != other for one, other in pairwise(order))
    expect(switches >= SWITCHES, f"the guests changed places {switches} times, expected {SWITCHES}")
    return f"the guests changed places {switches} times"


def _rollover(seen: Observation) -> str:
    """VMIDs ran out, were all invalidated by TLBIALLNSNHIS and ICIALLUIS, and began anew from 1."""
    vmids = [one.vmid for one in seen.worlds.entries if one.root]
    starts = [number for number, (one, other) in enumerate(pairwise(vmids), 1) if other < one]
    expect(len(starts) >= ROLLOVERS, f"VMIDs began anew {len(starts)} times, expected {ROLLOVERS}")
    orders = [one.order for one in seen.worlds.entries if one.root]
    for start in starts:
        same("the VMID before a rollover and that after it", (vmids[start - 1], vmids[start]), (255, 1))
        between = range(orders[start - 1], orders[start] + 1)
        done = {one.name for one in seen.worlds.operations if one.order in between}
        for name in ("TLBIALLNSNHIS", "ICIALLUIS"):
            expect(name in done, f"VMIDs began anew without {name}")
    return f"VMIDs began anew {len(starts)} times, after TLBIALLNSNHIS and ICIALLUIS"


def _interrupt(seen: Observation) -> str:
    found = [one for one in seen.worlds.taken if one.to_hyp and one.one.slot == Vector.IRQ]
    _each(seen, found, "left by an IRQ")
    return f"IRQ at slot 0x18: {len(found)} times, from each guest"


def _own(what: str, kind: str, mode: Mode) -> Body:
    """A check that each guest took an exception of its own, through its own vectors."""

    def body(seen: Observation) -> str:
        found = [one for one in seen.worlds.taken if one.one.kind == kind and one.one.to_mode == mode]
        _each(seen, found, f"took {what}")
        for one in found:
            same(f"the vector base of {what}", one.one.vector_pc - one.one.slot, one.vbar)
        return f"{what}: {len(found)} times, by each guest, through its own vectors"

    return body


ENTERING: Mapping[str, Body] = {
    "world.vectors": _vectors,
    "world.first": _first,
    "world.confined": _confined,
    "world.vmids": _vmids,
    "world.guest_registers": _guest_registers,
    "world.host_registers": _host_registers,
}
"""Checks of every scenario with guests."""
LEAVING: Mapping[str, Body] = {
    "exit.hvc": _exits("HVC", _is(ExceptionClass.HVC)),
    "exit.wait": _exits(
        "a wait",
        _is(ExceptionClass.WFI_WFE),
        {"WFI": lambda one: not _iss(one) & 1, "WFE": lambda one: bool(_iss(one) & 1)},
    ),
    "exit.vfp": _vfp,
    "exit.cp15": _exits(
        "a CP15 access",
        _is(ExceptionClass.CP15_MCR_MRC),
        {"read": lambda one: bool(_iss(one) & 1), "write": lambda one: not _iss(one) & 1},
    ),
    "exit.translation": _exits("a stage 2 translation fault", _faults(_TRANSLATION)),
    "exit.permission": _permission,
    "exit.walk": _exits(
        "a stage 2 fault of its own table walk",
        lambda one: _faults(_TRANSLATION)(one) and bool(_iss(one) & _WALK),
    ),
    "exit.traps": _exits("what is not its own", _trapped, _TRAPS),
    "exit.smc": _exits("SMC", _is(ExceptionClass.SMC)),
    "exit.fetch": _exits("a stage 2 fault of a fetch", _is(ExceptionClass.PREFETCH_ABORT_LOWER)),
    "exit.device": _exits(
        "an access to the device",
        lambda one: _device(one) and bool(_ISV.get(_iss(one))),
        {
            "byte": lambda one: _SAS.get(_iss(one)) == 0,
            "halfword": lambda one: _SAS.get(_iss(one)) == 1,
            "word": lambda one: _SAS.get(_iss(one)) == 2,
            "signed": lambda one: bool(_SSE.get(_iss(one))),
            "store": lambda one: bool(_iss(one) & _WRITE),
        },
    ),
    "exit.blind": _blind,
    "exit.irq": _interrupt,
    "exit.fiq": _exits("an FIQ", lambda one: one.one.slot == Vector.FIQ and one.one.kind == "Interrupt"),
    "exit.serror": _exits(
        "a physical asynchronous abort",
        lambda one: _is(ExceptionClass.DATA_ABORT_LOWER)(one) and _iss(one) & 0x3F == _ASYNCHRONOUS,
    ),
    "time.offset": _offset,
    "own.svc": _own("its own Supervisor Call", "SupervisorCall", Mode.SVC),
    "own.abort": _own("its own Data Abort", "DataAbort", Mode.ABT),
    "own.irq": _own("a virtual IRQ", "VirtualInterrupt", Mode.IRQ),
    "own.fiq": _own("a virtual FIQ", "VirtualInterrupt", Mode.FIQ),
    "own.serror": _own("a virtual abort", "AsynchronousAbort", Mode.ABT),
}
"""Checks of the scenarios in which guests leave for every reason."""


# -- guests on several CPUs -------------------------------------------------------------------------------
def _inside(seen: Observation, cpu: int, order: int) -> Entry | None:
    """The entry of the guest that runs on a CPU after so many exceptions of the machine."""
    entered = [one for one in seen.worlds.entries if one.cpu == cpu and one.order <= order]
    if not entered or not entered[-1].root:
        return None
    left = any(
        one.to_hyp and one.one.cpu == cpu and entered[-1].order < one.order <= order
        for one in seen.worlds.taken
    )
    return None if left else entered[-1]


def _pinned(seen: Observation) -> str:
    """Each guest ran on one CPU, and each on another."""
    cpus: dict[int, set[int]] = {}
    for one in seen.worlds.entries:
        if one.root:
            cpus.setdefault(one.root, set()).add(one.cpu)
    expect(all(len(found) == 1 for found in cpus.values()), "a guest ran on two CPUs")
    same("the CPUs that ran guests", sorted(cpu for found in cpus.values() for cpu in found), [0, 1])
    return f"{len(cpus)} guests on {len(cpus)} CPUs"


def _at_once(seen: Observation) -> str:
    """While one guest was inside, the other came and went, and the other way round."""
    found = {0: 0, 1: 0}
    for one in seen.worlds.entries:
        if one.root and _inside(seen, 1 - one.cpu, one.order) is not None:
            found[one.cpu] += 1
    expect(all(found.values()), "no guest was entered while the other one ran")
    return f"entered {found[0]} and {found[1]} times while the other guest ran"


def _shared_vmids(seen: Observation) -> str:
    """No guest is entered under the VMID that another CPU's guest was entered under last."""
    last: dict[int, Entry] = {}
    for one in seen.worlds.entries:
        if not one.root:
            continue
        for other in last.values():
            expect(
                other.cpu == one.cpu or other.vmid != one.vmid,
                f"VMID {one.vmid} is given on CPU {one.cpu}, and the guest on CPU {other.cpu} has it",
            )
        last[one.cpu] = one
    return f"{len({one.vmid for one in seen.worlds.entries if one.root})} VMIDs, none on two CPUs at a time"


def _rollover_together(seen: Observation) -> str:
    """On each CPU VMIDs began anew, after an invalidation, while the other CPU's guest ran."""
    found = {0: 0, 1: 0}
    for one in seen.worlds.operations:
        anew = one.name == "TLBIALLNSNHIS" and within(seen, one.pc, "world_new_generation")
        if anew and _inside(seen, 1 - one.cpu, one.order) is not None:
            found[one.cpu] += 1
    expect(all(found.values()), "VMIDs never ran out while the other guest ran")
    return f"VMIDs began anew {found[0]} and {found[1]} times while the other guest ran"


def _found(step: str, what: str, interrupts: int) -> Body:
    """A check that each guest found what a step is about, having been left by so many IRQs at least."""

    def body(seen: Observation) -> str:
        told = [one for one in seen.journal if one.name.endswith(f".{step}") and one.got == one.expected]
        same(f"the number of guests that found {what}", len(told), len(GUESTS))
        for number, root in enumerate(_roots(seen)):
            came = sum(one.root == root and one.one.slot == Vector.IRQ for one in seen.worlds.taken)
            expect(came >= interrupts, f"guest {number} was left by {came} IRQs, expected {interrupts}")
        return f"{what}: in each guest"

    return body


LISTED: Mapping[str, Body] = {
    "gich.priority": _found("lists", "virtual interrupts in the order of their priorities", 0),
    "gich.linked": _found("linked", "its timer's interrupt once more when it had ended the first", 2),
    "gich.maintenance": _found("maintained", "one more virtual interrupt after a maintenance interrupt", 3),
}
"""Checks of the scenario with virtual interrupts by GICH."""
TOGETHER: Mapping[str, Body] = {
    "smp.pinned": _pinned,
    "smp.at_once": _at_once,
    "smp.vmids": _shared_vmids,
    "smp.rollover": _rollover_together,
}
"""Checks of the scenario with guests on two CPUs."""
SWITCHING: Mapping[str, Body] = {
    "vfp.lazy": _lazily,
    "switches": _switches,
    "vmid.rollover": _rollover,
}
"""Checks of the scenario that does little else."""
