"""The 16550 UART with its FIFOs, as SoCs have it: registers 1, 2 or 4 bytes apart.

National Semiconductor PC16550D data sheet. The transmitter is infinitely fast: THR and the shift
register are always empty again when software looks.
"""

from __future__ import annotations

from hypgen.bits import Field
from hypgen.machine.devices.base import ReceiveFifo, describe_access, not_modelled
from hypgen.machine.devices.signals import Signal

# Register numbers; an address offset is the number shifted left by reg-shift.
RBR_THR_DLL = 0
IER_DLM = 1
IIR_FCR = 2
LCR = 3
MCR = 4
LSR = 5
MSR = 6
SCR = 7
REGISTERS = 8
USR = 0x1F
"""UART Status Register of Synopsys' DesignWare UART, behind its registers of a 16550."""
USR_IDLE = 0x06
"""TFNF and TFE: the transmit FIFO is not full, and empty."""
USR_RECEIVED = 0x08
"""RFNE: the receive FIFO is not empty."""

IER_ERBFI = Field("ERBFI", 0, 0)
IER_ETBEI = Field("ETBEI", 1, 1)
IER_IMPLEMENTED = 0x0F
IIR_NONE = 0x01
IIR_THR_EMPTY = 0x02
IIR_DATA_AVAILABLE = 0x04
IIR_FIFOS = 0xC0
FCR_ENABLE = Field("FIFO enable", 0, 0)
FCR_CLEAR_RECEIVE = Field("RCVR FIFO reset", 1, 1)
LCR_DLAB = Field("DLAB", 7, 7)
MCR_LOOP = Field("LOOP", 4, 4)
MCR_IMPLEMENTED = 0x1F
LSR_DATA_READY = 0x01
LSR_TRANSMITTER_EMPTY = 0x60
"""THRE and TEMT."""
MSR_LINE_UP = 0xB0
"""DCD, DSR and CTS: the other end of the line is there."""


class Ns16550:
    """A 16550A; ``reg_shift`` is log2 of the distance between registers, ``io_width`` the bytes of an access.

    With ``io_width`` 4 narrower accesses to a register's own address are accepted too: the bus of
    the SoCs that have such UARTs carries them. ``designware`` adds what Synopsys' version has that
    drivers use: USR, and the interrupt "busy detect" that never comes on a line that is never busy.
    """

    def __init__(self, name: str, reg_shift: int = 0, io_width: int = 1, designware: bool = False) -> None:
        self.name = name
        self.output = bytearray()
        self.irq = Signal()
        self._shift = reg_shift
        self._io_width = io_width
        self._designware = designware
        self._received = ReceiveFifo()
        self._thr_interrupt = False
        self.ier = 0
        self.fcr = 0
        self.lcr = 0
        self.mcr = 0
        self.scr = 0
        self.divisor = 0

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for an access that is not one to a register of a 16550."""
        value = self._read(offset, size)
        self.irq.set(self.interrupt)
        return value

    def _read(self, offset: int, size: int) -> int:
        register = self._register(offset, size, None)
        if register == RBR_THR_DLL:
            return self.divisor & 0xFF if LCR_DLAB.get(self.lcr) else self._received.take()
        if register == IER_DLM:
            return self.divisor >> 8 if LCR_DLAB.get(self.lcr) else self.ier
        if register == IIR_FCR:
            return self._identify()
        if register == LSR:
            return LSR_TRANSMITTER_EMPTY | (LSR_DATA_READY if self._received else 0)
        if register == MSR:
            return self._modem_status()
        if register == USR:
            return USR_IDLE | (USR_RECEIVED if self._received else 0)
        return {LCR: self.lcr, MCR: self.mcr, SCR: self.scr}[register]

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for an access that is not one to a register of a 16550."""
        self._write(offset, size, value)
        self.irq.set(self.interrupt)

    def _write(self, offset: int, size: int, value: int) -> None:
        register = self._register(offset, size, value)
        value &= 0xFF
        if register == RBR_THR_DLL:
            if LCR_DLAB.get(self.lcr):
                self.divisor = (self.divisor & 0xFF00) | value
            else:
                self._transmit(value)
        elif register == IER_DLM:
            if LCR_DLAB.get(self.lcr):
                self.divisor = (self.divisor & 0x00FF) | value << 8
            else:
                # Enabling the interrupt while THR is empty raises it.
                self._thr_interrupt |= bool(IER_ETBEI.get(value) & ~IER_ETBEI.get(self.ier))
                self.ier = value & IER_IMPLEMENTED
        elif register == IIR_FCR:
            # A change of FIFO mode empties the FIFOs.
            if FCR_CLEAR_RECEIVE.get(value) or FCR_ENABLE.get(value) != FCR_ENABLE.get(self.fcr):
                self._received.clear()
            self.fcr = value
        elif register == LCR:
            self.lcr = value
        elif register == MCR:
            self.mcr = value & MCR_IMPLEMENTED
        elif register == SCR:
            self.scr = value
        # LSR and MSR: writes are ignored.

    def receive(self, data: bytes) -> None:
        """Queue ``data`` as if it arrived on the line; in loopback mode the line is cut off."""
        if not MCR_LOOP.get(self.mcr):
            self._received.put(data)
            self.irq.set(self.interrupt)

    @property
    def interrupt(self) -> bool:
        """The level of the interrupt line."""
        return self._pending() != IIR_NONE

    def _register(self, offset: int, size: int, value: int | None) -> int:
        register = offset >> self._shift
        if offset != register << self._shift or size > self._io_width or not self._has(register):
            raise not_modelled(self.name, describe_access(offset, size, value))
        return register

    def _has(self, register: int) -> bool:
        return register < REGISTERS or (self._designware and register == USR)

    def _transmit(self, byte: int) -> None:
        self._thr_interrupt = True
        if MCR_LOOP.get(self.mcr):
            self._received.put(bytes([byte]))
        else:
            self.output.append(byte)

    def _pending(self) -> int:
        if IER_ERBFI.get(self.ier) and self._received:
            return IIR_DATA_AVAILABLE
        if IER_ETBEI.get(self.ier) and self._thr_interrupt:
            return IIR_THR_EMPTY
        return IIR_NONE

    def _identify(self) -> int:
        pending = self._pending()
        if pending == IIR_THR_EMPTY:
            self._thr_interrupt = False
        return pending | (IIR_FIFOS if FCR_ENABLE.get(self.fcr) else 0)

    def _modem_status(self) -> int:
        if not MCR_LOOP.get(self.mcr):
            return MSR_LINE_UP
        # Loopback feeds the modem outputs back: DTR to DSR, RTS to CTS, OUT1 to RI, OUT2 to DCD.
        dtr, rts, out1, out2 = (self.mcr >> bit & 1 for bit in range(4))
        return dtr << 5 | rts << 4 | out1 << 6 | out2 << 7
