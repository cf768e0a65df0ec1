"""CPUs that firmware holds until software releases them: spin tables, and pens on a register of the SoC.

Firmware executes no instructions here: a held CPU is a question that the run loop asks now and then,
whether there is an address to start at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from hypgen.emulator.memory import PAGE_SHIFT, DeviceWindow
from hypgen.machine.describe import MachineDescription

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu
    from hypgen.machine.bus import Bus

Release = Callable[[], int | None]
"""The address at which a held CPU starts, or None while it is held."""


def releases(description: MachineDescription, bus: Bus, cpus: Sequence[Cpu]) -> dict[int, Release]:
    """For each CPU but the first that firmware holds, what releases it; empty when a call starts them."""
    secondaries = description.secondaries
    table, pen = secondaries.spin_table, secondaries.pen
    if table is not None:
        words = {cpu.index: int(table.release_address) + cpu.index * table.stride for cpu in cpus[1:]}
        for word in words.values():
            # Firmware leaves the word empty; all other memory is UNKNOWN.
            bus.memory.write(word, bytes(4))
        return {
            index: _released(cpus[index], table.wake, word, partial(_load, bus, word))
            for index, word in words.items()
        }
    if pen is not None:
        acknowledge = pen.acknowledge
        if bus.memory.window(int(pen.read)) is not None:  # a word of memory, which firmware leaves empty
            for index in range(1, len(cpus)):
                bus.memory.write(int(pen.read) + index * pen.stride, bytes(4))
        registers = {cpu.index: int(pen.read) + cpu.index * pen.stride for cpu in cpus[1:]}
        return {
            index: _released(cpus[index], pen.wake, at, partial(_poll, bus, at, acknowledge))
            for index, at in registers.items()
        }
    return {}


def _released(cpu: Cpu, wake: str, at: int, look: Callable[[], int]) -> Release:
    """The release of a CPU that looks at an address when ``wake`` says: always, after an event, or after an
    interrupt."""
    system = cpu.system

    def release() -> int | None:
        if wake == "event":
            if not system.event:
                return None
            system.event = False
            if system.observer is not None and system.observer.woken(at):
                return None
        elif wake == "interrupt" and not system.interrupts.ends_wfi():
            return None
        return look() or None

    return release


def _load(bus: Bus, address: int) -> int:
    """A word of memory."""
    page = bus.memory.page(address >> PAGE_SHIFT)
    if page is None:
        raise ValueError(f"no memory at the spin table's word {address:#x}")
    return page.words[(address & 0xFFF) >> 2]


def _poll(bus: Bus, address: int, acknowledge: bool) -> int:
    """A register of the SoC, which is cleared by writing it back where that is how it works; or a word of
    memory that does as one."""
    if bus.memory.window(address) is not None:
        return _load(bus, address)
    window = bus.memory.device(address)
    if not isinstance(window, DeviceWindow):
        raise ValueError(f"no device at the pen's register {address:#x}")
    offset = address - window.span.start
    value = window.device.read(offset, 4)
    if value and acknowledge:
        window.device.write(offset, 4, value)
    return value
