"""The bus of a machine: its memory map with devices in it, made from a description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypgen.emulator.memory import DeviceWindow, Dram, PhysicalMemory, Window
from hypgen.emulator.unknown import Unknown
from hypgen.machine.describe import MachineDescription, Place
from hypgen.machine.devices.base import Requester, Uart
from hypgen.machine.devices.table import CONSOLES
from hypgen.machine.devices.unmodelled import Unmodelled
from hypgen.units import PhysAddr, Span

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu
    from hypgen.emulator.timers import Clock


@dataclass(frozen=True)
class Bus:
    """The physical address space of a machine, and the devices that the machine itself talks to."""

    memory: PhysicalMemory
    console: Uart
    places: tuple[Place, ...]
    requester: Requester = field(default_factory=Requester)
    """Which CPU makes the accesses that devices answer now."""

    def connect(self, cpus: Sequence[Cpu], clock: Clock) -> None:
        """Wire the devices to the CPUs and to time."""

    def what(self, address: int) -> str:
        """What lies at a physical address, in words: memory, a device, a named range, or "nothing"."""
        found = self.memory.what(address)
        if found != "nothing":
            return found
        for place in self.places:
            if address in place.span:
                return place.name
        return found


def build_bus(description: MachineDescription, unknown: Unknown) -> Bus:
    """Memory (its content UNKNOWN), the console, and a named error wherever else hardware would answer."""
    memory = PhysicalMemory()
    for array in description.memory:
        dram = Dram(array.name, array.size, unknown, array.writable)
        for window in array.windows:
            memory.add_window(Window(window.name, window.span, dram, window.offset, window.coherent))
    console = CONSOLES[description.console.compatible](description.console)
    memory.add_device(
        DeviceWindow(f"console ({description.console.compatible})", description.console.span, console)
    )
    taken = [window.span for window in memory.windows] + [window.span for window in memory.devices]
    for place in description.places:
        if not place.responds:
            continue
        # A small range inside a larger one, or a device within, leaves the rest of the larger one.
        for free in _without(place.span, taken):
            memory.add_device(DeviceWindow(place.name, free, Unmodelled(place.name)))
            taken.append(free)
    return Bus(memory, console, description.places)


def _without(span: Span[PhysAddr], taken: list[Span[PhysAddr]]) -> list[Span[PhysAddr]]:
    """The parts of ``span`` that none of ``taken`` covers, in ascending order."""
    parts = []
    start = int(span.start)
    for other in sorted(taken):
        if other.overlaps(span):
            if other.start > start:
                parts.append(Span(PhysAddr(start), int(other.start)))
            start = max(start, other.end)
    if start < span.end:
        parts.append(Span(PhysAddr(start), span.end))
    return parts
