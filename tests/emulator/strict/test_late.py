"""Another CPU's store seen late, played on two CPUs: message passing and store buffering (DDI 0406C D7.2)."""

from __future__ import annotations

import pytest

from hypgen.board.firmware import Secondaries, SpinTable
from hypgen.machine.describe import describe
from hypgen.machine.secondaries import releases
from hypgen.selftest.bench import Setting, prepared, symbols
from hypgen.units import PhysAddr
from hypgen.verdict.exploring import Exploration, Played, explore_run

PUBLISH = "ldr r0, =DATA\n mov r1, #1\n str r1, [r0]\n{barrier}\n str r1, [r0, #64]\n"
READ = "ldr r0, =DATA\n1: ldr r1, [r0, #64]\n cmp r1, #1\n bne 1b\n{barrier}\n ldr r2, [r0]\n"
BUFFER = "ldr r0, =DATA\n mov r1, #1\n str r1, [r0, #{mine}]\n{barrier}\n ldr r2, [r0, #{other}]\n"


def explored(first: str, second: str) -> Exploration:
    return explore_run(prepared(first, Setting(mmu=True, second=second)), limit=2000)


def ends(found: Exploration) -> set[str]:
    return {one.difference for one in found.divergences}


@pytest.mark.parametrize(
    ("barrier", "other"), [("", "dmb"), ("dmb", ""), ("dmb nsh", "dmb"), ("dmb", "dmb ishst")]
)
def test_data_may_be_older_than_its_flag_where_a_side_has_no_barrier(barrier, other):
    found = explored(PUBLISH.format(barrier=barrier), READ.format(barrier=other))
    assert {rule: played for (rule, _, _), played in found.played.items()} == {"SMP-001": Played.CONFIRMED}
    assert "CPU 1: r2 is 0x0 in the end, not 0x1" in ends(found)
    assert not found.bounded


def test_data_is_not_older_than_its_flag_with_a_barrier_on_both_sides():
    found = explored(PUBLISH.format(barrier="dmb"), READ.format(barrier="dmb"))
    assert (found.played, found.diverged, found.outcomes) == ({}, False, 1)


def buffered(barrier: str) -> Exploration:
    """Each CPU stores to a word of its own and loads the other's."""
    first, second = (BUFFER.format(mine=mine, other=64 - mine, barrier=barrier) for mine in (0, 64))
    return explored(first, second)


def test_two_cpus_may_both_miss_the_others_store():
    found = buffered("")
    assert ends(found) == {"CPU 1: r2 is 0x0 in the end, not 0x1"}  # CPU 0 came first, and has loaded 0
    assert str(found.divergences[0].steps[0]).startswith("the load is made before CPU 0 stored, at ")


def test_not_with_a_barrier_on_both_sides():
    found = buffered("dmb")
    assert (found.diverged, found.outcomes, found.bounded) == (False, 1, False)


def test_one_barrier_does_not_do():
    first, second = (
        BUFFER.format(mine=mine, other=64 - mine, barrier="dmb" * (not mine)) for mine in (0, 64)
    )
    assert explored(first, second).diverged


# -- stores in either order -----------------------------------------------------------------------------
DELAY = "mov r3, #128\n1: subs r3, r3, #1\n bne 1b\n"
WRITE = "ldr r0, =DATA\n mov r1, #{value}\n str r1, [r0]\n"


def test_of_two_stores_in_no_order_either_is_the_last_one_where_somebody_reads():
    read = "1: ldr r2, [r0, #64]\n cmp r2, #1\n bne 1b\n dmb\n ldr r2, [r0]\n"
    told = DELAY + WRITE.format(value=2) + "dmb\n mov r1, #1\n str r1, [r0, #64]\n"
    found = explored(WRITE.format(value=1) + read, told)
    assert {rule: played for (rule, _, _), played in found.played.items()} == {"SMP-001": Played.CONFIRMED}
    (other,) = found.divergences
    assert other.steps[0].what == "the store comes before that of CPU 0"
    assert other.difference == "r2 is 0x1 in the end, not 0x2"


def test_two_stores_that_nobody_reads_are_nobodys_business():
    found = explored(WRITE.format(value=1), DELAY + WRITE.format(value=2))
    assert (found.played, found.diverged, found.outcomes, found.bounded) == ({}, False, 1, False)


# -- events ---------------------------------------------------------------------------------------------
RELEASE = "ldr r0, =DATA\n ldr r1, =CODE2\n str r1, [r0]\n{barrier}\n sev\n"


def released(barrier: str) -> Exploration:
    """CPU 1 is held by firmware, which waits for an event and looks at a word."""
    machine = prepared(RELEASE.format(barrier=barrier), Setting(mmu=True))
    word = PhysAddr(symbols(machine.board)["DATA"])
    table = SpinTable(release_address=word, stride=0, wake="event")
    how = Secondaries(method="spin-table", spin_table=table)
    description = describe(machine.board)._replace(secondaries=how)
    machine.scheduler.hold(1, releases(description, machine.bus, machine.cpus)[1])
    return explore_run(machine, limit=2000)


def test_firmware_may_be_woken_before_the_word_is_there():
    found = released("")
    assert {rule: played for (rule, _, _), played in found.played.items()} == {"SMP-002": Played.CONFIRMED}
    assert found.divergences[0].steps[0].what.startswith("firmware is woken, sees the word as it was before")


def test_not_where_the_store_is_complete():
    found = released("dsb")
    assert (found.played, found.diverged, found.outcomes) == ({}, False, 1)
