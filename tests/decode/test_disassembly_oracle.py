"""The whole instruction sets against GNU as and objdump, by what :func:`disassemble` says.

What as makes of a statement is the word it is of; and what objdump prints and as assembles to the same
word again is an instruction of ours.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from hypgen.decode.disassembly import Disassembly, Isa, disassemble
from hypgen.decode.table import is_32bit
from tests.decode import gnu, gnu_t32
from tests.decode.sweep import EACH, WITHOUT_WORDS, drawn, rows

IN_CI = 1 << 17
"""Words of each instruction set: 2^18 together."""
AT_NIGHT = 1 << 20
EQ_LAST = 0b0000_1000
"""ITSTATE in the last instruction of an IT EQ block."""


def foreign(printed: str, word: int, isa: Isa) -> bool:
    """What objdump knows and ARMv7-A does not have: HLT is of ARMv8, and a word of coprocessors 10 and 11
    that is no instruction of the extensions is UNDEFINED, not one of the generic instructions (A7.5)."""
    coprocessor = word >> 26 & 3 == 3 and word >> 24 & 15 != 15 and (isa == "a32" or word >> 29 == 7)
    return printed.startswith("hlt") or (coprocessor and word >> 9 & 7 == 5)


def not_reassembled(found: list[Disassembly], isa: Isa, directory: Path) -> list[str]:
    """The instructions whose statement as does not assemble to the same word."""
    made = [one for one in found if one.kind == "instruction"]
    if isa == "a32":
        words = gnu.assemble([one.statement for one in made], directory)
    else:
        words = gnu_t32.assemble([gnu_t32.Statement(one.statement) for one in made], directory)
    return [
        f"{one.word:#010x} {one.row}: {one.statement!r} is {got if isinstance(got, str) else hex(got)}"
        for one, got in zip(made, words, strict=True)
        if got != one.word
    ]


def not_decoded(found: list[Disassembly], isa: Isa, directory: Path) -> list[str]:
    """The words that GNU's tools know, and that are no instruction of ours."""
    left = [one for one in found if one.insn is None and one.kind != "not modelled"]
    words = [one.word for one in left]
    if isa == "a32":
        printed = gnu.disassemble(words, directory)
        again = gnu.assemble([line or "nop" for line in printed], directory)
    else:
        statements = gnu_t32.disassemble(words, directory)
        printed = [one.text for one in statements]
        shown = [one if one.text else gnu_t32.Statement("nop") for one in statements]
        again = gnu_t32.assemble(shown, directory)
    return [
        f"{one.word:#010x} {line}: {one.reason}"
        for one, line, got in zip(left, printed, again, strict=True)
        if line and got == one.word and not foreign(line, one.word, isa)
    ]


def check(words: list[int], isa: Isa, directory: Path) -> Counter[str]:
    """Compare the words; how many are of each row."""
    found = [disassemble(word, isa) for word in words]
    assert all(one.reason and one.row and one.manual for one in found if one.kind != "instruction")
    wrong = not_reassembled(found, isa, directory) + not_decoded(found, isa, directory)
    assert not wrong, "\n".join(wrong[:40])
    return Counter(one.row for one in found)


@pytest.mark.oracle
@pytest.mark.parametrize("isa", ["a32", "t32"])
def test_every_word_is_what_gnu_s_tools_have_it_be(isa, oracle_counter, tmp_path):
    words = list(drawn(isa, IN_CI, Random(20261129)))
    seen = check(words, isa, tmp_path)
    often = {row.name for row in rows(isa) if seen[row.name] >= EACH}
    assert {row.name for row in rows(isa)} - often == {row.name for row in rows(isa)} & WITHOUT_WORDS
    oracle_counter("decode-sweep")(len(words))
    oracle_counter("decode-sweep-rows")(len(often))


@pytest.mark.oracle
@pytest.mark.nightly
@pytest.mark.parametrize("isa", ["a32", "t32"])
@pytest.mark.parametrize("part", range(8))
def test_many_more_words_are_what_gnu_s_tools_have_them_be(isa, part, tmp_path):
    check(list(drawn(isa, AT_NIGHT // 8, Random(part))), isa, tmp_path)


@pytest.mark.oracle
@pytest.mark.parametrize("itstate", [0, EQ_LAST])
def test_every_halfword_is_what_gnu_s_tools_have_it_be(itstate, oracle_counter, tmp_path):
    halfwords = [one for one in range(1 << 16) if not is_32bit(one)]
    found = [disassemble(one, "t32", itstate=itstate) for one in halfwords]
    made = [one for one in found if one.kind == "instruction"]
    statements = []
    for one in made:
        around = gnu_t32.statement(one.insn)
        data = one.statement.startswith(".inst")
        statements.append(gnu_t32.Statement(one.statement, around.before, () if data else around.after))
    words = gnu_t32.assemble(statements, tmp_path)
    wrong = [
        (hex(one.word), one.statement, got) for one, got in zip(made, words, strict=True) if got != one.word
    ]
    assert not wrong, wrong[:40]
    missing = not_decoded(found, "t32", tmp_path)
    assert not missing, "\n".join(missing[:40])
    oracle_counter("decode-halfwords")(len(halfwords))
