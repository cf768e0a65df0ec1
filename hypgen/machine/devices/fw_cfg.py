"""QEMU's firmware configuration device, memory-mapped (QEMU docs/specs/fw_cfg).

It has the number of CPUs to tell and no files. It says that it has no DMA interface.
"""

from __future__ import annotations

from hypgen.machine.devices.base import describe_access, not_modelled

DATA, SELECTOR = 0x00, 0x08
SIGNATURE, ID, NB_CPUS, MAX_CPUS, FILE_DIR = 0x00, 0x01, 0x05, 0x0F, 0x19
"""Keys of items."""


class FwCfg:
    """The selected item, read byte by byte; an item that is not there, and past the end, reads as zeros."""

    STATE = ("_item", "_next")
    """What a snapshot holds."""

    def __init__(self, cpus: int = 1, size: int = 0x18) -> None:
        self.name = "fw_cfg"
        count = cpus.to_bytes(2, "little")
        self._items = {
            SIGNATURE: b"QEMU",
            ID: (1).to_bytes(4, "little"),
            NB_CPUS: count,
            MAX_CPUS: count,
            FILE_DIR: bytes(4),
        }
        self._item = SIGNATURE
        self._next = 0

    def read(self, offset: int, size: int) -> int:
        """The next bytes of the item, in the order of memory; 0 beside the data register."""
        if offset != DATA:
            return 0
        content = self._items.get(self._item, b"")[self._next : self._next + size]
        self._next += size
        return int.from_bytes(content, "little")

    def write(self, offset: int, size: int, value: int) -> None:
        """Select an item, by a big-endian halfword; nothing else can be written."""
        if offset != SELECTOR or size != 2:
            raise not_modelled(self.name, describe_access(offset, size, value))
        self._item = int.from_bytes(value.to_bytes(2, "little"), "big")
        self._next = 0
