"""A generic PCI Express host without functions on its bus, beside the host bridge's own.

The Enhanced Configuration Access Mechanism (PCI Express Base 4.0, 7.2.2) gives each function 4 KB of
configuration space. Where there is no function, and in the windows onto the bus where none claims an
address, reads give all ones and writes are lost.
"""

from __future__ import annotations

COMMAND, CACHE_LINE_SIZE, LATENCY, INTERRUPT_LINE = 0x04, 0x0C, 0x0D, 0x3C
HEADER_SIZE, CONVENTIONAL_SIZE = 0x40, 0x100
"""Bytes of the header, and of the configuration space of a function that is no PCI Express one."""

_HEADER = {
    0x00: b"\x36\x1b\x08\x00",  # vendor and device: QEMU's generic host bridge
    0x08: b"\x00\x00\x00\x06",  # revision 0; class 06 00 00, host bridge
    0x2C: b"\xf4\x1a\x00\x11",  # subsystem, as in QEMU
}
_WRITABLE = {COMMAND: 0x07, COMMAND + 1: 0x05, CACHE_LINE_SIZE: 0xFF, LATENCY: 0xFF, INTERRUPT_LINE: 0xFF}
"""Bits that can be written, by the byte of the header."""


def ones(size: int) -> int:
    """What a read of ``size`` bytes gives that nobody answers."""
    return (1 << 8 * size) - 1


class ConfigurationSpace:
    """The configuration space: function 0 of device 0 on bus 0 is the host bridge."""

    STATE = ("_bridge",)
    """What a snapshot holds."""

    def __init__(self, cpus: int = 1, size: int = 0x1000) -> None:
        self.name = "PCI Express configuration space"
        self._bridge = bytearray(CONVENTIONAL_SIZE)
        for offset, content in _HEADER.items():
            self._bridge[offset : offset + len(content)] = content

    def read(self, offset: int, size: int) -> int:
        """Bytes of the bridge's configuration space; all ones elsewhere."""
        if offset + size > CONVENTIONAL_SIZE:
            return ones(size)
        return int.from_bytes(self._bridge[offset : offset + size], "little")

    def write(self, offset: int, size: int, value: int) -> None:
        """Change what can be changed of the bridge; nothing elsewhere."""
        if offset + size > CONVENTIONAL_SIZE:
            return
        for at, byte in enumerate(value.to_bytes(size, "little"), offset):
            mask = 0xFF if at >= HEADER_SIZE else _WRITABLE.get(at, 0)
            self._bridge[at] = self._bridge[at] & ~mask | byte & mask


class Unclaimed:
    """Addresses of the bus that no function claims."""

    def __init__(self, cpus: int = 1, size: int = 0x1000) -> None:
        self.name = "PCI address that no function claims"

    def read(self, offset: int, size: int) -> int:
        """All ones."""
        return ones(size)

    def write(self, offset: int, size: int, value: int) -> None:
        """Nobody takes it."""
