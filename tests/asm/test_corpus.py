"""Byte equality with GNU as over a corpus of statements, but for a reviewed list."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from hypgen.errors import InputError, Location
from tests.asm.gnu import COMMAND, Made, assembled_by_gnu, each_alone

HERE = Path(__file__).parent
MOST_DIFFERENCES = 50
"""Statements of the corpus that the reviewed list may cover: a thousandth of all that are compared with
GNU as, here and in test_rows_oracle."""


@cache
def corpus() -> list[tuple[str, str]]:
    lines = (HERE / "a32_corpus.tsv").read_text().splitlines()
    return [tuple(line.split("\t", 1)) for line in lines if "\t" in line and not line.startswith("# A32")]


@cache
def differences() -> list[tuple[re.Pattern[str], str]]:
    lines = (HERE / "differences.tsv").read_text().splitlines()
    rows = [line.split("\t", 1) for line in lines if not line.startswith("#")]
    return [(re.compile(pattern), reason) for pattern, reason in rows]


def reviewed(statement: str) -> bool:
    return any(pattern.fullmatch(statement) for pattern, _ in differences())


@cache
def ours(statement: str) -> str:
    try:
        made = assemble(AsmSource("x.s", f".syntax unified\n{statement}\n"))
    except InputError as error:
        return "error" if error.location == Location("x.s", 2, error.location.column) else "error elsewhere"
    return "".join(bytes(one.data).hex() for one in made.sections.values() if one.name != ".note")


def test_every_statement_is_as_stored_or_on_the_reviewed_list():
    wrong = [
        f"{statement}: {ours(statement)}, GNU as {expected}"
        for statement, expected in corpus()
        if ours(statement) != expected and not reviewed(statement)
    ]
    assert wrong == []


def test_the_reviewed_list_only_refuses():
    """A difference is an error where GNU as has bytes; never other bytes."""
    listed = [one for one, expected in corpus() if reviewed(one) and ours(one) != expected]
    assert {ours(statement) for statement in listed} == {"error"}
    assert len(listed) <= MOST_DIFFERENCES


@pytest.mark.parametrize("row", differences(), ids=lambda row: row[0].pattern)
def test_every_row_of_the_reviewed_list_is_still_needed(row):
    pattern, _ = row
    needed = [one for one, expected in corpus() if pattern.fullmatch(one) and ours(one) != expected]
    assert needed, "no statement needs this row any more: remove it"


@pytest.mark.oracle
def test_gnu_as_still_says_what_is_stored(oracle_counter, tmp_path):
    """The stored bytes are GNU as's, now: instructions in one run, directives each in their own."""
    instructions = [row for row in corpus() if re.match(r"[A-Za-z]", row[0]) and ":" not in row[0]]
    instructions = [row for row in instructions if ".req" not in row[0]]
    others = [row for row in corpus() if row not in instructions]
    found = each_alone([statement for statement, _ in instructions], tmp_path)
    unequal = [
        (row, bytes_found)
        for row, bytes_found in zip(instructions, found, strict=True)
        if bytes_found != row[1]
    ]
    assert unequal == []
    for statement, expected in others:
        made = assembled_by_gnu(f".syntax unified\n{statement}\n", tmp_path)
        if isinstance(made, Made):
            contents = [one[1] for name, one in made.sections.items() if not name.startswith(".note")]
            assert "".join(contents) == expected, statement
        else:
            assert expected == "error", (statement, COMMAND)
    oracle_counter("asm-corpus")(len(corpus()))
    different = [one for one, expected in corpus() if ours(one) != expected]
    oracle_counter("asm-corpus-different")(len(different))
