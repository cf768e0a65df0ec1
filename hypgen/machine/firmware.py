"""Firmware that stays resident: what answers an SMC or HVC when the board says that something does.

PSCI is ARM DEN 0022, the calling convention ARM DEN 0028. Firmware is modelled by its results, it
executes no instructions. It serves the Non-secure state only, and images that start there: one that
starts in Secure state is in firmware's place, and brings its own monitor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hypgen.machine.describe import MachineDescription
from hypgen.machine.devices.base import not_modelled

if TYPE_CHECKING:
    from hypgen.board.firmware import Psci
    from hypgen.emulator.cpu import Cpu
    from hypgen.emulator.system import PowerControl

SUCCESS = 0
NOT_SUPPORTED = -1
INVALID_PARAMETERS = -2
ALREADY_ON = -4
INVALID_ADDRESS = -9
AFFINITY_ON = 0
AFFINITY_OFF = 1
NO_MIGRATION = 2
"""MIGRATE_INFO_TYPE: the Trusted OS, if there is one, needs no migration."""

PSCI_FEATURES = 0x8400_000A
"""A function of PSCI 1.0, which board files need not list: since 0.2 all identifiers are fixed."""
AFFINITY_MASK = 0x00FF_FFFF
"""Aff2, Aff1 and Aff0 of an MPIDR: how PSCI names a CPU."""
POWER_STATE = 0x0301_FFFF
"""AffinityLevel, StateType and StateID; the other bits are reserved."""


class PowerRequest(Exception):  # noqa: N818  # a request of the guest, not an error
    """The guest asked firmware to switch the machine off (``"off"``) or to reset it (``"reset"``)."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Firmware:
    """Answers calls of one machine's CPUs; an instance is the emulator's firmware hook.

    ``has_memory`` tells whether code can be at an address, which PSCI 1.0 asks of entry points.
    """

    def __init__(
        self, description: MachineDescription, has_memory: Callable[[int], bool] = lambda address: True
    ) -> None:
        self._smc = description.firmware.smc
        self._in_place = description.secure
        self._psci = description.psci
        self._start = description.secondaries.smc
        self.conduits = frozenset({"smc", self._psci.conduit} if self._psci else {"smc"})
        """The instructions that may be calls to it."""
        self._has_memory = has_memory
        self._functions = (
            {number: name for name, number in self._psci.functions.items()} if self._psci else {}
        )
        if self._psci and self._psci.version not in ("0.1", "0.2"):
            self._functions.setdefault(PSCI_FEATURES, "psci_features")
        self._affinities = tuple(cpu.mpidr & AFFINITY_MASK for cpu in description.cpus)

    def __call__(self, cpu: Cpu, conduit: str, immediate: int) -> bool:
        """Answer the ``conduit`` ("smc" or "hvc") call of ``cpu``; False when this is no call to firmware.

        The function is in r0, its arguments from r1 on, and the result goes to r0. Raises
        NotModelledError for a call that firmware would answer and the model does not, PowerRequest
        for SYSTEM_OFF and SYSTEM_RESET.
        """
        if cpu.secure or self._in_place or (conduit == "smc" and self._smc == "none"):
            return False
        r = cpu.r
        psci = self._psci
        if psci is not None and psci.conduit == conduit:
            name = self._functions.get(r[0])
            if name is not None:
                r[0] = self._call(cpu, psci, name, r[1:4]) & 0xFFFF_FFFF
                return True
            if conduit == "smc" and self._smc == "psci" and psci.version != "0.1":
                r[0] = NOT_SUPPORTED & 0xFFFF_FFFF
                return True
        if conduit == "hvc":
            return False
        if self._start is not None and (immediate, r[0]) == (self._start.immediate, self._start.function):
            if 0 < r[1] < len(self._affinities) and not self._power(cpu).is_on(r[1]):
                self._power(cpu).start(r[1], r[2])
                r[0] = SUCCESS
                return True
            # What the monitor answers then is not public.
            raise not_modelled(
                f"firmware ({self._smc})", f"starting CPU {r[1]}, which is on or does not exist"
            )
        raise not_modelled(f"firmware ({self._smc})", f"SMC #{immediate:#x} with r0 = {r[0]:#x}")

    @staticmethod
    def _power(cpu: Cpu) -> PowerControl:
        control = cpu.system.power
        assert control is not None, "a CPU of a machine has power control"
        return control

    def _call(self, cpu: Cpu, psci: Psci, name: str, arguments: Sequence[int]) -> int:
        if name == "psci_version":
            major, _, minor = psci.version.partition(".")
            return int(major) << 16 | int(minor)
        if name == "psci_features":
            return SUCCESS if arguments[0] in self._functions else NOT_SUPPORTED
        if name == "system_off":
            raise PowerRequest("off")
        if name == "system_reset":
            raise PowerRequest("reset")
        if name == "migrate_info_type":
            return NO_MIGRATION
        if name == "affinity_info":
            return self._affinity_info(cpu, arguments[0], arguments[1])
        if name == "cpu_on":
            return self._cpu_on(cpu, psci, *arguments)
        if name == "cpu_off":
            self._power(cpu).stop(cpu.index)
            return SUCCESS  # which nobody sees
        if name == "cpu_suspend":
            return self._suspend(cpu, arguments)
        return NOT_SUPPORTED  # MIGRATE: there is no Trusted OS to migrate

    def _cpu_on(self, cpu: Cpu, psci: Psci, target: int, entry: int, context: int) -> int:
        """CPU_ON. A CPU is on at once here, so ON_PENDING is never seen."""
        if target not in self._affinities:
            return INVALID_PARAMETERS
        index = self._affinities.index(target)
        if self._power(cpu).is_on(index):
            return ALREADY_ON
        if psci.version not in ("0.1", "0.2") and not self._has_memory(entry & ~1):
            return INVALID_ADDRESS
        self._power(cpu).start(index, entry, context)
        return SUCCESS

    def _suspend(self, cpu: Cpu, arguments: Sequence[int]) -> int:
        """CPU_SUSPEND: a WFI of firmware's, which no hypervisor traps.

        A power-down state is demoted to standby, as firmware may (DEN 0022, CPU_SUSPEND) and QEMU's does
        (target/arm/psci.c): the call returns SUCCESS, and nothing is lost.
        """
        state = arguments[0]
        if state & ~POWER_STATE:
            return INVALID_PARAMETERS
        if not cpu.system.interrupts.ends_wfi():
            cpu.waiting = "wfi"
            cpu.system.attention = True
        return SUCCESS

    def _affinity_info(self, cpu: Cpu, target: int, level: int) -> int:
        """AFFINITY_INFO: whether any CPU of the affinity instance at ``level`` is on.

        A level above 3 is an invalid parameter (DEN 0022, 5.1.5); QEMU takes every level but 0 as on.
        """
        if level > 3:
            return INVALID_PARAMETERS
        shift = 8 * level
        members = [
            index
            for index, affinity in enumerate(self._affinities)
            if affinity >> shift == (target & AFFINITY_MASK) >> shift
        ]
        if not members or target & ~AFFINITY_MASK:
            return INVALID_PARAMETERS
        power = self._power(cpu)
        return AFFINITY_ON if any(power.is_on(index) for index in members) else AFFINITY_OFF
