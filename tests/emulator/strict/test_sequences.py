"""SMP: data under a sequence number, written after it was read: by the order of the stores alone."""

from __future__ import annotations

import pytest

from hypgen.selftest.bench import LIMIT, Setting, prepared

DELAY = "mov r4, #{turns}\n8: subs r4, r4, #1\n bne 8b\n"
READ = (
    "ldr r0, =DATA\n1: ldr r1, [r0]\n tst r1, #1\n bne 1b\n dmb\n"
    " ldr r2, [r0, #64]\n{barrier}\n ldr r3, [r0]\n cmp r3, r1\n bne 1b\n"
)
WRITE = (
    DELAY.format(turns=200) + "ldr r0, =DATA\n mov r1, #1\n str r1, [r0]\n{barrier}\n mov r2, #5\n"
    " str r2, [r0, #64]\n dmb\n mov r1, #2\n str r1, [r0]\n"
)


def told(reader: str, writer: str) -> list[str]:
    machine = prepared(writer, Setting(mmu=True, second=reader))
    machine.scheduler.turns = range(32, 64)  # the reader has done before the writer begins
    machine.run(limit=LIMIT)
    return [str(one.fix) for one in machine.findings]


@pytest.mark.parametrize("barrier", ["", "dmb nsh"])
def test_the_data_may_be_stored_before_the_number(barrier: str):
    (fix,) = told(READ.format(barrier="dmb"), WRITE.format(barrier=barrier))
    assert fix == "put DMB between the store of the number that tells of it and this store"


@pytest.mark.parametrize("barrier", ["dmb", "dmb ishst", "dsb"])
def test_not_behind_a_barrier(barrier: str):
    assert told(READ.format(barrier="dmb"), WRITE.format(barrier=barrier)) == []


def test_what_is_loaded_behind_the_last_look_is_another_matter():
    """Nothing was looked at behind the load: no number tells whether it is good."""
    reader = READ.format(barrier="dmb").replace(" ldr r2, [r0, #64]\n", "") + " ldr r2, [r0, #64]\n"
    assert told(reader, WRITE.format(barrier="")) == []
