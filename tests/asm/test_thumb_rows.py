"""Every row of the T32 tables, as text, assembles to the word that it was printed from."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest

from hypgen.arch.encoding import Encoding
from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from hypgen.decode.table import Insn, is_32bit
from hypgen.errors import InputError
from tests.decode.gnu_t32 import Statement, statement
from tests.decode.samples import NARROW_ROWS, WIDE_ROWS, decode_thumb, samples

ROWS = tuple(row for row in (*NARROW_ROWS, *WIDE_ROWS) if row.syntax != "<word>")
EQUAL = 0b0000_1000
"""ITSTATE in the only instruction of an IT EQ block."""
ANOTHER_ENCODING = {
    "ADD (immediate) T1": "T2 is taken, with its larger immediate, when Rd is Rn",
    "SUB (immediate) T1": "T2 is taken, with its larger immediate, when Rd is Rn",
    "ADD (register) T2": "T1 is taken in an IT block, where it does not set the flags, for r0 to r7",
}
"""Rows some of whose statements have two encodings, of which GNU as takes the other."""


def word_of(said: Statement) -> int | str:
    """What we make of a statement, without the IT before it."""
    source = "\n".join([".syntax unified", ".thumb", *said.before, said.text, *said.after, ""])
    try:
        made = assemble(AsmSource("x.s", source))
    except InputError as error:
        return str(error)
    data = bytes(made.sections[".text"].data[2 * len(said.before) :])
    first, second = (int.from_bytes(data[at : at + 2], "little") for at in (0, 2))
    return first << 16 | second if is_32bit(first) else first


def some(rows: tuple[Encoding, ...], count: int, itstate: int) -> list[Insn]:
    decode = partial(decode_thumb, itstate=itstate)
    if itstate:
        rows = tuple(row for row in rows if "InITBlock" not in row.unpredictable)
    return [insn for row in rows for insn in samples(row, count, Random(row.name), decode)]


def minus_zero(insn: Insn) -> bool:
    """``[r0, #-0]``, which GNU as takes for ``[r0]`` in T32."""
    return insn.fields.get("U") == 0 and insn.fields.get("imm12", 1) == 0


@pytest.mark.parametrize("itstate", [0, EQUAL], ids=["outside", "in an IT block"])
def test_the_text_of_every_row_is_assembled_back(itstate):
    wrong = [
        f"{insn.name}: {insn.word:#x}: {statement(insn).line}: {word}"
        for insn in some(ROWS, 3, itstate)
        if (word := word_of(statement(insn))) != insn.word
        and insn.name not in ANOTHER_ENCODING
        and not minus_zero(insn)
    ]
    assert wrong == []
