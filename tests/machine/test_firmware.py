from __future__ import annotations

from types import SimpleNamespace

import pytest

from hypgen.board.firmware import Firmware as FirmwareBlock
from hypgen.board.firmware import Psci
from hypgen.board.load import load_board
from hypgen.errors import NotModelledError
from hypgen.machine.describe import describe
from hypgen.machine.firmware import Firmware, PowerRequest

NOT_SUPPORTED = 0xFFFF_FFFF


class Power:
    """Which CPUs are on, and what was started."""

    def __init__(self, *on: int) -> None:
        self.on = {0, *on}
        self.started: list[tuple[int, int, int]] = []

    def is_on(self, index: int) -> bool:
        return index in self.on

    def start(self, index: int, entry: int, context: int = 0) -> None:
        self.started.append((index, entry, context))
        self.on.add(index)

    def stop(self, index: int) -> None:
        self.on.discard(index)


def cpu(
    *arguments: int, secure: bool = False, power: Power | None = None, pending: bool = False
) -> SimpleNamespace:
    """As much of a CPU as a call to firmware touches: r0 to r3, the state, and the machine's power."""
    registers = [*arguments, *[0] * (16 - len(arguments))]
    interrupts = SimpleNamespace(ends_wfi=lambda: pending)
    system = SimpleNamespace(power=power or Power(), interrupts=interrupts, attention=False)
    return SimpleNamespace(r=registers, index=0, secure=secure, system=system, waiting="")


@pytest.fixture
def psci() -> Firmware:
    return Firmware(describe(load_board("qemu-virt")))


@pytest.fixture
def monitor() -> Firmware:
    return Firmware(describe(load_board("keystone")))


def call(firmware: Firmware, *arguments: int, conduit: str = "smc", power: Power | None = None) -> int:
    caller = cpu(*arguments, power=power)
    assert firmware(caller, conduit, 0)
    assert caller.r[1:4] == [*arguments, 0, 0, 0][1:4]
    return caller.r[0]


def test_psci_answers_its_version(psci):
    assert call(psci, 0x8400_0000) == 0x0001_0001


def test_psci_0_2_has_no_features():
    description = describe(load_board("qemu-virt"))
    older = Psci(version="0.2", conduit="smc", functions=description.firmware.psci.functions)
    firmware = Firmware(description._replace(firmware=FirmwareBlock(smc="psci", psci=older)))
    assert call(firmware, 0x8400_0000) == 0x0000_0002
    assert call(firmware, 0x8400_000A, 0x8400_0000) == NOT_SUPPORTED


def test_psci_1_0_has_features():
    description = describe(load_board("qemu-virt"))
    block = description.firmware.psci
    newer = Psci(version="1.0", conduit="hvc", functions=block.functions)
    firmware = Firmware(description._replace(firmware=FirmwareBlock(smc="none", psci=newer)))
    assert call(firmware, 0x8400_0000, conduit="hvc") == 0x0001_0000
    assert call(firmware, 0x8400_000A, 0x8400_0008, conduit="hvc") == 0
    assert call(firmware, 0x8400_000A, 0x8400_0FFF, conduit="hvc") == NOT_SUPPORTED
    assert not firmware(cpu(0x1234), "hvc", 0)  # not PSCI: the image's own hypervisor has it
    assert not firmware(cpu(0x8400_0000), "smc", 0)  # smc: none


@pytest.mark.parametrize(("function", "kind"), [(0x8400_0008, "off"), (0x8400_0009, "reset")])
def test_system_off_and_reset_are_requests_to_the_machine(psci, function, kind):
    with pytest.raises(PowerRequest) as raised:
        psci(cpu(function), "smc", 0)
    assert raised.value.kind == kind


def test_affinity_info_knows_who_is_running(psci):
    assert call(psci, 0x8400_0004, 0, 0) == 0
    assert call(psci, 0x8400_0004, 1, 0) == 1
    assert call(psci, 0x8400_0004, 4, 0) == -2 & 0xFFFF_FFFF
    assert call(psci, 0x8400_0004, 0, 4) == -2 & 0xFFFF_FFFF
    assert call(psci, 0x8400_0004, 0x8000_0000, 0) == -2 & 0xFFFF_FFFF


