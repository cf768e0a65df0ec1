from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from hypgen.board.load import load_board
from hypgen.board.model import Firmware as FirmwareBlock
from hypgen.board.model import Psci
from hypgen.errors import NotModelledError
from hypgen.machine.describe import describe
from hypgen.machine.firmware import Firmware, PowerRequest

NOT_SUPPORTED = 0xFFFF_FFFF


def cpu(*arguments: int, secure: bool = False, mpidr: int = 0x8000_0000) -> SimpleNamespace:
    """As much of a CPU as a call to firmware touches: r0 to r3, the state, and its MPIDR."""
    registers = [*arguments, *[0] * (16 - len(arguments))]
    return SimpleNamespace(r=registers, secure=secure, coproc=SimpleNamespace(read=lambda name: mpidr))


@pytest.fixture
def psci() -> Firmware:
    return Firmware(describe(load_board("qemu-virt")))


@pytest.fixture
def monitor() -> Firmware:
    return Firmware(describe(load_board("keystone")))


def call(firmware: Firmware, *arguments: int, conduit: str = "smc") -> int:
    caller = cpu(*arguments)
    assert firmware(caller, conduit, 0)
    assert caller.r[1:4] == [*arguments, 0, 0, 0][1:4]
    return caller.r[0]


def test_psci_0_2_answers_its_version(psci):
    assert call(psci, 0x8400_0000) == 0x0000_0002


def test_psci_1_0_has_features():
    description = describe(load_board("qemu-virt"))
    block = description.firmware.psci
    newer = Psci(version="1.0", conduit="hvc", functions=block.functions)
    firmware = Firmware(replace(description, firmware=FirmwareBlock(smc="none", psci=newer)))
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
    assert call(psci, 0x8400_0004, 1, 0) == -2 & 0xFFFF_FFFF
    assert call(psci, 0x8400_0004, 0, 1) == -2 & 0xFFFF_FFFF


def test_migration_is_not_needed(psci):
    assert call(psci, 0x8400_0006) == 2


def test_an_unknown_function_is_not_supported(psci):
    assert call(psci, 0x8400_0FFF) == NOT_SUPPORTED


def test_cpu_on_tells_wrong_targets_and_names_what_is_not_modelled(psci, monitor):
    assert call(psci, 0x8400_0003, 7, 0x4000_0000) == -2 & 0xFFFF_FFFF
    assert call(psci, 0x8400_0003, 0, 0x4000_0000) == -4 & 0xFFFF_FFFF
    with pytest.raises(NotModelledError) as raised:
        monitor(cpu(0x8400_0003, 1, 0x8020_0000, 5), "smc", 0)
    expected = "error[RUN-001]: firmware (PSCI): CPU_ON(0x1, 0x80200000, 0x5) (not modelled)"
    assert str(raised.value) == expected


def test_a_call_of_tis_monitor_is_named(monitor):
    with pytest.raises(NotModelledError) as raised:
        monitor(cpu(0, 1, 0x8020_0000), "smc", 0)
    assert str(raised.value) == "error[RUN-001]: firmware (ti-monitor): SMC #0x0 with r0 = 0x0 (not modelled)"


def test_firmware_does_not_answer_hvc_when_the_conduit_is_smc(psci):
    assert not psci(cpu(0x8400_0000), "hvc", 0xFF)


def test_firmware_does_not_answer_the_secure_state(psci, monitor):
    assert not psci(cpu(0x8400_0000, secure=True), "smc", 0)
    assert not monitor(cpu(0, secure=True), "smc", 0)
