"""SMP-006: only a device that a lock guards, and only what the lock's release leaves behind."""

from __future__ import annotations

import pytest

from hypgen.selftest.bench import Setting, run

TAKE = """
 ldr r0, =DATA
 ldr r5, =CONSOLE
 mov r1, #1
1: ldrex r2, [r0]
 cmp r2, #0
 bne 1b
 strex r2, r1, [r0]
 cmp r2, #0
 bne 1b
"""
PRINT = """
 mov r4, #0x20
2: str r4, [r5]
 subs r4, r4, #1
 bne 2b
"""
GIVE = """
 mov r2, #0
 str r2, [r0]
"""


def found(code: str, mmu: bool = True) -> list[tuple[str, int, int]]:
    """Rules that two CPUs break which both execute ``code``, on which CPU, and how many places led there."""
    outcome = run(code, Setting(mmu=mmu, second=code))
    return [(one.rule, one.cpu, len(one.earlier)) for one in outcome.findings]


def test_the_finding_names_the_store_and_the_release_of_the_other_cpu():
    (finding,) = run(TAKE + PRINT + GIVE, Setting(mmu=True, second=TAKE + PRINT + GIVE)).findings
    assert finding.rule == "SMP-006"
    assert [one.what for one in finding.earlier] == [
        f"store to the device by CPU {1 - finding.cpu}",
        f"the lock given back by CPU {1 - finding.cpu}",
    ]
    assert finding.fix == "insert DMB (ISH) before the store that gives the lock back"


@pytest.mark.parametrize("barrier", ["dmb", "dmb ish", "dmb ishst", "dsb ish"])
def test_a_barrier_before_the_release_is_enough(barrier):
    assert found(f"{TAKE}{PRINT} {barrier}\n{GIVE}") == []


@pytest.mark.parametrize(
    "code",
    [TAKE + PRINT + " dmb nsh\n" + GIVE, TAKE + " dmb\n" + PRINT + GIVE, TAKE + PRINT + GIVE + " dsb\n"],
    ids=["a domain that reaches no other CPU", "only behind the taking", "only behind the release"],
)
def test_a_barrier_elsewhere_is_not(code):
    assert [rule for rule, *_ in found(code)] == ["SMP-006"]


def test_what_no_lock_guards_is_not_judged():
    free = TAKE.partition("1:")[0] + PRINT
    assert found(free + PRINT + TAKE + GIVE + PRINT) == []


def test_stores_that_passed_untold_are_told_once_there_is_a_lock():
    free = TAKE.partition("1:")[0] + PRINT.replace("#0x20", "#0x140")
    take = "".join(TAKE.partition("1:")[1:])
    assert [rule for rule, *_ in found(free + take + PRINT + GIVE)] == ["SMP-006"]


def test_data_that_the_lock_guards_is_judged_by_its_own_rule():
    code = TAKE + " ldr r6, [r0, #64]\n add r6, r6, #1\n str r6, [r0, #64]\n" + GIVE
    assert {rule for rule, *_ in found(code)} == {"SMP-001"}
    safe = TAKE + " dmb\n ldr r6, [r0, #64]\n add r6, r6, #1\n str r6, [r0, #64]\n dmb ishst\n" + GIVE
    assert found(safe) == []


def test_a_store_needs_no_barrier_after_the_branch_on_a_flag():
    """A3.8.2: no store is made before it is known that it is to be made; a load may be."""
    first = " ldr r0, =DATA\n mov r1, #1\n str r1, [r0]\n dmb\n str r1, [r0, #64]\n"
    spin = " ldr r0, =DATA\n1: ldr r1, [r0, #64]\n cmp r1, #0\n beq 1b\n"
    for then, rules in (("str", []), ("ldr", ["SMP-001"])):
        outcome = run(first, Setting(mmu=True, second=f"{spin} {then} r1, [r0]\n"))
        assert [one.rule for one in outcome.findings] == rules


WAITED_FOR = """
 ldr r0, =DATA
 mov r1, #1
 mov r4, #4
1: ldrex r2, [r0]
 cmp r2, #0
 bne 2f
 strex r2, r1, [r0]
 cmp r2, #0
 bne 1b
 dmb
 mov r2, #0
 str r2, [r0]
{barrier}
 sev
 subs r4, r4, #1
 bne 1b
 b 3f
2: wfe
 b 1b
3:
"""


@pytest.mark.parametrize(("barrier", "rules"), [("", ["SMP-002"]), (" dmb\n", ["SMP-002"]), (" dsb\n", [])])
def test_a_lock_may_be_waited_for_behind_the_code_that_takes_it(barrier, rules):
    code = WAITED_FOR.format(barrier=barrier)
    outcome = run(code, Setting(mmu=True, second=code))
    assert sorted({one.rule for one in outcome.findings}) == rules
