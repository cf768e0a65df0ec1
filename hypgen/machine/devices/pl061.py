"""The PrimeCell GPIO PL061 (DDI 0190): eight lines, all of them low unless the guest drives them."""

from __future__ import annotations

from hypgen.machine.devices.base import describe_access, not_modelled
from hypgen.machine.devices.signals import Signal

DATA_END = 0x400
"""GPIODATA takes 0x400 bytes: bits 9:2 of the address select the lines."""
DIR, IS, IBE, IEV, IE, RIS, MIS, IC, AFSEL = range(0x400, 0x424, 4)
IDENTIFICATION = 0xFD0

PERIPH_AND_CELL_ID = (0, 0, 0, 0, 0x61, 0x10, 0x04, 0x00, 0x0D, 0xF0, 0x05, 0xB1)
"""GPIOPeriphID4 to 7, GPIOPeriphID0 to 3, GPIOPCellID0 to 3."""

_PLAIN = (DIR, IS, IBE, IEV, IE, AFSEL)


class Pl061:
    """A PL061 with nothing connected to its lines: an input reads 0, and never has an edge."""

    def __init__(self, cpus: int = 1, size: int = 0x1000) -> None:
        self.name = "GPIO (PL061)"
        self.irq = Signal()
        self._state = dict.fromkeys(_PLAIN, 0)
        self._data = 0

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for a reserved offset."""
        if offset < DATA_END:
            return self._lines & offset >> 2
        if offset in self._state:
            return self._state[offset]
        if offset == RIS:
            return self._raw
        if offset == MIS:
            return self._raw & self._state[IE]
        if offset >= IDENTIFICATION and not offset & 3:
            return PERIPH_AND_CELL_ID[(offset - IDENTIFICATION) >> 2]
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for a reserved offset."""
        if offset < DATA_END:
            mask = offset >> 2 & self._state[DIR]
            self._data = self._data & ~mask | value & mask
        elif offset in self._state:
            self._state[offset] = value & 0xFF
        elif offset not in (RIS, MIS, IC):
            raise not_modelled(self.name, describe_access(offset, size, value))
        self.irq.set(bool(self._raw & self._state[IE]))

    @property
    def _lines(self) -> int:
        """The levels of the lines: an input is low, as nobody drives it."""
        return self._data & self._state[DIR]

    @property
    def _raw(self) -> int:
        """GPIORIS: the lines that have the level which GPIOIS and GPIOIEV ask for."""
        return ~(self._lines ^ self._state[IEV]) & self._state[IS]
