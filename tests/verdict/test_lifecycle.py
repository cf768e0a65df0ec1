"""Every check of the lifecycle passes on both boards, and each can fail, for its own reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hypgen.arch.exceptions import Vector
from hypgen.arch.psr import Mode
from hypgen.machine.machine import StopReason
from hypgen.verdict.check import Check, Outcome, shown
from hypgen.verdict.observation import Observation, RegisterWrite
from hypgen.verdict.verdict import run_checks as checks
from tests import images

NAMES = (
    *("vectors.table", "stub.get", "stub.unknown", "vectors.set", "init.mmu_on"),
    *("runtime.va", "runtime.hsctlr", "runtime.call", "runtime.unknown"),
    *("slot.04", "slot.08", "slot.0c", "slot.10", "slot.14", "slot.18", "slot.1c"),
    *("teardown.mmu_off", "teardown.stub", "reinit", "registers", "end"),
)
"""The names are an interface: CI jobs select by them."""

Doctor = Callable[[Observation], Observation]


def seen(name: str = "keystone") -> Observation:
    return images.verdict(name).runs[0]


def outcome(run: Observation, name: str) -> Check:
    return next(one for one in checks(run) if one.name == name)


def answer(step: str, got: int, rounds: tuple[int, ...] = (1, 2)) -> Doctor:
    """The host part got something else from a step."""

    def doctor(run: Observation) -> Observation:
        return replace(
            run,
            journal=tuple(
                one._replace(got=got) if one.name == step and one.round in rounds else one
                for one in run.journal
            ),
        )

    return doctor


def forget(step: str) -> Doctor:
    """The journal has a step once only, although the run came to its end."""

    def doctor(run: Observation) -> Observation:
        return replace(run, journal=tuple(one for one in run.journal if (one.name, one.round) != (step, 2)))

    return doctor


def write(register: str, symbol: str, **changes: int) -> Doctor:
    """The writes that the code of ``symbol`` made to a register were others."""

    def changed(run: Observation, one: RegisterWrite) -> RegisterWrite:
        found = run.image.symbol_at(one.pc)
        return one._replace(**changes) if one.name == register and found and found[0] == symbol else one

    return lambda run: replace(run, writes=tuple(changed(run, one) for one in run.writes))


def unwritten(register: str, symbol: str) -> Doctor:
    """The last of those writes never was."""

    def doctor(run: Observation) -> Observation:
        mine = [
            one
            for one in run.writes
            if one.name == register and (run.image.symbol_at(one.pc) or ("",))[0] == symbol
        ]
        return replace(run, writes=tuple(one for one in run.writes if one is not mine[-1]))

    return doctor


def taken(slot: Vector, **changes: int) -> Doctor:
    """The core raised something else."""
    return lambda run: replace(
        run, exceptions=tuple(one._replace(**changes) if one.slot == slot else one for one in run.exceptions)
    )


def recorded(slot: Vector, **changes: int) -> Doctor:
    """The handler recorded something else."""
    return lambda run: replace(
        run, records=tuple(one._replace(**changes) if one.slot == slot else one for one in run.records)
    )


def never_taken(slot: Vector) -> Doctor:
    return lambda run: replace(run, exceptions=tuple(one for one in run.exceptions if one.slot != slot))


def word(symbol: str, offset: int, value: int) -> Doctor:
    """The image has another word at an offset from a symbol."""

    def doctor(run: Observation) -> Observation:
        address = run.virtual_of(symbol) + offset
        segments = []
        for one in run.image.segments:
            if address in one.virtual_span:
                at = address - one.virtual
                one = replace(one, data=one.data[:at] + value.to_bytes(4, "little") + one.data[at + 4 :])
            segments.append(one)
        return replace(run, image=replace(run.image, segments=tuple(segments)))

    return doctor


def mmu_after_vectors(run: Observation) -> Observation:
    """Teardown put the stub back while the MMU was still on."""
    writes = list(run.writes)
    for index in range(len(writes) - 1):
        pair = writes[index : index + 2]
        if [one.name for one in pair] == ["HSCTLR", "HVBAR"] and not pair[0].value & 1:
            writes[index : index + 2] = reversed(pair)
    return replace(run, writes=tuple(writes))


def interrupted(**changes: object) -> Doctor:
    """The first exception that was no call changed something else."""
    return lambda run: replace(run, traps=(run.traps[0]._replace(**changes), *run.traps[1:]))


def stop(kind: str, sentence: str) -> Doctor:
    return lambda run: replace(run, stop=StopReason(kind, sentence, run.stop.pc))


FAILURES: list[tuple[str, Doctor, str]] = [
    ("vectors.table", word("hyp_vectors", 8, 0xE320F000), "slot 0x08 of hyp_vectors holds no branch"),
    ("vectors.table", word("hyp_vectors", 8, 0x0AFFFFFE), "slot 0x08 of hyp_vectors holds no branch"),
    (
        "vectors.table",
        word("hyp_vectors", 8, 0xEAFFFFFE),
        "the list of the handlers is (hyp_reset, hyp_undefined, hyp_vectors+0x8, hyp_prefetch_abort, "
        "hyp_data_abort, hyp_trap, hyp_irq, hyp_fiq), expected (hyp_reset, hyp_undefined, hyp_call_in_hyp, "
        "hyp_prefetch_abort, hyp_data_abort, hyp_trap, hyp_irq, hyp_fiq)",
    ),
    (
        "stub.get",
        answer("stub.get", 1),
        "HVBAR as the stub told it in round 1 is 0x00000001, expected {stub}",
    ),
    ("stub.get", forget("stub.get"), "the host part ended stub.get 1 times, expected 2"),
    (
        "stub.unknown",
        answer("stub.unknown", 5, (2,)),
        "the answer to an unknown call in round 2 is 0x00000005, expected 0x0badca11",
    ),
    (
        "vectors.set",
        write("HVBAR", "hyp_stub_trap", value=0x202000),
        "HVBAR as the stub set it is 0x00202000, expected {init}",
    ),
    ("vectors.set", unwritten("HVBAR", "hyp_stub_trap"), "the stub wrote HVBAR 1 times, expected 2"),
    (
        "vectors.set",
        answer("vectors.set", 9),
        "the stub's answer in round 1 is 0x00000009, expected 0x00000000",
    ),
    ("init.mmu_on", write("HSCTLR", "hyp_init", pc=0x1000), "the MMU was turned on at 0x00001000"),
    ("init.mmu_on", unwritten("HSCTLR", "hyp_init"), "the Hyp MMU was turned on 1 times, expected 2"),
    (
        "init.mmu_on",
        write("HSCTLR", "hyp_init", value=0x30C50830),
        "the Hyp MMU was turned on 0 times, expected 2",
    ),
    (
        "init.mmu_on",
        write("HSCTLR", "hyp_init", order=10**6),
        "no exception was taken after the MMU came on",
    ),
    (
        "init.mmu_on",
        taken(Vector.HYP_TRAP, vector_pc=0x14),
        "the first vector taken after it is 0x00000014, expected {trap}",
    ),
    (
        "init.mmu_on",
        answer("init", 9),
        "the answer of hyp-init in round 1 is 0x00000009, expected 0x00000000",
    ),
    (
        "runtime.va",
        answer("runtime.where", 0x80203000),
        "the PC that hyp_where saw in round 1 is 0x80203000, expected {where}",
    ),
    (
        "runtime.hsctlr",
        answer("runtime.hsctlr", 0),
        "HSCTLR as the runtime read it in round 1 is 0x00000000, expected {hsctlr}",
    ),
    ("runtime.hsctlr", unwritten("HSCTLR", "hyp_init"), "hyp_init wrote HSCTLR 1 times, expected 2"),
    (
        "runtime.call",
        answer("runtime.call", 0),
        "the sum that hyp_sum returned in round 1 is 0x00000000, expected 0x01002345",
    ),
    (
        "runtime.unknown",
        answer("runtime.unknown", 0),
        "the answer to an unknown call in round 1 is 0x00000000, expected 0x0badca11",
    ),
    ("slot.04", taken(Vector.UNDEFINED, hsr=0x46000000), "HSR.EC is 0x11, not 0, at hyp_probe_udf+0xc"),
    (
        "slot.04",
        never_taken(Vector.UNDEFINED),
        "slot 0x04 was never taken through the runtime vectors",
    ),
    (
        "slot.04",
        answer("slot.04.udf", 0x14),
        "the slot that slot.04.udf came to in round 1 is 0x00000014, expected 0x00000004",
    ),
    (
        "slot.08",
        taken(Vector.SUPERVISOR_CALL, hsr=0x02000000),
        "HSR.EC is 0x0, not SVC or HVC, at hyp_probe_svc+0xc",
    ),
    (
        "slot.08",
        answer("slot.08.hvc", 0x14),
        "the slot that slot.08.hvc came to in round 1 is 0x00000014, expected 0x00000008",
    ),
    (
        "slot.0c",
        taken(Vector.PREFETCH_ABORT, hsr=0x96000006),
        "HSR.EC is 0x25, not a Prefetch Abort in Hyp mode, at {unmapped}",
    ),
    (
        "slot.0c",
        taken(Vector.PREFETCH_ABORT, hsr=0x8600000E),
        "the fault status is 0b001110, no translation fault, at {unmapped}",
    ),
    (
        "slot.10",
        taken(Vector.DATA_ABORT, hsr=0x92000006),
        "HSR.EC is 0x24, not a Data Abort in Hyp mode, at hyp_probe_load+0x10",
    ),
    (
        "slot.10",
        taken(Vector.DATA_ABORT, hsr=0x96000010),
        "the fault status is 0b010000, no translation fault, at hyp_probe_load+0x10",
    ),
    (
        "slot.14",
        taken(Vector.HYP_TRAP, from_mode=Mode.USR),
        "it came from mode 0x10, not from SVC, at {first_call}",
    ),
    ("slot.14", taken(Vector.HYP_TRAP, hsr=0x02000000), "HSR.EC is 0x0, not HVC, at {first_call}"),
    ("slot.18", never_taken(Vector.IRQ), "slot.18: taken 0 times in mode 0x1a"),
    (
        "slot.18",
        taken(Vector.IRQ, from_mode=Mode.HYP),
        "slot.18: taken 4 times in mode 0x1a",
    ),
    ("slot.18", recorded(Vector.IRQ, hsr=0xFFFF_FFFF), "the controller told the handler 0xffffffff"),
    (
        "slot.18",
        recorded(Vector.IRQ, elr=4, cpu=1),
        "what the handler of slot 0x18 recorded (ELR, CPU) is ((0x00000004, 0x00000001), "
        "(0x00000004, 0x00000001), (0x00000004, 0x00000001), (0x00000004, 0x00000001)), expected {irqs}",
    ),
    (
        "slot.18",
        answer("slot.18.pl1", 2),
        "the answer of slot.18.pl1 in round 1 is 0x00000002, expected 0x00000000",
    ),
    ("slot.1c", never_taken(Vector.FIQ), "slot.1c: taken 0 times in mode 0x1a"),
    ("slot.1c", recorded(Vector.FIQ, hsr=1), "the controller told the handler 0x00000001"),
    (
        "slot.1c",
        answer("slot.1c", 0xFFFF_FFFF),
        "the answer of slot.1c in round 1 is 0xffffffff, expected 0x0000001c",
    ),
    (
        "teardown.mmu_off",
        write("HSCTLR", "hyp_teardown", value=0x30C50831),
        "HSCTLR.M after it is 0x00000001, expected 0x00000000",
    ),
    (
        "teardown.mmu_off",
        write("HVBAR", "hyp_teardown", value=0),
        "HVBAR after it is 0x00000000, expected {stub}",
    ),
    ("teardown.mmu_off", mmu_after_vectors, "HVBAR was written while the MMU was on"),
    (
        "teardown.mmu_off",
        unwritten("HSCTLR", "hyp_teardown"),
        "hyp_teardown wrote HSCTLR 1 times, expected 2",
    ),
    ("teardown.mmu_off", unwritten("HVBAR", "hyp_teardown"), "hyp_teardown wrote HVBAR 1 times, expected 2"),
    (
        "teardown.mmu_off",
        answer("teardown", 9),
        "the answer of hyp_teardown in round 1 is 0x00000009, expected 0x00000000",
    ),
    (
        "teardown.stub",
        answer("teardown.stub", 0),
        "HVBAR as the stub told it in round 1 is 0x00000000, expected {stub}",
    ),
    (
        "reinit",
        answer("runtime.call", 7, (2,)),
        "runtime.call in the second round is 0x00000007, expected 0x01002345",
    ),
    ("reinit", forget("slot.0c"), "steps that never ran a second time: slot.0c"),
    (
        "registers",
        interrupted(changed={"r7": (1, 2)}),
        "CPU 0: Undefined at hyp_probe_udf+0xc changed r7 from 0x00000001 to 0x00000002",
    ),
    ("end", stop("lock-up", "PrefetchAbort for ever"), "it stopped early: PrefetchAbort for ever"),
    (
        "end",
        lambda run: replace(run, stop=run.stop._replace(place=run.virtual_of("hyp_init"))),
        "it stopped early: {stop}",
    ),
]
SHARED = [
    (name, recorded(slot, **{field: value}), field)
    for name, slot in (
        ("slot.04", Vector.UNDEFINED),
        ("slot.08", Vector.SUPERVISOR_CALL),
        ("slot.0c", Vector.PREFETCH_ABORT),
        ("slot.10", Vector.DATA_ABORT),
        ("slot.14", Vector.HYP_TRAP),
    )
    for field, value in (("hsr", 1), ("elr", 2), ("far", 3), ("cpu", 3))
]
"""What a handler may record wrongly."""


def places(run: Observation) -> dict[str, str]:
    """Addresses of this image, as the sentences have them."""
    on = next(one for one in run.writes if one.name == "HSCTLR" and one.value & 1)
    call = next(one for one in run.exceptions if one.vector_pc == run.virtual_of("hyp_vectors") + one.slot)
    unmapped = next(one for one in run.exceptions if one.slot == Vector.PREFETCH_ABORT)
    return {
        "stub": f"0x{run.load_of('hyp_stub_vectors'):08x}",
        "init": f"0x{run.load_of('hyp_init_vectors'):08x}",
        "trap": f"0x{run.virtual_of('hyp_vectors') + 0x14:08x}",
        "where": f"0x{run.virtual_of('hyp_where'):08x}",
        "hsctlr": f"0x{on.value:08x}",
        "unmapped": f"0x{unmapped.pc:08x}",
        "irqs": shown([(one.preferred_return, 0) for one in run.exceptions if one.slot == Vector.IRQ]),
        "first_call": run.image.symbolize(call.pc),
        "stop": run.stop.sentence,
    }


@pytest.mark.parametrize("board", images.BOARDS)
def test_everything_passes(board: str) -> None:
    assert [one.name for one in checks(seen(board)) if one.outcome is not Outcome.PASS] == []


@pytest.mark.parametrize("board", images.BOARDS)
def test_the_names_of_the_checks_are_stable(board: str) -> None:
    assert tuple(one.name for one in checks(seen(board))) == NAMES


def test_every_check_has_a_way_to_fail() -> None:
    assert {name for name, _, _ in FAILURES} == {*NAMES}


@pytest.mark.parametrize(("name", "doctor", "reason"), FAILURES, ids=[f"{n}-{r}" for n, _, r in FAILURES])
def test_a_check_fails_and_says_why(name: str, doctor: Doctor, reason: str) -> None:
    run = seen()
    assert outcome(doctor(run), name) == Check(name, Outcome.FAIL, reason.format(**places(run)))


@pytest.mark.parametrize(("name", "doctor", "field"), SHARED, ids=[f"{n}-{f}" for n, _, f in SHARED])
def test_a_record_that_is_not_what_was_raised_fails_its_slot(name: str, doctor: Doctor, field: str) -> None:
    found = outcome(doctor(seen()), name)
    what = f"what the handler of slot 0x{name[-2:]} recorded (HSR, ELR, FAR, CPU) is ("
    assert found.outcome is Outcome.FAIL
    assert found.reason.startswith(what)


def test_a_refusal_that_means_success_is_none() -> None:
    run = seen()
    journal = tuple(
        one._replace(got=0, expected=0) if one.name == "stub.unknown" else one for one in run.journal
    )
    found = outcome(replace(run, journal=journal), "stub.unknown")
    assert found.reason == "an unknown call is answered with 0, which means success"


def test_slot_08_needs_both_of_its_events() -> None:
    run = seen()
    svc = next(one.hsr for one in run.exceptions if one.slot == Vector.SUPERVISOR_CALL)
    doctored = taken(Vector.SUPERVISOR_CALL, hsr=svc)(recorded(Vector.SUPERVISOR_CALL, hsr=svc)(run))
    assert outcome(doctored, "slot.08").reason == (
        "the set of HSR.EC is (0x00000011), expected (0x00000011, 0x00000012)"
    )


def test_an_image_without_a_symbol_fails_the_checks_that_need_it() -> None:
    run = seen()
    symbols = {name: one for name, one in run.image.symbols.items() if name != "hyp_where"}
    found = outcome(replace(run, image=replace(run.image, symbols=symbols)), "runtime.va")
    assert found == Check("runtime.va", Outcome.FAIL, "the image has no symbol hyp_where")


def test_a_run_cut_short_says_why_once() -> None:
    """Checks that the run never came to say so briefly; the reason is in ``end``."""
    run = images.verdict("keystone", "virt_to_phys").runs[0]
    reasons = {one.name: one.reason for one in checks(run) if one.outcome is Outcome.FAIL}
    at_once = ("stub.get", "stub.unknown")
    assert {reasons.pop(name) for name in at_once} == {"not reached in the second round"}
    assert reasons.pop("vectors.set") == "HVBAR as the stub set it is 0x00202000, expected 0x80202000"
    assert reasons.pop("end") == f"it stopped early: {run.stop.sentence}"
    assert {*reasons} == {*NAMES[4:16], "teardown.mmu_off", "teardown.stub", "reinit"}
    assert {*reasons.values()} == {"not reached"}
