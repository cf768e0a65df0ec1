"""Renewal: a machine that begins again is as one just made, and keeps what it decoded."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.emulator.strict.essence import canonical, essence
from hypgen.errors import InputError
from hypgen.machine.loader import read_image
from hypgen.machine.machine import Machine
from hypgen.machine.renewal import renewed
from hypgen.machine.snapshot import Snapshots
from hypgen.pipeline.building import compile_image
from tests.machine.elf_image import image

ADD_R0_R0_1 = 0xE280_0001
ADD_R0_R0_2 = 0xE280_0002
STR_R0_R3_POST = 0xE483_0004
B_BACK_2 = 0xEAFF_FFFC
LOOP = [ADD_R0_R0_1, STR_R0_R3_POST, B_BACK_2]
BOARDS = ["keystone", "qemu-virt", "rpi2", "vexpress-tc2"]


NOT_COMPARED = {"attention", "_alarms"}
"""Whether to look up before the next block, which is decided again; functions to call at a time."""


def whole_state(machine):
    snapshots = Snapshots(machine)
    taken = snapshots.take()
    states = [
        (name, canonical(value))
        for (_, names), state in zip(snapshots.parts, taken.states, strict=True)
        for name, value in zip(names, state, strict=True)
        if name not in NOT_COMPARED
    ]
    memory = {
        (dram.name, index): page.data for dram, pages in taken.pages.items() for index, page in pages.items()
    }
    return states, machine.clock.due(), [essence(one) for one in taken.observers], memory


def same(first, second):
    """Whether two states are equal, in memory as far as both have touched it."""
    *rest, memory = first
    *other_rest, other_memory = second
    both = memory.keys() & other_memory
    return rest == other_rest and all(memory[key] == other_memory[key] for key in both)


def looping(board, words=LOOP):
    base = board.memory[0].physical
    return read_image(image(words, int(base) + 0x20_0000))


def going(machine):
    machine.cpus[0].write("r0", 0)
    machine.cpus[0].write("r3", machine.image.entry + 0x1_0000)
    return machine.run(limit=3000)


@pytest.mark.parametrize("name", BOARDS)
def test_a_machine_that_begins_again_is_as_one_just_made(name):
    board = load_board(name)
    made = compile_image(board)
    loaded = read_image(made.elf)
    for complement, seed in ((False, 1), (True, 2)):
        fresh = Machine(board, unknown_seed=1, complement=complement, schedule_seed=seed)
        fresh.start(loaded)
        with renewed(board, loaded, 1, complement, seed) as again:
            assert same(whole_state(again), whole_state(fresh))
            assert again.findings == []
            assert again.run(limit=20_000) == fresh.run(limit=20_000)
            assert same(whole_state(again), whole_state(fresh))


def test_what_was_decoded_is_kept_where_the_bytes_are_the_same():
    board = load_board("qemu-virt")
    with renewed(board, looping(board), 1, False, 1) as machine:
        going(machine)
        known = dict(machine.runners[0].finder._bound)
    with renewed(board, looping(board), 1, True, 1) as again:
        assert again is machine
        assert dict(again.runners[0].finder._bound) == known != {}
        going(again)
        assert dict(again.runners[0].finder._bound) == known


def test_another_image_in_the_same_place_is_decoded_anew():
    board = load_board("qemu-virt")
    with renewed(board, looping(board), 1, False, 1) as machine:
        going(machine)
        assert machine.cpus[0].read("r0") == 1000
    with renewed(board, looping(board, [ADD_R0_R0_2, *LOOP[1:]]), 1, False, 1) as again:
        assert again is machine
        going(again)
        assert again.cpus[0].read("r0") == 2000


def test_hooks_and_findings_of_the_run_before_are_gone():
    board = load_board("qemu-virt")
    seen = []
    with renewed(board, looping(board), 1, False, 1) as machine:
        machine.hooks.append(lambda cpu, block: seen.append(block))
        machine.watch_registers(("HVBAR",), lambda *told: seen.append(told))
        going(machine)
    assert seen
    seen.clear()
    with renewed(board, looping(board), 1, False, 1) as again:
        going(again)
    assert seen == []


def test_a_machine_is_not_used_again_after_an_error():
    board = load_board("qemu-virt")
    with pytest.raises(InputError), renewed(board, looping(board), 1, False, 1) as machine:
        raise InputError.at("RUN-004", "an error", None, "")
    with renewed(board, looping(board), 1, False, 1) as other:
        assert other is not machine


def test_a_machine_in_use_is_nobody_elses():
    board = load_board("qemu-virt")
    loaded = looping(board)
    with renewed(board, loaded, 1, False, 1) as one, renewed(board, loaded, 1, True, 1) as other:
        assert one is not other
