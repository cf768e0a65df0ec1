"""SMP: loads that another CPU's store may overtake, and what keeps them in front of it (DDI 0406C A3.8.2)."""

import pytest

from hypgen.emulator.access import Accesses
from hypgen.selftest.bench import LIMIT, Setting, prepared, run, start_second

FIRST = "ldr r0, =DATA\n ldr r2, [r0]\n{between}\n str r3, [r0, #64]\n"
SECOND = "ldr r0, =DATA\n mov r4, #1\n1: ldr r2, [r0, #64]\n cmp r2, #1\n bne 1b\n str r4, [r0]\n"
CALLED = "mov r8, r0\n mov r0, r2\n bl 3f\n b 4f\n3: bx lr\n4: mov r0, r8\n mov r3, #1"
ORDERED = {
    "a barrier": "dmb\n mov r3, #1",
    "the value stored": "eor r3, r2, r2\n add r3, r3, #1",
    "the value stored, and kept elsewhere before": "str r2, [r0, #128]\n eor r3, r2, r2\n add r3, r3, #1",
    "the address": "mov r3, #1\n and r2, r2, #0\n add r0, r0, r2",
    "a branch": "cmp r2, #7\n beq 2f\n mov r3, #1\n2:",
    "a return": "adr lr, 2f\n cmp r2, #7\n bxeq lr\n mov r3, #1\n2:",
    "a call that gets the value, and may decide by it": CALLED,
    "a store to the same word in front of a barrier of stores": "str r2, [r0]\n dmb ishst\n mov r3, #1",
}
NOT_ORDERED = {
    "nothing": "mov r3, #1",
    "a barrier of stores": "dmb ishst\n mov r3, #1",
    "a barrier of the Non-shareable domain": "dmb nsh\n mov r3, #1",
    "a store of the value elsewhere": "str r2, [r0, #128]\n mov r3, #1",
    "a store that is left out": "cmp r2, #7\n streq r2, [r0, #128]\n mov r3, #1",
}


def reported(between: str, second: str = SECOND) -> list[str]:
    setting = Setting(mmu=True, second=second)
    return [one.rule for one in run(FIRST.format(between=between), setting).findings]


@pytest.mark.parametrize("between", ORDERED)
def test_the_load_comes_first_by(between):
    assert reported(ORDERED[between]) == []


@pytest.mark.parametrize("between", NOT_ORDERED)
def test_the_load_may_come_late_by(between):
    assert reported(NOT_ORDERED[between]) == ["SMP-001"]


def test_nothing_is_told_of_a_store_that_waits_for_nothing():
    assert reported("mov r3, #1", "ldr r0, =DATA\n mov r4, #1\n str r4, [r0]\n") == []


def test_loads_of_a_page_are_told_again_once_another_cpu_is_started():
    setting = Setting(mmu=True, second=SECOND)
    alone = "ldr r0, =DATA\n mov r5, #40\n 5: ldr r2, [r0, #4]\n subs r5, r5, #1\n bne 5b\n"
    machine = prepared(alone + FIRST.format(between=NOT_ORDERED["nothing"]), setting)
    machine.scheduler.stop(1)
    machine.run(limit=100)
    start_second(machine, setting)
    machine.run(limit=LIMIT)
    assert [one.rule for one in machine.findings] == ["SMP-001"]


def test_loads_that_are_told_are_translated_once_a_page(monkeypatch):
    read = []
    outcome = Accesses._outcome
    monkeypatch.setattr(
        Accesses, "_outcome", lambda self, va, access: read.append(access) or outcome(self, va, access)
    )
    polled = "ldr r0, =DATA\n mov r4, #400\n1: ldr r2, [r0, #64]\n subs r4, r4, #1\n bne 1b\n"
    written = "ldr r0, =DATA\n mov r4, #1\n str r4, [r0]\n"
    assert [one.rule for one in run(polled, Setting(mmu=True, second=written)).findings] == []
    assert read.count("read") < 20
