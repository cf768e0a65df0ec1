"""Snapshots: everything is as it was, and what runs from there is the same."""

from __future__ import annotations

import time

import pytest

from hypgen.board.load import load_board
from hypgen.machine.machine import Machine
from tests.machine.elf_image import image

ADD_R0_R0_1 = 0xE280_0001
STR_R0_R3_POST = 0xE483_0004
MCR_HVBAR_R1 = 0xEE8C_1F10
B_BACK_3 = 0xEAFF_FFFB
LDR_R2_R3 = 0xE593_2000
HVC_0 = 0xE140_0070
UDF = 0xE7F0_00F0


@pytest.fixture(scope="module")
def virt():
    return load_board("qemu-virt")


def loaded(board, words, mode="functional"):
    machine = Machine(board, mode=mode)
    base = board.memory[0].physical + 0x20_0000
    machine.load(image(words, base))
    machine.cpus[0].write("r0", 0)
    machine.cpus[0].write("r3", base + 0x1_0000)
    return machine, base


def state(machine):
    cpu = machine.cpus[0]
    return (
        tuple(cpu.r),
        cpu.cpsr(),
        dict(cpu.coproc.values),
        machine.scheduler.executed(),
        machine.console,
        machine.clock.count(),
        len(machine.exceptions),
    )


LOOP = [ADD_R0_R0_1, STR_R0_R3_POST, B_BACK_3 + 1]


@pytest.mark.parametrize("mode", ["functional", "strict"])
def test_a_run_from_a_snapshot_repeats_itself(virt, mode):
    machine, base = loaded(virt, LOOP, mode)
    machine.run(limit=1000)
    snapshot = machine.snapshot()
    before = state(machine)
    memory = machine.read_physical(base, 0x2_0000)
    machine.run(limit=3001)
    after, changed = state(machine), machine.read_physical(base, 0x2_0000)
    assert changed != memory
    for _ in range(2):
        machine.restore(snapshot)
        assert state(machine) == before
        assert machine.read_physical(base, 0x2_0000) == memory
        machine.run(limit=3001)
        assert state(machine) == after
        assert machine.read_physical(base, 0x2_0000) == changed


def test_a_run_cut_into_pieces_is_the_same_run(virt):
    whole, base = loaded(virt, LOOP)
    whole.run(limit=5000)
    pieces, _ = loaded(virt, LOOP)
    for length in (1, 7, 64, 65, 999, 3864):
        pieces.run(limit=length)
        pieces.restore(pieces.snapshot())
    assert state(pieces) == state(whole)
    assert pieces.read_physical(base, 0x2_0000) == whole.read_physical(base, 0x2_0000)


def test_branches_of_a_tree_of_snapshots_do_not_disturb_each_other(virt):
    machine, base = loaded(virt, LOOP)
    first = machine.snapshot()
    machine.run(limit=300)
    second = machine.snapshot()
    machine.write_physical(base + 0x1_0000, b"other")
    machine.restore(first)
    assert machine.cpus[0].read("r0") == 0
    machine.run(limit=30)
    machine.restore(second)
    assert machine.cpus[0].read("r0") == 100
    assert machine.read_physical(base + 0x1_0000, 4) == (1).to_bytes(4, "little")


def test_changed_code_is_executed_as_it_was(virt):
    machine, base = loaded(virt, [ADD_R0_R0_1, 0xEAFF_FFFE])
    snapshot = machine.snapshot()
    machine.run()
    assert machine.cpus[0].read("r0") == 1
    machine.write_physical(base, (0xE280_0005).to_bytes(4, "little"))
    machine.restore(snapshot)
    machine.run()
    assert machine.cpus[0].read("r0") == 1


def test_a_page_that_came_into_being_is_unknown_again(virt):
    machine, base = loaded(virt, [LDR_R2_R3, 0xEAFF_FFFE])
    machine.cpus[0].write("r3", base + 0x80_0000)
    snapshot = machine.snapshot()
    machine.run()
    unknown = machine.cpus[0].read("r2")
    machine.write_physical(base + 0x80_0000, b"\1\2\3\4")
    machine.restore(snapshot)
    machine.run()
    assert machine.cpus[0].read("r2") == unknown


def test_console_output_goes_back(virt):
    machine, _ = loaded(virt, LOOP)
    console = machine.bus.console
    snapshot = machine.snapshot()
    console.write(0, 1, ord("x"))
    assert machine.console == "x"
    machine.restore(snapshot)
    assert machine.console == ""


def test_restoring_without_a_snapshot_is_refused(virt):
    machine, _ = loaded(virt, LOOP)
    other, _ = loaded(virt, LOOP)
    with pytest.raises(ValueError, match="has made no snapshot"):
        other.restore(machine.snapshot())


def test_restoring_is_quick(virt):
    machine, _ = loaded(virt, LOOP)
    machine.run(limit=2000)
    snapshot = machine.snapshot()
    best = 1.0
    for _ in range(20):
        machine.run(limit=2000)
        start = time.perf_counter()
        machine.restore(snapshot)
        best = min(best, time.perf_counter() - start)
    assert best < 0.0005 * 4  # four times what is promised of a quiet machine


def test_a_snapshot_is_gone_back_to_from_a_lock_up(virt):
    """The address of the instruction at which the run ended for ever is none of the run that follows."""
    machine, base = loaded(virt, [ADD_R0_R0_1, HVC_0, UDF, *[UDF] * 8])
    machine.cpus[0].write("HVBAR", base + 0x20)
    snapshot = machine.snapshot()
    for _ in range(2):
        machine.restore(snapshot)
        assert machine.run(limit=1000).stop.kind == "lock-up"
        assert machine.exceptions[0].pc == base + 4
