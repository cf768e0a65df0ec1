"""Watchpoints: what they see, and that a run stops before the access and goes on from there."""

import pytest

from hypgen.board.load import load_board
from hypgen.emulator.watch import Watchpoint
from hypgen.machine.machine import Machine
from tests.machine.elf_image import image

LOOP = 0xEAFF_FFFE
NOP = 0xE320_F000
ADD_R0_R0_1 = 0xE280_0001
STR_R0_R1 = 0xE581_0000
LDR_R2_R1 = 0xE591_2000
STRB_R0_R1_3 = 0xE5C1_0003
BACK_2 = 0xEAFF_FFFC

DATA = 0x4010_0000


def loaded(words):
    machine = Machine(load_board("qemu-virt"), mode="functional")
    machine.load(image(words, 0x4000_8000))
    machine.cpus[0].write("r0", 0)
    machine.cpus[0].write("r1", DATA)
    return machine


@pytest.mark.parametrize(
    ("kind", "write", "seen"),
    [
        ("write", True, True),
        ("write", False, False),
        ("read", False, True),
        ("read", True, False),
        ("access", True, True),
        ("access", False, True),
    ],
)
def test_a_watchpoint_sees_its_own_kind_of_access(kind, write, seen):
    assert Watchpoint(DATA, 4, kind).sees(DATA, 4, write) is seen


@pytest.mark.parametrize(
    ("va", "size", "seen"),
    [
        (DATA - 4, 4, False),
        (DATA - 3, 4, True),
        (DATA + 3, 1, True),
        (DATA + 4, 1, False),
        (DATA - 8, 16, True),
    ],
)
def test_a_watchpoint_sees_every_access_that_touches_one_of_its_bytes(va, size, seen):
    assert Watchpoint(DATA, 4, "write").sees(va, size, True) is seen


def test_a_run_stops_before_the_write_and_then_goes_on():
    machine = loaded([ADD_R0_R0_1, STR_R0_R1, LOOP])
    machine.write_physical(DATA, bytes(4))
    machine.watchpoints = [Watchpoint(DATA)]
    stop = machine.run().stop
    assert (stop.kind, stop.pc, machine.read_physical(DATA, 1)) == ("watch", 0x4000_8004, b"\0")
    assert stop.sentence == "watched write of 4 bytes at 0x40100000 (there)"
    assert machine.run().stop.kind == "loop"
    assert machine.read_physical(DATA, 1) == b"\1"


def test_every_round_of_a_loop_is_seen_and_counts_its_instructions_once():
    machine = loaded([ADD_R0_R0_1, STR_R0_R1, BACK_2])
    machine.watchpoints = [Watchpoint(DATA + 2, 1)]
    assert [machine.run().instructions for _ in range(3)] == [1, 3, 3]
    assert machine.cpus[0].r[0] == 3


def test_accesses_that_passed_before_are_seen_once_watched():
    machine = loaded([STR_R0_R1, LDR_R2_R1, 0xEAFF_FFFC])
    machine.run(limit=300)
    machine.watchpoints = [Watchpoint(DATA, 4, "read")]
    assert machine.run().stop.pc == 0x4000_8004
    machine.watchpoints = []
    assert machine.run(limit=300).stop.kind == "limit"


def test_a_byte_in_a_word_is_seen():
    machine = loaded([STRB_R0_R1_3, LOOP])
    machine.watchpoints = [Watchpoint(DATA)]
    assert machine.run().stop.sentence == "watched write of 1 byte at 0x40100003 (_start)"
