"""The verdict as a whole: both boards pass, strict findings fail, and nothing may hang on UNKNOWN state."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.emulator.strict.findings import Finding
from hypgen.errors import Severity
from hypgen.machine.machine import Machine, StopReason
from hypgen.pipeline.building import compile_image
from hypgen.verdict.check import Outcome, failed
from hypgen.verdict.observation import Observation, observe
from hypgen.verdict.profile import Profile, Suppression, load_profile
from hypgen.verdict.verdict import judge_image, judge_runs, under_profile
from tests import images

FINDING = Finding("CTX-001", Severity.ERROR, "HVBAR is used before an ISB", 0x80201000)


@pytest.mark.parametrize("board", images.BOARDS)
def test_the_shipped_boards_are_verified(board: str) -> None:
    verdict = images.verdict(board)
    assert verdict.passed
    assert verdict.diagnosis == ""
    assert images.check(verdict, "strict").reason == "no finding"
    assert (
        images.check(verdict, "unknown").reason
        == "equal behaviour under one UNKNOWN filling and its complement and any schedule, "
        "as one CPU executes alone"
    )


@pytest.mark.parametrize(("young", "seen"), [(700, 50_000), (60_000, 60_000), (0, 0)])
def test_a_run_collects_seldom_and_leaves_the_collector_as_it_was(
    young: int, seen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where whoever embeds it has it switched off."""
    during = []
    start = Machine.run
    monkeypatch.setattr(
        Machine, "run", lambda *args, **named: during.append(gc.get_threshold()[0]) or start(*args, **named)
    )
    before = gc.get_threshold()
    gc.set_threshold(young, *before[1:])
    try:
        judge_image(images.verdict("qemu-virt").runs[0].board, images.compiled("qemu-virt").elf, "again")
        assert gc.get_threshold() == (young, *before[1:])
    finally:
        gc.set_threshold(*before)
    assert set(during) == {seen}


def test_the_wrong_translation_makes_no_difference_where_memory_is_below_4_gib() -> None:
    right, wrong = (images.verdict("qemu-virt", one) for one in images.TRANSLATIONS)
    assert right.checks == wrong.checks
    assert [run.console for run in right.runs] == [run.console for run in wrong.runs]


@pytest.mark.parametrize("board", images.BOARDS)
def test_a_run_in_which_the_schedule_decides_nothing_is_that_of_every_schedule(board: str) -> None:
    """What the verdict rests on when it runs an image of the boot CPU under one schedule only."""
    first, complemented = images.verdict(board).runs
    assert not first.scheduled
    assert not complemented.scheduled
    made = images.compiled(board)
    for seed in (2, 3, 77):
        again = observe(
            first.board,
            made.elf,
            "again",
            scenario=first.scenario,
            unknown_seed=1,
            complement=False,
            schedule_seed=seed,
        )
        assert not again.scheduled
        assert shown(again) == shown(first)


def shown(seen: Observation) -> tuple[object, ...]:
    """All that a run shows, as values that compare."""
    return (
        *(seen.stop, seen.instructions, seen.exceptions, seen.writes, seen.journal, seen.records),
        *(seen.console, seen.findings, seen.calls, seen.traps, seen.vectors),
    )


def judged(findings: tuple[Finding, ...]) -> tuple[Outcome, str]:
    runs = [replace(run, findings=findings) for run in images.verdict("qemu-virt").runs]
    found = images.check(judge_runs(images.board("qemu-virt"), *runs), "strict")
    return found.outcome, found.reason


def test_a_broken_strict_rule_fails_the_image() -> None:
    tlb = replace(FINDING, rule="TLB-001")
    assert judged((FINDING, tlb, FINDING)) == (
        Outcome.FAIL,
        "rules broken: CTX-001, TLB-001; see the findings",
    )


def test_a_warning_does_not() -> None:
    warning = replace(FINDING, severity=Severity.WARNING)
    assert judged((warning,)) == (Outcome.PASS, "no rule broken; warnings: CTX-001")


def other_hsr(run: Observation) -> Observation:
    first = run.exceptions[0]._replace(hsr=1)
    return replace(run, exceptions=(first, *run.exceptions[1:]))


