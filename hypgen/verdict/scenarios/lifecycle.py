"""The scenario ``lifecycle``: stub, init, runtime, teardown, and all of it again, on the boot CPU.

Expected addresses come from the image's own symbols, expected syndromes from the architecture, and
what a handler recorded is compared with what the core raised. Nothing here knows the plan
(docs/decisions/0004-the-verdict-reads-the-image-not-the-plan.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.arch.psr import Mode
from hypgen.arch.registers import HSCTLR, HSR
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.verdict.check import NotRunError, expect, same, shown
from hypgen.verdict.common import COMMON
from hypgen.verdict.evidence import (
    answers,
    came_to_its_end,
    class_of,
    each_round,
    in_runtime,
    missing,
    refused,
    stopped_early,
    through,
    within,
    writes,
)
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.vectors import branch_targets

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


def _vectors_table(seen: Observation) -> str:
    """Eight branches to eight handlers, read from the linked bytes."""
    targets = branch_targets(seen, "hyp_vectors")
    same("the list of the handlers", [seen.image.symbolize(one) for one in targets], list(HANDLERS))
    return "eight branches to eight handlers; slot 0x00 goes to one that stops"


def _stub_get(seen: Observation) -> str:
    stub = seen.load_of("hyp_stub_vectors")
    answers(seen, "stub.get", stub, "HVBAR as the stub told it")
    return f"HVBAR is the load address of hyp_stub_vectors, 0x{stub:08x}"


def _stub_unknown(seen: Observation) -> str:
    return refused(seen, "stub.unknown")


def _vectors_set(seen: Observation) -> str:
    """The stub wrote HVBAR, with the address at which a CPU with its MMU off finds hyp-init."""
    expected = seen.load_of("hyp_init_vectors")
    by_stub = writes(seen, "HVBAR", "hyp_stub_trap")
    for one in by_stub:
        same("HVBAR as the stub set it", one.value, expected)
    each_round(seen, by_stub, "the stub wrote HVBAR")
    answers(seen, "vectors.set", 0, "the stub's answer")
    return f"hvc #0xff set HVBAR to 0x{expected:08x}, hyp_init_vectors as the MMU-off CPU knows it"


def _init_mmu_on(seen: Observation) -> str:
    """HSCTLR.M went from 0 to 1 in hyp-init, and the next exception came through the MMU."""
    on = [one for one in writes(seen, "HSCTLR") if one.value & HSCTLR.field("M").mask]
    for one in on:
        expect(within(seen, one.pc, "hyp_init"), f"the MMU was turned on at {seen.image.symbolize(one.pc)}")
    each_round(seen, on, "the Hyp MMU was turned on")
    answers(seen, "init", 0, "the answer of hyp-init")
    runtime = seen.virtual_of("hyp_vectors")
    # An init style may take exceptions of its own, after M = 1 and before the runtime's vectors.
    on_the_way = through(seen, "hyp_init_vectors")
    if "hyp_landing_vectors" in seen.image.symbols:
        on_the_way += through(seen, "hyp_landing_vectors")
    for one in on:
        later = [taken for taken in seen.exceptions[one.order :] if taken not in on_the_way][:1]
        expect(bool(later), "no exception was taken after the MMU came on")
        same("the first vector taken after it", later[0].vector_pc, runtime + Vector.HYP_TRAP)
    return f"M = 1 by hyp_init; the next HVC went to VA 0x{runtime + Vector.HYP_TRAP:08x}"


def _runtime_va(seen: Observation) -> str:
    expected = seen.virtual_of("hyp_where")
    answers(seen, "runtime.where", expected, "the PC that hyp_where saw")
    return f"hyp_where ran at its VA 0x{expected:08x}"


def _runtime_hsctlr(seen: Observation) -> str:
    """What the runtime reads in HSCTLR is what hyp-init wrote there."""
    on = writes(seen, "HSCTLR", "hyp_init")
    each_round(seen, on, "hyp_init wrote HSCTLR")
    answers(seen, "runtime.hsctlr", on[0].value, "HSCTLR as the runtime read it")
    return f"HSCTLR reads 0x{on[0].value:08x}, as hyp_init wrote it"


def _runtime_call(seen: Observation) -> str:
    """The host part passes 0x1000000, 0x2300 and 0x45 to hyp_sum."""
    answers(seen, "runtime.call", 0x1000000 + 0x2300 + 0x45, "the sum that hyp_sum returned")
    return "hyp_sum took three arguments and returned their sum"


def _runtime_unknown(seen: Observation) -> str:
    return refused(seen, "runtime.unknown")


def _slot(
    slot: Vector, steps: Iterable[str], expected: Callable[[ExceptionTaken], str | None], what: str
) -> Body:
    """A check that a slot was taken by the real events and that its handler recorded what the core raised.

    ``expected`` looks at one exception and returns what is wrong with it.
    """

    def body(seen: Observation) -> str:
        taken = [one for one in in_runtime(seen) if one.slot == slot]
        if not taken:
            raise missing(seen, f"slot 0x{slot:02x} was never taken through the runtime vectors")
        for one in taken:
            wrong = expected(one)
            expect(wrong is None, f"{wrong} at {seen.place_of(one)}")
        raised = [(one.hsr, one.preferred_return, one.far or 0, one.cpu) for one in taken]
        recorded = [(one.hsr, one.elr, one.far, one.cpu) for one in seen.records if one.slot == slot]
        same(f"what the handler of slot 0x{slot:02x} recorded (HSR, ELR, FAR, CPU)", recorded, raised)
        for step in steps:
            answers(seen, step, int(slot), f"the slot that {step} came to")
        syndromes = ", ".join(dict.fromkeys(f"0x{one.hsr or 0:08x}" for one in taken))
        return f"{what}: taken {len(taken)} times, HSR {syndromes}, recorded as raised"

    return body


def _undefined(one: ExceptionTaken) -> str | None:
    """DDI 0406C B3.13: an Undefined Instruction exception in Hyp mode reports EC 0."""
    return None if class_of(one) == ExceptionClass.UNKNOWN else f"HSR.EC is {class_of(one):#x}, not 0,"


def _call_in_hyp(one: ExceptionTaken) -> str | None:
    """SVC and HVC executed in Hyp mode share the slot and differ in EC."""
    known = (ExceptionClass.SVC, ExceptionClass.HVC)
    return None if class_of(one) in known else f"HSR.EC is {class_of(one):#x}, not SVC or HVC,"


def _translation_fault(one: ExceptionTaken) -> str | None:
    """The five low bits of ISS are the fault status, 0b0001LL for a translation fault at level LL."""
    status = HSR.field("ISS").get(one.hsr or 0) & 0x3F
    return None if status >> 2 == 0b0001 else f"the fault status is 0b{status:06b}, no translation fault,"


def _prefetch_abort(one: ExceptionTaken) -> str | None:
    if class_of(one) != ExceptionClass.PREFETCH_ABORT_HYP:
        return f"HSR.EC is {class_of(one):#x}, not a Prefetch Abort in Hyp mode,"
    return _translation_fault(one)


def _data_abort(one: ExceptionTaken) -> str | None:
    if class_of(one) != ExceptionClass.DATA_ABORT_HYP:
        return f"HSR.EC is {class_of(one):#x}, not a Data Abort in Hyp mode,"
    return _translation_fault(one)


def _call_from_pl1(one: ExceptionTaken) -> str | None:
    if class_of(one) != ExceptionClass.HVC:
        return f"HSR.EC is {class_of(one):#x}, not HVC,"
    return None if one.from_mode == Mode.SVC else f"it came from mode {one.from_mode:#x}, not from SVC,"


def _both_calls(seen: Observation) -> str:
    """Slot 0x08 must have been reached by SVC and by HVC."""
    said = _slot(
        Vector.SUPERVISOR_CALL, ("slot.08.svc", "slot.08.hvc"), _call_in_hyp, "SVC and HVC in Hyp mode"
    )(seen)
    classes = {class_of(one) for one in in_runtime(seen) if one.slot == Vector.SUPERVISOR_CALL}
    same("the set of HSR.EC", sorted(classes), sorted(map(int, (ExceptionClass.SVC, ExceptionClass.HVC))))
    return said


NOBODY = 0xFFFF_FFFF
"""What a handler records when the interrupt controller does not know who interrupts."""


def _interrupt(slot: Vector, steps: Mapping[str, tuple[Mode, int]], outside: str | None = None) -> Body:
    """A check that each of ``steps`` came to a slot once in each round, and that its handler recorded it.

    A step has the mode that it is interrupted in and the answer that the host part gets. In an image with
    the symbol ``outside`` the interrupt comes from there, and the controller does not know it.
    """

    def body(seen: Observation) -> str:
        if "host_send_irq" not in seen.image.symbols:
            raise NotRunError("no interrupt arrives: the board file has no interrupt controller")
        taken = [one for one in in_runtime(seen) if one.slot == slot]
        for step, (mode, answer) in steps.items():
            count = sum(one.from_mode == mode for one in taken)
            if count != seen.scenario.rounds:
                raise missing(seen, f"{step}: taken {count} times in mode {mode:#x}", begun=bool(count))
            answers(seen, step, answer, f"the answer of {step}")
        expect(len(taken) == len(steps) * seen.scenario.rounds, "an interrupt came that nobody sent")
        raised = [(one.preferred_return, one.cpu) for one in taken]
        records = [one for one in seen.records if one.slot == slot]
        recorded = [(one.elr, one.cpu) for one in records]
        same(f"what the handler of slot 0x{slot:02x} recorded (ELR, CPU)", recorded, raised)
        unknown = outside in seen.image.symbols
        for one in records:
            expect((one.hsr == NOBODY) == unknown, f"the controller told the handler {shown(one.hsr)}")
        who = "from outside the image" if unknown else f"interrupt {records[0].hsr}, acknowledged"
        modes = " and ".join(Mode(mode).name for mode, _ in steps.values())
        return f"taken {len(taken)} times, in mode {modes}: {who}"

    return body


def _teardown_mmu_off(seen: Observation) -> str:
    """After each teardown M is 0, HVBAR is the stub's, and M went first."""
    off = writes(seen, "HSCTLR", "hyp_teardown")
    back = writes(seen, "HVBAR", "hyp_teardown")
    for one in off:
        same("HSCTLR.M after it", one.value & HSCTLR.field("M").mask, 0)
    for one in back:
        same("HVBAR after it", one.value, seen.load_of("hyp_stub_vectors"))
    each_round(seen, off, "hyp_teardown wrote HSCTLR")
    each_round(seen, back, "hyp_teardown wrote HVBAR")
    for first, second in zip(off, back, strict=True):
        expect(seen.writes.index(first) < seen.writes.index(second), "HVBAR was written while the MMU was on")
    answers(seen, "teardown", 0, "the answer of hyp_teardown")
    return "M = 0 first, then HVBAR back to the stub's"


