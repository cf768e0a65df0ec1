"""What the Versatile Express motherboard and its CoreTile with A15 and A7 have for software to start CPUs.

Motherboard: "Motherboard Express uATX" (DUI 0447), system registers. CoreTile: "CoreTile Express
A15x2 A7x3" (DDI 0503), Serial Configuration Controller with the power controller (SPC) in it. All
are state: nothing is powered down, and a CPU starts when its holding pen finds an address.
"""

from __future__ import annotations

from hypgen.machine.devices.base import describe_access, not_modelled

SYS_ID = 0x000
SYS_LED = 0x008
SYS_100HZ = 0x024
SYS_FLAGS = 0x030
SYS_FLAGSCLR = 0x034
SYS_NVFLAGS = 0x038
SYS_NVFLAGSCLR = 0x03C
SYS_PROCID0 = 0x084

SYS_ID_VALUE = 0x1190_F500
"""V2M-P1, as QEMU's vexpress has it."""
PROCID_CORETILE_A15_A7 = 0x1400_0249
"""HBI0249: the CoreTile with A15 and A7."""
_FLAGS = {SYS_FLAGS: SYS_FLAGSCLR, SYS_NVFLAGS: SYS_NVFLAGSCLR}


class SystemRegisters:
    """The motherboard's system registers: SYS_FLAGS and SYS_NVFLAGS are set and cleared bit by bit."""

    STATE = ("_flags", "_led")
    """What a snapshot holds."""

    def __init__(self, cpus: int = 1, size: int = 0x1000) -> None:
        self.name = "Versatile Express system registers"
        self._flags = dict.fromkeys(_FLAGS, 0)
        self._led = 0

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for one without a model."""
        constants = {SYS_ID: SYS_ID_VALUE, SYS_PROCID0: PROCID_CORETILE_A15_A7, SYS_LED: self._led}
        if size == 4 and offset in self._flags:
            return self._flags[offset]
        if size == 4 and offset in constants:
            return constants[offset]
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for one without a model."""
        for register, clear in _FLAGS.items():
            if size == 4 and offset == register:
                self._flags[register] |= value
                return
            if size == 4 and offset == clear:
                self._flags[register] &= ~value
                return
        if size != 4 or offset != SYS_LED:
            raise not_modelled(self.name, describe_access(offset, size, value))
        self._led = value & 0xFF


class ConfigurationController:
    """The CoreTile's SCC, with the SPC from 0xB00 on: words that keep what is written to them."""

    STATE = ("_words",)
    """What a snapshot holds."""

    A15_CONFIGURATION, A7_CONFIGURATION = 0x400, 0x500
    """CFGREG48 and CFGREG49's neighbours that tell the cluster IDs of the A15s and the A7s in bits 3:0."""

    def __init__(self, cpus: int = 1, size: int = 0x1000) -> None:
        self.name = "CoreTile configuration and power controller (SCC, SPC)"
        self._words: dict[int, int] = {self.A15_CONFIGURATION: 0, self.A7_CONFIGURATION: 1}

    def read(self, offset: int, size: int) -> int:
        """The word last written; NotModelledError for an access that is not one of a word."""
        if size != 4 or offset & 3:
            raise not_modelled(self.name, describe_access(offset, size))
        return self._words.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        """Keep a word; NotModelledError for an access that is not one of a word."""
        if size != 4 or offset & 3:
            raise not_modelled(self.name, describe_access(offset, size, value))
        self._words[offset] = value
