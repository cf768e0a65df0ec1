"""SMP: flags of which an old value leads astray, and what keeps it from being seen (DDI 0406C A3.8.2)."""

import pytest

from hypgen.selftest.bench import Setting, run

SEEN = "1: ldr r2, [r0, #64]\n cmp r2, #1\n bne 1b\n{barrier}\n"
"""Waits for what the first CPU stores last."""
ADDED = "ldr r0, =DATA\n ldr r1, [r0]\n add r1, r1, #1\n str r1, [r0]\n"
COUNTING = ADDED + "{barrier}\n mov r3, #1\n str r3, [r0, #64]\n1: ldr r2, [r0]\n cmp r2, #2\n bne 1b\n"
RESET = "ldr r0, =DATA\n mov r1, #5\n str r1, [r0]\n{barrier}\n mov r3, #1\n str r3, [r0, #64]\n"
EXCLUSIVELY = "2: ldrex r1, [r0]\n add r1, r1, #1\n strex r2, r1, [r0]\n cmp r2, #0\n bne 2b\n"
BUSY = (
    "ldr r0, =DATA\n mov r1, #1\n str r1, [r0]\n{barrier}\n str r1, [r0, #64]\n mov r4, #600\n"
    "1: subs r4, r4, #1\n bne 1b\n str r4, [r0]\n"
)
WAITING = "2: ldr r2, [r0]\n cmp r2, #0\n bne 2b\n str r2, [r0, #128]\n"


def told(first: str, second: str) -> list[str]:
    setting = Setting(mmu=True, second=f"ldr r0, =DATA\n{second}")
    return [one.rule for one in run(first, setting).findings]


@pytest.mark.parametrize(("barrier", "rules"), [("dmb", []), ("dmb ishst", []), ("", ["SMP-001"])])
def test_a_count_that_is_polled_as_well_is_not_lost(barrier, rules):
    second = SEEN.format(barrier="dmb") + ADDED
    assert told(COUNTING.format(barrier=barrier), second) == rules


@pytest.mark.parametrize(("barrier", "rules"), [("dmb", []), ("dmb ishst", []), ("", ["SMP-001"])])
def test_a_plain_store_comes_before_the_exclusives_of_whoever_saw_a_later_one(barrier, rules):
    assert told(RESET.format(barrier=barrier), SEEN.format(barrier="dmb") + EXCLUSIVELY) == rules


def test_the_exclusives_themselves_need_no_barrier_for_that():
    """STREX fails if LDREX has read too early."""
    assert told(RESET.format(barrier="dmb"), SEEN.format(barrier="") + EXCLUSIVELY) == []


@pytest.mark.parametrize(
    ("writer", "reader", "rules"),
    [("dmb", "dmb", []), ("dmb ishst", "dmb", []), ("", "dmb", ["SMP-001"]), ("dmb", "", ["SMP-001"])],
)
def test_one_flag_is_not_waited_on_before_another_was_seen(writer, reader, rules):
    assert told(BUSY.format(barrier=writer), SEEN.format(barrier=reader) + WAITING) == rules


@pytest.mark.parametrize(
    ("writer", "reader", "events", "fix"),
    [
        ("", "dmb", "later store by CPU 0, seen by CPU 1", "between the two stores of CPU 0"),
        ("dmb", "", "load of the flag by CPU 1", "between the load of the flag and this access"),
    ],
)
def test_a_race_says_which_barrier_is_missing(writer, reader, events, fix):
    first = "ldr r0, =DATA\n mov r1, #1\n str r1, [r0, #128]\n{barrier}\n str r1, [r0, #64]\n"
    second = "ldr r0, =DATA\n" + SEEN.format(barrier=reader) + "ldr r3, [r0, #128]\n"
    (found,) = run(first.format(barrier=writer), Setting(mmu=True, second=second)).findings
    assert found.earlier[1].what == events
    assert fix in found.fix
