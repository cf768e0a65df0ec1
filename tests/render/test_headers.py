"""Every block of the generated sources says how it is entered and left, and what it changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from hypgen.board.load import load_board
from hypgen.plan.image import plan_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import load_scenario, scenario_names
from hypgen.render.sources import render_sources

RULE = "@ " + "-" * 96
SAID = ("entry", "exit", "clobbers")


def shortcomings(text: str) -> Iterator[str]:
    """The functions whose header, the last before them, does not name them or does not say all."""
    header: list[str] = []
    inside = False
    for line in text.splitlines():
        if line == RULE:
            inside = not inside
            header = [] if inside else header
        elif inside:
            header.append(line)
        elif declared := re.match(r"\s+\.type\s+(\w+), %function", line):
            name = declared[1]
            title = "\n".join(header).split("\n@   ")[0]
            missing = [one for one in SAID if not any(row.startswith(f"@   {one} ") for row in header)]
            if not re.search(rf"\b{name}\b", title):
                yield f"{name}: no header"
            elif missing:
                yield f"{name}: its header has no {' and no '.join(missing)}"


@pytest.mark.parametrize(
    ("board", "name"),
    [
        pytest.param(board, name, marks=() if board == "keystone" else pytest.mark.slow)
        for board in ("keystone", "rpi2")
        for name in scenario_names()
        if not load_scenario(name).missing(load_board(board))
    ],
)
def test_every_function_says_how_it_is_entered_and_left(board: str, name: str) -> None:
    for source in render_sources(plan_image(load_board(board), PlanOptions(scenario=name))):
        assert [f"{source.name}: {one}" for one in shortcomings(source.text)] == []


def test_a_header_that_says_too_little_is_found() -> None:
    def block(header: str) -> str:
        return f"{RULE}\n{header}\n{RULE}\n        .type   hyp_do, %function\nhyp_do:\n"

    whole = "@ hyp_do: something\n@   entry     any\n@   exit      returns\n@   clobbers  nothing"
    assert list(shortcomings(block(whole))) == []
    for said in SAID:
        part = "\n".join(row for row in whole.split("\n") if said not in row)
        assert list(shortcomings(block(part))) == [f"hyp_do: its header has no {said}"]
    assert list(shortcomings(block(whole.replace("@ hyp_do", "@ hyp_other")))) == ["hyp_do: no header"]
