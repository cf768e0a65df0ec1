from __future__ import annotations

import pytest

from hypgen.errors import NotModelledError
from hypgen.machine.devices.pl011 import (
    CR,
    DR,
    FBRD,
    FR,
    IBRD,
    ICR,
    IFLS,
    IMSC,
    LCR_H,
    MIS,
    RIS,
    Pl011,
)


def test_what_is_written_to_dr_comes_out():
    uart = Pl011("uart")
    for byte in b"Hyp":
        assert not uart.read(FR, 4) & 1 << 5  # TXFF
        uart.write(DR, 4, byte)
    assert uart.output == b"Hyp"
    assert uart.read(FR, 4) == 0x90  # TXFE, RXFE


def test_identification_is_that_of_a_pl011():
    uart = Pl011("uart")
    values = [uart.read(offset, 4) for offset in range(0xFE0, 0x1000, 4)]
    assert sum(value << 8 * i for i, value in enumerate(values[:4])) & 0xFFFFF == 0x41011
    assert values[4:] == [0x0D, 0xF0, 0x05, 0xB1]


def test_resets_to_the_values_of_the_manual():
    uart = Pl011("uart", configured=False)
    assert [uart.read(r, 4) for r in (CR, IFLS, LCR_H, IMSC, RIS, MIS, IBRD, FBRD)] == [0x300, 0x12, *[0] * 6]


def test_a_uart_that_nobody_enabled_keeps_one_byte_and_loses_the_rest():
    uart = Pl011("uart", configured=False)
    uart.write(DR, 4, ord("a"))
    assert uart.read(FR, 4) & 1 << 5
    uart.write(DR, 4, ord("b"))
    assert uart.output == b""
    uart.write(CR, 4, 0x301)
    assert uart.output == b"a"


def test_with_fifos_sixteen_bytes_wait_for_the_enable():
    uart = Pl011("uart", configured=False)
    uart.write(LCR_H, 4, 0x70)
    for byte in range(20):
        uart.write(DR, 1, byte)
    uart.write(CR, 4, 0x301)
    assert uart.output == bytes(range(16))


def test_registers_hold_only_the_bits_they_have():
    uart = Pl011("uart")
    for register, held in ((IBRD, 0xFFFF), (FBRD, 0x3F), (LCR_H, 0xFF), (IMSC, 0x7FF), (IFLS, 0x3F)):
        uart.write(register, 4, 0xFFFF_FFFF)
        assert uart.read(register, 4) == held


def test_a_received_byte_raises_the_interrupt_that_is_unmasked_until_it_is_read_or_cleared():
    uart = Pl011("uart")
    uart.receive(b"ab")
    assert uart.read(RIS, 4) == 0x10
    assert not uart.interrupt
    uart.write(IMSC, 4, 0x10)
    assert uart.interrupt
    assert uart.read(MIS, 4) == 0x10
    uart.write(ICR, 4, 0x10)
    assert not uart.interrupt
    assert [uart.read(DR, 4), uart.read(DR, 4)] == [0x61, 0x62]
    assert uart.read(FR, 4) & 1 << 4  # RXFE


def test_a_disabled_receiver_hears_nothing():
    uart = Pl011("uart", configured=False)
    uart.receive(b"x")
    assert uart.read(FR, 4) & 1 << 4


def test_loopback_returns_output():
    uart = Pl011("uart")
    uart.write(CR, 4, 0x381)
    uart.write(DR, 4, 0x55)
    assert uart.read(DR, 4) == 0x55
    assert uart.output == b""


@pytest.mark.parametrize(
    ("offset", "size", "words"),
    [
        (0x008, 4, "uart: read of 4 bytes at offset 0x8 (not modelled)"),  # reserved
        (0x800, 4, "uart: read of 4 bytes at offset 0x800 (not modelled)"),
        (0x001, 1, "uart: read of 1 byte at offset 0x1 (not modelled)"),
        (0x018, 8, "uart: read of 8 bytes at offset 0x18 (not modelled)"),
    ],
)
def test_what_is_not_a_register_is_a_named_error(offset, size, words):
    with pytest.raises(NotModelledError) as raised:
        Pl011("uart").read(offset, size)
    assert str(raised.value) == f"error[RUN-001]: {words}"


def test_a_write_to_a_reserved_offset_is_a_named_error():
    with pytest.raises(NotModelledError) as raised:
        Pl011("uart").write(0x80, 4, 1)
    expected = "error[RUN-001]: uart: write of 0x1 (4 bytes) at offset 0x80 (not modelled)"
    assert str(raised.value) == expected


def test_dr_takes_bytes_unasked_while_nothing_else_comes_of_them():
    uart = Pl011("uart")
    assert uart.taker(FR) is None
    assert uart.taker(DR) == []  # the first byte raises the interrupt status
    uart.write(DR, 4, ord("a"))
    taker = uart.taker(DR)
    assert taker
    taker[0](ord("b"))
    assert uart.output == b"ab"
    uart.write(ICR, 4, 0x7FF)
    assert not taker
    uart.write(DR, 4, ord("c"))
    assert taker
    for control in (0x300, 0x201, 0x381):  # not enabled, no transmission, looped back
        uart.write(CR, 4, control)
        assert not taker
        uart.write(CR, 4, 0x301)
        assert taker
    assert uart.output == b"abc"


def test_fr_is_shown_as_it_is_read():
    uart = Pl011("uart")
    shown = uart.shown(FR)
    assert shown == [0x90]  # TXFE, RXFE
    assert uart.shown(DR) is None
    for act, flags in (
        (lambda: uart.receive(b"x"), 0x80),
        (lambda: uart.read(DR, 4), 0x90),
        (lambda: uart.write(CR, 4, 0x300), 0x90),
        (lambda: uart.write(DR, 4, 1), 0x30),  # TXFF: without FIFOs one byte waits
        (lambda: uart.write(CR, 4, 0x301), 0x90),
    ):
        act()
        assert shown == [flags] == [uart.read(FR, 4)]
