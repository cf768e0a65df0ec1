"""Every legal outcome, played: needed barriers are confirmed, redundant ones proven so."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from hypgen.emulator.strict.findings import Finding
from hypgen.errors import Severity
from hypgen.machine.exploring import Bound
from hypgen.machine.loader import read_image
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario
from hypgen.selftest.bench import Setting, prepared
from hypgen.verdict.check import Outcome
from hypgen.verdict.exploring import (
    Divergence,
    Exploration,
    Played,
    Step,
    explore,
    explore_run,
    under_fillings,
)
from hypgen.verdict.report import as_json, as_text
from hypgen.verdict.sarif import as_sarif
from hypgen.verdict.verdict import Verdict, judge_image, with_exploration
from tests import images
from tests.sarif import check_sarif

NOP = bytes.fromhex("00f020e3")


def without(instruction: str, number: int = 0) -> bytes:
    """Keystone's image without one instruction (its word in hexadecimal) of hyp_init."""
    elf = images.compiled("keystone").elf
    image = read_image(elf, "keystone.elf")
    symbol = image.symbols["hyp_init"]
    segment = next(one for one in image.segments if symbol.address in one.virtual_span)
    start = elf.index(segment.data) + symbol.address - segment.virtual
    code = elf[start : start + symbol.size]
    word = bytes.fromhex(instruction)
    at = [index for index in range(0, len(code), 4) if code[index : index + 4] == word][number]
    return elf[: start + at] + NOP + elf[start + at + 4 :]


@cache
def explored(instruction: str | None = None, number: int = 0, *, bound: Bound | None = None) -> Exploration:
    """Explore keystone's image, or that without one instruction of hyp_init."""
    made = images.compiled("keystone")
    elf = made.elf if instruction is None else without(instruction, number)
    image = read_image(elf, "keystone.elf", made.image.lines)
    return explore(image, load_scenario("lifecycle", None), board=images.board("keystone"), bound=bound)


DSB_NSH, ISB, TLBIALLH = "47f07ff5", "6ff07ff5", "170f88ee"


def test_all_outcomes_of_the_shipped_image_end_the_same():
    found = explored()
    assert not found.diverged
    assert not found.bounded
    assert found.outcomes == 1
    assert found.points > 0
    assert found.summary.endswith("0 of which can be told apart: all end the same; bound not reached")


@pytest.mark.parametrize(
    ("instruction", "rule", "what"),
    [
        (TLBIALLH, "TLB-001", "hits a TLB entry from before reset"),
        (DSB_NSH, "TLB-002", "hits a TLB entry from before reset"),
        (ISB, "CTX-001", "goes by the old value of HTTBR"),
    ],
)
def test_what_is_needed_is_confirmed_by_an_outcome_that_ends_otherwise(instruction, rule, what):
    found = explored(instruction)
    assert found.diverged
    first = next(one for one in found.divergences if what in one.steps[-1].what)
    assert what in first.steps[-1].what
    assert first.steps[-1].symbol.startswith("hyp_init")
    assert first.steps[-1].rules[0] == rule
    assert first.difference.startswith("it ends with branch to itself")
    shown = found.divergences[0]
    assert found.trace == (*map(str, shown.steps), shown.difference)
    confirmed = [name for name, played in found.played.items() if played is Played.CONFIRMED]
    assert rule in {name[0] for name in confirmed}


def test_an_isb_before_an_exception_return_is_proven_redundant():
    found = explored(ISB, 1)
    assert not found.diverged
    assert not found.bounded


def test_a_bound_that_is_reached_is_reported():
    found = explored(ISB, bound=Bound(outcomes=1))
    assert found.bounded
    assert found.summary.endswith("bound reached (outcomes: 1)")
    assert Played.UNDECIDED in found.played.values()


# -- fillings ---------------------------------------------------------------------------------------
NAME = ("CACHE-003", 0, 0x8000)
FOUND = Finding("CACHE-003", Severity.ERROR, "a line may be evicted", 0x8000, 0)
NONE = Exploration(1, 2, 0, 0, 10, (), (), (), {}, {}, {})


def test_the_complement_is_explored_only_for_what_the_first_filling_does_not_confirm():
    asked = []
    way = Divergence((), "r0 is 0x1")
    confirmed = replace(NONE, divergences=(way,), played={NAME: Played.CONFIRMED}, ways={NAME: way})

    def explored(complement: bool) -> Exploration:
        asked.append(complement)
        return confirmed if complement else NONE

    assert under_fillings(explored, []) is NONE
    assert asked == [False]
    both = under_fillings(explored, [FOUND])
    assert asked == [False, False, True]
    assert (both.of(FOUND), both.way(FOUND), both.outcomes) == (Played.CONFIRMED, way, 2)
    assert under_fillings(lambda complement: confirmed, [FOUND]) is confirmed


