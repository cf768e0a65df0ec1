"""Stepping, stopping, and going back: on two CPUs as on one, the same run every time."""

import pytest

from hypgen.board.load import load_board
from hypgen.emulator.watch import Watchpoint
from hypgen.machine.debugger import Debugger, Position
from hypgen.machine.machine import Machine
from tests.machine.elf_image import image

BASE = 0x4000_8000
LOOP = 0xEAFF_FFFE
ADD_R0_R0_1 = 0xE280_0001
STR_R0_R1 = 0xE581_0000
BACK_2 = 0xEAFF_FFFC
SVC_0 = 0xEF00_0000
DATA = 0x4010_0000


def make(words):
    machine = Machine(load_board("qemu-virt"), mode="functional")
    machine.load(image(words, BASE))
    machine.cpus[0].write("r0", 0)
    machine.cpus[0].write("r1", DATA)
    machine.cpus[0].write("HVBAR", BASE)
    return machine


def debugger(words):
    return Debugger(make(words))


def r0(one):
    return one.machine.cpus[0].r[0]


COUNTING = [ADD_R0_R0_1, STR_R0_R1, BACK_2]


def test_a_step_is_one_instruction():
    one = debugger(COUNTING)
    assert [one.step(0).pc - BASE for _ in range(4)] == [4, 8, 0, 4]


def test_an_exception_entry_is_a_step_of_its_own():
    one = debugger([ADD_R0_R0_1, ADD_R0_R0_1, SVC_0, LOOP, LOOP])
    stops = [one.step(0) for _ in range(3)]
    assert [(stop.kind, stop.pc - BASE) for stop in stops] == [("step", 4), ("step", 8), ("step", 0x14 - 12)]


def test_resume_stops_at_breakpoints_and_passes_the_one_it_stands_on():
    one = debugger(COUNTING)
    one.breakpoints = {BASE + 4}
    assert [(one.resume().kind, r0(one)) for _ in range(3)] == [("until", 1), ("until", 2), ("until", 3)]


def test_resume_stops_before_a_watched_write():
    one = debugger(COUNTING)
    one.watchpoints = [Watchpoint(DATA)]
    assert [(one.resume().kind, one.position.instructions) for _ in range(2)] == [("watch", 1), ("watch", 4)]


def test_resume_can_be_interrupted_and_limited():
    one = debugger(COUNTING)
    assert one.resume(interrupted=lambda: True).kind == "interrupt"
    assert one.resume(limit=7).kind == "limit"
    assert one.position.instructions == 100_007


def test_a_step_back_undoes_a_step():
    one = debugger(COUNTING)
    one.resume(limit=100)
    before = one.machine.cpus[0].cpsr(), list(one.machine.cpus[0].r)
    one.step(0)
    assert one.step_back(0)
    assert (one.machine.cpus[0].cpsr(), list(one.machine.cpus[0].r)) == before


def test_a_step_back_undoes_an_exception_entry():
    one = debugger([ADD_R0_R0_1, SVC_0, LOOP, LOOP, LOOP])
    for _ in range(2):
        one.step(0)
    assert one.position == Position(2, 1)
    assert one.step_back(0)
    assert (one.machine.cpus[0].r[15], one.position) == (BASE + 4, Position(1, 0))


def test_at_the_beginning_there_is_no_step_back():
    one = debugger(COUNTING)
    assert not one.step_back(0)
    assert one.position == Position(0, 0)


def test_resuming_back_goes_to_the_last_breakpoint_before_and_then_to_the_beginning():
    one = debugger(COUNTING)
    one.resume(limit=11)
    one.breakpoints = {BASE + 4}
    seen = [(one.resume_back().kind, r0(one)) for _ in range(5)]
    assert seen == [("until", 4), ("until", 3), ("until", 2), ("until", 1), ("begin", 0)]


def test_resuming_back_meets_watchpoints():
    one = debugger(COUNTING)
    one.resume(limit=8)
    one.watchpoints = [Watchpoint(DATA)]
    assert (one.resume_back().kind, one.position.instructions) == ("watch", 7)
    assert (one.resume_back().kind, one.position.instructions) == ("watch", 4)


def test_what_was_done_from_outside_happens_again_at_its_time():
    one = debugger(COUNTING)
    one.resume(limit=9)
    one.do(lambda machine: machine.cpus[0].write("r0", 100))
    one.resume(limit=9)
    assert r0(one) == 103
    one.step_back(0)
    assert r0(one) == 103
    one.go(Position(9, 0))
    one.resume(limit=9)
    assert r0(one) == 103


def test_a_change_in_the_past_makes_another_future():
    one = debugger(COUNTING)
    one.resume(limit=9)
    one.do(lambda machine: machine.cpus[0].write("r0", 100))
    one.go(Position(3, 0))
    one.do(lambda machine: machine.cpus[0].write("r0", 50))
    one.resume(limit=9)
    assert r0(one) == 53


def test_a_reset_forgets_what_was_done():
    one = debugger(COUNTING)
    one.do(lambda machine: machine.cpus[0].write("r0", 100))
    one.reset()
    one.resume(limit=1)
    assert r0(one) == 1


@pytest.mark.parametrize("count", [1, 63, 64, 65, 5000])
def test_a_position_is_reached_exactly(count):
    one = debugger(COUNTING)
    one.resume(limit=6000)
    one.go(Position(count, 0))
    assert (one.position.instructions, r0(one)) == (count, (count + 2) // 3)
