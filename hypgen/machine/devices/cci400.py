"""The CCI-400 cache coherent interconnect as a switch of snoops (DDI 0470, chapter 3).

State only: memory is coherent here in any case, so the switches change nothing but what they read.
"""

from __future__ import annotations

from hypgen.machine.devices.base import describe_access, not_modelled

CONTROL_OVERRIDE = 0x0000
SECURE_ACCESS = 0x0008
STATUS = 0x000C
SLAVES = range(0x1000, 0x6000, 0x1000)
"""Slave interfaces 0 to 4; 3 and 4 belong to the CPU clusters."""
SNOOP_CONTROL = 0x000
SHAREABLE_OVERRIDE = 0x004
PERIPHERAL_AND_COMPONENT_ID = (0x44, 0, 0, 0, 0x20, 0xB4, 0x1B, 0, 0x0D, 0xF0, 0x05, 0xB1)
"""PID4 to 7, PID0 to 3 (part number 0x420, revision r0p2), CID0 to 3."""

_SNOOPS_SUPPORTED = 1 << 31
_DVM_SUPPORTED = 1 << 30
_FULL_SLAVES = (0x4000, 0x5000)


class Cci400:
    """Control, status and snoop registers; the performance counters have no model."""

    STATE = ("_control", "_secure_access", "_snoops")
    """What a snapshot holds."""

    def __init__(self, cpus: int = 1, size: int = 0x10000) -> None:
        self.name = "cache coherent interconnect (CCI-400)"
        self._control = 0
        self._secure_access = 0
        self._snoops = dict.fromkeys(SLAVES, 0)

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for one without a model."""
        if size == 4 and not offset & 3:
            if offset == CONTROL_OVERRIDE:
                return self._control
            if offset == SECURE_ACCESS:
                return self._secure_access
            if offset == STATUS:
                return 0  # no change of a snoop control is pending
            if 0xFD0 <= offset < 0x1000:
                return PERIPHERAL_AND_COMPONENT_ID[(offset - 0xFD0) >> 2]
            slave = offset & ~0xFFF
            if slave in self._snoops and offset & 0xFFF == SNOOP_CONTROL:
                full = _SNOOPS_SUPPORTED if slave in _FULL_SLAVES else 0
                return self._snoops[slave] | full | _DVM_SUPPORTED
            if slave in self._snoops and offset & 0xFFF == SHAREABLE_OVERRIDE:
                return 0
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for one without a model."""
        slave = offset & ~0xFFF
        if size == 4 and offset == CONTROL_OVERRIDE:
            self._control = value & 0x3F
        elif size == 4 and offset == SECURE_ACCESS:
            self._secure_access = value & 1
        elif size == 4 and slave in self._snoops and offset & 0xFFF == SNOOP_CONTROL:
            self._snoops[slave] = value & (3 if slave in _FULL_SLAVES else 2)
        else:
            raise not_modelled(self.name, describe_access(offset, size, value))