def test_that_two_fillings_end_otherwise_is_an_outcome():
    assert NONE.of(replace(FOUND, rule="UNK-001")) is Played.CONFIRMED
    assert NONE.of(FOUND) is Played.NOT_MET


def test_a_path_that_goes_round_for_ever_is_not_followed_to_the_limit():
    # The handler comes back to the HVC, which has no instruction behind it that ends the round.
    round_trip = (
        "adr r0, 2f\n set HVBAR, r0\n isb\n1: hvc #0\n b 1b\n .balign 32\n2: .rept 8\n eret\n .endr\n"
    )
    found = explore_run(prepared(round_trip, Setting()), limit=10_000_000)
    assert (found.diverged, found.bounded) == (False, False)


def test_an_old_value_is_read_by_one_instruction_of_a_block_and_not_by_those_behind_it():
    code = "mov r0, #0\n ATS1HR r0\n get PAR, r1\n mov r1, #0\n get PAR, r2\n isb\n"
    found = explore_run(prepared(code, Setting()), limit=10_000)
    assert found.outcomes == 3  # each of the two reads sees it, and is the only one that does
    (((way,),), (other,)) = [one.steps for one in found.divergences], found.same
    assert way.what == other.what == "the instruction goes by the old value of PAR_NS"
    assert way.pc == other.pc + 8


# -- reports ---------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def broken() -> Verdict:
    """The verdict on keystone's image without the DSB after TLBIALLH, explored."""
    made, image = images.compiled("keystone"), without(DSB_NSH)
    verdict = judge_image(images.board("keystone"), image, "keystone.elf", lines=made.image.lines)
    return with_exploration(verdict, explored(DSB_NSH))


def test_a_verdict_shows_below_each_finding_what_playing_it_has_shown(broken):
    text = as_text(broken)
    way = broken.exploration.way(broken.findings[0])
    assert f"  played: confirmed: {way.difference}, when\n    {way.steps[0]}\n" in text
    assert f"  {broken.exploration.summary}\n" in text


def test_json_and_sarif_carry_it(broken):
    report = as_json(broken)
    assert report["exploration"]["diverged"] is True
    assert report["exploration"]["bounds_reached"] == []
    assert report["exploration"]["divergences"][0]["steps"][0]["rules"] == ["TLB-002"]
    played = report["findings"][0]["played"]
    assert played["status"] == "confirmed"
    assert played["way"] == report["exploration"]["divergences"][0]
    log = as_sarif("keystone.elf", broken.findings, (), [broken.exploration])
    check_sarif(log)
    (result,) = log["runs"][0]["results"]
    assert result["properties"] == {"played": "confirmed"}
    assert [flow["threadFlows"][0]["id"] for flow in result["codeFlows"]] == ["CPU 0", "CPU 0, played"]
    assert result["codeFlows"][1]["message"]["text"].startswith(
        "an outcome that ends otherwise: it ends with"
    )


def test_reports_without_exploring_say_nothing_of_it():
    verdict = images.verdict("keystone")
    assert "exploration" not in as_json(verdict)
    assert "explored" not in as_text(verdict)


def test_an_outcome_that_no_finding_names_fails_the_verdict():
    verdict = images.verdict("keystone")
    step = Step("the fetch goes by the old value of HVBAR", 0, 0x80201000, "_start", None, ("CTX-001",))
    found = replace(explored(), divergences=(Divergence((step,), "it ends with a loop"),))
    check = images.check(with_exploration(verdict, found), "explored")
    assert check.outcome is Outcome.FAIL
    assert check.reason == (
        "the fetch goes by the old value of HVBAR, which no finding names: it ends with a loop"
    )


def test_a_fault_driven_enable_is_played_with_the_fault_and_without_and_ends_the_same():
    scenario = load_scenario("style-fault", None)
    options = replace(PlanOptions(), scenario="style-fault")
    made = compile_image(images.board("keystone"), options=options, embed=False)
    image = read_image(made.elf, "keystone.elf", made.image.lines)
    found = explore(image, scenario, board=images.board("keystone"))
    assert found.outcomes > 2
    assert not found.diverged
    assert not found.bounded
    assert any("the old value of HSCTLR" in one for one in found.trace)
