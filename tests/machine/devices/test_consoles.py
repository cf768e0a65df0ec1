"""Every console UART: what is sent comes out, what arrives is read and interrupts."""

from __future__ import annotations

import pytest

from hypgen.errors import NotModelledError
from hypgen.machine.devices import imx, ns16550, pl011, samsung, scif
from hypgen.machine.devices.imx import ImxUart
from hypgen.machine.devices.ns16550 import Ns16550
from hypgen.machine.devices.pl011 import Pl011
from hypgen.machine.devices.samsung import SamsungUart
from hypgen.machine.devices.scif import Scif


class Driver:
    """How a driver uses a UART: each access is (offset, bytes)."""

    def __init__(self, uart, transmit, receive, ready, received, enable):
        self.uart = uart
        self.transmit = transmit
        self.receive = receive
        self.ready = ready
        self.received = received
        """Register and mask that tell a received byte; a mask of None inverts that of a flag for none."""
        self.enable = enable

    def has_byte(self) -> bool:
        (offset, size), mask, inverted = self.received
        return bool(self.uart.read(offset, size) & mask) != inverted


def drivers() -> dict[str, Driver]:
    return {
        "arm,pl011": Driver(
            Pl011("uart"), (pl011.DR, 4), (pl011.DR, 4), ((pl011.FR, 4), 0x80),
            ((pl011.FR, 4), 0x10, True), ((pl011.IMSC, 4), 0x10),
        ),
        "snps,dw-apb-uart": Driver(
            Ns16550("uart", 2, 4, designware=True), (0, 4), (0, 4), ((0x7C, 4), 0x04),
            ((0x7C, 4), 0x08, False), ((4, 4), 1),
        ),
        "ns16550a": Driver(
            Ns16550("uart"), (0, 1), (0, 1), ((ns16550.LSR, 1), 0x20),
            ((ns16550.LSR, 1), 1, False), ((ns16550.IER_DLM, 1), 1),
        ),
        "samsung,exynos4210-uart": Driver(
            SamsungUart("uart"), (samsung.UTXH, 1), (samsung.URXH, 1), ((samsung.UTRSTAT, 4), 2),
            ((samsung.UTRSTAT, 4), 1, False), ((samsung.UINTM, 4), 0xE),
        ),
        "fsl,imx21-uart": Driver(
            ImxUart("uart"), (imx.UTXD, 4), (imx.URXD, 4), ((imx.USR2, 4), imx.TXFE),
            ((imx.USR2, 4), imx.RDR, False), ((imx.UCR1, 4), imx.UARTEN | imx.RRDYEN),
        ),
        "renesas,scif": Driver(
            Scif("uart"), (scif.SCFTDR, 1), (scif.SCFRDR, 1), ((scif.SCFSR, 2), scif.TDFE),
            ((scif.SCFSR, 2), scif.RDF, False), ((scif.SCSCR, 2), scif.RIE | scif.TE | scif.RE),
        ),
    }  # fmt: skip


@pytest.fixture(params=sorted(drivers()))
def driver(request) -> Driver:
    return drivers()[request.param]


def test_what_is_sent_comes_out(driver):
    (offset, size), mask = driver.ready
    for byte in b"Hyp":
        assert driver.uart.read(offset, size) & mask
        driver.uart.write(*driver.transmit, byte)
    assert driver.uart.output == b"Hyp"


def test_what_arrives_is_read_in_order(driver):
    assert not driver.has_byte()
    driver.uart.receive(b"ab")
    assert driver.has_byte()
    assert [driver.uart.read(*driver.receive) & 0xFF for _ in range(2)] == [*b"ab"]
    assert not driver.has_byte()


def test_what_arrives_interrupts_if_that_is_enabled(driver):
    driver.uart.receive(b"a")
    assert not driver.uart.irq.level
    (offset, size), value = driver.enable
    driver.uart.write(offset, size, value)
    assert driver.uart.irq.level
    driver.uart.read(*driver.receive)
    if isinstance(driver.uart, SamsungUart):  # its interrupts are acknowledged by themselves
        assert driver.uart.irq.level
        driver.uart.write(samsung.UINTP, 4, samsung.INTERRUPT_RX)
    assert not driver.uart.irq.level


def test_an_access_that_is_none_of_its_registers_is_named(driver):
    with pytest.raises(NotModelledError) as raised:
        driver.uart.read(0x3, 8)
    assert str(raised.value) == "error[RUN-001]: uart: read of 8 bytes at offset 0x3 (not modelled)"


def test_the_designware_status_register_is_not_one_of_a_16550():
    with pytest.raises(NotModelledError):
        Ns16550("uart", 2, 4).read(0x7C, 4)


def test_loopback_cuts_the_line():
    for uart, control, on in ((ImxUart("u"), imx.UTS, imx.LOOP), (Scif("u"), scif.SCFCR, scif.LOOP)):
        size = scif.WIDTHS.get(control, 4) if isinstance(uart, Scif) else 4
        uart.write(control, size, on)
        uart.write(*((scif.SCFTDR, 1) if isinstance(uart, Scif) else (imx.UTXD, 4)), 0x41)
        uart.receive(b"x")
        assert uart.output == b""
        assert uart.read(*((scif.SCFRDR, 1) if isinstance(uart, Scif) else (imx.URXD, 4))) & 0xFF == 0x41


def test_a_reset_of_the_imx_uart_disables_it():
    uart = ImxUart("u")
    uart.write(imx.UCR2, 4, 0)
    uart.write(imx.UTXD, 4, 0x41)
    assert uart.output == b""
    assert uart.read(imx.UCR2, 4) & imx.SRST
