"""Which class models which ``compatible``: the one place to add a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from hypgen.machine.devices.base import Uart
from hypgen.machine.devices.ns16550 import Ns16550
from hypgen.machine.devices.pl011 import Pl011

if TYPE_CHECKING:
    from hypgen.board.model import Console


def _pl011(console: Console) -> Pl011:
    # Without a baud rate in the board file the setting that firmware left stays.
    return Pl011(console.compatible, configured=console.baud is None)


def _ns16550(console: Console) -> Ns16550:
    return Ns16550(console.compatible, console.reg_shift, console.reg_io_width)


CONSOLES: Mapping[str, Callable[[Console], Uart]] = MappingProxyType(
    {
        "arm,pl011": _pl011,
        "ns16550a": _ns16550,
    }
)
"""Console UARTs by ``compatible``."""
