"""Event streams: when an event has come, and what ends a WFE."""

from __future__ import annotations

import pytest

from hypgen.board.cpus import with_cpus
from hypgen.board.load import load_board
from hypgen.emulator.event_stream import EventStream
from hypgen.emulator.timers import INSTRUCTIONS_PER_SECOND, Clock
from hypgen.machine.boot import flat_image
from hypgen.machine.machine import Machine

WFE, LOOP = 0xE320_F002, 0xEAFF_FFFE
EVNTEN, EVNTDIR = 1 << 2, 1 << 3


class Rig:
    """A stream whose time a test has; an instruction is a count."""

    def __init__(self, **values: int) -> None:
        self.clock = Clock(INSTRUCTIONS_PER_SECOND)
        self.now = 0
        self.clock.executed = lambda: self.now
        self.values = {"CNTKCTL": 0, "CNTHCTL": 0, "CNTVOFF": 0} | values
        self.sent: list[int] = []
        self.stream = EventStream(self.values, self.clock, lambda: self.sent.append(self.now))

    def passed_at(self, *times: int) -> list[bool]:
        found = []
        for self.now in times:
            found.append(self.stream.passed())
        return found


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ({"CNTHCTL": EVNTEN | 3 << 4}, 8),  # bit 3 rises at 8, 24, ...
        ({"CNTHCTL": EVNTEN | EVNTDIR | 3 << 4}, 16),  # and falls at 16, 32, ...
        ({"CNTKCTL": EVNTEN | 3 << 4, "CNTVOFF": 5}, 13),
        ({"CNTKCTL": EVNTEN | EVNTDIR | 3 << 4, "CNTHCTL": EVNTEN | 3 << 4}, 8),
    ],
)
def test_an_event_comes_at_each_transition_of_its_bit(values, first):
    rig = Rig(**values)
    assert rig.passed_at(0, first - 1, first, first, first + 15, first + 16) == (
        [False, False, True, False, len(values) == 2 and "CNTVOFF" not in values, True]
    )
    rig.now = 0
    rig.stream.arm()
    assert rig.clock.due() == first


def test_without_a_stream_there_is_no_event():
    rig = Rig()
    rig.stream.arm()
    assert (rig.passed_at(0, 1000), rig.clock.due()) == ([False, False], None)


def waiting(control: int, words: list[int]) -> Machine:
    machine = Machine(with_cpus(load_board("qemu-virt"), 1), mode="functional")
    machine.start(flat_image(b"".join(word.to_bytes(4, "little") for word in words), "wfe.bin", 0x4000_8000))
    machine.cpus[0].write("CNTHCTL", control)
    return machine


def test_a_wfe_waits_for_the_next_event_and_each_only_for_one():
    machine = waiting(EVNTEN | 15 << 4, [WFE, WFE, WFE, LOOP])  # an event every 65,536 counts
    assert machine.run().stop.kind == "loop"
    assert machine.clock.count() == (1 << 15) + 2 * (1 << 16)


def test_a_snapshot_holds_which_events_were_known():
    machine = waiting(EVNTEN | 15 << 4, [WFE, WFE, LOOP])
    machine.run(limit=1)
    before = machine.snapshot()
    ends = []
    for _ in range(2):
        assert machine.run().stop.kind == "loop"
        ends.append(machine.clock.count())
        machine.restore(before)
    assert ends[0] == ends[1]
