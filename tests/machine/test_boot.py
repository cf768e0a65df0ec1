"""Flat binaries and device tree blobs: where they go, what the registers say, what is refused."""

import pytest

from hypgen.board.load import load_board
from hypgen.errors import InputError
from hypgen.machine.boot import flat_image, hand_over_device_tree
from hypgen.machine.machine import Machine

BASE = 0x4000_8000
BLOB = bytes.fromhex("d00dfeed") + bytes(60)


def started(board="qemu-virt", base=BASE, data=bytes(16)):
    machine = Machine(load_board(board), mode="functional")
    machine.start(flat_image(data, "x.bin", base))
    return machine


def refusal(function, *arguments):
    with pytest.raises(InputError) as caught:
        function(*arguments)
    (one,) = caught.value.diagnostics
    return str(one)


def test_a_flat_binary_is_entered_at_its_first_byte():
    machine = started(data=b"\1\2\3\4")
    assert (machine.cpus[0].r[15], machine.read_physical(BASE, 4)) == (BASE, b"\1\2\3\4")


def test_an_entry_may_be_given_and_its_low_bit_selects_thumb():
    machine = Machine(load_board("qemu-virt"), mode="functional")
    machine.start(flat_image(bytes(16), "x.bin", BASE, BASE + 9))
    assert (machine.cpus[0].r[15], machine.cpus[0].t) == (BASE + 8, 1)


def test_an_entry_outside_the_binary_is_refused():
    assert refusal(flat_image, bytes(16), "x.bin", BASE, BASE + 16) == (
        "x.bin: error[RUN-003]: the entry 0x40008010 lies outside the binary, which is loaded at "
        "[0x40008000..0x40008010) (give --entry an address in it; without --entry it is the first byte)"
    )


def test_an_empty_binary_is_refused():
    assert refusal(flat_image, b"", "x.bin", BASE) == (
        "x.bin: error[RUN-003]: this file is empty: there is nothing to run"
    )


def test_the_boot_protocol_has_the_blob_in_r2():
    machine = started()
    address = hand_over_device_tree(machine, BLOB, "x.dtb")
    assert machine.cpus[0].r[:3] == [0, 0xFFFF_FFFF, address]
    assert machine.read_physical(address, len(BLOB)) == BLOB
    assert address == 0x4800_0000 - 0x20_0000


def test_a_blob_lies_128_mib_above_the_start_of_larger_ram():
    machine = started("keystone", 0x8000_8000)
    assert hand_over_device_tree(machine, BLOB, "x.dtb") == 0x8800_0000


def test_firmware_in_a_rom_finds_the_blob_at_the_start_of_ram():
    machine = started(base=0)
    assert hand_over_device_tree(machine, BLOB, "x.dtb") == 0x4000_0000
    assert machine.read_physical(0x4000_0000, len(BLOB)) == BLOB


def test_what_is_no_blob_is_refused():
    assert refusal(hand_over_device_tree, started(), b"/dts-v1/;" + bytes(60), "x.dts") == (
        "x.dts: error[RUN-005]: this file is no device tree blob: it does not begin with 0xd00dfeed "
        "(compile a source with dtc -O dtb)"
    )


def test_a_blob_over_the_image_is_refused():
    assert refusal(hand_over_device_tree, started(base=0x47E0_0000), BLOB, "x.dtb") == (
        "x.dtb: error[RUN-005]: there is no room for the device tree blob of 64 bytes: it would lie at "
        "[0x47e00000..0x47e00040), over the image at [0x47e00000..0x47e00010)"
    )
