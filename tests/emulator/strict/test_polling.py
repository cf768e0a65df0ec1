"""Polling: which loads wait for a word, in the shapes that compilers give such loops."""

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmOptions, AsmSource
from hypgen.decode.table import decode_a32, decode_t32
from hypgen.emulator.strict.polling import Loop, loop_of

SHAPES = {
    "a load, a comparison, a branch back": ("1: ldr r3, [r4]; cmp r3, #0; beq 1b", Loop.POLLING),
    "with WFE between the loads": ("1: wfe; ldr r3, [r4]; cmp r3, #0; beq 1b", Loop.WAITING),
    "a conditional WFE": ("1: ldr r3, [r4]; cmp r3, #0; wfeeq; beq 1b", Loop.WAITING),
    "tested once before the loop": (
        "ldr r3, [r4]; cmp r3, #0; bne 2f; 1: wfe; ldr r2, [r4]; cmp r2, #0; beq 1b; 2: nop",
        Loop.WAITING,
    ),
    "left in the middle": ("1: ldr r3, [r4]; tst r3, #1; bne 2f; yield; b 1b; 2: nop", Loop.POLLING),
    "the address made anew": ("1: movw r3, #4; movt r3, #5; ldr r3, [r3]; cmp r3, #0; beq 1b", Loop.POLLING),
    "a field of what was read": ("1: ldr r3, [r4]; ubfx r3, r3, #4, #2; cmp r3, #2; bne 1b", Loop.POLLING),
    "a difference": ("1: ldr r3, [r4]; dmb ish; sub r3, r5, r3; cmp r3, #7; bhi 1b", Loop.POLLING),
    "kept on the stack in between": (
        "1: ldr r3, [r4]; str r3, [r11, #-8]; ldr r3, [r11, #-8]; cmp r3, #0; beq 1b",
        Loop.POLLING,
    ),
    "the value in the address's register": (
        "1: movw r3, #4; movt r3, #5; ldr r3, [r3]; sub r3, r2, r3; cmp r3, #7; bhi 1b",
        Loop.POLLING,
    ),
    "a sum of a table": ("1: ldr r3, [r4], #4; add r5, r5, r3; subs r6, r6, #1; bne 1b", Loop.NONE),
    "a sum by index": ("1: ldr r3, [r4, r6, lsl #2]; add r5, r5, r3; subs r6, r6, #1; bne 1b", Loop.NONE),
    "the same word added up": ("1: ldr r3, [r4]; add r5, r5, r3; subs r6, r6, #1; bne 1b", Loop.NONE),
    "a search through a table": ("1: add r4, r4, #4; ldr r3, [r4]; cmp r3, #0; bne 1b", Loop.NONE),
    "no loop": ("ldr r3, [r4]; cmp r3, #0; bne 2f; nop; 2: nop", Loop.NONE),
}


def found(code: str, thumb: bool) -> Loop:
    """What is said of the first load through r4, or of the one that the case is about."""
    lines = [".syntax unified", ".thumb" if thumb else ".arm", ".text", *code.split("; ")]
    options = AsmOptions(implicit_it=thumb)
    section = assemble(AsmSource("loop.s", "\n".join((*lines, ""))), options).sections[".text"]
    data = bytes(section.data)

    def read(at: int):
        first = int.from_bytes(data[at : at + (2 if thumb else 4)], "little") if at < len(data) else None
        if first is None or not thumb:
            return None if first is None else decode_a32(first)
        return decode_t32(first, int.from_bytes(data[at + 2 : at + 4], "little"), 0)

    at = 0
    while (insn := read(at)) is not None and not (
        insn.heading.startswith("LDR") and insn.fields.get("Rn") in (3, 4)
    ):
        at += insn.length
    return loop_of(read, at)


@pytest.mark.parametrize("thumb", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_load_waits_for(shape: str, thumb: bool):
    code, expected = SHAPES[shape]
    assert found(code, thumb) is expected
