"""The scenario ``lifecycle``: stub, init, runtime, teardown, and all of it again, on the boot CPU.

Expected addresses come from the image's own symbols, expected syndromes from the architecture, and
what a handler recorded is compared with what the core raised. Nothing here knows the plan
(docs/decisions/0004-the-verdict-reads-the-image-not-the-plan.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.arch.psr import Mode
from hypgen.arch.registers import HSCTLR, HSR
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.plan.structures import ROUNDS, STEPS, JournalEntry
from hypgen.verdict.check import Check, Outcome, ShortfallError, expect, judge, same
from hypgen.verdict.observation import Observation, RegisterWrite
from hypgen.verdict.vectors import branch_targets

NAME = "lifecycle"
NO_INTERRUPTS = "no interrupt arrives: the interrupt controller is not modelled yet"
HANDLERS = (
    "hyp_reset",
    "hyp_undefined",
    "hyp_call_in_hyp",
    "hyp_prefetch_abort",
    "hyp_data_abort",
    "hyp_trap",
    "hyp_irq",
    "hyp_fiq",
)
"""The handler of each slot, in the order of the slots."""

Body = Callable[[Observation], str]


def checks(seen: Observation) -> list[Check]:
    """Judge one run; the names are stable."""
    judged = [judge(name, partial(body, seen)) for name, body in _BODIES.items()]
    idle = [Check(name, Outcome.NOT_RUN, NO_INTERRUPTS) for name in ("slot.18", "slot.1c")]
    at = next(number for number, one in enumerate(judged) if one.name == "slot.14") + 1
    return judged[:at] + idle + judged[at:]


def _vectors_table(seen: Observation) -> str:
    """Eight branches to eight handlers, read from the linked bytes."""
    targets = branch_targets(seen.image, "hyp_vectors")
    expected = [seen.virtual_of(handler) for handler in HANDLERS]
    same("the runtime vectors' targets", [seen.image.symbolize(one) for one in targets], list(HANDLERS))
    same("the runtime vectors' targets", targets, expected)
    expect(len(set(targets)) == len(HANDLERS), "two slots share a handler")
    return "eight branches to eight handlers; slot 0x00 goes to one that stops"


def _stub_get(seen: Observation) -> str:
    stub = seen.load_of("hyp_stub_vectors")
    for entry in _entries(seen, "stub.get"):
        same(f"HVBAR as the stub told it in round {entry.round}", entry.got, stub)
    return f"HVBAR is the load address of hyp_stub_vectors, 0x{stub:08x}"


def _stub_unknown(seen: Observation) -> str:
    return _refused(seen, "stub.unknown")


def _vectors_set(seen: Observation) -> str:
    """The stub wrote HVBAR, with the address at which a CPU with its MMU off finds hyp-init."""
    expected = seen.load_of("hyp_init_vectors")
    writes = [one for one in seen.writes if one.name == "HVBAR" and _within(seen, one.pc, "hyp_stub_trap")]
    _rounds(len(writes), "HVBAR writes by the stub")
    for one in writes:
        same("HVBAR as the stub set it", one.value, expected)
    _entries(seen, "vectors.set")
    return f"hvc #0xff set HVBAR to 0x{expected:08x}, hyp_init_vectors as the MMU-off CPU knows it"


def _init_mmu_on(seen: Observation) -> str:
    """HSCTLR.M went from 0 to 1 in hyp-init, and the next exception came through the MMU."""
    on = [one for one in _hsctlr(seen) if one.value & HSCTLR.field("M").mask]
    _rounds(len(on), "writes that turn the Hyp MMU on")
    for one in on:
        expect(_within(seen, one.pc, "hyp_init"), f"the MMU was turned on at {seen.image.symbolize(one.pc)}")
    _entries(seen, "init")
    runtime = seen.virtual_of("hyp_vectors")
    for one in on:
        later = seen.exceptions[one.order : one.order + 1]
        expect(bool(later), "no exception was taken after the MMU came on")
        same("the first vector taken after it", later[0].vector_pc, runtime + Vector.HYP_TRAP)
    return f"M = 1 by hyp_init; the next HVC went to VA 0x{runtime + Vector.HYP_TRAP:08x}"


def _runtime_va(seen: Observation) -> str:
    expected = seen.virtual_of("hyp_where")
    for entry in _entries(seen, "runtime.where"):
        same("the PC that hyp_where saw", entry.got, expected)
    return f"hyp_where ran at its VA 0x{expected:08x}"


def _runtime_call(seen: Observation) -> str:
    """The host part passes 0x1000000, 0x2300 and 0x45 to hyp_sum."""
    for entry in _entries(seen, "runtime.call"):
        same("the sum that hyp_sum returned", entry.got, 0x1000000 + 0x2300 + 0x45)
    return "hyp_sum took three arguments and returned their sum"


def _runtime_unknown(seen: Observation) -> str:
    return _refused(seen, "runtime.unknown")


def _slot(
    slot: Vector, steps: Iterable[str], expected: Callable[[ExceptionTaken], str | None], what: str
) -> Body:
    """A check that a slot was taken by the real events and that its handler recorded what the core raised.

    ``expected`` looks at one exception and returns what is wrong with it.
    """

    def body(seen: Observation) -> str:
        taken = [one for one in _in_runtime(seen) if one.slot == slot]
        expect(bool(taken), f"slot 0x{slot:02x} was never taken through the runtime vectors")
        for one in taken:
            wrong = expected(one)
            expect(wrong is None, f"{wrong} at {seen.image.symbolize(one.pc)}")
        raised = [(one.hsr, one.preferred_return, one.far or 0, one.cpu) for one in taken]
        recorded = [(one.hsr, one.elr, one.far, one.cpu) for one in seen.records if one.slot == slot]
        same(f"what the handler of slot 0x{slot:02x} recorded (HSR, ELR, FAR, CPU)", recorded, raised)
        for step in steps:
            for entry in _entries(seen, step):
                same(f"the slot that {step} came to", entry.got, int(slot))
        syndromes = ", ".join(dict.fromkeys(f"0x{one.hsr or 0:08x}" for one in taken))
        return f"{what}: taken {len(taken)} times, HSR {syndromes}, recorded as raised"

    return body


def _class_of(one: ExceptionTaken) -> int:
    return HSR.field("EC").get(one.hsr or 0)


def _undefined(one: ExceptionTaken) -> str | None:
    """DDI 0406C B3.13: an Undefined Instruction exception in Hyp mode reports EC 0."""
    return None if _class_of(one) == ExceptionClass.UNKNOWN else f"HSR.EC is {_class_of(one):#x}, not 0,"


def _call_in_hyp(one: ExceptionTaken) -> str | None:
    """SVC and HVC executed in Hyp mode share the slot and differ in EC."""
    known = (ExceptionClass.SVC, ExceptionClass.HVC)
    return None if _class_of(one) in known else f"HSR.EC is {_class_of(one):#x}, not SVC or HVC,"


def _translation_fault(one: ExceptionTaken) -> str | None:
    """The five low bits of ISS are the fault status, 0b0001LL for a translation fault at level LL."""
    status = HSR.field("ISS").get(one.hsr or 0) & 0x3F
    return None if status >> 2 == 0b0001 else f"the fault status is 0b{status:06b}, no translation fault,"


def _prefetch_abort(one: ExceptionTaken) -> str | None:
    if _class_of(one) != ExceptionClass.PREFETCH_ABORT_HYP:
        return f"HSR.EC is {_class_of(one):#x}, not a Prefetch Abort in Hyp mode,"
    return _translation_fault(one)


def _data_abort(one: ExceptionTaken) -> str | None:
    if _class_of(one) != ExceptionClass.DATA_ABORT_HYP:
        return f"HSR.EC is {_class_of(one):#x}, not a Data Abort in Hyp mode,"
    return _translation_fault(one)


def _call_from_pl1(one: ExceptionTaken) -> str | None:
    if _class_of(one) != ExceptionClass.HVC:
        return f"HSR.EC is {_class_of(one):#x}, not HVC,"
    return None if one.from_mode == Mode.SVC else f"it came from mode {one.from_mode:#x}, not from SVC,"


def _both_calls(seen: Observation) -> str:
    """Slot 0x08 must have been reached by SVC and by HVC."""
    said = _slot(
        Vector.SUPERVISOR_CALL, ("slot.08.svc", "slot.08.hvc"), _call_in_hyp, "SVC and HVC in Hyp mode"
    )(seen)
    classes = {_class_of(one) for one in _in_runtime(seen) if one.slot == Vector.SUPERVISOR_CALL}
    same("the set of HSR.EC", sorted(classes), sorted(map(int, (ExceptionClass.SVC, ExceptionClass.HVC))))
    return said


def _teardown_mmu_off(seen: Observation) -> str:
    """After each teardown M is 0, HVBAR is the stub's, and M went first."""
    off = [one for one in _hsctlr(seen) if _within(seen, one.pc, "hyp_teardown")]
    _rounds(len(off), "writes of HSCTLR by hyp_teardown")
    back = [one for one in seen.writes if one.name == "HVBAR" and _within(seen, one.pc, "hyp_teardown")]
    _rounds(len(back), "writes of HVBAR by hyp_teardown")
    for one in off:
        same("HSCTLR.M after it", one.value & HSCTLR.field("M").mask, 0)
    for one in back:
        same("HVBAR after it", one.value, seen.load_of("hyp_stub_vectors"))
    for first, second in zip(off, back, strict=True):
        expect(seen.writes.index(first) < seen.writes.index(second), "HVBAR was written while the MMU was on")
    _entries(seen, "teardown")
    return "M = 0 first, then HVBAR back to the stub's"


