"""What Keystone gets silently wrong, crashes on or hangs on: here right, as GNU as, or a located error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.asm.asm import errors, text

# Statements, and their bytes as GNU as has them, or None for a located error.
SILENT = {
    "block transfer that writes back a loaded base": ("ldm r0!, {r0, r1}", "0300b0e8"),
    "user registers with writeback": ("ldm r1!, {r2}^; stm r1!, {r2}^", "0400f1e80400e1e8"),
    "pop of sp": ("pop {sp}", "04d09de4"),
    "post-indexed load of its base": ("ldr r1, [r1], #4; str r1, [r1], #4", "041091e4041081e4"),
    "doubleword pair that is none": ("ldrd r0, r2, [r3]", None),
    "bit field past bit 31": ("ubfx r0, r1, #31, #2", None),
    "symbol as an immediate": ("mov r0, #sym", None),
    "register that does not exist": ("mov r0, r16", None),
    "instruction word": (".inst 0xe1a00000", "0000a0e1"),
    "datum too large": (".word 0x1ffffffff", None),
    "halfword too large": (".short 0x12345", None),
    "space of unknown size": (".space sym", None),
    "alignment of unknown size": (".align sym", None),
    "unknown directive": (".bogus", None),
    "reported errors": (".err", None),
    "reported message": ('.error "x"', None),
    "include that is not there": ('.include "missing"', None),
    "sections": ('.section .s, "ax"; nop; .text; nop', "00f020e3"),
    "branch too far": ("b .+0x2000008", None),
    "call too far back": ("bl .-0x2000004", None),
    "conditional branch to nowhere": ("beq .+2", None),
    "adr out of range": ("adr r0, .+0x1000", None),
    "halfword load out of range": ("ldrh r0, .+0x400", None),
    "doubleword load out of range": ("ldrd r0, r1, .+0x108", None),
    "halves of a label": (
        "x: movw r0, #:lower16:0x12345678; movt r0, #:upper16:0x12345678",
        "780605e3340241e3",
    ),
    "halves crosswise": ("movt r0, #:lower16:0x12345678", None),
    "halves crosswise, the other": ("movw r0, #:upper16:0x12345678", None),
    "addend of a branch": ("b l+8; l: nop; nop; nop", "010000ea00f020e300f020e300f020e3"),
    "addend of a datum": (".word l+4-l; l: nop", "0400000000f020e3"),
    "conditional call": ("blne l; nop; l: nop", "0000001b00f020e300f020e3"),
    "label in a halfword load": ("ldrh r0, l; nop; l: nop", "b000dfe100f020e300f020e3"),
    "label as an immediate": ("x: add r0, r0, #l-x; l: nop", "040080e200f020e3"),
    "precedence": ("mov r0, #1<<2+1", "0500a0e3"),
    "comparison is -1": ("movw r0, #1==1", None),
    "comparison as a datum": (".word 5>3", "ffffffff"),
    "ARMv8 barrier": ("dmb ishld", None),
    "ARMv8 load-acquire": ("lda r0, [r1]", None),
    "ARMv8 checksum": ("crc32b r0, r1, r2", None),
    "ARMv8 hint": ("sevl", None),
    "ARMv8 crypto": ("aese.8 q0, q1", None),
    "ARMv8 rounding": ("vrinta.f32 s0, s1", None),
    "ARMv8 maximum": ("vmaxnm.f32 s0, s1, s2", None),
    "ARMv8 conversion": ("vcvta.s32.f32 s0, s1", None),
    "ARMv8 selection": ("vselge.f32 s0, s1, s2", None),
    "ARMv8 halt": ("hlt #1", None),
    "stored pair that is none": ("strd r1, r2, [r3]", None),
    "status register among the data": ("strex r0, r0, [r1]", None),
    "move pair into one register": ("mrrc p15, 0, r0, r0, c7", None),
    "bit field insert from pc": ("bfi r0, pc, #0, #4", None),
    "cpsie without flags": ("cpsie", None),
    "cpsid with only a mode": ("cpsid #0x13", None),
    "status fields that are none": ("msr cpsr_g, r0; ", None),
    "barrier with a condition": ("isbal", None),
    "wide suffix in A32": ("add.w r0, r1, r2", None),
    "old secure call": ("smi #0", None),
    "hint by number": ("hint #3", None),
    "number as a branch target": ("b 8", None),
    "literal, as mov and mvn": ("ldr r0, =0xff00; ldr r1, =0xffffffff; bx lr", "ff0ca0e30010e0e31eff2fe1"),
    "literal, not fallen into": ("ldr r0, =0x12345678; bx lr", "00001fe51eff2fe178563412"),
    "push of sp": ("push {sp}", "00202de9"),
    "product of two operands": ("mul r0, r1", "910000e0"),
}

DEADLY = [
    "+ r0", "( r0", ") r0", "[ r0", "] r0", "^ r0", "ldrd #1, [r0]", "strd foo, r1, [r0]", "movt r0, #symbol",
    "movw r0, symbol", "mov r0, #symbol", ".cfi_startproc", ".quad label", "ldrd foo, r1, [r0]", "{ r0",
    "* r0",
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), SILENT.values(), ids=SILENT)
def test_is_right_or_an_error(source, expected):
    if expected is None:
        for message in errors(source):
            assert message.startswith("x.s:1:")
    else:
        assert text(source) == expected


@pytest.mark.parametrize("source", DEADLY)
def test_the_process_survives_with_a_located_error(source):
    (message,) = errors(source)
    assert message.startswith("x.s:1:")


def test_a_thousand_refusals_in_one_process():
    """Many diagnostics through one library kill it when a handle is used again."""
    script = (
        "from hypgen.asm import keystone\n"
        "for number in range(1000):\n"
        "    try: keystone.encode(f'ldm r0, {{r{number % 13}, r0}}')\n"
        "    except keystone.RefusedError: pass\n"
        "    try: keystone.encode('add r0, r1, #%d' % (0x101 + number))\n"
        "    except keystone.RefusedError: pass\n"
        "print('alive')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("alive\n", "")
