"""Planted defects with all outcomes played: confirmed, or there is none to play; no twin ends otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hypgen.selftest.bench import LIMIT, prepared
from hypgen.selftest.defects import Defect, defects
from hypgen.verdict.exploring import Exploration, Played, explore_run

NO_OUTCOMES = {
    "TLB-005": "which of two entries for one address is hit, or both, is UNPREDICTABLE",
    "RES": "the manual gives the instruction or the descriptor no meaning, or it has no effect yet",
    "ALIGN": "UNPREDICTABLE",
    "STATE": "a promise of the image, broken as it runs",
    "CACHE-006": "two memory types of one location: what is lost then, the manual does not say",
}
"""Rules, or families, whose findings name no outcome, and why."""
ENDS_THE_SAME = {"data used after HSCTLR.M without an ISB": "what is read past the cache is what was stored"}
"""Defects whose outcomes end the same in their few lines."""


def explored(defect: Defect, clean: bool) -> Exploration:
    setting = replace(defect.setting, second=defect.second(clean))
    return explore_run(prepared(defect.source(clean), setting), limit=LIMIT)


def expected(defect: Defect, rule: str) -> Played:
    if rule in NO_OUTCOMES or rule.partition("-")[0] in NO_OUTCOMES:
        return Played.NOT_PLAYED
    return Played.NOT_CONFIRMED if defect.name in ENDS_THE_SAME else Played.CONFIRMED


@pytest.mark.slow
@pytest.mark.parametrize("defect", list(defects()), ids=lambda one: one.name)
def test_a_defect_is_confirmed_and_its_twin_ends_in_one_way(defect: Defect):
    found = explored(defect, clean=False)
    rules = [rule for rule in defect.rules if rule != "UNK-001"]  # which the complement shows
    assert {rule: played for (rule, _, _), played in found.played.items()} == {
        rule: expected(defect, rule) for rule in rules
    }
    assert not found.bounded
    twin = explored(defect, clean=True)
    assert (twin.played, twin.diverged, twin.bounded) == ({}, False, False)


def test_what_has_no_outcome_is_there_for_a_defect():
    rules = {rule for one in defects() for rule in one.rules}
    assert all(any(rule.startswith(name) for rule in rules) for name in NO_OUTCOMES)
    assert set(ENDS_THE_SAME) <= {one.name for one in defects()}
