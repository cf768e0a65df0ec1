"""The local controller of the BCM2836, the Versatile Express registers, and the CCI-400."""

from __future__ import annotations

import pytest

from hypgen.errors import NotModelledError
from hypgen.machine.devices.bcm2836 import Bcm2836LocalController
from hypgen.machine.devices.cci400 import Cci400
from hypgen.machine.devices.vexpress import ConfigurationController, SystemRegisters


@pytest.fixture
def local() -> Bcm2836LocalController:
    return Bcm2836LocalController()


def levels(local: Bcm2836LocalController, core: int) -> tuple[bool, bool]:
    outputs = local.outputs(core)
    return outputs["irq"].level, outputs["fiq"].level


def test_a_timer_interrupts_its_core_when_enabled(local):
    line = local.private_line(2, 3)
    line(True)
    assert levels(local, 2) == (False, False)
    local.write(0x48, 4, 1 << 3)
    assert levels(local, 2) == (True, False)
    assert local.read(0x68, 4) == 1 << 3
    line(False)
    assert levels(local, 2) == (False, False)


def test_fiq_takes_a_source_from_irq(local):
    local.write(0x40, 4, 1 << 1 | 1 << 5)
    local.private_line(0, 1)(True)
    assert levels(local, 0) == (False, True)
    assert (local.read(0x60, 4), local.read(0x70, 4)) == (0, 1 << 1)


def test_a_mailbox_is_set_cleared_and_interrupts(local):
    local.write(0x5C, 4, 1 << 0)
    local.write(0x80 + 0x30, 4, 0b101)
    assert levels(local, 3) == (True, False)
    assert local.read(0xC0 + 0x30, 4) == 0b101
    assert local.read(0x6C, 4) == 1 << 4
    local.write(0xC0 + 0x30, 4, 0b100)
    assert local.read(0xC0 + 0x30, 4) == 0b001
    local.write(0xC0 + 0x30, 4, 0b001)
    assert levels(local, 3) == (False, False)


@pytest.mark.parametrize("offset", [0x34, 0x24, 0x10])
def test_the_local_timer_and_counters_are_named(local, offset):
    with pytest.raises(NotModelledError) as raised:
        local.read(offset, 4)
    assert "local interrupt controller (bcm2836-l1-intc): read of 4 bytes" in str(raised.value)


def test_sys_flags_are_set_and_cleared_bit_by_bit():
    registers = SystemRegisters()
    registers.write(0x34, 4, 0xFFFF_FFFF)
    registers.write(0x30, 4, 0x8020_0000)
    registers.write(0x30, 4, 0x0000_8000)
    assert registers.read(0x30, 4) == 0x8020_8000
    registers.write(0x34, 4, 0x8000)
    assert registers.read(0x30, 4) == 0x8020_0000
    assert registers.read(0x38, 4) == 0
    with pytest.raises(NotModelledError):
        registers.read(0xA0, 4)


def test_the_scc_tells_the_clusters_and_keeps_resume_addresses():
    controller = ConfigurationController()
    assert (controller.read(0x400, 4), controller.read(0x500, 4)) == (0, 1)
    controller.write(0xB68, 4, 0x8020_0000)
    assert controller.read(0xB68, 4) == 0x8020_0000


def test_the_cci_opens_and_closes_ports():
    cci = Cci400()
    assert cci.read(0x5000, 4) == 0xC000_0000
    cci.write(0x5000, 4, 3)
    assert cci.read(0x5000, 4) == 0xC000_0003
    cci.write(0x1000, 4, 3)
    assert cci.read(0x1000, 4) == 0x4000_0002  # an ACE-Lite port issues no snoops
    assert cci.read(0x000C, 4) == 0
    with pytest.raises(NotModelledError):
        cci.read(0x9000, 4)
