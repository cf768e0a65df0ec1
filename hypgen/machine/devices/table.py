"""Which class models which ``compatible``: the one place to add a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from hypgen.emulator.memory import Device
from hypgen.machine.devices.base import Uart
from hypgen.machine.devices.imx import ImxUart
from hypgen.machine.devices.ns16550 import Ns16550
from hypgen.machine.devices.pl011 import Pl011
from hypgen.machine.devices.samsung import SamsungUart
from hypgen.machine.devices.scif import Scif

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

DEVICES: Mapping[str, str] = MappingProxyType(
    {
        "arm,cci-400": "cci400.Cci400",
        "arm,gic-v2m-frame": "gicv2m.Gicv2m",
        "arm,pl031": "pl031.Pl031",
        "arm,pl061": "pl061.Pl061",
        "arm,vexpress-scc": "vexpress.ConfigurationController",
        "arm,vexpress-sysreg": "vexpress.SystemRegisters",
        "brcm,bcm2836-l1-intc": "bcm2836.Bcm2836LocalController",
        "pci-host-ecam-generic": "pci.ConfigurationSpace",
        "pci-window": "pci.Unclaimed",
        "qemu,fw-cfg-mmio": "fw_cfg.FwCfg",
        "virtio,mmio": "virtio_mmio.EmptyTransports",
    }
)
"""Devices that regions of a board are, by ``compatible``: module and class, so that only what a board has
is imported. Flash is not here, as it is memory, too."""


def make_device(compatible: str, cpus: int, size: int) -> Device:
    """The device with this ``compatible``, for ``cpus`` CPUs and with registers of ``size`` bytes."""
    module, name = DEVICES[compatible].split(".")
    made: Device = getattr(import_module(f"hypgen.machine.devices.{module}"), name)(cpus, size)
    return made
