"""Renesas' SCIF, the UART with FIFOs of R-Car and RZ SoCs (R-Car H2 manual, chapter "SCIF").

The line is infinitely fast. Firmware has set it up when an image starts.
"""

from __future__ import annotations

from hypgen.machine.devices.base import ReceiveFifo, describe_access, not_modelled
from hypgen.machine.devices.signals import Signal

SCSMR, SCBRR, SCSCR, SCFTDR, SCFSR = 0x00, 0x04, 0x08, 0x0C, 0x10
SCFRDR, SCFCR, SCFDR, SCSPTR, SCLSR = 0x14, 0x18, 0x1C, 0x20, 0x24

WIDTHS = {
    **dict.fromkeys((SCSMR, SCSCR, SCFSR, SCFCR, SCFDR, SCSPTR, SCLSR), 2),
    **dict.fromkeys((SCBRR, SCFTDR, SCFRDR), 1),
}
"""Bytes of each register, which are the width of its accesses."""
_PLAIN = {SCSMR: 0xFFFF, SCBRR: 0xFF, SCSCR: 0xFFFF, SCFCR: 0xFFFF, SCSPTR: 0xFFFF}
TIE, RIE, TE, RE = 1 << 7, 1 << 6, 1 << 5, 1 << 4
TEND, TDFE, RDF, DR = 1 << 6, 1 << 5, 1 << 1, 1 << 0
RECEIVE_RESET, LOOP = 1 << 1, 1 << 0


class Scif:
    """Registers of 8 and 16 bits, 4 bytes apart."""

    STATE = ("output", "_received", "_state")
    """What a snapshot holds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.output = bytearray()
        self.irq = Signal()
        self._received = ReceiveFifo()
        self._state = dict.fromkeys(_PLAIN, 0) | {SCSCR: TE | RE}

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for an access that is not one to a register of a SCIF."""
        self._check(offset, size, None)
        if offset in _PLAIN:
            return self._state[offset]
        if offset == SCFSR:
            return TEND | TDFE | (RDF | DR if self._received else 0)
        if offset == SCFDR:
            return min(len(self._received), 16)
        if offset == SCFRDR:
            byte = self._received.take()
            self._update()
            return byte
        return 0  # no errors on this line; SCFTDR is write only

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for an access that is not one to a register of a SCIF."""
        self._check(offset, size, value)
        if offset == SCFTDR:
            self._transmit(value & 0xFF)
        elif offset in _PLAIN:
            if offset == SCFCR and value & RECEIVE_RESET:
                self._received.clear()
            self._state[offset] = value & _PLAIN[offset]
        # Flags of SCFSR are those of the FIFOs: writing 0 clears what at once is set again.
        self._update()

    def receive(self, data: bytes) -> None:
        """Queue ``data`` as if it arrived on the line; lost while the receiver is off or looped back."""
        if self._state[SCSCR] & RE and not self._state[SCFCR] & LOOP:
            self._received.put(data)
            self._update()

    def _transmit(self, byte: int) -> None:
        if not self._state[SCSCR] & TE:
            return  # hardware keeps it in the FIFO, which nobody drains
        if self._state[SCFCR] & LOOP:
            self._received.put(bytes([byte]))
        else:
            self.output.append(byte)

    def _update(self) -> None:
        control = self._state[SCSCR]
        self.irq.set(bool((control & TIE and control & TE) or (control & RIE and self._received)))

    def _check(self, offset: int, size: int, value: int | None) -> None:
        if WIDTHS.get(offset) != size:
            raise not_modelled(self.name, describe_access(offset, size, value))
