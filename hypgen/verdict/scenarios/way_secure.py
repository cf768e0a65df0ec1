"""The scenario ``way-secure``: from Secure SVC mode through Monitor mode to Hyp mode, on each CPU."""

from __future__ import annotations

from hypgen.arch.registers import NSACR, SCR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import first, writes
from hypgen.verdict.observation import Observation, RegisterWrite
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._ways import LIFE


def _once(seen: Observation, register: str) -> list[RegisterWrite]:
    """The one write of a register on each CPU."""
    found = writes(seen, register)
    same(f"the list of CPUs that wrote {register}", sorted(one.cpu for one in found), list(range(seen.cpus)))
    return found


def _scr(seen: Observation) -> str:
    wanted = {"NS": 1, "IRQ": 0, "FIQ": 0, "EA": 0, "FW": 1, "AW": 1, "HCE": 1, "SCD": 0}
    for one in _once(seen, "SCR"):
        for name, value in wanted.items():
            same(f"SCR.{name} of CPU {one.cpu}", SCR.field(name).get(one.value), value)
    return "SCR: NS, HCE, FW and AW set; no interrupt and no abort to Monitor mode"


def _nsacr(seen: Observation) -> str:
    """The Non-secure state got ACTLR.SMP and the floating-point unit, while the CPU was still Secure."""
    for one in _once(seen, "NSACR"):
        for name in ("NS_SMP", "cp10", "cp11"):
            same(f"NSACR.{name} of CPU {one.cpu}", NSACR.field(name).get(one.value), 1)
        scr = first((other for other in writes(seen, "SCR") if other.cpu == one.cpu), "write of SCR")
        expect(seen.writes.index(one) < seen.writes.index(scr), "NSACR was written after SCR.NS")
    return "NSACR: NS_SMP, cp10, cp11, before SCR.NS"


def _mvbar(seen: Observation) -> str:
    expected = seen.load_of("monitor_vectors")
    for one in _once(seen, "MVBAR"):
        same(f"MVBAR of CPU {one.cpu}", one.value, expected)
    expect(expected % 32 == 0, "monitor_vectors is not aligned to 32 bytes")
    return f"MVBAR = 0x{expected:08x}, monitor_vectors"


def _timer(seen: Observation) -> str:
    """CNTVOFF is zero on every CPU, CNTFRQ the board's frequency where that is known."""
    for one in writes(seen, "CNTVOFF"):
        same(f"CNTVOFF of CPU {one.cpu}", one.value, 0)
    cpus = {one.cpu for one in writes(seen, "CNTVOFF")}
    same("the list of CPUs that wrote CNTVOFF", sorted(cpus), list(range(seen.cpus)))
    frequency = seen.board.timers.frequency
    if frequency is None:
        expect(not writes(seen, "CNTFRQ"), "CNTFRQ was written, but the board file does not know it")
        return "CNTVOFF = 0; this board's frequency is not known, and CNTFRQ not written"
    for one in _once(seen, "CNTFRQ"):
        same(f"CNTFRQ of CPU {one.cpu}", one.value, frequency)
    return f"CNTVOFF = 0, CNTFRQ = {frequency}"


def _stack(seen: Observation) -> str:
    """Hyp mode began with a stack: SP_hyp on the first call is the top of the CPU's own page."""
    stacks = seen.symbol("host_stacks")
    size = stacks.size // seen.cpus
    for cpu in range(seen.cpus):
        call = first((one for one in seen.calls if one.cpu == cpu), f"call of CPU {cpu}")
        same(f"SP_hyp of CPU {cpu}", call.stack, seen.load_of("host_stacks") + (cpu + 1) * size)
    return "SP_hyp set from Monitor mode, to a page of the CPU's own"


CHECKS: dict[str, Body] = {
    "monitor.scr": _scr,
    "monitor.nsacr": _nsacr,
    "monitor.mvbar": _mvbar,
    "monitor.timer": _timer,
    "monitor.sp": _stack,
    **LIFE,
}
