"""The UART of Samsung's SoCs (Exynos 5250 user's manual, chapter "UART"; "samsung,exynos4210-uart").

The line is infinitely fast. Firmware has set it up when an image starts.
"""

from __future__ import annotations

from hypgen.machine.devices.base import ReceiveFifo, describe_access, not_modelled
from hypgen.machine.devices.signals import Signal

ULCON, UCON, UFCON, UMCON = 0x00, 0x04, 0x08, 0x0C
UTRSTAT, UERSTAT, UFSTAT, UMSTAT = 0x10, 0x14, 0x18, 0x1C
UTXH, URXH, UBRDIV, UFRACVAL = 0x20, 0x24, 0x28, 0x2C
UINTP, UINTSP, UINTM = 0x30, 0x34, 0x38

_PLAIN = {
    ULCON: 0x7F,
    UCON: 0xFFFF_FFFF,
    UFCON: 0x7F9,
    UMCON: 0xFF,
    UBRDIV: 0xFFFF,
    UFRACVAL: 0xF,
    UINTM: 0xF,
}
"""Registers that hold what is written, and the bits that they have."""
TRANSMITTER_EMPTY = 0x6
"""UTRSTAT: the transmit buffer and the transmitter are empty."""
RECEIVE_READY = 0x1
INTERRUPT_RX, INTERRUPT_TX = 1 << 0, 1 << 2
FIFO_ENABLE, RECEIVE_RESET = 1 << 0, 1 << 1


class SamsungUart:
    """Registers of 32 bits; UTXH and URXH take byte accesses too."""

    STATE = ("output", "_received", "_state", "_source")
    """What a snapshot holds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.output = bytearray()
        self.irq = Signal()
        self._received = ReceiveFifo()
        self._state = dict.fromkeys(_PLAIN, 0) | {ULCON: 3, UCON: 5, UFCON: FIFO_ENABLE, UINTM: 0xF}
        self._source = 0
        """UINTSP: interrupts that happened, masked or not."""

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for an access that is not one to a register of this UART."""
        self._check(offset, size, None)
        if offset in _PLAIN:
            return self._state[offset]
        if offset == UTRSTAT:
            return TRANSMITTER_EMPTY | (RECEIVE_READY if self._received else 0)
        if offset == UFSTAT:
            count = len(self._received)
            return min(count, 0xFF) | (count > 0xFF) << 8
        if offset == URXH:
            return self._received.take()
        if offset == UINTP:
            return self._pending
        return self._source if offset == UINTSP else 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for an access that is not one to a register of this UART."""
        self._check(offset, size, value)
        if offset == UTXH:
            self.output.append(value & 0xFF)
            self._source |= INTERRUPT_TX
        elif offset in (UINTP, UINTSP):
            self._source &= ~value
        elif offset in _PLAIN:
            if offset == UFCON and value & RECEIVE_RESET:
                self._received.clear()
            self._state[offset] = value & _PLAIN[offset]
        self.irq.set(bool(self._pending))

    def receive(self, data: bytes) -> None:
        """Queue ``data`` as if it arrived on the line."""
        self._received.put(data)
        self._source |= INTERRUPT_RX if data else 0
        self.irq.set(bool(self._pending))

    @property
    def _pending(self) -> int:
        return self._source & ~self._state[UINTM]

    def _check(self, offset: int, size: int, value: int | None) -> None:
        if offset & 3 or size > 4 or offset > UINTM or (size != 4 and offset not in (UTXH, URXH)):
            raise not_modelled(self.name, describe_access(offset, size, value))
