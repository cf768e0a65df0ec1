"""Virtio transports over MMIO with nothing behind them (Virtual I/O Device 1.0, 4.2.2).

A device identification of 0 tells a driver to look no further; nothing else is there to be used.
"""

from __future__ import annotations

from hypgen.machine.devices.base import describe_access, not_modelled

TRANSPORT_SIZE = 0x200
"""Bytes from one transport to the next."""
MAGIC, VERSION, DEVICE_ID, VENDOR_ID = 0x000, 0x004, 0x008, 0x00C
_VALUES = {MAGIC: 0x7472_6976, VERSION: 1, DEVICE_ID: 0, VENDOR_ID: 0x554D_4551}
"""The magic is "virt", the version that of the legacy interface, the vendor as in QEMU."""


class EmptyTransports:
    """As many transports as the region has room for, and no device behind any."""

    def __init__(self, cpus: int = 1, size: int = TRANSPORT_SIZE) -> None:
        self.name = "virtio-mmio transport without a device"

    def read(self, offset: int, size: int) -> int:
        """An identification register, and 0 from every other; NotModelledError for less than a word."""
        if size != 4:
            raise not_modelled(self.name, describe_access(offset, size))
        return _VALUES.get(offset % TRANSPORT_SIZE, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        """Nobody takes it."""
