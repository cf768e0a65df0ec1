"""SMP-002 where firmware waits for a mailbox (DDI 0406C B1.8.13): the store to it has to be complete, too."""

from __future__ import annotations

import pytest

from hypgen.machine.machine import Machine
from hypgen.selftest.bench import LIMIT, Setting, prepared
from hypgen.verdict.exploring import Played, explore_run

RELEASE = "ldr r0, ={box:#x}\n ldr r1, =CODE2\n str r1, [r0]\n{barrier}\n sev\n"
BOX, NEXT_BOX = 0x4000_009C, 0x4000_00AC
"""What the firmware of rpi2 has CPUs 1 and 2 wait for."""


def releasing(code: str) -> Machine:
    """CPU 0 executes ``code``; firmware holds the others."""
    return prepared(code, Setting(board="rpi2"))


def told(code: str) -> list[tuple[str, int, int]]:
    """Findings: the rule, the CPU, and how many bytes the store is in front of the event."""
    machine = releasing(code)
    machine.run(limit=LIMIT)
    return [(one.rule, one.cpu, one.pc - (one.earlier[0].pc or 0)) for one in machine.findings]


@pytest.mark.parametrize("barrier", ["", "dmb", "dsb nsh"])
def test_a_mailbox_may_be_empty_still_when_firmware_is_woken(barrier: str):
    assert told(RELEASE.format(box=BOX, barrier=barrier)) == [("SMP-002", 0, 8 if barrier else 4)]


@pytest.mark.parametrize("barrier", ["dsb", "dsb st"])
def test_not_behind_a_dsb(barrier: str):
    assert told(RELEASE.format(box=BOX, barrier=barrier)) == []


def test_each_store_to_a_mailbox_counts_for_its_own_cpu():
    code = RELEASE.format(box=BOX, barrier="dsb") + RELEASE.format(box=NEXT_BOX, barrier="")
    assert told(code) == [("SMP-002", 0, 4)]


def test_playing_leaves_the_cpu_held():
    found = explore_run(releasing(RELEASE.format(box=BOX, barrier="")), limit=LIMIT)
    assert {rule: played for (rule, _, _), played in found.played.items()} == {"SMP-002": Played.CONFIRMED}
