"""The GICv2m frame: a write to it is a message-signalled interrupt (SBSA 2.2, appendix E).

A frame owns a range of SPIs, and a message pulses one of them.
"""

from __future__ import annotations

from hypgen.machine.devices.base import describe_access, not_modelled
from hypgen.machine.devices.signals import Signal

MSI_TYPER, MSI_SETSPI_NS, MSI_IIDR = 0x008, 0x040, 0xFCC
FIRST, COUNT = 48, 64
"""The SPIs of QEMU's virt machine that are the frame's."""
_FIRST_ID = 32
"""Interrupt ID of SPI 0."""
_IDENTIFICATION = ord("Q") << 20
"""Product, architecture version 0, revision 0, no implementer's code: as in QEMU."""


class Gicv2m:
    """A frame with the SPIs ``FIRST`` and the ``COUNT - 1`` after it."""

    def __init__(self, cpus: int = 1, size: int = 0x1000) -> None:
        self.name = "GICv2m"
        self.irqs = {number: Signal() for number in range(FIRST, FIRST + COUNT)}

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for a reserved offset."""
        if offset == MSI_TYPER:
            return FIRST + _FIRST_ID << 16 | COUNT
        if offset == MSI_IIDR:
            return _IDENTIFICATION
        if offset == MSI_SETSPI_NS:
            return 0
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for a reserved offset."""
        if offset != MSI_SETSPI_NS:
            raise not_modelled(self.name, describe_access(offset, size, value))
        signal = self.irqs.get((value & 0x3FF) - _FIRST_ID)
        if signal is not None:
            signal.set(True)
            signal.set(False)