def _teardown_stub(seen: Observation) -> str:
    stub = seen.load_of("hyp_stub_vectors")
    for entry in _entries(seen, "teardown.stub"):
        same(f"HVBAR as the stub told it after round {entry.round}", entry.got, stub)
    return "the stub answers again"


def _reinit(seen: Observation) -> str:
    """The second round went through the same steps, with the same results."""
    rounds = [
        [(one.step, one.got) for one in seen.journal if one.round == number and one.name != "done"]
        for number in range(1, ROUNDS + 1)
    ]
    expect(bool(rounds[0]), "the journal has no first round")
    same("the steps of the second round", rounds[1], rounds[0])
    missing = {step.name for step in STEPS} - {one.name for one in seen.journal}
    expect(not missing, f"steps that never ran: {', '.join(sorted(missing))}")
    return f"a second init: all {len(rounds[1])} steps gave the same again"


def _end(seen: Observation) -> str:
    """The run ended where it should: at hypgen_done, by power-off or in the loop after it."""
    expect(seen.stop.kind in ("power-off", "loop"), f"it stopped: {seen.stop.sentence}")
    expect(_within(seen, seen.stop.pc, "hypgen_done"), f"it stopped at {seen.image.symbolize(seen.stop.pc)}")
    return seen.stop.sentence


