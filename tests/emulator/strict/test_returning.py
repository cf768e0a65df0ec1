"""Where a function returns to: the ways in which compilers leave functions."""

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.source import AsmSource
from hypgen.decode.table import decode_a32
from hypgen.emulator.strict.returning import Frame

BACK, SP, FP = 0x8000, 0x1000, 0x1014
WAYS = {
    "LR": "bx lr",
    "LR, moved": "mov pc, lr",
    "a list on the stack": "pop {r4, pc}",
    "one word on the stack": "add sp, sp, #4; ldr pc, [sp], #4",
    "the frame pointer of -O0": "sub sp, r11, #20; add sp, sp, #4; pop {pc}",
    "pushed and popped behind the load": "push {r4, lr}; add r4, r4, #1; pop {r4, lr}; bx lr",
    "stored and loaded again": "str lr, [sp, #-4]!; ldr pc, [sp], #4",
}


def after(code: str) -> int | None:
    data = bytes(
        assemble(AsmSource("way.s", "\n".join((".arm", ".text", *code.split("; "), ""))))
        .sections[".text"]
        .data
    )
    way = [decode_a32(int.from_bytes(data[at : at + 4], "little")) for at in range(0, len(data), 4)]
    registers = [0] * 16
    registers[11], registers[13], registers[14] = FP, SP, BACK
    return Frame(registers, {SP: 4, SP + 4: BACK}.get).after(way)


@pytest.mark.parametrize("way", WAYS)
def test_a_function_returns_to_its_caller(way: str):
    assert after(WAYS[way]) == BACK


@pytest.mark.parametrize(
    "code", ["mul lr, r0, r0; bx lr", "mov sp, r12; lsl sp, sp, #2; pop {pc}", "bl .; bx lr"]
)
def test_what_is_not_known_is_not_guessed(code: str):
    assert after(code) is None
