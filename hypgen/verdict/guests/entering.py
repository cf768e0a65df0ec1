"""How guests are entered and confined, and what each world finds when it goes on."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.arch import psr
from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import MODES, Mode
from hypgen.plan.guest_exits import GUEST_CALLS
from hypgen.verdict.check import expect, same
from hypgen.verdict.diagnosis import physical_of
from hypgen.verdict.evidence import writes
from hypgen.verdict.guests.exits import EC, GUESTS, ISV, SRT, WRITE, roots
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.worlds import GICH_ON, Entry

_HPMN = cp15.HDCR.field("HPMN")
_REVISION = 0xF
"""MIDR.Revision, which a guest reads as the last there can be."""
_LIST = GUEST_CALLS["LIST"][0]
_IL = cp15.HSR.bit("IL")
_HVC_CLOBBERS = frozenset({"r0", "r12"})
_MASKS = psr.A.mask | psr.I.mask | psr.F.mask
_CONFINING = ("VM", "SWIO", "FMO", "IMO", "AMO", "FB", "TWI", "TWE", "TSC", "TIDCP", "TAC", "TSW")
_ON_FIRST_ENTRY = frozenset({"SCTLR", "CPSR", "pc", "CNTVOFF", "GICH_VMCR"})
"""What is not zero when a guest is entered for the first time."""


def _vectors(seen: Observation) -> str:
    """HVBAR is that of the world switch while there are guests."""
    taken = [one.one for one in seen.worlds.taken if one.to_hyp]
    base = seen.virtual_of("world_vectors")
    for one in taken:
        same(f"the vector of {one.kind} at {seen.image.symbolize(one.pc)}", one.vector_pc, base + one.slot)
    put = [one.value for one in writes(seen, "HVBAR") if one.value == base]
    each = seen.scenario.rounds * seen.cpus
    same("the number of times that HVBAR was set to world_vectors", len(put), each)
    left = [one for one in writes(seen, "HVBAR", "world_exit") if one.value == seen.virtual_of("hyp_vectors")]
    same("the number of times that world_exit set HVBAR to hyp_vectors", len(left), each)
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
        state = psr.T.mask if seen.symbol(symbol).thumb else 0
        if seen.image.big_endian:
            state |= psr.E.mask
            same(f"SCTLR.EE of {symbol}", cp15.SCTLR.field("EE").get(one.values["SCTLR"]), 1)
        same(f"the CPSR of {symbol}", one.values["CPSR"], Mode.SVC | _MASKS | state)
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
    before: dict[int, int] = {}
    for one in seen.worlds.entries:
        controls = one.controls
        if not one.root and one.cpu not in begun:
            before.setdefault(one.cpu, controls["HDCR"])
            continue  # the host, before there were guests on this CPU
        begun.add(one.cpu)
        if one.root:
            same("HCR at an entry, of the bits that confine", controls["HCR"] & wanted, wanted)
            same("HCPTR.TTA", controls["HCPTR"] & cp15.HCPTR.bit("TTA"), cp15.HCPTR.bit("TTA"))
            for name in ("TPM", "TPMCR", "TDRA", "TDOSA", "TDA"):
                expect(bool(controls["HDCR"] & cp15.HDCR.bit(name)), f"HDCR.{name} is 0 in a guest")
            for name in ("T15", "TTEE"):
                expect(bool(controls["HSTR"] & cp15.HSTR.bit(name)), f"HSTR.{name} is 0 in a guest")
            same("CNTHCTL in a guest", controls["CNTHCTL"], cp15.CNTHCTL.bit("PL1PCTEN"))
            same("HDCR.HPMN in a guest", _HPMN.get(controls["HDCR"]), _HPMN.get(before[one.cpu]))
            same("VPIDR in a guest", controls["VPIDR"], one.identity[0] | _REVISION)
            same("GICH_HCR in a guest", controls.get(GICH_ON, 1), 1)
            same("the physical interrupts that are active in a guest", one.active, one.linked)
            identities.setdefault(one.root, set()).add(controls["VMPIDR"])
        else:
            for name, real in zip(("VPIDR", "VMPIDR"), one.identity, strict=True):
                same(f"{name} when the host goes on", controls[name], real)
            for name in ("HCR", "HSTR", "VTTBR", "CNTVOFF"):
                same(f"{name} when the host goes on", controls[name], 0)
            same("HDCR when the host goes on", controls["HDCR"], before[one.cpu])
            same("GICH_HCR when the host goes on", controls.get(GICH_ON, 0), 0)
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
    alignment = 1 << (13 if seen.scenario.ipa_bits == 40 else 5)
    for root in roots(seen):
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
    expect(bool(used), "no guest was entered")
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
        return frozenset({"CNTV_CTL", "GICH_LR0", "GICH_LR2"})  # masked, or virtual: its timer's interrupt
    match EC.get(hsr):
        case ExceptionClass.HVC if hsr & 0xFFFF == _LIST:
            return frozenset({"r0", *(name for name in entry.changed if name.startswith("GICH_LR"))})
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
        case ExceptionClass.DATA_ABORT_LOWER if ISV.get(hsr):
            loads = set() if hsr & WRITE else {_name(SRT.get(hsr), left.from_mode)}
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


def _idle(seen: Observation) -> str:
    """The timers that are the hypervisor's are off where nothing has set them."""
    both = [seen.virtual_of(name) for name in ("world_init", "world_exit")]
    found = dict.fromkeys(both, 0)
    for one in seen.worlds.entries:
        called = one.changed.get("r0", (0, 0))[0] & ~1
        if not one.root and called in found:
            found[called] += 1
            for name in ("CNTHP_CTL", "CNTV_CTL"):
                same(f"{name}.ENABLE after {seen.image.symbolize(called)}", one.controls[name] & 1, 0)
    expect(all(found.values()), "the hypervisor was never there, or never went")
    return "the Hyp timer and the virtual timer are off when the hypervisor has come, and when it goes"


def _monitors(seen: Observation) -> str:
    """No world goes on with the local monitor of another: its STREX would pair with what it never loaded."""
    entries = [one for one in seen.worlds.entries if one.root or one.left is not None]
    for one in entries:
        expect(
            not one.monitor, f"{'a guest' if one.root else 'the host'} goes on with the local monitor open"
        )
    return f"{len(entries)} times a world went on, the local monitor open in none"


ENTERING: Mapping[str, Body] = {
    "world.vectors": _vectors,
    "world.first": _first,
    "world.confined": _confined,
    "world.vmids": _vmids,
    "world.guest_registers": _guest_registers,
    "world.host_registers": _host_registers,
    "world.timers": _idle,
    "world.monitor": _monitors,
}
"""Checks of every scenario with guests."""
