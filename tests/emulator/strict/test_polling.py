"""Polling: which loads wait for a word, in the shapes that compilers give such loops."""

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmOptions, AsmSource
from hypgen.decode.table import decode_a32, decode_t32
from hypgen.emulator.strict.polling import Loop, Way, loop_of

SHAPES = {
    "a load, a comparison, a branch back": ("1: ldr r3, [r4]; cmp r3, #0; beq 1b", Loop.POLLING),
    "with WFE between the loads": ("1: wfe; ldr r3, [r4]; cmp r3, #0; beq 1b", Loop.WAITING),
    "a conditional WFE": ("1: ldr r3, [r4]; cmp r3, #0; wfeeq; beq 1b", Loop.WAITING),
    "tested once before the loop": (
        "ldr r3, [r4]; cmp r3, #0; bne 2f; 1: wfe; ldr r2, [r4]; cmp r2, #0; beq 1b; 2: nop",
        Loop.WAITING,
    ),
    "left in the middle": ("1: ldr r3, [r4]; tst r3, #1; bne 2f; yield; b 1b; 2: nop", Loop.POLLING),
    "the way back behind the loop": (
        "1: ldr r3, [r4]; cmp r3, #0; beq 3f; dmb; 2: b 2b; 3: nop; b 1b",
        Loop.POLLING,
    ),
    "a loop inside of one that moves on": (
        "4: add r4, r4, #4; 1: ldr r3, [r4]; cmp r3, #0; beq 4b; cmp r3, r5; bne 1b; nop",
        Loop.POLLING,
    ),
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
    "a table through an index on the stack": (
        "1: ldr r2, [r11, #-8]; ldr r3, [r4, r2, lsl #2]; cmp r3, #0; beq 2f; "
        "ldr r2, [r11, #-8]; add r2, r2, #1; str r2, [r11, #-8]; b 1b; 2: nop",
        Loop.NONE,
    ),
    "the address kept on the stack": (
        "1: ldr r3, [r11, #-8]; ldr r3, [r3]; cmp r3, #0; beq 1b",
        Loop.POLLING,
    ),
    "another word, before a loop that polls": (
        "ldr r3, [r4]; cmp r3, #0; movw r4, #4; 1: ldr r3, [r4]; cmp r3, #0; beq 1b",
        Loop.NONE,
    ),
    "counted up, in a loop that something else ends": (
        "1: ldr r3, [r4]; add r2, r3, #1; str r2, [r4]; cmp r2, #9; bne 1b",
        Loop.NONE,
    ),
    "through a pointer that is loaded anew": (
        "1: ldr r3, [r5]; ldr r3, [r3]; cmp r3, #0; beq 1b",
        Loop.TESTED,
    ),
    "tested and kept": ("ldr r3, [r4]; cmp r3, #0; beq 2f; str r3, [r5]; 2: nop", Loop.NONE),
    "tested, and the result made a number": (
        "ldr r3, [r4]; cmp r3, #3; moveq r3, #1; movne r3, #0; cmp r3, #0; beq 2f; nop; 2: nop",
        Loop.TESTED,
    ),
    "no loop": ("ldr r3, [r4]; cmp r3, #0; bne 2f; nop; 2: nop", Loop.TESTED),
}


CALLED = {
    "a function that reads the flag": (
        "1: bl 2f; cmp r0, #0; beq 1b; b 3f; 2: ldr r0, [r4]; bx lr; 3: nop",
        Loop.POLLING,
    ),
    "a wait around it": (
        "1: bl 2f; cmp r0, #0; wfeeq; beq 1b; b 3f; 2: ldr r0, [r4]; bx lr; 3: nop",
        Loop.WAITING,
    ),
    "a function that looks once": (
        "b 1f; 2: ldr r0, [r4]; bx lr; 1: bl 2b; cmp r0, #0; beq 3f; nop; 3: nop",
        Loop.TESTED,
    ),
    "the n-th word, in a loop that counts": (
        "1: mov r0, r6; bl 2f; add r6, r6, #1; cmp r0, #0; bne 1b; b 3f; 2: ldr r0, [r4, r0]; bx lr; 3: nop",
        Loop.TESTED,
    ),
    "a value that is only returned": ("bl 2f; str r0, [r5]; b 3f; 2: ldr r0, [r4]; bx lr; 3: nop", Loop.NONE),
}


def found(code: str, thumb: bool) -> Loop | Way:
    """What is said of the first load through r3 or r4; where there is a BL, it is in what that calls."""
    lines = [".syntax unified", ".thumb" if thumb else ".arm", ".text", *code.split("; ")]
    options = AsmOptions(implicit_it=thumb)
    section = assemble(AsmSource("loop.s", "\n".join((*lines, ""))), options).sections[".text"]
    data = bytes(section.data)

    def read(at: int):
        first = int.from_bytes(data[at : at + (2 if thumb else 4)], "little") if at < len(data) else None
        if first is None or not thumb:
            return None if first is None else decode_a32(first)
        return decode_t32(first, int.from_bytes(data[at + 2 : at + 4], "little"), 0)

    at, loads, returns = 0, [], []
    while (insn := read(at)) is not None:
        if insn.heading.startswith("LDR") and insn.fields.get("Rn") in (3, 4):
            loads.append(at)
        at += insn.length
        if insn.heading.startswith("BL"):
            returns.append(at)
    return loop_of(read, loads[0] if loads else at, returns)


@pytest.mark.parametrize("thumb", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_load_waits_for(shape: str, thumb: bool):
    code, expected = SHAPES[shape]
    assert found(code, thumb) is expected


@pytest.mark.parametrize("thumb", [False, True])
@pytest.mark.parametrize("shape", CALLED)
def test_what_a_load_in_a_function_is_for(shape: str, thumb: bool):
    code, expected = CALLED[shape]
    assert found(code, thumb) is expected


@pytest.mark.parametrize(
    "code",
    [
        "1: ldr r3, [r4]; cbz r3, 3f; dmb; 2: b 2b; 3: nop; b 1b",
        "1: ldr r3, [r4]; cbnz r3, 2f; yield; b 1b; 2: nop",
    ],
    ids=["the way back behind the loop", "left in the middle"],
)
def test_a_loop_that_compares_and_branches_at_once(code: str):
    assert found(code, thumb=True) is Loop.POLLING


def test_a_loop_that_ends_in_front_of_its_load_is_a_test():
    """What is gone on with stands far before the load, and its branch goes forward."""
    skip = "; ".join(["nop"] * 100)
    code = f"b 1f; 2: cmp r3, #0; beq 1f; b 3f; {skip}; 1: ldr r3, [r4]; b 2b; 3: nop"
    assert found(code, thumb=False) is Loop.TESTED


def test_the_way_to_the_caller_is_asked_for():
    way = loop_of({0: decode_a32(0xE594_0000), 4: decode_a32(0xE12F_FF1E)}.get, 0)
    assert isinstance(way, Way)
    assert [insn.heading for insn in way.passed] == ["BX"]
