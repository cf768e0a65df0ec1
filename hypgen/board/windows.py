"""What lies at a physical address of a board: memory, aliases, devices and other regions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hypgen.board.interrupts import Gic
from hypgen.board.memory import MemoryRegion, Region
from hypgen.board.model import Board, Console
from hypgen.units import PhysAddr, Span

GIC_BLOCKS = {
    "distributor": "GIC distributor (GICD)",
    "cpu_interface": "GIC CPU interface (GICC)",
    "hypervisor": "GIC virtual interface control (GICH)",
    "virtual_cpu": "GIC virtual CPU interface (GICV)",
}
"""What the GIC's register blocks are called, by their key in the file."""


@dataclass(frozen=True)
class Window:
    """A range of physical addresses and what answers there."""

    name: str
    """What it is, as messages say it: ``memory ddr3a``, ``alias of ddr3a``."""
    kind: str
    """One of ram, rom, alias, device, reserved."""
    span: Span[PhysAddr]
    path: str
    """Dotted path of its address in the board file."""

    def __str__(self) -> str:
        return f"{self.name} {self.span}"


def windows(board: Board) -> tuple[Window, ...]:
    """Every window of ``board`` by address, a larger one before those inside it."""
    found = [
        *memory_windows(enumerate(board.memory)),
        *device_windows(board.console, board.gic),
        *region_windows(enumerate(board.regions)),
    ]
    return tuple(sorted(found, key=lambda one: (one.span.start, -one.span.size)))


def window_at(board: Board, address: int) -> Window | None:
    """The smallest window that holds physical ``address``, or None where nothing answers."""
    holding = [one for one in windows(board) if address in one.span]
    return min(holding, key=lambda one: one.span.size, default=None)


def memory_windows(memory: Iterable[tuple[int, MemoryRegion]]) -> Iterator[Window]:
    """The windows of memory regions, each given with its position in the file."""
    for index, region in memory:
        path = f"memory.{index}"
        yield Window(f"memory {region.name}", region.kind, region.span, f"{path}.physical")
        if region.alias is not None:
            yield Window(f"alias of {region.name}", "alias", region.alias.span, f"{path}.alias.address")


def device_windows(console: Console | None, gic: Gic | None) -> Iterator[Window]:
    """The windows of the devices that a board describes in blocks of their own."""
    if console is not None:
        yield Window(f"console ({console.compatible})", "device", console.span, "console.physical")
    if gic is not None:
        for key, span in gic.spans.items():
            yield Window(GIC_BLOCKS[key], "device", span, f"gic.{key}")


def region_windows(regions: Iterable[tuple[int, Region]]) -> Iterator[Window]:
    """The windows of the list of regions, each given with its position in the file."""
    for index, region in regions:
        yield Window(region.name, region.kind, region.span, f"regions.{index}.physical")
