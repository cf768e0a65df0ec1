"""Firmware that stays resident: what answers an SMC or HVC when the board says that something does.

PSCI is ARM DEN 0022, the calling convention ARM DEN 0028. Firmware is modelled by its results, it
executes no instructions. It serves the Non-secure state only: an image that starts in Secure state
brings its own monitor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hypgen.machine.describe import MachineDescription
from hypgen.machine.devices.base import not_modelled

if TYPE_CHECKING:
    from hypgen.board.model import Psci
    from hypgen.emulator.cpu import Cpu

SUCCESS = 0
NOT_SUPPORTED = -1
INVALID_PARAMETERS = -2
ALREADY_ON = -4
AFFINITY_ON = 0
AFFINITY_OFF = 1
NO_MIGRATION = 2
"""MIGRATE_INFO_TYPE: the Trusted OS, if there is one, needs no migration."""

PSCI_FEATURES = 0x8400_000A
"""A function of PSCI 1.0, which board files need not list: since 0.2 all identifiers are fixed."""
AFFINITY_MASK = 0x00FF_FFFF
"""Aff2, Aff1 and Aff0 of an MPIDR: how PSCI names a CPU."""


class PowerRequest(Exception):  # noqa: N818  # a request of the guest, not an error
    """The guest asked firmware to switch the machine off (``"off"``) or to reset it (``"reset"``)."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Firmware:
    """Answers calls of one machine's CPUs; an instance is the emulator's firmware hook."""

    def __init__(self, description: MachineDescription) -> None:
        self._smc = description.firmware.smc
        self._psci = description.psci
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
        if cpu.secure or (conduit == "smc" and self._smc == "none"):
            return False
        r = cpu.r
        psci = self._psci
        if psci is not None and psci.conduit == conduit:
            name = self._functions.get(r[0])
            if name is not None:
                r[0] = self._call(psci, name, r[1:4], cpu.coproc.read("MPIDR")) & 0xFFFF_FFFF
                return True
            if conduit == "smc" and self._smc == "psci" and psci.version != "0.1":
                r[0] = NOT_SUPPORTED & 0xFFFF_FFFF
                return True
        if conduit == "hvc":
            return False
        raise not_modelled(f"firmware ({self._smc})", f"SMC #{immediate:#x} with r0 = {r[0]:#x}")

    def _call(self, psci: Psci, name: str, arguments: Sequence[int], caller: int) -> int:
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
        if name == "migrate":
            return NOT_SUPPORTED
        if name == "affinity_info":
            return self._affinity_info(arguments[0], arguments[1], caller)
        if name == "cpu_on" and arguments[0] not in self._affinities:
            return INVALID_PARAMETERS
        if name == "cpu_on" and arguments[0] == caller & AFFINITY_MASK:
            return ALREADY_ON
        what = ", ".join(f"{value:#x}" for value in arguments)
        raise not_modelled("firmware (PSCI)", f"{name.upper()}({what})")

    def _affinity_info(self, target: int, level: int, caller: int) -> int:
        # PSCI 1.0 lets an implementation refuse levels above 0; all do.
        if level or target not in self._affinities:
            return INVALID_PARAMETERS
        return AFFINITY_ON if target == caller & AFFINITY_MASK else AFFINITY_OFF