DIFFERENCES: list[tuple[str, Callable[[Observation], Observation], str]] = [
    (
        "stop",
        lambda run: replace(run, stop=StopReason("limit", "too long", 0)),
        "the stop reason under the complement is limit at 0x00000000, expected {end}",
    ),
    (
        "syndrome",
        other_hsr,
        "exception 0 under the complement is slot 0x14 with HSR 0x00000001, returning to {first}, "
        "expected slot 0x14 with HSR 0x4a0000ff, returning to {first}",
    ),
    (
        "one exception less",
        lambda run: replace(run, exceptions=run.exceptions[:-1]),
        "exceptions under the complement: {fewer}, expected {all}",
    ),
    (
        "journal",
        lambda run: replace(run, journal=run.journal[:-1]),
        "the host part's journal differs under the complement",
    ),
    (
        "records",
        lambda run: replace(run, records=run.records[:-1]),
        "the handlers' records differ under the complement",
    ),
    (
        "console",
        lambda run: replace(run, console=run.console.replace("cpu0 done", "cpu0 gone")),
        "the console differs: 'cpu0 done: both rounds are over' against 'cpu0 gone: both rounds are over'",
    ),
    (
        "longer console",
        lambda run: replace(run, console=run.console + "more\n"),
        "the console differs: one ends earlier",
    ),
    (
        "outcomes",
        lambda run: replace(run, writes=()),
        "checks that come out differently under the complement: vectors.set, init.mmu_on, runtime.hsctlr, "
        "teardown.mmu_off",
    ),
    (
        "findings",
        lambda run: replace(run, findings=(FINDING,)),
        "the rules broken under the complement is (CTX-001), expected ()",
    ),
]


@pytest.mark.parametrize(
    ("change", "reason"), [one[1:] for one in DIFFERENCES], ids=[one[0] for one in DIFFERENCES]
)
def test_any_difference_under_the_complement_fails(
    change: Callable[[Observation], Observation], reason: str
) -> None:
    first, second = images.verdict("qemu-virt").runs
    verdict = judge_runs(images.board("qemu-virt"), first, change(second))
    values = {
        "end": f"{first.stop.kind} at {first.image.symbolize(first.stop.pc)}",
        "first": first.image.symbolize(first.exceptions[0].preferred_return),
        "all": len(first.exceptions),
        "fewer": len(first.exceptions) - 1,
    }
    assert [(one.name, one.reason) for one in failed(verdict.checks) if one.name != "strict"] == [
        ("unknown", reason.format(**values))
    ]


def test_an_image_that_prints_an_unknown_register_fails(tmp_path: Path) -> None:
    """r5 is UNKNOWN at entry, and nothing has written it when the host part begins."""
    prints = "        mov     r0, r5\n        bl      host_hex\n        bl      host_newline\n{{ super() }}"
    templates = images.overlay(tmp_path / "templates", "host.S", "stub_get", prints)
    board = images.board("keystone")
    made = compile_image(board, templates=templates)
    verdict = judge_image(board, made.elf, "keystone.elf", unknown_seed=7, lines=made.image.lines)
    (only,) = failed(verdict.checks)
    words = [int(run.console.splitlines()[1], 16) for run in verdict.runs]
    assert words[0] ^ words[1] == 0xFFFF_FFFF
    assert only.name == "unknown"
    differs, origin, use = only.reason.split("; ")
    assert differs == f"the console differs: '0x{words[0]:08x}' against '0x{words[1]:08x}'"
    assert origin.startswith("r5 of CPU 0, which nothing has given a value, decides it by bit ")
    assert use.startswith("used first at host_hex")
    assert "(templates/uart.S:" in use


def test_a_profile_and_werror_decide_what_a_finding_counts_for() -> None:
    finding = Finding("RES-001", Severity.WARNING, "a sentence", 0x1000)
    plain = replace(images.verdict("qemu-virt"), findings=(finding,))
    assert under_profile(plain, Profile()).passed
    assert not under_profile(plain, Profile(), werror=True).passed
    assert not under_profile(plain, load_profile("pedantic")).passed
    aside = under_profile(plain, Profile(suppressions=[Suppression("RES-001", "", "known")]), werror=True)
    assert aside.passed
    assert images.check(aside, "strict").reason == "no finding; 1 suppressed"
    assert aside.suppressed == ((finding, "known"),)
