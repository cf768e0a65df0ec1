"""The real-time clock, GPIO, PCI host, firmware configuration and message frame that QEMU's virt machine has.

Their answers are held to QEMU's by tests/foreign/devices.S; here is what that image cannot show.
"""

import pytest

from hypgen.board.load import load_board
from hypgen.emulator.timers import INSTRUCTIONS_PER_SECOND, Clock
from hypgen.errors import NotModelledError
from hypgen.machine.devices import pl031, pl061
from hypgen.machine.devices.fw_cfg import FILE_DIR, FwCfg
from hypgen.machine.devices.gicv2m import Gicv2m
from hypgen.machine.devices.pci import ConfigurationSpace
from hypgen.machine.devices.table import DEVICES, make_device
from hypgen.machine.machine import Machine


@pytest.mark.parametrize("compatible", DEVICES)
def test_each_device_of_the_table_can_be_made(compatible):
    assert hasattr(make_device(compatible, 2, 0x1000), "read")


class _Clock(Clock):
    at = 0


@pytest.fixture
def rtc():
    clock = _Clock()
    clock.executed = lambda: clock.at
    device = pl031.Pl031()
    device.attach(clock)
    return clock, device


def test_the_clock_counts_seconds_and_its_alarm_interrupts_at_its_time(rtc):
    clock, device = rtc
    assert device.read(pl031.DR, 4) == pl031.EPOCH
    device.write(pl031.IMSC, 4, 1)
    device.write(pl031.MR, 4, pl031.EPOCH + 3)
    assert clock.due() == 3 * INSTRUCTIONS_PER_SECOND
    clock.at = 3 * INSTRUCTIONS_PER_SECOND - 1
    clock.ring()
    assert (device.read(pl031.DR, 4), device.irq.level) == (pl031.EPOCH + 2, False)
    clock.at += 1
    clock.ring()
    assert (device.read(pl031.DR, 4), device.irq.level) == (pl031.EPOCH + 3, True)
    device.write(pl031.ICR, 4, 1)
    assert not device.irq.level


def test_a_level_that_is_asked_for_interrupts():
    device = pl061.Pl061()
    device.write(pl061.IE, 4, 0x08)
    device.write(pl061.IS, 4, 0x08)
    assert device.irq.level, "an input that nobody drives is low"
    device.write(pl061.IEV, 4, 0x08)
    assert not device.irq.level


def test_the_host_bridge_is_the_only_function_and_keeps_what_can_be_written():
    space = ConfigurationSpace()
    assert (space.read(0, 4), space.read(0x0A, 2)) == (0x0008_1B36, 0x0600)
    assert {space.read(offset, 4) for offset in (0x8000, 0x1000, 0x10_0000, 0x100)} == {0xFFFF_FFFF}
    space.write(0x04, 4, 0xFFFF_FFFF)
    space.write(0x8000, 4, 0)
    assert space.read(0x04, 4) == 0x0507


def test_firmware_is_told_of_no_files_and_cannot_write():
    device = FwCfg(cpus=4)
    device.write(8, 2, FILE_DIR << 8)
    assert device.read(0, 4) == 0
    with pytest.raises(NotModelledError, match="fw_cfg: write of 0x1"):
        device.write(0, 1, 1)


def test_a_message_pulses_its_interrupt_and_only_one_of_the_frame():
    frame = Gicv2m()
    levels = []
    frame.irqs[50].connect(levels.append)
    frame.write(0x40, 4, 32 + 50)
    frame.write(0x40, 4, 32 + 3)
    assert levels == [True, False]


def test_the_board_connects_their_interrupts():
    machine = Machine(load_board("qemu-virt"), mode="functional")
    gicd, rtc = (machine.memory.device(address).device for address in (0x0800_0000, 0x0901_0000))
    rtc.write(pl031.IMSC, 4, 1)
    rtc.write(pl031.MR, 4, rtc.read(pl031.DR, 4))
    assert gicd.read(0x204, 4) == 1 << 2
