"""CPUs that firmware holds start where software says, and when it wakes them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hypgen.board.firmware import Secondaries, SpinTable
from hypgen.board.load import load_board
from hypgen.emulator.unknown import Unknown
from hypgen.machine.bus import build_bus
from hypgen.machine.describe import describe
from hypgen.machine.secondaries import releases
from hypgen.units import PhysAddr

WORD = 0x8_0000_1000


def held(**how):
    """The releases of keystone's CPUs held in that way, with the bus and the CPUs."""
    description = describe(load_board("keystone"))._replace(secondaries=Secondaries(**how))
    bus = build_bus(description, Unknown(1))
    interrupts = [SimpleNamespace(pending=False) for _ in range(4)]
    for one in interrupts:
        one.ends_wfi = lambda one=one: one.pending
    cpus = [
        SimpleNamespace(index=index, system=SimpleNamespace(event=False, interrupts=one, observer=None))
        for index, one in enumerate(interrupts)
    ]
    return releases(description, bus, cpus), bus, cpus


def spin_table(stride=0, wake="none"):
    table = SpinTable(release_address=PhysAddr(WORD), stride=stride, wake=wake)
    return held(method="spin-table", spin_table=table)


def test_nobody_is_held_where_a_call_starts_cpus():
    description = describe(load_board("keystone"))
    assert releases(description, build_bus(description, Unknown(1)), []) == {}


def test_one_word_releases_all_others():
    release, bus, _ = spin_table()
    assert {index: one() for index, one in release.items()} == {1: None, 2: None, 3: None}
    bus.memory.write(WORD, (0x8020_0000).to_bytes(4, "little"))
    assert {index: one() for index, one in release.items()} == dict.fromkeys((1, 2, 3), 0x8020_0000)


def test_each_cpu_can_have_its_own_word():
    release, bus, _ = spin_table(stride=16)
    bus.memory.write(WORD + 32, (0x8020_0000).to_bytes(4, "little"))
    assert {index: one() for index, one in release.items()} == {1: None, 2: 0x8020_0000, 3: None}


@pytest.mark.parametrize("wake", ["event", "interrupt"])
def test_a_cpu_that_sleeps_does_not_look(wake):
    release, bus, cpus = spin_table(wake=wake)
    bus.memory.write(WORD, (0x8020_0000).to_bytes(4, "little"))
    assert release[2]() is None
    cpus[2].system.event = wake == "event"
    cpus[2].system.interrupts.pending = wake == "interrupt"
    assert release[2]() == 0x8020_0000
    assert release[1]() is None


def test_the_rules_are_told_when_firmware_looks_after_an_event():
    release, _, cpus = spin_table(wake="event")
    looked = []
    cpus[2].system.observer = SimpleNamespace(woken=looked.append)
    assert release[2]() is None
    assert looked == []
    cpus[2].system.event = True
    assert release[2]() is None
    assert looked == [WORD]


def test_a_pen_polls_a_register_and_acknowledges_it():
    board = load_board("rpi2")
    description, mailbox = describe(board), board.secondaries.pen
    bus = build_bus(description, Unknown(1))
    systems = [SimpleNamespace(event=True, observer=None) for n in range(4)]
    cpus = [SimpleNamespace(index=n, system=system) for n, system in enumerate(systems)]
    release = releases(description, bus, cpus)
    bus.memory.device(mailbox.write).device.write(0x8C + 0x20, 4, 0x8000)
    assert release[1]() is None
    assert release[2]() == 0x8000
    assert bus.memory.device(mailbox.read).device.read(0xCC + 0x20, 4) == 0
