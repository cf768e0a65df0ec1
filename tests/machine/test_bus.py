"""A board becomes a memory map in which nothing is silent."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import get_args

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Console
from hypgen.emulator.unknown import Unknown
from hypgen.errors import InputError, NotModelledError
from hypgen.machine.bus import Bus, build_bus
from hypgen.machine.describe import describe
from hypgen.machine.devices.ns16550 import Ns16550
from hypgen.machine.devices.pl011 import Pl011
from hypgen.machine.devices.table import CONSOLES


@pytest.fixture
def keystone() -> Bus:
    return build_bus(describe(load_board("keystone")), Unknown(1))


@pytest.fixture
def qemu_virt() -> Bus:
    return build_bus(describe(load_board("qemu-virt")), Unknown(1))


def test_the_low_alias_shows_the_same_dram(keystone):
    keystone.memory.write(0x8_0020_0000, b"true")
    assert keystone.memory.read(0x8020_0000, 4) == b"true"
    keystone.memory.write(0x8020_0000, b"low ")
    assert keystone.memory.read(0x8_0020_0000, 4) == b"low "


def test_the_alias_is_not_coherent_as_the_board_says(keystone):
    by_name = {window.name: window for window in keystone.memory.windows}
    assert by_name["ddr3a"].coherent
    assert not by_name["ddr3a (low alias)"].coherent


def test_each_board_has_the_console_it_names(keystone, qemu_virt):
    assert isinstance(keystone.console, Ns16550)
    assert isinstance(qemu_virt.console, Pl011)
    window = qemu_virt.memory.device(0x0900_0018)
    assert window.device is qemu_virt.console
    assert window.span.start == 0x0900_0000


def test_every_console_that_a_board_file_may_name_has_a_model():
    assert set(CONSOLES) == set(get_args(Console.model_fields["compatible"].annotation))


@pytest.mark.parametrize("access", ["read", "write"])
def test_a_device_without_a_model_is_a_named_error(keystone, access):
    device, offset = keystone.memory.device(0x0262_0100).device, 0x100
    with pytest.raises(NotModelledError) as raised:
        device.read(offset, 4) if access == "read" else device.write(offset, 4, 0xFF)
    what = {"read": "read of 4 bytes at offset 0x100", "write": "write of 0xff (4 bytes) at offset 0x100"}
    expected = f"error[RUN-001]: device state control (BOOTCFG): {what[access]} (not modelled)"
    assert str(raised.value) == expected


def test_firmware_leaves_the_gic_to_non_secure_software(keystone):
    keystone.requester.cpu = SimpleNamespace(index=1, secure=True)
    distributor = keystone.memory.device(0x0256_1000).device
    interface = keystone.memory.device(0x0256_2000).device
    assert distributor.read(0x080, 4) == distributor.read(0x084, 4) == 0xFFFF_FFFF
    assert (distributor.read(0, 4), interface.read(0, 4), interface.read(4, 4)) == (3, 3, 0xF8)


def test_a_secure_image_finds_the_gic_as_reset_left_it():
    bus = build_bus(describe(load_board("keystone"), "secure-svc"), Unknown(1))
    bus.requester.cpu = SimpleNamespace(index=0, secure=True)
    assert bus.memory.device(0x0256_1000).device.read(0, 4) == 0
    assert bus.memory.device(0x0256_1000).device.read(0x080, 4) == 0


def test_the_gic_is_that_of_the_board(qemu_virt):
    qemu_virt.requester.cpu = SimpleNamespace(index=0, secure=False)
    assert qemu_virt.memory.device(0x0800_0000).device.read(4, 4) == 0x68  # 288 IDs, four CPUs, no security


def test_an_address_is_named_by_the_smallest_range_that_holds_it(keystone):
    assert keystone.what(0x8_0000_0000) == "ddr3a"
    assert keystone.what(0x8000_0000) == "ddr3a (low alias)"
    assert keystone.what(0x0256_1000) == "GIC distributor (GICD)"
    assert keystone.what(0x0020_0000) == "SoC registers and on-chip memory (no DDR)"
    assert keystone.what(0xF_0000_0000) == "nothing"


def test_reserved_addresses_do_not_respond(keystone):
    assert keystone.memory.device(0x0020_0000) is None
    assert keystone.memory.page(0x200) is None


def test_no_two_devices_overlap_although_named_ranges_nest(qemu_virt):
    spans = sorted(window.span for window in qemu_virt.memory.devices)
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_cpus_have_the_identification_of_their_core_and_their_place():
    description = describe(load_board("keystone"))
    assert [cpu.mpidr for cpu in description.cpus] == [0x8000_0000, 0x8000_0001, 0x8000_0002, 0x8000_0003]
    last = description.cpus[3].identification
    assert last["MIDR"] == 0x414F_C0F0
    assert last["MPIDR"] == 0x8000_0003
    assert last["CBAR"] == 0x0256_0000
    assert last["L2CTLR"] >> 24 & 3 == 3
    assert "CNTFRQ" not in last  # firmware's value is not known: UNKNOWN


def test_cntfrq_is_what_the_board_says():
    assert describe(load_board("qemu-virt")).cpus[0].identification["CNTFRQ"] == 62_500_000


def test_a_cpu_without_data_is_refused_with_the_place():
    board = load_board("keystone")
    other = board.model_copy(update={"cpus": board.cpus.model_copy(update={"model": "cortex-a99"})})
    with pytest.raises(InputError) as raised:
        describe(other)
    known = "cortex-a12, cortex-a15, cortex-a17, cortex-a7"
    sentence = f"the machine has no data of the CPU model 'cortex-a99', only of {known}"
    hint = "choose a model that has the same extensions, or add its identification registers"
    assert str(raised.value).endswith(f"error[RUN-002]: {sentence} ({hint})")
    assert raised.value.location == board.locate("cpus.model")
