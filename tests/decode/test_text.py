import pytest

from hypgen.decode.table import decode_a32
from hypgen.decode.text import text
from tests.decode.samples import EXTENSION_ROWS, ROWS


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0xE0812103, "add r2, r1, r3, lsl #2"),
        (0xE1A00000, "mov r0, r0"),
        (0xE1A00101, "lsl r0, r1, #2"),
        (0xE1B00061, "rrxs r0, r1"),
        (0xE1A00041, "asr r0, r1, #32"),
        (0xE1A00251, "asr r0, r1, r2"),
        (0xE2800F41, "add r0, r0, #0x104"),
        (0xE28000FF, "add r0, r0, #0xff"),
        (0xE3A00004, "mov r0, #4"),
        (0xE3A00F01, "mov r0, #1, 30"),
        (0xE3A00EFF, "mov r0, #0xff0"),
        (0xE3A0041F, "mov r0, #0x1f000000"),
        (0xE3A00E10, "mov r0, #0x10, 28"),
        (0xE3A00C01, "mov r0, #0x100"),
        (0xE328F102, "msr CPSR_f, #0x80000000"),
        (0xE28F01FF, "add r0, pc, #0xff, 2"),
        (0xE25EF004, "subs pc, lr, #4"),
        (0xE1B0F00E, "movs pc, lr"),
        (0xE92D4010, "push {r4, lr}"),
        (0xE8BD80F0, "pop {r4-r7, pc}"),
        (0xE52DE004, "push {lr}"),
        (0xE49DF004, "pop {pc}"),
        (0xE92D0001, "stmdb sp!, {r0}"),
        (0xE5910000, "ldr r0, [r1]"),
        (0xE5110000, "ldr r0, [r1, #-0]"),
        (0xE5B10000, "ldr r0, [r1, #0]!"),
        (0xE4910000, "ldr r0, [r1], #0"),
        (0xE59F0010, "ldr r0, [pc, #0x10]"),
        (0xE7110182, "ldr r0, [r1, -r2, lsl #3]"),
        (0xE1C420D8, "ldrd r2, r3, [r4, #8]"),
        (0xE1A02F94, "strexd r2, r4, r5, [r0]"),
        (0xE8FD8001, "ldmia sp!, {r0, pc}^"),
        (0xE8C16000, "stmia r1, {sp, lr}^"),
        (0xEBFFFFFE, "bl 0x80001000"),
        (0x1A000000, "bne 0x80001008"),
        (0xFBFFFFFE, "blx 0x80001002"),
        (0xE1400070, "hvc #0"),
        (0xE160006E, "eret"),
        (0xE10EE300, "mrs lr, ELR_hyp"),
        (0xE16EF301, "msr SPSR_hyp, r1"),
        (0xE121F000, "msr CPSR_c, r0"),
        (0xF1080080, "cpsie i"),
        (0xF10E01DA, "cpsid aif, #0x1a"),
        (0xF1020013, "cps #0x13"),
        (0xF57FF04F, "dsb sy"),
        (0xF57FF05B, "dmb ish"),
        (0xF57FF06F, "isb sy"),
        (0xEE011F10, "mcr p15, 0, r1, c1, c0, 0"),
        (0xF96D0513, "srsdb sp!, #0x13"),
        (0xF8BD0A00, "rfeia sp!"),
    ],
)
def test_an_instruction_prints_as_gnu_as_takes_it(word, expected):
    insn = decode_a32(word)
    assert insn is not None
    assert text(insn, 0x8000_1000) == expected


def test_every_placeholder_of_every_row_has_a_meaning():
    for row in (*ROWS, *EXTENSION_ROWS):
        word = row.encode({field.name: 0 for field in row.layout.fields})
        insn = decode_a32(word)
        if insn is not None:
            assert "<" not in text(insn), row.name
