"""SMP: two CPUs that store a flag each and load the other's (DDI 0406C D7.2), and what only looks so."""

from __future__ import annotations

import pytest

from hypgen.emulator.strict.findings import Finding
from hypgen.machine.machine import Machine
from hypgen.selftest.bench import LIMIT, Setting, prepared
from hypgen.verdict.exploring import Played, explore_run

DELAY = "mov r4, #{turns}\n8: subs r4, r4, #1\n bne 8b\n"
WANT = "ldr r0, =DATA\n mov r1, #1\n str r1, [r0, #{mine}]\n{barrier}\n"
WAIT = "1: ldr r2, [r0, #{other}]\n cmp r2, #0\n bne 1b\n"
ENTER = "dmb\n ldr r3, [r0, #128]\n{stay} add r3, r3, #1\n str r3, [r0, #128]\n"
LEAVE = "dmb\n mov r1, #0\n str r1, [r0, #{mine}]\n"
NONE, FULL = "", "dmb ish"


def lock(mine: int, barrier: str, wait: str = WAIT) -> str:
    """Enter when the other CPU does not want to; the first CPU stays inside for some time."""
    late, stay = (DELAY.format(turns=20), "") if mine else ("", DELAY.format(turns=100))
    code = late + WANT + wait + ENTER + LEAVE
    return code.format(mine=mine, other=64 - mine, barrier=barrier, stay=stay)


def machine(first: str, second: str, *, mmu: bool = True) -> Machine:
    """Both CPUs, which take turns that are shorter than what the first one does inside."""
    made = prepared(first, Setting(mmu=mmu, second=second))
    made.scheduler.turns = range(8, 32)
    return made


def findings(first: str, second: str, *, mmu: bool = True) -> list[Finding]:
    made = machine(first, second, mmu=mmu)
    made.run(limit=LIMIT)
    return list(made.findings)


def rules(first: str, second: str, *, mmu: bool = True) -> list[str]:
    return [one.rule for one in findings(first, second, mmu=mmu)]


@pytest.mark.parametrize(
    ("first", "second"), [(NONE, NONE), (FULL, NONE), (NONE, FULL), ("dmb ishst", FULL), (FULL, "dsb nsh")]
)
def test_both_may_enter_unless_each_has_a_barrier_for_loads(first, second):
    assert rules(lock(0, first), lock(64, second)) == ["SMP-007"]


@pytest.mark.parametrize("barrier", [FULL, "dmb", "dsb"])
def test_nobody_enters_beside_another_behind_barriers(barrier):
    assert rules(lock(0, barrier), lock(64, barrier)) == []


def test_it_is_told_at_the_load_that_lacks_its_barrier():
    for first, second in ((NONE, FULL), (FULL, NONE)):
        (found,) = findings(lock(0, first), lock(64, second))
        assert found.cpu == (0 if first is NONE else 1)
        assert found.earlier[0].pc < found.pc


def test_strongly_ordered_memory_keeps_the_order():
    assert rules(lock(0, NONE), lock(64, NONE), mmu=False) == []


def test_a_barrier_in_the_loop_is_too_late():
    wait = WAIT.replace(" cmp", " dmb\n cmp")
    assert rules(lock(0, NONE, wait), lock(64, NONE, wait)) == ["SMP-007"]


MEET = (
    "ldr r0, =DATA\n mov r1, #1\n str r1, [r0, #{mine}]\n"
    "1: ldr r2, [r0, #{other}]\n cmp r2, #1\n bne 1b\n dmb\n str r1, [r0, #{own}]\n"
)


@pytest.mark.parametrize("turns", [1, 100])
def test_both_may_wait_for_each_other_without_barriers(turns: int):
    """The old value makes a CPU look again."""
    first, second = (MEET.format(mine=mine, other=64 - mine, own=128 + mine) for mine in (0, 64))
    assert rules(first, DELAY.format(turns=turns) + second) == []


TAKE = "1: ldrex r2, [r0]\n cmp r2, #0\n bne 1b\n strex r2, r1, [r0]\n cmp r2, #0\n bne 1b\n dmb\n"
SAY = "str r1, [r0, #64]\n3: ldr r2, [r0]\n cmp r2, #0\n bne 3b\n"
GLANCE = "ldr r3, [r0, #64]\n cmp r3, #1\n beq 2f\n str r1, [r0, #128]\n2:" + DELAY.format(turns=100)


def test_a_word_that_is_taken_with_exclusives_is_looked_at_once_more():
    """That somebody waits may be seen late; the lock is not entered by it."""
    begin = "ldr r0, =DATA\n mov r1, #1\n"
    holder = begin + TAKE + GLANCE + "dmb\n mov r1, #0\n str r1, [r0]\n"
    assert rules(holder, DELAY.format(turns=20) + begin + SAY + TAKE) == []


def test_playing_has_both_enter():
    found = explore_run(machine(lock(0, NONE), lock(64, NONE)), limit=LIMIT)
    assert {rule: played for (rule, _, _), played in found.played.items()} == {"SMP-007": Played.CONFIRMED}
