"""T32: our text against GNU as, and our idea of what an instruction is against objdump and as."""

from functools import partial
from pathlib import Path
from random import Random

import pytest

from hypgen.decode.extension_fields import core_lane
from hypgen.decode.table import Insn, decode_t32, is_32bit
from tests.decode.gnu_t32 import Statement, assemble, disassemble, statement
from tests.decode.samples import NARROW_ROWS, WIDE_EXTENSION_ROWS, WIDE_ROWS, decode_thumb, samples

EACH = 64
"""Words per row, or all that it has."""
SHAPES = 1 << 17
"""Random words for objdump, over all values of the bits that tell encodings apart."""
HALFWORDS = [halfword for halfword in range(1 << 16) if not is_32bit(halfword)]
EQUAL = 0b0000_1000
"""ITSTATE in the last instruction of an IT EQ block."""

ONE_OF_TWO = {
    "ADD (immediate) T1": "as takes T2, with its larger immediate, when Rd is Rn",
    "SUB (immediate) T1": "as takes T2, with its larger immediate, when Rd is Rn",
    "ADD (register) T2": "as takes T1 in an IT block, where it does not set the flags, for R0 to R7",
}
"""Encodings that as does not make where another one does the same."""


def same_operation(insn: Insn, word: int) -> bool:
    """Whether as's word does the same as ours, where as cannot be told to make ours.

    Beside the listed rows that is an offset of minus zero, which as takes for zero.
    """
    other = decode_thumb(word, insn.itstate)
    if other is None or other.heading != insn.heading:
        return False
    common = insn.fields.keys() & other.fields.keys()
    different = {name for name in common if insn[name] != other[name]}
    if insn.name in ONE_OF_TWO:
        return not different
    return different <= {"U"} and insn.fields.get("imm12") == 0


def scaled_by_two(insn: Insn) -> bool:
    """GNU as 2.40 takes the offset of LDC and STC to coprocessor 9 for one of half-precision VLDR."""
    return insn.fields.get("coproc") == 9 and "imm8" in insn


def wrong_texts(insns: list[Insn], directory: Path) -> list[str]:
    """The instructions whose text as does not assemble to the same word."""
    statements = [statement(insn) for insn in insns]
    return [
        f"{insn.name}: {insn.word:#06x} prints {made.line!r}, as: {got if isinstance(got, str) else hex(got)}"
        for insn, made, got in zip(insns, statements, assemble(statements, directory), strict=True)
        if got != insn.word and (isinstance(got, str) or not same_operation(insn, got))
    ]


@pytest.mark.oracle
@pytest.mark.parametrize("itstate", [0, EQUAL])
def test_the_text_of_every_halfword_assembles_to_the_same_halfword(itstate, oracle_counter, tmp_path):
    decoded = [insn for halfword in HALFWORDS if (insn := decode_t32(halfword, None, itstate))]
    insns = [insn for insn in decoded if not insn.unpredictable]
    assert len(insns) > 50_000
    wrong = wrong_texts(insns, tmp_path)
    assert not wrong, "\n".join(wrong[:40])
    oracle_counter("decode-t32-text")(len(insns))


@pytest.mark.oracle
@pytest.mark.parametrize("itstate", [0, EQUAL])
def test_the_text_of_every_wide_row_assembles_to_the_same_word(itstate, oracle_counter, tmp_path):
    random = Random(20260117)
    rows = [row for row in WIDE_ROWS if not itstate or "InITBlock" not in row.unpredictable]
    decode = partial(decode_thumb, itstate=itstate)
    insns = [insn for row in rows for insn in samples(row, EACH, random, decode) if not scaled_by_two(insn)]
    wrong = wrong_texts(insns, tmp_path)
    assert not wrong, "\n".join(wrong[:40])
    oracle_counter("decode-t32-text")(len(insns))


def conditional_scalar(insn: Insn) -> bool:
    """GNU as 2.40 refuses a condition on a VMOV of a byte or halfword to a core register."""
    return (
        insn.heading == "VMOV (scalar to ARM core register)"
        and insn.condition != 14
        and core_lane(insn)[0] < 32
    )


@pytest.mark.oracle
@pytest.mark.parametrize("itstate", [0, EQUAL])
def test_the_text_of_every_row_of_the_extensions_assembles_to_the_same_word(
    itstate, oracle_counter, tmp_path
):
    random = Random(20260122)
    decode = partial(decode_thumb, itstate=itstate)
    drawn = [insn for row in WIDE_EXTENSION_ROWS for insn in samples(row, EACH, random, decode)]
    insns = [insn for insn in drawn if not conditional_scalar(insn)]
    wrong = wrong_texts(insns, tmp_path)
    assert not wrong, "\n".join(wrong[:40])
    oracle_counter("decode-vfp-text")(len(insns))


def shapes(count: int, random: Random) -> list[int]:
    """Words that go through all of bits 28 to 20 and 7 to 4, the should-be nibbles often all 0 or 1."""
    words = []
    for number in range(count):
        selector, low = divmod(number, 16)
        word = ((0b111 << 9) + (1 << 7) + selector % 384) << 20
        word += low << 4 | random.getrandbits(20) & 0xF_FF0F
        for shift in (0, 8, 12, 16):
            nibble = random.choice((None, None, 0, 15))
            if nibble is not None:
                word = word & ~(15 << shift) | nibble << shift
        words.append(word)
    return words


@pytest.mark.oracle
def test_the_text_of_random_words_agrees_with_objdump(oracle_counter, tmp_path):
    """Words that we decode and do not call UNPREDICTABLE: as makes one word of both texts."""
    insns = [
        insn
        for word in shapes(SHAPES // 2, Random(20260119))
        if (insn := decode_thumb(word)) is not None and not insn.unpredictable and not scaled_by_two(insn)
    ]
    printed = disassemble([insn.word for insn in insns], tmp_path)
    theirs = assemble([made if made.text else Statement("nop") for made in printed], tmp_path)
    ours = assemble([statement(insn) for insn in insns], tmp_path)
    wrong = [
        f"{insn.word:#010x}: {statement(insn).text!r} is {mine!r}, objdump's {made.text!r} is {their!r}"
        for insn, made, mine, their in zip(insns, printed, ours, theirs, strict=True)
        if their == insn.word and mine != their and not (isinstance(mine, int) and same_operation(insn, mine))
    ]
    assert not wrong, "\n".join(wrong[:40])
    oracle_counter("decode-t32-objdump")(len(insns))


def test_no_row_is_left_without_samples():
    for row in (*NARROW_ROWS, *WIDE_ROWS, *WIDE_EXTENSION_ROWS):
        assert list(samples(row, 4, Random(7), decode_thumb)), row.name
