"""What a DSB of one CPU tells the rules of the others about tables that are no longer in use."""

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
