"""What the rules are told of: tables out of use, by a DSB of one CPU to the others, and fetches."""

import pytest

from hypgen.selftest.bench import LIMIT, Setting, prepared, symbols

WAIT = """
mov r4, #1000
1: subs r4, r4, #1
bne 1b
"""
"""The second CPU has come to its end by then."""
UNLINK = """
ldr r0, =TABLE1 + 16
mov r2, #0
mov r3, #0
strd r2, r3, [r0]
dsb ishst
mcr p15, 4, r0, c8, c3, 0
dsb ish
"""
REPLACE = """
ldr r0, =DATA
ldr r2, =0x40400741
mov r3, #0
strd r2, r3, [r0]
dsb ish
"""
BLOCK = 0x4020_0741


@pytest.mark.parametrize(("code", "expected"), [(UNLINK + REPLACE, set()), (REPLACE, {"TLB-005"})])
def test_a_table_that_one_cpu_took_out_of_use_may_be_written_anew(code: str, expected: set[str]) -> None:
    """The second CPU has its MMU on, too, and executes no DSB of its own."""
    machine = prepared(WAIT + code, Setting(mmu=True, second="isb"))
    places = symbols(machine.board)
    machine.memory.write(places["TABLE1"] + 16, (places["DATA"] | 3).to_bytes(8, "little"))
    machine.memory.write(places["DATA"], BLOCK.to_bytes(8, "little"))
    machine.run(limit=LIMIT)
    assert {one.rule for one in machine.findings} == expected


ACROSS_PAGES = """
ldr r6, =CODE2 + 0xfff
blx r6
ldr r0, =CODE2 + 0xffe
movw r1, #0xf640
strh r1, [r0]
blx r6
"""
"""Makes ``movw r5, #1`` of T32, which lies on two pages, ``movw r5, #0x801``, and executes it again."""


def test_bytes_of_the_first_page_of_an_instruction_on_two_pages_are_looked_at() -> None:
    """Both pages were fetched from before, and nothing was done to the second one."""
    machine = prepared(ACROSS_PAGES, Setting(mmu=True))
    places = symbols(machine.board)
    first = places["DATA_ENTRY"] + 8 * 0x50
    descriptor = int.from_bytes(machine.memory.read(first, 8), "little")
    machine.memory.write(first + 8, (descriptor + 0x1000).to_bytes(8, "little"))
    machine.memory.write(places["CODE2"] + 0xFFE, bytes.fromhex("40f2010570470000"))
    machine.run(limit=LIMIT)
    assert machine.cpus[0].r[5] == 0x801
    assert [one.rule for one in machine.findings] == ["IFETCH-001"]
