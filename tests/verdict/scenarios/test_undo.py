"""Whichever CPU it is that cannot have Hyp mode, exactly the CPUs before it undo theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.pipeline.verifying import verify_scenarios
from hypgen.verdict.check import Outcome
from hypgen.verdict.verdict import Verdict

UNDO = ("undo-stack", "undo-mode", "undo-vectors")


def verified(board: object, name: str, templates: Path | None = None) -> Verdict:
    (verdict,) = verify_scenarios(board, name, templates=templates)  # type: ignore[arg-type]
    assert {one.name: one.reason for one in verdict.checks if one.outcome is not Outcome.PASS} == {}
    assert list(verdict.findings) == []
    return verdict


def reason(verdict: Verdict, check: str) -> str:
    return next(one.reason for one in verdict.checks if one.name == check)


@pytest.mark.slow
@pytest.mark.parametrize("failing", [1, 3])
@pytest.mark.parametrize("name", UNDO)
def test_the_cpus_before_another_one_undo_theirs(name: str, failing: int, tmp_path: Path) -> None:
    overlay = tmp_path / "scenarios" / "undo.S"
    overlay.parent.mkdir()
    block = f"{{% block failing %}}\n        .equ    FAILING, {failing}\n{{% endblock %}}\n"
    overlay.write_text('{% extends "hypgen/scenarios/undo.S" %}\n' + block)
    found = reason(verified("keystone", name, tmp_path), "init.before")
    assert found == f"CPUs 0 to {failing - 1} had Hyp mode when CPU {failing} could not have it"


@pytest.mark.parametrize(
    "name", ["undo-stack", *(pytest.param(one, marks=pytest.mark.slow) for one in UNDO[1:])]
)
def test_of_two_cpus_the_second_cannot_and_nobody_comes_after_it(name: str) -> None:
    board = load_board("keystone")
    clusters = (board.cpus.clusters[0].model_copy(update={"cores": 2}),)
    two = board.model_copy(update={"cpus": board.cpus.model_copy(update={"clusters": clusters})})
    verdict = verified(two, name)
    assert reason(verdict, "undo.reverse") == "undone from CPU 0 down to CPU 0"
    assert "init.skipped" not in {one.name for one in verdict.runs[0].journal}
