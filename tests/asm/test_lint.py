"""Warnings: the whole message of each, what is no reason for one, and allowing them."""

from __future__ import annotations

import pytest

from hypgen.asm.assembler import assemble
from hypgen.asm.lint import vectors_of_another_state
from hypgen.asm.source import AsmOptions, AsmSource
from tests.asm.asm import made

BEFORE_MMU = frozenset({".boot.text"})
BOOT = '.section .boot.text, "ax"\n'


def warnings(source: str, **options: object) -> list[str]:
    """What is said of a source that assembles."""
    found: list[str] = []
    options = AsmOptions(before_mmu=BEFORE_MMU, **options)
    assemble(AsmSource("x.s", source + "\n"), options, lambda one: found.append(str(one)))
    return found


MESSAGES = [
    (
        "hvcne #1",
        "x.s:1:1: warning[ASM-201]: HVC with a condition is UNPREDICTABLE (DDI 0406C B9.3.4) (branch around "
        "it)",
    ),
    (
        "mrs r0, spsr_hyp",
        "x.s:1:1: warning[ASM-202]: SPSR_hyp is accessible in Monitor mode only, in Hyp mode this is "
        "UNPREDICTABLE (DDI 0406C B9.2.3) (in Hyp mode write spsr_cxsf, or read spsr)",
    ),
    (
        ".thumb\nmsr sp_hyp, r0",
        "x.s:2:1: warning[ASM-202]: SP_hyp is accessible in Monitor mode only, in Hyp mode this is "
        "UNPREDICTABLE (DDI 0406C B9.2.3) (in Hyp mode write sp)",
    ),
    (
        "msr spsr, r0",
        "x.s:1:1: warning[ASM-203]: `spsr` means the fields f and c only: bits <23:8>, A and E among them, "
        "are kept (write spsr_cxsf)",
    ),
    (
        ".thumb\nmsr spsr, r0",
        "x.s:2:1: warning[ASM-203]: `spsr` means the fields f and c only: bits <23:8>, A and E among them, "
        "are kept (write spsr_cxsf)",
    ),
    (
        "str r0, [r0], #4",
        "x.s:1:1: warning[ASM-204]: this is UNPREDICTABLE: STR (immediate) with wback and (Rn == 15 or "
        "Rn == Rt) (DDI 0406C A8.8.204) (use other registers)",
    ),
    (
        BOOT + "ldr r0, =place\nplace:",
        "x.s:2:1: warning[ASM-205]: .boot.text runs before the MMU is on, where `place` is at its load "
        "address, not at the one it is linked at (use adr, or load the difference to a place here, "
        "`symbol - .`)",
    ),
    (
        BOOT + ".thumb\nldr r0, =place",
        "x.s:3:1: warning[ASM-205]: .boot.text runs before the MMU is on, where `place` is at its load "
        "address, not at the one it is linked at (use adr, or load the difference to a place here, "
        "`symbol - .`)",
    ),
]


@pytest.mark.parametrize(("source", "message"), MESSAGES, ids=[source for source, _ in MESSAGES])
def test_the_warning_is(source, message):
    assert warnings(source) == [message]


@pytest.mark.parametrize(
    "source",
    [
        "hvc #1",
        "mrs r0, elr_hyp",
        "mrs r0, spsr",
        "msr spsr_cxsf, r0",
        "msr spsr_fc, r0",
        "msr cpsr, r0",
        "str r0, [r1], #4",
        "mul r0, r1, r0",
        "ldr r0, =place",
        BOOT + "ldr r0, =0x12345678",
        BOOT + "ldr r0, =place - .",
        BOOT + "adr r0, place\nplace:",
    ],
)
def test_nothing_is_said_of(source):
    assert warnings(source) == []


def test_a_code_that_is_allowed_is_not_warned_of():
    assert warnings("msr spsr, r0\nhvcne #1", allow=frozenset({"ASM-203"})) == [
        MESSAGES[0][1].replace(":1:1", ":2:1")
    ]


def test_a_warning_of_the_source_itself_is_told():
    assert warnings('.warning "look here"') == ["x.s:1: warning[ASM-042]: look here"]


def test_vectors_in_t32_code_are_told_from_those_in_a32():
    thumb = made(".thumb\nnop\nnop\nvectors: b .")
    assert str(vectors_of_another_state(thumb, "vectors", te=False)) == (
        "x.s:4: warning[ASM-206]: the vectors `vectors` are T32 code, but HSCTLR.TE is 0: they would run as "
        "A32 (put .arm before them)"
    )
    assert vectors_of_another_state(made("vectors: b ."), "vectors", te=False) is None
    assert vectors_of_another_state(thumb, "others", te=False) is None
    assert vectors_of_another_state(thumb, "vectors", te=True) is None
    assert str(vectors_of_another_state(made("vectors: b ."), "vectors", te=True)) == (
        "x.s:1: warning[ASM-206]: the vectors `vectors` are A32 code, but HSCTLR.TE is 1: they would run as "
        "T32 (put .thumb before them)"
    )
