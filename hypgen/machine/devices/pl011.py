"""The PrimeCell UART PL011 (DDI 0183, chapter 3).

The line is infinitely fast: a byte that may be sent is gone at once. It may be sent when CR has
UARTEN and TXE; before that up to 16 bytes wait in the FIFO (one without FIFOs), and further ones
are lost, as on hardware. QEMU sends without UARTEN.
"""

from __future__ import annotations

from collections.abc import Callable

from hypgen.bits import Field
from hypgen.machine.devices.base import ReceiveFifo, describe_access, not_modelled
from hypgen.machine.devices.signals import Signal

DR = 0x000
RSR_ECR = 0x004
FR = 0x018
ILPR = 0x020
IBRD = 0x024
FBRD = 0x028
LCR_H = 0x02C
CR = 0x030
IFLS = 0x034
IMSC = 0x038
RIS = 0x03C
MIS = 0x040
ICR = 0x044
DMACR = 0x048
IDENTIFICATION = 0xFE0

FR_RXFE = 1 << 4
FR_TXFF = 1 << 5
FR_TXFE = 1 << 7
_IDLE = FR_TXFE | FR_RXFE
"""The flags of a UART that has nothing to send and got nothing."""
LCR_H_FEN = Field("FEN", 4, 4)
CR_UARTEN = Field("UARTEN", 0, 0)
CR_LBE = Field("LBE", 7, 7)
CR_TXE = Field("TXE", 8, 8)
CR_RXE = Field("RXE", 9, 9)
_SENDS = CR_UARTEN.mask | CR_TXE.mask
_SENDING = _SENDS | CR_LBE.mask
"""Bits of CR that say whether a byte leaves at once, and what they are when it does."""
CR_RESET = 0x300
INTERRUPT_RX = 1 << 4
INTERRUPT_TX = 1 << 5
INTERRUPT_RT = 1 << 6
INTERRUPTS = 0x7FF

PERIPH_AND_CELL_ID = (0x11, 0x10, 0x14, 0x00, 0x0D, 0xF0, 0x05, 0xB1)
"""UARTPeriphID0 to 3 of revision r1p1, UARTPCellID0 to 3."""

_PLAIN = {ILPR: 0xFF, IBRD: 0xFFFF, FBRD: 0x3F, LCR_H: 0xFF, CR: 0xFFFF, IFLS: 0x3F, IMSC: 0x7FF, DMACR: 0x7}
"""Registers that hold what is written, and the mask of what they can hold."""
_FIFO_DEPTH = 16


class Pl011:
    """A PL011; ``configured`` says that firmware has set the line up and enabled the UART."""

    def __init__(self, name: str, configured: bool = True) -> None:
        self.name = name
        self.output = bytearray()
        self.irq = Signal()
        self._flags = [_IDLE]
        """What FR reads as."""
        self._takers: list[Callable[[int], object]] = []
        self._received = ReceiveFifo()
        self._waiting = bytearray()
        self._raw = 0
        self._state = dict.fromkeys(_PLAIN, 0)
        self._state[CR] = CR_RESET | (CR_UARTEN.mask if configured else 0)
        self._state[IFLS] = 0x12

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for a reserved offset or a width that is not a register's."""
        if offset == FR and size <= 4:  # what guests do for every byte that they send
            return self._flags[0]
        value = self._read(offset, size)
        self._changed()
        return value

    def shown(self, offset: int) -> list[int] | None:
        """FR changes by nothing that reads it."""
        return self._flags if offset == FR else None

    def taker(self, offset: int) -> list[Callable[[int], object]] | None:
        """DR takes bytes while each leaves at once and the interrupt for that is pending already."""
        if offset != DR:
            return None
        self._changed()
        return self._takers

    def _read(self, offset: int, size: int) -> int:
        self._check(offset, size, None)
        if offset in _PLAIN:
            return self._state[offset]
        if offset == DR:
            return self._take()
        if offset == RSR_ECR:
            return 0  # no receive errors on this line
        if offset == RIS:
            return self._raw
        if offset == MIS:
            return self._raw & self._state[IMSC]
        if offset >= IDENTIFICATION:
            return PERIPH_AND_CELL_ID[(offset - IDENTIFICATION) >> 2]
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for a reserved offset or a width that is not a register's."""
        if offset == DR and size <= 4:
            if not self._waiting and self._state[CR] & _SENDING == _SENDS:
                self.output.append(value & 0xFF)
                if self._raw & INTERRUPT_TX:
                    return  # as it was
                self._raw |= INTERRUPT_TX
            else:
                self._put(value & 0xFF)
        else:
            self._write(offset, size, value)
        self._changed()

    def _changed(self) -> None:
        """Show what the state is now."""
        flags = 0 if self._received.waiting else FR_RXFE
        waiting = len(self._waiting)
        if not waiting:
            flags |= FR_TXFE
        elif waiting >= self._depth:
            flags |= FR_TXFF
        self._flags[0] = flags
        taking = not waiting and self._raw & INTERRUPT_TX and self._state[CR] & _SENDING == _SENDS
        self._takers[:] = [self.output.append] if taking else []
        self.irq.set(self.interrupt)

    def _write(self, offset: int, size: int, value: int) -> None:
        self._check(offset, size, value)
        if offset in _PLAIN:
            if offset == LCR_H and not LCR_H_FEN.get(value):
                del self._waiting[1:]  # without FIFOs one holding register is left
            self._state[offset] = value & _PLAIN[offset]
            self._send()
        elif offset == ICR:
            self._raw &= ~value
        elif offset not in (FR, RSR_ECR, RIS, MIS):  # those ignore writes (RSR's clears errors: none here)
            raise not_modelled(self.name, describe_access(offset, size, value))

    def receive(self, data: bytes) -> None:
        """Queue ``data`` as if it arrived on the line; lost while the receiver is disabled or looped back."""
        control = self._state[CR]
        if data and CR_UARTEN.get(control) and CR_RXE.get(control) and not CR_LBE.get(control):
            self._arrive(data)
            self._changed()

    @property
    def interrupt(self) -> bool:
        """The level of the combined interrupt line, UARTINTR."""
        return bool(self._raw & self._state[IMSC])

    def _check(self, offset: int, size: int, value: int | None) -> None:
        if offset & 3 or size > 4:
            raise not_modelled(self.name, describe_access(offset, size, value))

    @property
    def _depth(self) -> int:
        return _FIFO_DEPTH if LCR_H_FEN.get(self._state[LCR_H]) else 1

    def _take(self) -> int:
        byte = self._received.take()
        if not self._received:
            self._raw &= ~(INTERRUPT_RX | INTERRUPT_RT)
        return byte

    def _put(self, byte: int) -> None:
        if len(self._waiting) < self._depth:
            self._waiting.append(byte)
        self._send()

    def _send(self) -> None:
        control = self._state[CR]
        if not (self._waiting and CR_UARTEN.get(control) and CR_TXE.get(control)):
            return
        if CR_LBE.get(control):
            self._arrive(bytes(self._waiting))
        else:
            self.output += self._waiting
        self._waiting.clear()
        self._raw |= INTERRUPT_TX

    def _arrive(self, data: bytes) -> None:
        self._received.put(data)
        # With FIFOs the level or the time-out interrupt comes; nobody can tell which came first here.
        self._raw |= INTERRUPT_RX | (INTERRUPT_RT if LCR_H_FEN.get(self._state[LCR_H]) else 0)
