"""The scenario ``cpus``: hyp-init on every CPU, at once and one after another, each with its own stack."""

from __future__ import annotations

from hypgen.arch.exceptions import Vector
from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import answers, each_round, in_runtime, within, writes
from hypgen.verdict.observation import Observation, RegisterWrite
from hypgen.verdict.scenarios import Body

PAGE = 0x1000


def _started(seen: Observation) -> str:
    """Every CPU of the board came to the stub by itself, and the boot CPU's starts were answered with 0."""
    stub = seen.load_of("hyp_stub_vectors")
    came = {one.cpu for one in seen.exceptions if one.vector_pc == stub + Vector.HYP_TRAP}
    same("the list of the CPUs that called the stub", sorted(came), list(range(seen.cpus)))
    return f"{seen.cpus} CPUs called the stub"


def _default_vectors(seen: Observation) -> str:
    stub = seen.load_of("hyp_stub_vectors")
    answers(seen, "stub.get", stub, "HVBAR as the stub told it")
    return f"on every CPU HVBAR was 0x{stub:08x}, hyp_stub_vectors"


def _turned_on(seen: Observation) -> list[RegisterWrite]:
    return [one for one in writes(seen, "HSCTLR") if HSCTLR.field("M").get(one.value)]


def _turned_off(seen: Observation) -> list[RegisterWrite]:
    return writes(seen, "HSCTLR", "hyp_teardown")


def _mmu_on(seen: Observation) -> str:
    on = _turned_on(seen)
    for one in on:
        expect(within(seen, one.pc, "hyp_init"), f"the MMU was turned on at {seen.image.symbolize(one.pc)}")
    each_round(seen, on, "the Hyp MMU was turned on")
    answers(seen, "init", 0, "the answer of hyp-init")
    return f"M = 1 by hyp_init, {len(on) // seen.cpus} times on each CPU"


def _at_once(seen: Observation) -> str:
    """In the first round all MMUs were on together."""
    on, off = _turned_on(seen), _turned_off(seen)
    each_round(seen, on, "the Hyp MMU was turned on")
    each_round(seen, off, "hyp_teardown wrote HSCTLR")
    last = seen.writes.index(on[seen.cpus - 1])
    first = seen.writes.index(off[0])
    same(
        "the set of CPUs of the first round",
        sorted({one.cpu for one in on[: seen.cpus]}),
        list(range(seen.cpus)),
    )
    expect(last < first, "a CPU turned its MMU off before all had theirs on")
    order = ", ".join(str(one.cpu) for one in on[: seen.cpus])
    return f"{seen.cpus} MMUs on together, turned on in the order {order}"


def _in_order(seen: Observation) -> str:
    """In the second round from the last CPU down to the boot CPU."""
    on = _turned_on(seen)[seen.cpus :]
    same("the order of the CPUs", [one.cpu for one in on], list(reversed(range(seen.cpus))))
    return f"from CPU {seen.cpus - 1} down to CPU 0"


def _stride(seen: Observation) -> int:
    return seen.symbol("hyp_stacks").size // seen.cpus


def _own_stack(seen: Observation) -> str:
    """SP_hyp on entry to the runtime is the top of the CPU's own page."""
    base, stride = seen.virtual_of("hyp_stacks"), _stride(seen)
    runtime = {(one.cpu, one.pc) for one in in_runtime(seen)}
    calls = [one for one in seen.calls if (one.cpu, one.pc) in runtime]
    for call in calls:
        where = f"SP_hyp of CPU {call.cpu} at {seen.place_of(call.taken)}"
        same(where, call.stack, base + (call.cpu + 1) * stride)
    same(
        "the list of the CPUs that came to the runtime",
        sorted({one.cpu for one in calls}),
        list(range(seen.cpus)),
    )
    return f"{len(calls)} calls, each on the stack of its CPU; {stride // PAGE} pages from one to the next"


def _guard(seen: Observation) -> str:
    """Below each stack nothing is mapped."""
    base, stride = seen.virtual_of("hyp_stacks"), _stride(seen)
    aborts = [one for one in in_runtime(seen) if one.slot == Vector.DATA_ABORT]
    for one in aborts:
        bottom = base + (one.cpu + 1) * stride - PAGE
        same(f"HDFAR of CPU {one.cpu}", one.far, bottom - 4)
    taken = sorted(one.cpu for one in aborts)
    same("the list of the CPUs", taken, sorted([*range(seen.cpus)] * seen.scenario.rounds))
    answers(seen, "stack.guard", int(Vector.DATA_ABORT), "the slot that the load came to")
    return f"{len(aborts)} loads from the page below a stack, each a Data Abort"


def _runtime(seen: Observation) -> str:
    answers(seen, "runtime.where", seen.virtual_of("hyp_where"), "the PC that hyp_where saw")
    for entry in seen.journal:
        if entry.name == "runtime.cpu":
            same(f"the index that CPU {entry.cpu} found", entry.got, entry.cpu)
    return "each CPU ran Hyp code at its VA and knew itself by its MPIDR"


def _teardown(seen: Observation) -> str:
    off, back = _turned_off(seen), writes(seen, "HVBAR", "hyp_teardown")
    for one in off:
        same("HSCTLR.M after it", HSCTLR.field("M").get(one.value), 0)
    for one in back:
        same("HVBAR after it", one.value, seen.load_of("hyp_stub_vectors"))
    each_round(seen, off, "hyp_teardown wrote HSCTLR")
    each_round(seen, back, "hyp_teardown wrote HVBAR")
    answers(seen, "teardown.stub", seen.load_of("hyp_stub_vectors"), "HVBAR as the stub told it")
    return "on each CPU M = 0 and the stub's vectors back, while others went on"


CHECKS: dict[str, Body] = {
    "cpus.started": _started,
    "vectors.default": _default_vectors,
    "init.each": _mmu_on,
    "init.at_once": _at_once,
    "init.in_order": _in_order,
    "stack.own": _own_stack,
    "stack.guard": _guard,
    "runtime.each": _runtime,
    "teardown.each": _teardown,
}
"""Every check that looks at one run."""
