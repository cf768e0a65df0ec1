"""What must hold between the interrupt controller, timers, console and other devices of a board file."""

from __future__ import annotations

from collections.abc import Iterator

from hypgen.board.draft import Draft, distinct
from hypgen.errors import Diagnostic

GICC_BYTES = 0x2000
"""Bytes of a GICv2's CPU interface (IHI 0048B, 4.4)."""
_UART_REGISTERS = {
    "arm,pl011": 0x48 + 4,
    "fsl,imx21-uart": 0xB8 + 4,
    "ns16550a": 8,
    "renesas,scif": 0x24 + 2,
    "samsung,exynos4210-uart": 0x3C,
    "snps,dw-apb-uart": 0x20,
}
"""Bytes of the registers that hypgen's drivers use, at reg_shift 0: PL011 to UARTDMACR (DDI 0183)."""
_SHIFTED = ("ns16550a", "snps,dw-apb-uart")
"""UARTs whose registers stand reg_shift apart."""


def device_problems(draft: Draft) -> Iterator[Diagnostic]:
    """Everything that is wrong with devices."""
    yield from _interrupts(draft)
    yield from _console(draft)
    yield from _devices(draft)


def _interrupts(draft: Draft) -> Iterator[Diagnostic]:
    """Each private interrupt has its own number, each PSCI function its own identifier; GICC is all there."""
    size = draft.gic.cpu_interface_size if draft.gic is not None else GICC_BYTES
    if size < GICC_BYTES:
        yield Diagnostic(
            "BOARD-015",
            f"gic.cpu_interface_size is {size:#x}, but a GICv2 has GICC_DIR at 0x1000",
            draft.at("gic.cpu_interface_size"),
            f"expected {GICC_BYTES:#x}; the device trees of some boards are wrong here",
        )
    numbers: dict[str, int] = {}
    if draft.gic is not None:
        numbers["gic.maintenance_interrupt"] = draft.gic.maintenance_interrupt
    if draft.timers is not None:
        for key in ("secure_physical", "physical", "virtual", "hyp"):
            numbers[f"timers.{key}"] = getattr(draft.timers, key)
    yield from distinct(draft, "BOARD-013", numbers, "{path} is PPI {value}, as is {first}")
    if draft.firmware is not None and draft.firmware.psci is not None:
        functions = draft.firmware.psci.functions
        identifiers = {f"firmware.psci.functions.{name}": number for name, number in functions.items()}
        yield from distinct(draft, "BOARD-013", identifiers, "{path} is {value:#x}, as is {first}")


def _console(draft: Draft) -> Iterator[Diagnostic]:
    """The UART's registers are aligned for their access width and fit into its block."""
    console = draft.console
    if console is None:
        return
    if console.physical % console.reg_io_width:
        yield Diagnostic(
            "BOARD-008",
            f"console.physical is {console.physical}, not a multiple of the access width of "
            f"{console.reg_io_width} bytes",
            draft.at("console.physical"),
        )
    needed = _UART_REGISTERS[console.compatible] << console.reg_shift
    if console.size < needed:
        yield Diagnostic(
            "BOARD-015",
            f"console.size is {console.size:#x}, but the registers of {console.compatible} with reg_shift "
            f"{console.reg_shift} take {needed:#x} bytes",
            draft.at("console.size"),
        )
    if console.reg_io_width > 1 << console.reg_shift and console.compatible in _SHIFTED:
        by_default = "" if "reg_io_width" in console.model_fields_set else "by default "
        yield Diagnostic(
            "BOARD-015",
            f"console.reg_io_width is {by_default}{console.reg_io_width} bytes, but reg_shift "
            f"{console.reg_shift} puts registers {1 << console.reg_shift} apart",
            draft.at("console.reg_io_width"),
        )


def _devices(draft: Draft) -> Iterator[Diagnostic]:
    """Only registers are a device, flash is a ROM, and the devices' interrupts exist."""
    for index, region in draft.regions:
        kind = "rom" if region.compatible == "cfi-flash" else "device"
        if region.compatible is not None and region.kind != kind:
            sentence = f"regions.{index}.compatible is {region.compatible}, but its kind is {region.kind}"
            yield Diagnostic("BOARD-014", sentence, draft.at(f"regions.{index}.compatible"))
        yield from _interrupt(draft, f"regions.{index}.interrupt", region.interrupt)
    if draft.console is not None:
        yield from _interrupt(draft, "console.interrupt", draft.console.interrupt)


def _interrupt(draft: Draft, key: str, number: int | None) -> Iterator[Diagnostic]:
    """The SPI that a device has is one of the gic's."""
    gic = draft.gic
    if number is None:
        return
    if "gic" not in draft.document.data:
        yield Diagnostic("BOARD-014", f"{key} is the number of an SPI, and there is no gic", draft.at(key))
    elif gic is not None and 32 + number >= gic.interrupts:
        sentence = f"{key} is SPI {number}, and the gic has {gic.interrupts - 32}"
        yield Diagnostic("BOARD-014", sentence, draft.at(key))