_BODIES: dict[str, Body] = {
    "vectors.table": _vectors_table,
    "stub.get": _stub_get,
    "stub.unknown": _stub_unknown,
    "vectors.set": _vectors_set,
    "init.mmu_on": _init_mmu_on,
    "runtime.va": _runtime_va,
    "runtime.call": _runtime_call,
    "runtime.unknown": _runtime_unknown,
    "slot.04": _slot(Vector.UNDEFINED, ("slot.04.udf",), _undefined, "UDF in Hyp mode"),
    "slot.08": _both_calls,
    "slot.0c": _slot(Vector.PREFETCH_ABORT, ("slot.0c",), _prefetch_abort, "fetch from an unmapped VA"),
    "slot.10": _slot(Vector.DATA_ABORT, ("slot.10",), _data_abort, "load from an unmapped VA"),
    "slot.14": _slot(Vector.HYP_TRAP, (), _call_from_pl1, "HVC from SVC"),
    "teardown.mmu_off": _teardown_mmu_off,
    "teardown.stub": _teardown_stub,
    "reinit": _reinit,
    "end": _end,
}
"""Every check that looks at one run, in the order in which a reader wants them."""


def _entries(seen: Observation, step: str) -> list[JournalEntry]:
    """The journal's entries of ``step``, one for each round; anything else is a shortfall."""
    found = [one for one in seen.journal if one.name == step]
    if len(found) != ROUNDS:
        times = f"{len(found)} of {ROUNDS} rounds" if found else "never"
        raise ShortfallError(f"the host part came to the end of {step} {times}: {seen.stop.sentence}")
    return found


def _refused(seen: Observation, step: str) -> str:
    """A call that nobody knows gets the defined answer, the same each time."""
    answers = {entry.got for entry in _entries(seen, step)}
    same("the answer to an unknown call", sorted(answers), [0x0BADCA11])
    return "an unknown call is answered with 0x0badca11"


def _rounds(count: int, what: str) -> None:
    expect(count == ROUNDS, f"there were {count} {what}, expected {ROUNDS}")


def _hsctlr(seen: Observation) -> list[RegisterWrite]:
    return [one for one in seen.writes if one.name == "HSCTLR"]


def _in_runtime(seen: Observation) -> list[ExceptionTaken]:
    """The exceptions that were taken through the runtime vectors, at their VA."""
    table = seen.virtual_of("hyp_vectors")
    return [one for one in seen.exceptions if one.vector_pc == table + one.slot]


def _within(seen: Observation, pc: int, symbol: str) -> bool:
    """Whether ``pc``, virtual or load, belongs to ``symbol``."""
    found = seen.image.symbol_at(pc)
    return found is not None and found[0] == symbol
