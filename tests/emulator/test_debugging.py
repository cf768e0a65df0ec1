"""Breakpoints, watchpoints and vector catches can be cleared, and what would raise something is refused."""

from __future__ import annotations

import pytest

from hypgen.arch import registers as cp15
from hypgen.arch.cores import CORES
from hypgen.board.load import load_board
from hypgen.emulator.debugging import MDBGEN, REGISTERS, DebugEvents
from hypgen.errors import NotModelledError
from hypgen.machine.machine import Machine
from tests.machine.elf_image import image

E = 1


@pytest.fixture
def registers():
    return dict.fromkeys(REGISTERS, 0)


@pytest.mark.parametrize("name", sorted(REGISTERS - {"DBGDSCRext", "DBGDSCRint", "DBGOSLAR"}))
def test_what_is_cleared_may_stay_in_monitor_debug_mode(registers, name):
    events = DebugEvents(registers)
    for stored, value in ((name, E), (name, 0), ("DBGDSCRext", MDBGEN), (name, 0)):
        events.write(stored, value)
        assert events.read(stored) == value


@pytest.mark.parametrize("name", ["DBGBCR0", "DBGBCR5", "DBGWCR3", "DBGVCR"])
@pytest.mark.parametrize("enabled_first", [False, True])
def test_what_would_raise_debug_exceptions_is_refused_in_either_order(registers, name, enabled_first):
    events = DebugEvents(registers)
    first, second = [(name, E), ("DBGDSCRext", MDBGEN)][:: 1 if enabled_first else -1]
    events.write(*first)
    with pytest.raises(
        NotModelledError, match=rf"debug exceptions \({name} enables one and DBGDSCR.MDBGen is 1\)"
    ):
        events.write(*second)


def test_both_views_of_the_control_register_show_what_is_written(registers):
    events = DebugEvents(registers)
    events.write("DBGDSCRext", MDBGEN)
    assert events.read("DBGDSCRint") == events.read("DBGDSCRext") == MDBGEN


def test_the_key_sets_the_os_lock_and_everything_else_clears_it():
    events = DebugEvents(registers := {"DBGOSLSR": 0b1010})
    for written, status in ((0, 0b1000), (0xC5AC_CE55, 0b1010), (1, 0b1000)):
        events.write("DBGOSLAR", written)
        assert registers["DBGOSLSR"] == status


def test_there_are_as_many_as_the_cores_say():
    count = {
        kind: sum(row.name.startswith(kind) for row in cp15.ROWS) for kind in ("DBGBVR", "DBGBXVR", "DBGWVR")
    }
    for core in CORES.values():
        didr = core.registers["DBGDIDR"]
        assert (didr >> 24 & 0xF) + 1 == count["DBGBVR"]
        assert (didr >> 20 & 0xF) + 1 == count["DBGBXVR"]
        assert (didr >> 28) + 1 == count["DBGWVR"]


def test_a_kernel_clears_breakpoints_and_enables_monitor_debug_mode():
    machine = Machine(load_board("qemu-virt"), mode="functional")
    # DBGBCR1 = r0; DBGBVR1 = r1; r2 = DBGBVR1; DBGDSCRext = r3
    machine.load(image([0xEE00_0EB1, 0xEE00_1E91, 0xEE10_2E91, 0xEE00_3E52, 0xEAFF_FFFE], 0x4020_0000))
    machine.cpus[0].write("r1", 0x1234)
    machine.cpus[0].write("r3", MDBGEN)
    assert machine.run().stop.kind == "loop"
    assert machine.cpus[0].r[2] == 0x1234
