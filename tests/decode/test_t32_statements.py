"""Words that GNU as made of statements decode, print as these statements again, and encode again."""

from collections import defaultdict
from pathlib import Path

import pytest

from hypgen.decode.table import Insn
from tests.decode.gnu_t32 import statement
from tests.decode.samples import NARROW_ROWS, WIDE_ROWS, decode_thumb


def _stored() -> dict[str, list[tuple[Insn, str]]]:
    """The instructions of the file and their statements, by row."""
    found = defaultdict(list)
    for line in Path(__file__).with_name("t32_statements.tsv").read_text().splitlines():
        if not line.startswith("#"):
            itstate, word, printed = line.split("\t")
            insn = decode_thumb(int(word, 16), int(itstate, 16))
            assert insn is not None, line
            found[insn.name].append((insn, printed))
    return found


STORED = _stored()


@pytest.mark.parametrize("row", [row.name for row in (*NARROW_ROWS, *WIDE_ROWS)])
def test_words_of_a_row_print_as_the_statements_they_came_from(row):
    assert [statement(insn).text for insn, _ in STORED[row]] == [printed for _, printed in STORED[row]]
    assert [insn.unpredictable for insn, _ in STORED[row]] == [None] * len(STORED[row])


def test_every_row_is_stored():
    assert {row.name for row in (*NARROW_ROWS, *WIDE_ROWS)} == STORED.keys()
    assert sum(map(len, STORED.values())) > 3000


def test_fields_encode_to_the_word_they_came_from():
    for insns in STORED.values():
        for insn, _ in insns:
            assert insn.encoding.encode(insn.encoding.fields(insn.word)) == insn.word