def test_affinity_info_of_a_cluster_is_that_of_any_of_its_cpus():
    firmware = Firmware(describe(load_board("keystone")))
    assert firmware._affinity_info(cpu(power=Power(2)), 2, 0) == 0
    assert firmware._affinity_info(cpu(power=Power(2)), 3, 0) == 1
    assert firmware._affinity_info(cpu(), 3, 1) == 0
    assert firmware._affinity_info(cpu(), 0x100, 1) == -2


def test_migration_is_not_needed(psci):
    assert call(psci, 0x8400_0006) == 2


def test_an_unknown_function_is_not_supported(psci):
    assert call(psci, 0x8400_0FFF) == NOT_SUPPORTED


CPU_ON, CPU_OFF, CPU_SUSPEND = 0x8400_0003, 0x8400_0002, 0x8400_0001


def test_cpu_on_starts_a_cpu_once(monitor):
    power = Power()
    assert call(monitor, CPU_ON, 1, 0x8020_0001, 5, power=power) == 0
    assert power.started == [(1, 0x8020_0001, 5)]
    assert call(monitor, CPU_ON, 1, 0x8020_0000, power=power) == -4 & 0xFFFF_FFFF
    assert call(monitor, CPU_ON, 0, 0x8020_0000, power=power) == -4 & 0xFFFF_FFFF
    assert call(monitor, CPU_ON, 4, 0x8020_0000, power=power) == -2 & 0xFFFF_FFFF


def test_psci_1_0_refuses_an_entry_where_no_memory_is():
    description = describe(load_board("keystone"))
    newer = Psci(version="1.0", conduit="smc", functions={"cpu_on": CPU_ON})
    block = FirmwareBlock(smc="psci", psci=newer)
    firmware = Firmware(description._replace(firmware=block), lambda address: address >= 0x8000_0000)
    power = Power()
    assert call(firmware, CPU_ON, 1, 0x1000, power=power) == -9 & 0xFFFF_FFFF
    assert call(firmware, CPU_ON, 1, 0x8000_0001, power=power) == 0


def test_cpu_off_switches_the_caller_off(monitor):
    power = Power()
    call(monitor, CPU_OFF, power=power)
    assert power.on == set()


def test_cpu_suspend_waits_in_standby(monitor):
    caller = cpu(CPU_SUSPEND, 0x1234)
    assert monitor(caller, "smc", 0)
    assert (caller.r[0], caller.waiting, caller.system.attention) == (0, "wfi", True)
    caller = cpu(CPU_SUSPEND, 0, pending=True)
    assert monitor(caller, "smc", 0)
    assert (caller.r[0], caller.waiting) == (0, "")
    assert call(monitor, CPU_SUSPEND, 1 << 20) == -2 & 0xFFFF_FFFF


def test_a_power_down_state_is_demoted_to_standby(monitor):
    caller = cpu(CPU_SUSPEND, 1 << 16, 0x8020_0000, 5)
    assert monitor(caller, "smc", 0)
    assert (caller.r[0], caller.waiting) == (0, "wfi")


def test_tis_monitor_starts_a_cpu_at_a_32_bit_address(monitor):
    power = Power()
    assert call(monitor, 0, 2, 0x8020_0000, power=power) == 0
    assert power.started == [(2, 0x8020_0000, 0)]


def test_what_tis_monitor_answers_to_a_wrong_cpu_is_not_known(monitor):
    with pytest.raises(NotModelledError) as raised:
        monitor(cpu(0, 7, 0x8020_0000), "smc", 0)
    what = "starting CPU 7, which is on or does not exist (not modelled)"
    assert str(raised.value) == f"error[RUN-001]: firmware (ti-monitor): {what}"


def test_another_call_of_tis_monitor_is_named(monitor):
    with pytest.raises(NotModelledError) as raised:
        monitor(cpu(1, 1, 0x8020_0000), "smc", 0)
    assert str(raised.value) == "error[RUN-001]: firmware (ti-monitor): SMC #0x0 with r0 = 0x1 (not modelled)"


def test_firmware_does_not_answer_hvc_when_the_conduit_is_smc(psci):
    assert not psci(cpu(0x8400_0000), "hvc", 0xFF)


def test_firmware_does_not_answer_the_secure_state(psci, monitor):
    assert not psci(cpu(0x8400_0000, secure=True), "smc", 0)
    assert not monitor(cpu(0, secure=True), "smc", 0)
