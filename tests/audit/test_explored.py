"""The boot sequences of the field with every legal outcome played: each finding is confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.verdict.audit import as_json, as_text, audit
from hypgen.verdict.contract import EntryContract
from hypgen.verdict.exploring import Bound, Played
from tests.audit import test_variants as variants
from tests.audit.test_audit import CASES, EXPECTED, board, build

NO_OUTCOMES = frozenset({"RES-006", "RES-007"})
"""Rules of these sequences that name no outcome: a bit without effect, and what is UNPREDICTABLE."""


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "repaired"), CASES)
def test_each_finding_is_confirmed_and_no_outcome_of_a_repaired_sequence_ends_otherwise(
    name: str, repaired: bool, tmp_path: Path
):
    terms = EntryContract(mode=EXPECTED[name].get("mode", "hyp"), tlb="unknown", caches="clean")
    made = audit(board(), build(name, repaired, tmp_path), f"{name}.elf", terms, explore=Bound())
    found = made.exploration
    assert found is not None
    assert not found.bounded
    for rule, played in {one.rule: found.of(one) for one in made.findings}.items():
        expected = Played.NOT_PLAYED if rule in NO_OUTCOMES else Played.CONFIRMED
        assert (rule, played) == (rule, expected)
    assert found.diverged == any(one.rule not in NO_OUTCOMES for one in made.findings)
    assert found.summary in as_text(made)
    assert as_json(made)["exploration"]["summary"] == found.summary


NOT_CONFIRMED = {
    "guest_mmu": {"WALK-001"},  # the walk that reads the old descriptor faults, which has the guest try again
    "stage2": {"CTX-009"},  # the other VMID has no entries yet that TLBIALL would have to remove
}
"""Rules of a sequence for which no outcome ends otherwise in what it does afterwards."""
UNPLAYED = ("TLB-005", "CACHE-007", "RES", "ALIGN", "STATE", "SMP")
"""Rules, or families, that may name no outcome to play."""


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize(("name", "drop"), variants.CASES)
def test_a_missing_step_is_confirmed_and_no_outcome_of_a_whole_sequence_ends_otherwise(
    name: str, drop: int, tmp_path: Path
):
    made = variants.audited(name, drop, tmp_path, Bound())
    found = made.exploration
    assert found is not None
    assert found.diverged <= bool(made.findings)
    for one in made.findings:
        played = found.of(one)
        if one.rule not in NOT_CONFIRMED.get(name, ()) and not (
            played is Played.NOT_PLAYED and one.rule.startswith(UNPLAYED)
        ):
            assert played is Played.CONFIRMED, one.rule
