"""The UART of the i.MX SoCs (i.MX 7Dual reference manual, chapter "UART"; "fsl,imx21-uart").

The line is infinitely fast. Firmware has set it up when an image starts.
"""

from __future__ import annotations

from hypgen.machine.devices.base import ReceiveFifo, describe_access, not_modelled
from hypgen.machine.devices.signals import Signal

URXD, UTXD = 0x00, 0x40
UCR1, UCR2, UCR3, UCR4, UFCR = 0x80, 0x84, 0x88, 0x8C, 0x90
USR1, USR2, UESC, UTIM, UBIR, UBMR, UBRC, ONEMS, UTS, UMCR = range(0x94, 0xBC, 4)

_RESET = {
    UCR1: 0x0001,
    UCR2: 0x4027,
    UCR3: 0x0704,
    UCR4: 0x8000,
    UFCR: 0x0801,
    UESC: 0x002B,
    **dict.fromkeys((UTIM, UBIR, UBMR, ONEMS, UMCR), 0),
}
"""Registers that hold what is written; on, with transmitter and receiver enabled by firmware."""
CHARACTER_READY = 1 << 15
UARTEN = 1 << 0
RRDYEN, TRDYEN = 1 << 9, 1 << 13
RRDY, TRDY = 1 << 9, 1 << 13
SRST, RXEN, TXEN = 1 << 0, 1 << 1, 1 << 2
RDR, TXDC, TXFE = 1 << 0, 1 << 3, 1 << 14
TX_EMPTY, RX_EMPTY, LOOP = 1 << 6, 1 << 5, 1 << 12


class ImxUart:
    """Registers of 32 bits, 4 bytes apart."""

    STATE = ("output", "_received", "_state", "_loop")
    """What a snapshot holds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.output = bytearray()
        self.irq = Signal()
        self._received = ReceiveFifo()
        self._state = dict(_RESET)
        self._loop = 0

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for an access that is not one to a register of this UART."""
        value = self._read(offset, size)
        self._update()
        return value

    def _read(self, offset: int, size: int) -> int:
        if size == 4:
            if offset in self._state:
                return self._state[offset]
            if offset == URXD:
                return CHARACTER_READY | self._received.take() if self._received else 0
            if offset == USR1:
                return TRDY | (RRDY if self._received else 0)
            if offset == USR2:
                return TXFE | TXDC | (RDR if self._received else 0)
            if offset == UTS:
                return self._loop | TX_EMPTY | (0 if self._received else RX_EMPTY)
            if offset in (UTXD, UBRC):
                return 0
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for an access that is not one to a register of this UART."""
        if size != 4 or not (offset in self._state or offset in (UTXD, USR1, USR2, UTS)):
            raise not_modelled(self.name, describe_access(offset, size, value))
        if offset == UTXD:
            self._transmit(value & 0xFF)
        elif offset == UTS:
            self._loop = value & LOOP
        elif offset == UCR2 and not value & SRST:
            self._received.clear()
            self._state = dict(_RESET) | {UCR1: self._state[UCR1] & ~UARTEN, UCR2: SRST}
        elif offset in self._state:
            self._state[offset] = value & 0xFFFF
        # What USR1 and USR2 let software clear does not happen on this line.
        self._update()

    def receive(self, data: bytes) -> None:
        """Queue ``data`` as if it arrived on the line; lost while the receiver is off or looped back."""
        if self._state[UCR1] & UARTEN and self._state[UCR2] & RXEN and not self._loop:
            self._received.put(data)
            self._update()

    def _transmit(self, byte: int) -> None:
        if not (self._state[UCR1] & UARTEN and self._state[UCR2] & TXEN):
            return  # hardware loses it
        if self._loop:
            self._received.put(bytes([byte]))
        else:
            self.output.append(byte)

    def _update(self) -> None:
        control = self._state[UCR1]
        self.irq.set(bool(control & TRDYEN or (control & RRDYEN and self._received)))
