"""The bus of a machine: its memory map with devices in it, made from a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

from hypgen.emulator.debugging import REGISTERS as DEBUG_REGISTERS
from hypgen.emulator.debugging import DebugEvents
from hypgen.emulator.event_stream import EventStream
from hypgen.emulator.interrupts import Line
from hypgen.emulator.memory import DeviceWindow, Dram, PhysicalMemory, Window
from hypgen.emulator.performance import REGISTERS as PERFORMANCE_REGISTERS
from hypgen.emulator.performance import Performance
from hypgen.emulator.timers import LINES, Timers
from hypgen.emulator.timers import REGISTERS as TIMER_REGISTERS
from hypgen.emulator.unknown import Unknown
from hypgen.machine.describe import GIC_BLOCKS, MachineDescription, Place
from hypgen.machine.devices.base import Interrupting, Messaging, Requester, Timed, Uart
from hypgen.machine.devices.gic.gic import Gic
from hypgen.machine.devices.gic.shape import Shape
from hypgen.machine.devices.signals import InterruptController, Sink
from hypgen.machine.devices.table import CONSOLES, make_device
from hypgen.machine.devices.unmodelled import Unmodelled
from hypgen.units import LoadAddr, PhysAddr, Span

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu
    from hypgen.emulator.system import System
    from hypgen.emulator.timers import Clock
    from hypgen.machine.devices.cfi_flash import CfiFlash


@dataclass(frozen=True)
class Bus:
    """The physical address space of a machine, and the devices that the machine itself talks to."""

    memory: PhysicalMemory
    console: Uart
    places: tuple[Place, ...]
    requester: Requester
    """Which CPU makes the accesses that devices answer now."""
    controller: InterruptController | None
    """What interrupts the CPUs, if the machine has a model of it."""
    timer_numbers: Mapping[str, int]
    """The private interrupts of the timers, by the timers' names."""
    flash: Sequence[CfiFlash]
    """The banks of flash."""
    timers: list[Timers] = field(default_factory=list)
    """The timers of each CPU, once connected."""
    event_streams: list[EventStream] = field(default_factory=list)
    """The event streams of each CPU, once connected."""
    performance: list[Performance] = field(default_factory=list)
    """The performance monitors of each CPU, once connected."""

    def connect(self, cpus: Sequence[Cpu], clock: Clock) -> None:
        """Wire the devices to the CPUs and to time."""
        controller = self.controller
        for cpu in cpus:
            lines: dict[str, Sink] = dict.fromkeys(LINES, _nowhere)
            if controller is not None:
                for name, number in self.timer_numbers.items():
                    lines[name] = controller.private_line(cpu.index, number)
                for name, signal in controller.outputs(cpu.index).items():
                    signal.connect(partial(cpu.system.set_line, Line[name.upper()]))
            timers = Timers(cpu.coproc.values, clock, lines, cpu.index)
            cpu.coproc.attach(timers, TIMER_REGISTERS)
            timers.late = partial(_observed, cpu)
            cpu.system.settle = timers.synchronised
            performance = Performance(cpu, clock.executed_by_all)
            cpu.coproc.attach(performance, PERFORMANCE_REGISTERS)
            cpu.coproc.attach(DebugEvents(cpu.coproc.values), DEBUG_REGISTERS)
            self.timers.append(timers)
            stream = EventStream(cpu.coproc.values, clock, cpu.system.send_event, cpu.index)
            cpu.system.event_stream = stream
            self.event_streams.append(stream)
            self.performance.append(performance)
        for window in self.memory.devices:
            if hasattr(window.device, "attach"):  # isinstance() of a protocol takes a hundred times as long
                cast(Timed, window.device).attach(clock)
        for bank in self.flash:
            bank.changed = partial(self._changed, [cpu.system for cpu in cpus])

    def _changed(self, systems: Sequence[System]) -> None:
        """What was memory is none now, or the reverse."""
        self.memory.forget_pages()
        for system in systems:
            system.forget_translations()

    def restored(self) -> None:
        """The devices' state is another: show what it shows."""
        for bank in self.flash:
            bank.show()

    def fill_roms(self, spans: Iterable[Span[LoadAddr]], unknown: Unknown) -> None:
        """Make memory of each ROM that one of ``spans`` begins in: who loads there has programmed it."""
        starts = [int(span.start) for span in spans]
        for place in self.places:
            if not place.rom or not any(start in place.span for start in starts):
                continue
            if place.compatible is None:
                dram = Dram(place.name, place.span.size, unknown, writable=False)
                self.memory.replace_devices(Window(place.name, place.span, dram))
            else:
                for bank in self.flash:
                    bank.programmed()

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
    requester = Requester()
    controller: InterruptController | None = _add_gic(memory, description, requester)
    flash = []
    for place in description.places:
        if place.compatible == "cfi-flash":
            flash.append(_add_flash(memory, place, unknown))
        elif place.compatible is not None:
            device = make_device(place.compatible, len(description.cpus), place.span.size)
            memory.add_device(DeviceWindow(place.name, place.span, device))
            if isinstance(device, InterruptController):
                controller = device
                device.requester = requester
    if controller is not None:
        _connect(memory, description, console, controller)
    taken = [window.span for window in memory.windows] + [window.span for window in memory.devices]
    for place in description.places:
        if not place.responds or place.compatible is not None:
            continue
        # A small range inside a larger one, or a device within, leaves the rest of the larger one.
        for free in _without(place.span, taken):
            memory.add_device(DeviceWindow(place.name, free, Unmodelled(place.name)))
            taken.append(free)
    timer_numbers = {name: getattr(description.timers, name) for name in LINES}
    return Bus(memory, console, description.places, requester, controller, timer_numbers, flash)


def _add_gic(memory: PhysicalMemory, description: MachineDescription, requester: Requester) -> Gic | None:
    gic = description.gic
    if gic is None:
        return None
    # A Secure image needs a Secure state, on boards whose machine can be had with and without it.
    security = gic.security_extensions or description.secure
    shape = Shape(len(description.cpus), gic.interrupts, gic.priority_bits, security, gic.product)
    made = Gic(shape, requester, gic.maintenance_interrupt)
    if security and not description.secure:
        made.hand_over()
    for key, span in gic.spans.items():
        memory.add_device(DeviceWindow(GIC_BLOCKS[key], span, made.blocks[key]))
    return made


def _add_flash(memory: PhysicalMemory, place: Place, unknown: Unknown) -> CfiFlash:
    from hypgen.machine.devices.cfi_flash import CfiFlash

    window = Window(place.name, place.span, Dram(place.name, place.span.size, unknown, writable=False))
    bank = CfiFlash(window)
    memory.add_flash(window, bank)
    return bank


def _connect(
    memory: PhysicalMemory, description: MachineDescription, console: Uart, controller: InterruptController
) -> None:
    """Wire the interrupts of devices."""
    if description.console.interrupt is not None:
        console.irq.connect(controller.shared_line(description.console.interrupt))
    for place in description.places:
        found = memory.device(place.span.start)
        device = None if found is None else found.device
        if place.interrupt is not None and hasattr(device, "irq"):
            cast(Interrupting, device).irq.connect(controller.shared_line(place.interrupt))
        elif hasattr(device, "irqs"):
            for number, signal in cast(Messaging, device).irqs.items():
                signal.connect(controller.shared_line(number))


def _observed(cpu: Cpu) -> bool:
    """Whether a CPU is one of the strict machine."""
    return cpu.system.observer is not None


def _nowhere(level: bool) -> None:
    """Where a wire ends that the board does not connect."""


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
