"""Every row of the A32 and T32 tables: the words of GNU as, but for a reviewed list."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from hypgen.decode.table import Insn
from tests.asm.test_rows import word_of as a32_word
from tests.asm.test_thumb_rows import ROWS as THUMB_ROWS
from tests.asm.test_thumb_rows import some
from tests.asm.test_thumb_rows import word_of as t32_word
from tests.decode import gnu, gnu_t32
from tests.decode.samples import EXTENSION_ROWS, ROWS, samples

EACH = 64
"""Statements of each row, or all that it has."""
EACH_EXTENSION = 24
"""The same for VFP and Advanced SIMD, of which A32 and T32 have the same encodings."""
EQUAL = 0b0000_1000
MOST = 0.01
"""The part of all statements that may differ."""


class Difference(NamedTuple):
    """A row of the reviewed list."""

    code: str
    encoding: str
    statement: str
    theirs: str
    ours: str
    reason: str


LISTED = [
    Difference(*line.split("\t"))
    for line in Path(__file__).with_name("differences_rows.tsv").read_text().splitlines()
    if not line.startswith("#")
]


def shown(word: int | str) -> str:
    return "refused" if isinstance(word, str) else f"{word:#x}"


def of_a32(directory: Path) -> list[tuple[str, str, str, str]]:
    """Encoding, statement, GNU as's word and ours."""
    rows = [(row, EACH) for row in ROWS] + [(row, EACH_EXTENSION) for row in EXTENSION_ROWS]
    insns = [insn for row, count in rows for insn in samples(row, count, Random(row.name))]
    said = [gnu.statement(insn) for insn in insns]
    return [
        (insn.name, one, shown(theirs), shown(a32_word(one)))
        for insn, one, theirs in zip(insns, said, gnu.assemble(said, directory), strict=True)
    ]


def of_t32(directory: Path, insns: list[Insn]) -> list[tuple[str, str, str, str]]:
    """The same for T32."""
    said = [gnu_t32.statement(insn) for insn in insns]
    return [
        (insn.name, one.line, shown(theirs), shown(t32_word(one)))
        for insn, one, theirs in zip(insns, said, gnu_t32.assemble(said, directory), strict=True)
    ]


@pytest.mark.slow
@pytest.mark.oracle
def test_every_row_is_assembled_as_gnu_as_does_but_for_the_reviewed_list(oracle_counter, tmp_path):
    compared = of_a32(tmp_path)
    for itstate in (0, EQUAL):
        compared += of_t32(tmp_path, some(THUMB_ROWS, EACH, itstate))
    reviewed = {one.encoding for one in LISTED}
    different = [row for row in compared if row[2] != row[3]]
    assert [row for row in different if row[0] not in reviewed] == []
    assert [row for row in different if " p9, " not in row[1] and row[2] != "refused"] == []
    assert len(different) <= MOST * len(compared)
    oracle_counter("asm-rows")(len(compared))
    oracle_counter("asm-rows-different")(len(different))


@pytest.mark.oracle
@pytest.mark.parametrize("row", LISTED, ids=lambda row: f"{row.code} {row.encoding}")
def test_a_reviewed_difference_is_still_there(row, tmp_path):
    if row.code == "arm":
        (theirs,) = gnu.assemble([row.statement], tmp_path)
        ours = a32_word(row.statement)
    else:
        said = gnu_t32.Statement(row.statement)
        (theirs,) = gnu_t32.assemble([said], tmp_path)
        ours = t32_word(said)
    assert (shown(theirs), shown(ours)) == (row.theirs, row.ours), "review the row again, or remove it"


@pytest.mark.parametrize("row", LISTED, ids=lambda row: f"{row.code} {row.encoding}")
def test_ours_is_what_is_stored(row):
    ours = a32_word(row.statement) if row.code == "arm" else t32_word(gnu_t32.Statement(row.statement))
    assert shown(ours) == row.ours
