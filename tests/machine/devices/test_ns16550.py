from __future__ import annotations

import pytest

from hypgen.errors import NotModelledError
from hypgen.machine.devices.ns16550 import (
    FCR_ENABLE,
    IER_DLM,
    IIR_FCR,
    LCR,
    LSR,
    MCR,
    MSR,
    RBR_THR_DLL,
    SCR,
    Ns16550,
)

KEYSTONE = {"reg_shift": 2, "io_width": 4}


@pytest.fixture
def uart() -> Ns16550:
    return Ns16550("uart")


def test_what_is_written_to_thr_comes_out_and_lsr_always_says_empty(uart):
    for byte in b"Hyp\n":
        assert uart.read(LSR, 1) == 0x60
        uart.write(RBR_THR_DLL, 1, byte)
    assert uart.output == b"Hyp\n"


def test_registers_stand_four_bytes_apart_with_reg_shift_2():
    uart = Ns16550("uart", **KEYSTONE)
    uart.write(SCR << 2, 4, 0x15A)
    assert uart.read(SCR << 2, 4) == 0x5A
    assert uart.read(LSR << 2, 1) == 0x60


@pytest.mark.parametrize(
    ("offset", "size", "words"),
    [
        (0x16, 4, "uart: read of 4 bytes at offset 0x16 (not modelled)"),  # between two registers
        (0x20, 4, "uart: read of 4 bytes at offset 0x20 (not modelled)"),  # past SCR
        (0x00, 8, "uart: read of 8 bytes at offset 0x0 (not modelled)"),
    ],
)
def test_what_is_not_a_register_of_a_16550_is_a_named_error(offset, size, words):
    uart = Ns16550("uart", **KEYSTONE)
    with pytest.raises(NotModelledError) as raised:
        uart.read(offset, size)
    assert str(raised.value) == f"error[RUN-001]: {words}"


def test_a_word_access_to_a_byte_wide_uart_is_a_named_error(uart):
    with pytest.raises(NotModelledError) as raised:
        uart.write(0, 4, 0x41)
    expected = "error[RUN-001]: uart: write of 0x41 (4 bytes) at offset 0x0 (not modelled)"
    assert str(raised.value) == expected


def test_dlab_switches_to_the_divisor_latch(uart):
    uart.write(LCR, 1, 0x83)
    uart.write(RBR_THR_DLL, 1, 0x0D)
    uart.write(IER_DLM, 1, 0x01)
    assert (uart.read(RBR_THR_DLL, 1), uart.read(IER_DLM, 1)) == (0x0D, 0x01)
    uart.write(LCR, 1, 0x03)
    assert uart.divisor == 0x010D
    assert uart.output == b""
    assert uart.ier == 0


def test_received_bytes_are_read_in_order_and_set_data_ready(uart):
    uart.receive(b"ab")
    assert uart.read(LSR, 1) == 0x61
    assert [uart.read(RBR_THR_DLL, 1) for _ in range(3)] == [0x61, 0x62, 0]
    assert uart.read(LSR, 1) == 0x60


def test_the_interrupt_is_identified_by_priority_and_cleared_by_reading(uart):
    assert uart.read(IIR_FCR, 1) == 0x01
    uart.write(IER_DLM, 1, 0x03)  # THR is empty: enabling its interrupt raises it
    assert uart.interrupt
    uart.receive(b"x")
    assert uart.read(IIR_FCR, 1) == 0x04
    uart.read(RBR_THR_DLL, 1)
    assert uart.read(IIR_FCR, 1) == 0x02
    assert uart.read(IIR_FCR, 1) == 0x01
    assert not uart.interrupt


def test_iir_shows_the_fifos_and_a_reset_of_them_drops_input(uart):
    uart.receive(b"x")
    uart.write(IIR_FCR, 1, FCR_ENABLE.mask)
    assert uart.read(IIR_FCR, 1) == 0xC1
    assert uart.read(LSR, 1) == 0x60


def test_loopback_returns_output_and_modem_control(uart):
    uart.write(MCR, 1, 0x1B)
    uart.write(RBR_THR_DLL, 1, 0x55)
    uart.receive(b"not heard")
    assert uart.read(RBR_THR_DLL, 1) == 0x55
    assert uart.read(MSR, 1) == 0xB0  # DTR, RTS, OUT2 as DSR, CTS, DCD
    assert uart.output == b""
    uart.write(MCR, 1, 0x10)
    assert uart.read(MSR, 1) == 0
