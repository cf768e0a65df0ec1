"""`hypgen mutate`: which mutants there are, what kills one, and that a stopped run goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.errors import Location
from hypgen.machine.loader import read_image
from hypgen.mutation import campaign as campaigns
from hypgen.mutation import images, store
from hypgen.mutation.barriers import barrier_mutants
from hypgen.mutation.bench import Subject, executed
from hypgen.mutation.bench import reached as reached_by
from hypgen.mutation.campaign import Campaign, Row, run_campaign
from hypgen.mutation.code import code_of
from hypgen.mutation.controls import control_mutants
from hypgen.mutation.descriptors import descriptor_mutants
from hypgen.mutation.form import marks_of
from hypgen.mutation.images import Image
from hypgen.mutation.intent import deviations
from hypgen.mutation.judging import Judge, Result
from hypgen.mutation.mutant import Mutant, Written, patched
from hypgen.mutation.policy import is_scaffold
from hypgen.mutation.table import as_html, as_json, as_text, score, summary, survivors
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario
from hypgen.render.sources import RenderedSource
from hypgen.verdict.profile import Profile, Suppression
from hypgen.verdict.verdict import judge_image
from tests.images import board, compiled

LIFECYCLE = Image("qemu-virt", "lifecycle")


@pytest.fixture(scope="module")
def subject():
    made = compiled("qemu-virt")
    return Subject(
        board("qemu-virt"), load_scenario("lifecycle"), made.elf, "qemu-virt.elf", tuple(made.image.lines)
    )


@pytest.fixture(scope="module")
def reached(subject):
    return executed(subject)


@pytest.fixture(scope="module")
def every(subject, reached):
    return list(barrier_mutants(code_of(subject.image, reached)))


@pytest.fixture(scope="module")
def judge(subject, reached, every):
    return Judge(subject, {one.site: reached[one.site].places for one in every})


def _one(every, symbol, subject, change):
    return next(
        one
        for one in every
        if (one.symbol.partition("+")[0], one.subject, one.change) == (symbol, subject, change)
    )


def test_barriers_and_maintenance_that_are_executed_have_mutants(every):
    found = {(one.symbol.partition("+")[0], one.subject.split()[0], one.change) for one in every}
    assert {
        ("hyp_init", "mcr", "removed"),
        ("hyp_init", "mcr", "swapped with dsb nsh"),
        ("hyp_init", "dsb", "removed"),
        ("hyp_init", "dsb", "waits for stores only"),
        ("hyp_init", "dsb", "DMB in its place"),
        ("hyp_init", "isb", "removed"),
    } <= found
    assert len({one.key for one in every}) == len(every)


def test_a_mutant_changes_its_words_and_nothing_else(subject, every):
    for mutant in every:
        changed = patched(subject.elf, subject.image, mutant)
        differs = {at & ~3 for at, (a, b) in enumerate(zip(subject.elf, changed, strict=True)) if a != b}
        assert len(differs) == len(mutant.words)
        image = read_image(changed)
        for address, word in mutant.words:
            segment = next(one for one in image.segments if address in one.virtual_span)
            assert segment.data[address - segment.virtual :][:4] == word.to_bytes(4, "little")


def test_a_missing_dsb_is_killed_by_its_rule_and_goes_unnoticed_otherwise(every, judge):
    mutant = _one(every, "hyp_init", "dsb nsh", "removed")
    assert judge.judge(mutant) == Result("rule", ("TLB-002",), functional=False)
    assert judge.problems() == ()


@pytest.mark.parametrize(
    "profile",
    [
        Profile("ignoring", {"TLB-002": None}),
        Profile("suppressing", suppressions=[Suppression("TLB-002", "hyp_init", "known")]),
    ],
    ids=lambda one: one.name,
)
def test_what_a_profile_does_not_count_neither_kills_nor_keeps_an_image_from_being_judged(
    subject, reached, every, profile
):
    """The image that lacks the DSB is then one that is clean, of which other mutants are killed."""
    mutant = _one(every, "hyp_init", "dsb nsh", "removed")
    other = _one(every, "hyp_init", "mcr p15, 4, r0, c8, c7, 0", "removed")
    lacking = replace(subject, elf=patched(subject.elf, subject.image, mutant))
    sites = {one.site: reached[one.site].places for one in (mutant, other)}
    assert Judge(lacking, sites).problems() == ("TLB-002",)
    counting = Judge(replace(lacking, profile=profile), sites)
    assert counting.problems() == ()
    assert counting.glance(other) == Result("rule", ("TLB-001",), functional=False)
    assert not Judge(replace(subject, profile=profile), sites).glance(mutant).killed


def test_results_under_another_profile_are_another_question(subject):
    ignoring = replace(subject, profile=Profile("x", {"TLB-002": None}))
    aside = replace(subject, profile=Profile("x", suppressions=[Suppression("TLB-002", "", "known")]))
    assert len({images._digest(one) for one in (subject, ignoring, aside)}) == 3
    again = replace(subject, profile=Profile("y", suppressions=[Suppression("TLB-002", "", "other words")]))
    assert images._digest(aside) == images._digest(again)


def test_a_line_is_judged_in_each_place_of_a_function(every):
    """Of bits of control registers, which are one wherever boot code gives them, it is the last."""
    mutant = _one(every, "hyp_init", "dsb nsh", "removed")
    found = images._by_key([mutant, replace(mutant, site=mutant.site + 8)])
    assert [one.site - mutant.site for one in found.values()] == [0, 8]
    assert list(found) == [mutant.key, f"{mutant.key} | place 2"]
    bit = replace(mutant, kind=2)
    assert list(images._by_key([bit, replace(bit, site=8)]).values()) == [replace(bit, site=8)]


def test_the_code_of_a_second_image_is_no_other_place(every):
    mutant = _one(every, "hyp_init", "dsb nsh", "removed")
    second = replace(mutant, symbol=f"second_{mutant.symbol}", site=8)
    assert list(images._by_key([mutant, second]).items()) == [(mutant.key, second)]


def test_what_exploring_cannot_play_is_not_called_equivalent(every, judge):
    """Neither the order in which CPUs see accesses, nor a bit that nobody uses."""
    mutant = _one(every, "hyp_init", "dsb nsh", "removed")
    for one in (replace(mutant, subject="dmb ish"), replace(mutant, kind=2)):
        assert judge.explore(one) == Result("survived")


def test_a_mutant_that_goes_on_from_the_middle_shows_what_its_whole_run_shows(subject, every, judge):
    """The state before the site is that of a run from reset, in all that is observed afterwards."""
    for change in ("removed", "DMB in its place", "swapped with isb sy"):
        mutant = _one(every, "hyp_init", "dsb nsh", change)
        whole = judge_image(subject.board, patched(subject.elf, subject.image, mutant), "whole.elf")
        assert judge.judge(mutant).names == tuple(dict.fromkeys(one.rule for one in whole.findings))
    of_form = [one for one in every if one.symbol.startswith("hyp_init") and one.subject == "isb sy"]
    survivor = of_form[-1]
    whole = judge_image(subject.board, patched(subject.elf, subject.image, survivor), "whole.elf")
    bench = judge._bench((1, False))
    seen = bench.play(survivor)
    first = whole.runs[0]
    assert (seen.console, seen.exceptions, seen.writes, seen.journal, seen.records, seen.calls) == (
        first.console,
        first.exceptions,
        first.writes,
        first.journal,
        first.records,
        first.calls,
    )
    assert (seen.instructions, seen.stop, seen.findings) == (first.instructions, first.stop, first.findings)


@pytest.fixture
def few(monkeypatch):
    """A campaign of few mutants: those of the DSB in hyp-init."""
    whole = images._mutants

    def some(*arguments):
        return [one for one in whole(*arguments) if one.subject == "dsb nsh" and one.kind == 1]

    images._MADE.clear()
    monkeypatch.setattr(images, "_mutants", some)
    yield
    images._MADE.clear()
    images._JUDGES.clear()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_campaign_judges_keeps_and_goes_on(few, tmp_path, monkeypatch, jobs):
    state = tmp_path / "state.jsonl"
    told = []
    made = run_campaign([LIFECYCLE], state, jobs=jobs, progress=lambda *one: told.append(one))
    assert {row.result for row in made.rows} == {Result("rule", ("TLB-002",)), Result("rule", ("TLB-003",))}
    assert [row.seen_in for row in made.rows] == ["qemu-virt lifecycle"] * 4
    assert not made.problems
    assert not survivors(made)
    assert told[0] == (0, 4, "qemu-virt lifecycle")
    assert told[-1] == (4, 4, "")

    # A run that was stopped while it wrote goes on: one result is missing, and is all that is judged.
    lines = state.read_text().splitlines(keepends=True)
    state.write_text("".join(lines[:3]) + lines[3][:20])
    judged = []
    inner = images.judge_batch
    monkeypatch.setattr(campaigns, "judge_batch", lambda batch: (judged.extend(batch.keys), inner(batch))[1])
    again = run_campaign([LIFECYCLE], state)
    assert again.rows == made.rows
    assert len(judged) == 1

    # What another hypgen judged counts for nothing, nor does anything with ``fresh``.
    judged.clear()
    monkeypatch.setattr(store, "tool_digest", lambda: "another")
    run_campaign([LIFECYCLE], state)
    assert len(judged) == 4
    judged.clear()
    run_campaign([LIFECYCLE], state, fresh=True)
    assert len(judged) == 4


def test_a_scenario_that_the_board_cannot_have_is_said_to_be_missing(tmp_path):
    made = run_campaign([Image("rpi2", "world-gich")], tmp_path / "state.jsonl")
    assert made.rows == ()
    assert "no GIC" in made.missing["rpi2 world-gich"]


def test_an_image_that_is_not_clean_itself_judges_no_mutant(few, tmp_path, monkeypatch):
    monkeypatch.setattr(Judge, "problems", lambda self: ("TLB-001",))
    made = run_campaign([LIFECYCLE], tmp_path / "state.jsonl")
    assert made.problems == {"qemu-virt lifecycle": ("TLB-001",)}
    assert {row.result.by for row in made.rows} == {"not executed"}


def test_lines_for_form_and_probes_are_marked_in_their_comments():
    place = Location("templates/init.S", 3)
    source = RenderedSource("init.S", "isb @ form, B3.2.2: why", (place,))
    assert marks_of([source]).form == {"templates/init.S:3": "B3.2.2"}
    assert marks_of([RenderedSource("init.S", "isb @ formal", (place,))]).form == {}
    for line in ("mcr @ probe: traps", "mcr @ TLBIALL, probe"):
        assert marks_of([RenderedSource("init.S", line, (place,))]).probes == {"templates/init.S:3"}


def _row(line, result, *, kind=1, form="", asked=""):
    mutant = Mutant(kind, "removed", "isb sy", "hyp_init", Location("templates/init.S", line), 0, asked=asked)
    return Row(mutant, ("b lifecycle",), result, "b lifecycle", form)


def test_the_table_in_all_formats():
    rows = (
        _row(1, Result("survived")),
        _row(2, Result("rule", ("TLB-002",), functional=True)),
        _row(3, Result("survived"), form="B3.2.2"),
        _row(4, None, kind=3, asked="HTCR_VALUE asks for it"),
        _row(5, Result("check", ("end",))),
    )
    table = Campaign(("b",), ("lifecycle",), rows, {}, {"b world-gich": "no GIC"})
    assert [row.mutant.location.line for row in survivors(table)] == [1]
    assert score(table) == pytest.approx(2 / 3)
    text = as_text(table)
    assert "SURVIVED" in text
    assert "form, B3.2.2" in text
    assert "HTCR_VALUE asks for it" in text
    assert "b world-gich: no such image: no GIC" in text
    assert summary(table) == (
        "b: 1 scenario: 4 mutants: 1 killed by a rule, 1 by a check, 1 of form, 1 survived, "
        "1 of policy, not scored; score 66%; a functional run notices 1"
    )
    data = json.loads(json.dumps(as_json(table)))
    assert [one["verdict"] for one in data["mutants"]] == ["survived", "rule", "form", "policy", "check"]
    assert data["mutants"][1]["killed_in"] == "b lifecycle"
    assert data["counts"]["functional"] == 1
    page = as_html(table)
    assert page.count("<tr") == 6
    assert '<tr class="survived">' in page


def test_the_state_file_is_made_where_nothing_is(tmp_path: Path):
    store.Store(tmp_path / "a" / "b" / "state.jsonl", fresh=False)
    assert (tmp_path / "a" / "b" / "state.jsonl").read_text() == ""


# -- control registers and descriptors ---------------------------------------------------------------------
@pytest.fixture(scope="module")
def uses():
    made = compile_image(board("qemu-virt"), options=PlanOptions(scenario="uses"), embed=False)
    lines = tuple(made.image.lines)
    return made, Subject(board("qemu-virt"), load_scenario("uses"), made.elf, "uses.elf", lines)


def _control(subject, code, register, field, symbol):
    constants = {"HTCR_VALUE": 0}
    every = control_mutants(code_of(subject.image, code), constants)
    change = f"{register}.{field} inverted"
    return next(one for one in every if one.change == change and one.symbol.partition("+")[0] == symbol)


def test_bits_of_control_registers_are_killed_by_whoever_uses_them(uses):
    _, subject = uses
    code = reached_by(subject).code
    mutants = [
        _control(subject, code, register, field, symbol)
        for register, field, symbol in (
            ("HCR", "TVM", "_start"),  # a trap that should not arrive
            ("HSTR", "T13", "_start"),
            ("CNTHCTL", "PL1PCTEN", "_start"),
            ("HSCTLR", "A", "hyp_init"),  # a load that is not aligned must pass
            ("HSCTLR", "CP15BEN", "hyp_init"),
            ("SCTLR", "EE", "_start"),
        )
    ]
    judge = Judge(subject, {one.site: code[one.site].places for one in mutants})
    for mutant in mutants:
        assert (mutant.kind, judge.judge(mutant).killed) == (2, True), mutant.change
    policy = _control(subject, code, "HTCR", "ORGN0<0>", "hyp_init")
    assert (policy.kind, policy.asked) == (3, "policy: HTCR_VALUE; compared by intent.HTCR")


def test_bits_of_descriptors_are_killed_by_whoever_uses_them(uses):
    made, subject = uses
    code = reached_by(subject).code
    site = subject.image.symbols["hyp_init"].address
    every = list(descriptor_mutants(subject.image, site, "hyp_tables", made.plan.tables))
    judge = Judge(subject, {site: code[site].places})
    for what, change in (
        ("rx", "AP[2] inverted"),  # a store to code must fault
        ("rw", "XN inverted"),  # as must a branch to data
        ("memory", "AttrIndx<0> inverted"),  # a load that is not aligned must not
        ("level 3 table of .hyp.text", "valid inverted"),
    ):
        (mutant,) = [one for one in every if (one.subject, one.change) == (f"descriptor: {what}", change)]
        assert judge.judge(mutant).killed, (what, change)
    assert {one.kind for one in every if one.change == "SH<0> inverted"} == {3}


def test_policy_is_compared_with_the_plan(uses):
    made, subject = uses
    writes = reached_by(subject).writes
    constants = {one.name: one.value for one in made.plan.named_constants}
    assert not list(deviations(constants, writes))
    (value,) = {one.value for one in writes if one.name == "HTCR"}
    assert list(deviations(constants, [Written("HTCR", value ^ 1 << 8, 0)])) == ["intent.HTCR"]
    assert list(deviations({}, [Written("HSCTLR", 4, 0)])) == ["intent.HSCTLR"]


def test_a_step_that_compares_a_register_with_the_plan_kills_nothing(subject, reached):
    """HSCTLR.C is policy, but would fail lifecycle's step runtime.hsctlr: that is answered for the image."""
    code = code_of(subject.image, reached)
    mutant = next(
        one
        for one in control_mutants(code, {})
        if one.change == "HSCTLR.FI inverted" and one.symbol.startswith("hyp_init")
    )
    judge = Judge(subject, {mutant.site: reached[mutant.site].places})
    assert judge.judge(mutant) == Result("survived")


def test_places_are_named_alike_wherever_hypgen_is_called(tmp_path, monkeypatch):
    """So what was judged before is found again, and what is not mutated does not depend on it."""
    here = images.prepare(LIFECYCLE).prepared
    monkeypatch.chdir(tmp_path)
    images._MADE.clear()
    assert images.prepare(LIFECYCLE).prepared == here
    assert all(one.place.startswith("hypgen/") for one in here.mutants)
    assert {name.partition(":")[0] for name in here.forms} == {"hypgen/init.S"}


def test_programs_that_use_what_is_under_test_are_not_mutated():
    assert is_scaffold("hypgen/world/guest.inc", "SCTLR")
    assert not is_scaffold("hypgen/init.S", "SCTLR")


def test_of_the_world_switch_what_hyp_mode_gives_is_mutated():
    """And not what a world had itself and gets back."""
    assert is_scaffold("hypgen/world/switch.S", "SCTLR")
    assert not is_scaffold("hypgen/world/switch.S", "HCR")