def _teardown_stub(seen: Observation) -> str:
    answers(seen, "teardown.stub", seen.load_of("hyp_stub_vectors"), "HVBAR as the stub told it")
    return "the stub answers again"


def _reinit(seen: Observation) -> str:
    """The second round went through all the steps of the first, with the same results."""
    first, second = (
        {one.name: one.got for one in seen.journal if one.round == number and one.name != "done"}
        for number in (1, seen.scenario.rounds)
    )
    for step, got in second.items():
        same(f"{step} in the second round", got, first.get(step, "not in the first"))
    wanted = {step.name for step in seen.scenario.steps} - {"done"} - (seen.scenario.optional - first.keys())
    lost = [step.name for step in seen.scenario.steps if step.name in wanted - second.keys()]
    if lost:
        raise missing(seen, f"steps that never ran a second time: {', '.join(lost)}", begun=bool(second))
    return f"a second init: all {len(second)} steps gave the same again"


def _end(seen: Observation) -> str:
    """The run ended where it should: at hypgen_done, by power-off or in the loop after it."""
    expect(came_to_its_end(seen), stopped_early(seen))
    return seen.stop.sentence


CHECKS: dict[str, Body] = {
    "vectors.table": _vectors_table,
    "stub.get": _stub_get,
    "stub.unknown": _stub_unknown,
    "vectors.set": _vectors_set,
    "init.mmu_on": _init_mmu_on,
    "runtime.va": _runtime_va,
    "runtime.hsctlr": _runtime_hsctlr,
    "runtime.call": _runtime_call,
    "runtime.unknown": _runtime_unknown,
    "slot.04": _slot(Vector.UNDEFINED, ("slot.04.udf",), _undefined, "UDF in Hyp mode"),
    "slot.08": _both_calls,
    "slot.0c": _slot(Vector.PREFETCH_ABORT, ("slot.0c",), _prefetch_abort, "fetch from an unmapped VA"),
    "slot.10": _slot(Vector.DATA_ABORT, ("slot.10",), _data_abort, "load from an unmapped VA"),
    "slot.14": _slot(Vector.HYP_TRAP, (), _call_from_pl1, "HVC from SVC"),
    "slot.18": _interrupt(Vector.IRQ, {"slot.18": (Mode.HYP, Vector.IRQ), "slot.18.pl1": (Mode.SVC, 0)}),
    "slot.1c": _interrupt(Vector.FIQ, {"slot.1c": (Mode.HYP, Vector.FIQ)}, outside="hyp_fiq_line"),
    "teardown.mmu_off": _teardown_mmu_off,
    "teardown.stub": _teardown_stub,
    "reinit": _reinit,
    "registers": COMMON["registers"],
    "end": _end,
}
"""Every check that looks at one run, in the order in which a reader wants them."""
