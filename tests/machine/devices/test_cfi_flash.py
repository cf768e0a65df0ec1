"""Flash banks: memory and device in one place. tests/foreign/devices.S holds their answers to QEMU."""

import pytest

from hypgen.board.load import load_board
from hypgen.emulator.memory import Dram, Window
from hypgen.emulator.unknown import Unknown
from hypgen.machine.boot import flat_image
from hypgen.machine.devices.cfi_flash import CfiFlash
from hypgen.machine.machine import Machine
from hypgen.units import MIB, PhysAddr, Span

BANK1 = 0x0400_0000


@pytest.fixture
def bank():
    dram = Dram("flash", MIB, Unknown("zeros"), writable=False)
    made = CfiFlash(Window("flash", Span.sized(PhysAddr(0), MIB), dram))
    made.window.hidden = True
    return made


def test_a_bank_that_nobody_programmed_is_no_memory(bank):
    bank.write(0, 4, 0xFF)
    assert bank.window.hidden
    bank.programmed()
    assert not bank.window.hidden


def test_a_command_takes_the_array_out_of_sight_until_read_array(bank):
    seen = []
    bank.programmed()
    bank.changed = lambda: seen.append(bank.window.hidden)
    bank.write(0, 4, 0x70)
    bank.write(0, 4, 0x90)
    bank.write(0, 4, 0xFF)
    assert seen == [True, False]


def test_programming_clears_bits_and_erasing_sets_those_of_a_sector(bank):
    for value in (0x20, 0xD0, 0x40):
        bank.write(0x40010, 4, value)
    bank.write(0x40010, 4, 0xFFFF_00FF)
    bank.write(0, 4, 0x10)
    bank.write(0x40010, 4, 0x1234_5678)
    bank.write(0, 4, 0xFF)
    assert [bank.read(offset, 4) for offset in (0x40010, 0x40014, 0x3FFFC, 0x80000)] == [
        0x1234_0078,
        0xFFFF_FFFF,
        0,
        0,
    ]


@pytest.mark.parametrize("cycles", [(0x20, 0x12), (0x60, 0x12), (0xE8, 0, 0xFFFF_FFFF, 0x12)])
def test_what_is_not_confirmed_ends_in_read_array(bank, cycles):
    bank.programmed()
    for value in cycles[:-1]:
        bank.write(0, 4, value)
        assert bank.window.hidden
    bank.write(0, 4, cycles[-1])
    assert (bank.window.hidden, bank.read(0, 4)) == (False, 0)


PROGRAM = bytes.fromhex(
    "01 13 a0 e3"  # mov r1, #0x04000000
    "20 00 a0 e3  00 00 81 e5"  # mov r0, #0x20; str r0, [r1]
    "d0 00 a0 e3  00 00 81 e5"  # mov r0, #0xd0; str r0, [r1]
    "00 20 91 e5"  # ldr r2, [r1]: the status
    "ff 00 a0 e3  00 00 81 e5"  # mov r0, #0xff; str r0, [r1]
    "00 30 91 e5"  # ldr r3, [r1]: the array
    "fe ff ff ea"  # b .
)


def test_a_snapshot_holds_what_a_bank_shows_and_contains():
    machine = Machine(load_board("qemu-virt"), mode="functional")
    machine.start(flat_image(PROGRAM, "boot.bin", 0))
    machine.run(limit=3)
    before = machine.snapshot()
    for _ in range(2):
        assert machine.run().stop.kind == "loop"
        assert machine.cpus[0].r[2:4] == [0x0080_0080, 0xFFFF_FFFF]
        assert machine.read_physical(BANK1, 4) == b"\xff\xff\xff\xff"
        machine.restore(before)
        with pytest.raises(ValueError, match="no memory"):
            machine.read_physical(BANK1, 4)


def test_nothing_is_fetched_from_flash_that_nobody_programmed():
    machine = Machine(load_board("qemu-virt"), mode="functional")
    machine.start(flat_image(bytes.fromhex("00 f0 a0 e3"), "jump.bin", 0x4000_8000))  # mov pc, #0
    machine.run(limit=2)
    taken = machine.exceptions[0]
    assert (taken.kind, taken.why) == (
        "PrefetchAbort",
        "flash bank 0 at physical address 0x0000000000, fetched from as 0x00000000",
    )
