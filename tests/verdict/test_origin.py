"""Where a difference between two fillings of everything UNKNOWN comes from, and who uses it first."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.verdict.audit import audit
from hypgen.verdict.contract import EntryContract
from tests.litmus.litmus import words
from tests.machine.elf_image import image

BASE = 0x4001_0000
CLEAN = EntryContract(tlb="clean", caches="clean", mode="hyp")


def divergence(code: str):
    """The one finding UNK-001 of an audit of ``code``."""
    made = audit(load_board("qemu-virt"), image(words(code), BASE), "x.elf", CLEAN)
    (found,) = [one for one in made.findings if one.rule == "UNK-001"]
    return found


def use(found) -> tuple[int, str]:
    """How many instructions stand before the first use, and what is said of it."""
    (event,) = found.earlier
    return (event.pc - BASE) // 4, event.what


@pytest.mark.parametrize(
    ("code", "what", "instructions"),
    [
        ("mov r1, #1\ncmp r5, #0\nmi: bmi mi\nnop", "r5 of CPU 0", 1),
        # moved first, which is no use yet
        ("mov r1, r5\nmov r2, r1\ntst r2, #4\nne: bne ne\nnop", "r5 of CPU 0", 2),
        ("mrs r1, spsr_svc\ntst r1, #8\nne: bne ne\nnop", "SPSR_svc of CPU 0", 1),
        ("mrc p15, 4, r1, c2, c0, 2\ntst r1, #1\nne: bne ne\nnop", "HTCR.T0SZ of CPU 0", 0),
        ("ldr r1, =0x40500000\nldrb r1, [r1, #3]\ntst r1, #1\nne: bne ne\nnop", "0x40500003", 1),
        ("ldr r1, =0x40500000\nldr r1, [r1]\ntst r1, #0x10000\nne: bne ne\nnop", "0x40500002", 1),
    ],
)
def test_the_register_or_byte_is_named_with_its_first_use(code, what, instructions):
    found = divergence(code)
    place, said = use(found)
    assert place == instructions
    assert what in said
    assert "which nothing has given a value" in said
    assert what in found.fix
    assert what in found.state[0]


def test_the_bit_is_the_one_that_is_asked_for():
    assert "by bit 2; used first" in use(divergence("tst r5, #4\nne: bne ne\nnop"))[1]
    assert "by bit 31; used first" in use(divergence("cmp r5, #0\nmi: bmi mi\nnop"))[1]


def test_the_use_is_found_behind_a_loop():
    found = divergence(
        "mov r9, #0\nloop: cmp r9, #4\naddne r9, r9, #1\nbne loop\ntst r7, #2\nne: bne ne\nnop"
    )
    assert use(found)[0] == 4


def test_what_no_register_shows_is_placed_where_the_paths_part():
    # an HVC goes to wherever HVBAR points, which nothing has written
    found = divergence("ldr sp, =0x40300000\nhvc #0\nnop")
    place, said = use(found)
    assert (place, "HVBAR" in said) == (1, True)
