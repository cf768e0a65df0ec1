import pytest

from hypgen.decode.text import text, thumb_expand_immediate
from tests.decode.samples import NARROW_ROWS, WIDE_EXTENSION_ROWS, WIDE_ROWS, decode_thumb

IT_EQ = 0b0000_1000


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0x1840, "adds r0, r0, r1"),
        (0x0008, "movs r0, r1"),
        (0x0088, "lsls r0, r1, #2"),
        (0x4088, "lsls r0, r1"),
        (0x4249, "rsbs r1, r1, #0"),
        (0x4348, "muls r0, r1, r0"),
        (0x4668, "mov r0, sp"),
        (0xA002, "add r0, pc, #8"),
        (0xB082, "sub sp, sp, #8"),
        (0x6841, "ldr r1, [r0, #4]"),
        (0x4801, "ldr r0, [pc, #4]"),
        (0xC803, "ldm r0, {r0, r1}"),
        (0xC806, "ldm r0!, {r1, r2}"),
        (0xB5F0, "push {r4-r7, lr}"),
        (0xBD10, "pop {r4, pc}"),
        (0xD1FE, "bne 0x80001000"),
        (0xE002, "b 0x80001008"),
        (0xB108, "cbz r0, 0x80001006"),
        (0xB662, "cpsie i"),
        (0xB658, "setend be"),
        (0xBF08, "it eq"),
        (0xBF14, "ite ne"),
        (0xBF0D, "iteet eq"),
        (0xBFE8, "it al"),
        (0xBF30, "wfi"),
        (0xBF50, "nop {5}"),
        (0xBE01, "bkpt #1"),
        (0xEB000081, "add.w r0, r0, r1, lsl #2"),
        (0xEA4F0031, "rrx r0, r1"),
        (0xF04F30FF, "mov.w r0, #0xffffffff"),
        (0xF5006080, "add.w r0, r0, #0x400"),
        (0xF2000001, "addw r0, r0, #1"),
        (0xF20F0008, "addw r0, pc, #8"),
        (0xF6412034, "movw r0, #0x1a34"),
        (0xF3C00047, "ubfx r0, r0, #1, #8"),
        (0xF8DF0004, "ldr.w r0, [pc, #4]"),
        (0xF8500C04, "ldr r0, [r0, #-4]"),
        (0xF8510E04, "ldrt r0, [r1, #4]"),
        (0xF8410022, "str.w r0, [r1, r2, lsl #2]"),
        (0xE9D12304, "ldrd r2, r3, [r1, #0x10]"),
        (0xE8542F01, "ldrex r2, [r4, #4]"),
        (0xE8C42375, "strexd r5, r2, r3, [r4]"),
        (0xE8D0F011, "tbh [r0, r1, lsl #1]"),
        (0xE92D4003, "push.w {r0, r1, lr}"),
        (0xF84D0D04, "push.w {r0}"),
        (0xF85DFB04, "pop.w {pc}"),
        (0xF000F800, "bl 0x80001004"),
        (0xF000E800, "blx 0x80001004"),
        (0xF0008001, "beq.w 0x80001006"),
        (0xF3EE8030, "mrs r0, ELR_hyp"),
        (0xF3818100, "msr CPSR_c, r1"),
        (0xF3AF8113, "cps.w #0x13"),
        (0xF3BF8F4F, "dsb sy"),
        (0xF3DE8F00, "eret"),
        (0xF3DE8F04, "subs pc, lr, #4"),
        (0xF7E18234, "hvc #0x1234"),
        (0xE82DC013, "srsdb sp!, #0x13"),
        (0xEE011F10, "mcr p15, 0, r1, c1, c0, 0"),
        (0xF991FF00, "pli [r1, #0xf00]"),
        (0xF9B1FF00, ".inst.w 0xf9b1ff00"),
    ],
)
def test_an_instruction_prints_as_gnu_as_takes_it(word, expected):
    insn = decode_thumb(word)
    assert insn is not None
    assert text(insn, 0x8000_1000) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0x1840, "addeq r0, r0, r1"),
        (0xEB100001, "addseq.w r0, r0, r1"),
        (0x4770, "bxeq lr"),
        (0xBE00, "bkpt #0"),
        (0xF000F800, "bleq 0x80001004"),
    ],
)
def test_an_instruction_in_an_it_block_prints_its_condition(word, expected):
    insn = decode_thumb(word, IT_EQ)
    assert insn is not None
    assert text(insn, 0x8000_1000) == expected


def test_blx_counts_from_the_aligned_pc():
    insn = decode_thumb(0xF000E800)
    assert insn is not None
    assert text(insn, 0x8000_1002) == "blx 0x80001004"


@pytest.mark.parametrize(
    ("imm12", "value"),
    [
        (0x0AB, 0x0000_00AB),
        (0x1AB, 0x00AB_00AB),
        (0x2AB, 0xAB00_AB00),
        (0x3AB, 0xABAB_ABAB),
        (0x42B, 0xAB00_0000),
        (0x4AB, 0x5580_0000),
        (0xFAB, 0x0000_0156),
    ],
)
def test_a_modified_immediate_is_a_byte_repeated_or_rotated(imm12, value):
    assert thumb_expand_immediate(imm12) == value


def test_every_placeholder_of_every_row_has_a_meaning():
    for row in (*NARROW_ROWS, *WIDE_ROWS, *WIDE_EXTENSION_ROWS):
        insn = decode_thumb(row.encode(dict.fromkeys(row.field_names, 0)))
        if insn is not None:
            assert "<" not in text(insn), row.name
