"""Our text against GNU as, and our idea of what an instruction is against objdump and as."""

from random import Random

import pytest

from hypgen.decode.extension_fields import core_lane, simd_immediate
from hypgen.decode.table import Insn, a32, decode_a32
from hypgen.decode.text import expand_immediate
from tests.decode.gnu import assemble, disassemble, statement
from tests.decode.samples import EXTENSION_ROWS, ROWS, samples

EACH = 64
"""Words per row, or all that it has."""
SHAPES = 1 << 16
"""Random words for objdump, over all values of the bits that tell encodings apart."""


def equal_encoding(insn: Insn, word: int) -> bool:
    """Whether as's word does the same, where it cannot be told to make ours.

    One row is listed: MSR (immediate), of which as always chooses the smallest rotation.
    """
    other = decode_a32(word)
    return (
        insn.name == "MSR (immediate)"
        and other is not None
        and other.encoding is insn.encoding
        and other.fields | {"imm12": 0} == insn.fields | {"imm12": 0}
        and expand_immediate(other["imm12"]) == expand_immediate(insn["imm12"])
    )


def same_immediate(insn: Insn, word: int) -> bool:
    """Whether as chose another encoding of the same modified immediate of Advanced SIMD."""
    other = decode_a32(word)
    if other is None or other.encoding is not insn.encoding or "cmode" not in insn:
        return False
    return _repeated(*simd_immediate(insn)) == _repeated(*simd_immediate(other))


def _repeated(operation: str, width: int, value: int) -> tuple[str, int]:
    """The operation, and what it applies to a doubleword."""
    return operation, value * (2**64 - 1) // (2**width - 1)


def scaled_by_two(insn: Insn) -> bool:
    """GNU as 2.40 takes the offset of LDC and STC to coprocessor 9 for one of half-precision VLDR."""
    return insn.fields.get("coproc") == 9 and "imm8" in insn


@pytest.mark.oracle
def test_a_statement_that_as_refuses_does_not_shift_the_others(tmp_path):
    statements = ["nop", "adc r0", "add r0, r0, #0x101", "movt r1, #2", "b .+8"]
    assert assemble(statements, tmp_path) == [
        0xE320F000, "bad arguments to instruction -- `adc r0'",
        "invalid constant (101) after fixup", 0xE3401002, 0xEA000000,
    ]  # fmt: skip


@pytest.mark.oracle
def test_the_text_of_every_row_assembles_to_the_same_word(oracle_counter, tmp_path):
    random = Random(20260117)
    insns = [insn for row in ROWS for insn in samples(row, EACH, random) if not scaled_by_two(insn)]
    statements = [statement(insn) for insn in insns]
    results = assemble(statements, tmp_path)
    wrong = [
        f"{insn.name}: {insn.word:#010x} prints {line!r}, as: {got if isinstance(got, str) else hex(got)}"
        for insn, line, got in zip(insns, statements, results, strict=True)
        if got != insn.word and (isinstance(got, str) or not equal_encoding(insn, got))
    ]
    assert not wrong, "\n".join(wrong[:40])
    oracle_counter("decode-text")(len(insns))


def shapes(count: int, random: Random) -> list[int]:
    """Words that go through all of bits 27 to 20 and 7 to 4, with the should-be nibbles often all 0 or 1."""
    words = []
    for number in range(count):
        selector = number % (1 << 12)
        word = (selector >> 4) << 20 | (selector & 15) << 4 | random.getrandbits(32) & 0x000F_FF0F
        for shift in (0, 8, 12, 16):
            nibble = random.choice((None, None, 0, 15))
            if nibble is not None:
                word = word & ~(15 << shift) | nibble << shift
        condition = 15 if random.random() < 0.25 else random.choice((14, random.randrange(15)))
        words.append(condition << 28 | word)
    return words


def conditional_scalar(insn: Insn) -> bool:
    """GNU as 2.40 refuses a condition on a VMOV of a byte or halfword to a core register."""
    return (
        insn.name == "VMOV (scalar to ARM core register)" and insn.condition != 14 and core_lane(insn)[0] < 32
    )


@pytest.mark.oracle
def test_the_text_of_every_row_of_the_extensions_assembles_to_the_same_word(oracle_counter, tmp_path):
    random = Random(20260121)
    insns = [
        insn for row in EXTENSION_ROWS for insn in samples(row, EACH, random) if not conditional_scalar(insn)
    ]
    statements = [statement(insn) for insn in insns]
    results = assemble(statements, tmp_path)
    wrong = [
        f"{insn.name}: {insn.word:#010x} prints {line!r}, as: {got if isinstance(got, str) else hex(got)}"
        for insn, line, got in zip(insns, statements, results, strict=True)
        if got != insn.word and not (isinstance(got, int) and same_immediate(insn, got))
    ]
    assert not wrong, "\n".join(wrong[:40])
    oracle_counter("decode-vfp-text")(len(insns))


@pytest.mark.oracle
def test_the_text_of_random_words_agrees_with_objdump(oracle_counter, tmp_path):
    """Words that we decode and do not call UNPREDICTABLE: as makes one word of both texts."""
    words = [
        word
        for word in shapes(SHAPES, Random(20260119))
        if (insn := decode_a32(word)) is not None and not insn.unpredictable and not scaled_by_two(insn)
    ]
    printed = disassemble(words, tmp_path)
    insns = [insn for word in words if (insn := decode_a32(word)) is not None]
    theirs = assemble([line or ".inst 0" for line in printed], tmp_path)
    ours = assemble([statement(insn) for insn in insns], tmp_path)
    wrong = [
        f"{word:#010x}: {statement(insn)!r} is {mine!r}, objdump's {line!r} is {their!r}"
        for word, insn, line, mine, their in zip(words, insns, printed, ours, theirs, strict=True)
        if line
        and their == word
        and mine != their
        and not (isinstance(mine, int) and equal_encoding(insn, mine))
    ]
    assert not wrong, "\n".join(wrong[:40])
    oracle_counter("decode-objdump")(len(words))


def test_no_row_is_left_without_samples():
    assert {row.name for row in ROWS} == {
        encoding.name for encoding in a32().encodings if encoding.kind.name == "INSTRUCTION"
    }
    for row in (*ROWS, *EXTENSION_ROWS):
        assert list(samples(row, 4, Random(7))), row.name
