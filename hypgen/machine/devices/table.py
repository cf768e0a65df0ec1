"""Which class models which ``compatible``: the one place to add a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from hypgen.emulator.memory import Device
from hypgen.machine.devices.base import Uart
from hypgen.machine.devices.bcm2836 import Bcm2836LocalController
from hypgen.machine.devices.cci400 import Cci400
from hypgen.machine.devices.imx import ImxUart
from hypgen.machine.devices.ns16550 import Ns16550
from hypgen.machine.devices.pl011 import Pl011
from hypgen.machine.devices.samsung import SamsungUart
from hypgen.machine.devices.scif import Scif
from hypgen.machine.devices.vexpress import ConfigurationController, SystemRegisters

if TYPE_CHECKING:
    from hypgen.board.model import Console


def _pl011(console: Console) -> Pl011:
    # Without a baud rate in the board file the setting that firmware left stays.
    return Pl011(console.compatible, configured=console.baud is None)


def _ns16550(console: Console) -> Ns16550:
    return Ns16550(console.compatible, console.reg_shift, console.reg_io_width)


def _designware(console: Console) -> Ns16550:
    return Ns16550(console.compatible, console.reg_shift, console.reg_io_width, designware=True)


CONSOLES: Mapping[str, Callable[[Console], Uart]] = MappingProxyType(
    {
        "arm,pl011": _pl011,
        "fsl,imx21-uart": lambda console: ImxUart(console.compatible),
        "ns16550a": _ns16550,
        "renesas,scif": lambda console: Scif(console.compatible),
        "samsung,exynos4210-uart": lambda console: SamsungUart(console.compatible),
        "snps,dw-apb-uart": _designware,
    }
)
"""Console UARTs by ``compatible``."""

DEVICES: Mapping[str, Callable[[int, int], Device]] = MappingProxyType(
    {
        "arm,cci-400": Cci400,
        "arm,vexpress-scc": ConfigurationController,
        "arm,vexpress-sysreg": SystemRegisters,
        "brcm,bcm2836-l1-intc": Bcm2836LocalController,
    }
)
"""Devices that regions of a board are, by ``compatible``; made for a number of CPUs and a size."""
