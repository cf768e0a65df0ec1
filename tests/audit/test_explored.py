"""The boot sequences of the field with every legal outcome played: each finding is confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.verdict.audit import as_json, as_text, audit
from hypgen.verdict.contract import EntryContract
from hypgen.verdict.exploring import Bound, Played
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
    assert {one.rule: found.of(one) for one in made.findings} == {
        one.rule: Played.NOT_PLAYED if one.rule in NO_OUTCOMES else Played.CONFIRMED for one in made.findings
    }
    assert found.diverged == any(one.rule not in NO_OUTCOMES for one in made.findings)
    assert found.summary in as_text(made)
    assert as_json(made)["exploration"]["summary"] == found.summary
