"""Words that GNU as made of other people's statements print as these statements again."""

import re
from pathlib import Path

import pytest

from hypgen.decode.table import decode_a32
from hypgen.decode.text import text

STATEMENTS = [
    line.split("\t")
    for line in Path(__file__).with_name("a32_statements.tsv").read_text().splitlines()
    if not line.startswith("#")
]
OTHER_NAMES = {"r13": "sp", "r14": "lr", "r15": "pc", "sb": "r9", "sl": "r10", "fp": "r11", "ip": "r12"}


def plain(statement: str) -> str:
    """A statement without what is only spelling: case, spaces, number bases, register names."""
    mnemonic, _, operands = statement.lower().replace("#", "").partition(" ")
    operands = re.sub(r"0x[0-9a-f]+", lambda match: str(int(match[0], 16)), operands)
    operands = re.sub(r"\w+", lambda match: OTHER_NAMES.get(match[0], match[0]), operands)
    return f"{mnemonic} {re.sub(r'[ ]', '', operands)}"


@pytest.mark.parametrize(("word", "statement"), STATEMENTS)
def test_a_word_prints_as_the_statement_it_came_from(word, statement):
    insn = decode_a32(int(word, 16))
    assert insn is not None
    assert plain(text(insn)) == plain(statement)
