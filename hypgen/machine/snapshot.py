"""Snapshots: the whole state of a machine, to go back to as often as one likes.

Memory is copied when it is written, not when the snapshot is made: a snapshot holds, of each page,
the bytes object that page shares with all snapshots since it was last changed. Restoring rewrites
only pages that differ. Registers, devices, time and whose turn it is are copied; they are small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from hypgen.emulator.memory import Dram, Page
from hypgen.emulator.state import CONTAINERS, State, capture, reinstate

if TYPE_CHECKING:
    from hypgen.machine.machine import Machine

_DEVICES = "hypgen.machine.devices"
_PLAIN = (int, str, bytes, float, Enum, type(None))


@dataclass(frozen=True)
class Snapshot:
    """A state that :meth:`hypgen.machine.machine.Machine.restore` goes back to. ``instructions`` are
    those that all CPUs had executed."""

    instructions: int
    pages: dict[Dram, dict[int, Page]] = field(repr=False)
    content: dict[Page, bytes] = field(repr=False)
    states: tuple[State, ...] = field(repr=False)
    observers: tuple[Any, ...] = field(repr=False)


class Snapshots:
    """Makes and restores the snapshots of one machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._drams = tuple(dict.fromkeys(window.dram for window in machine.memory.windows))
        self.parts = tuple(_parts(machine))
        """What has state besides memory, with the names of its attributes, as in :attr:`Snapshot.states`."""

    def take(self) -> Snapshot:
        """The state now."""
        machine = self._machine
        content = {}
        for dram in self._drams:
            for page in dram.touched.values():
                content[page] = page.freeze()
        for cpu in machine.cpus:
            cpu.system.forget_writable()
        return Snapshot(
            machine.scheduler.executed(),
            {dram: dict(dram.touched) for dram in self._drams},
            content,
            tuple(capture(part, names) for part, names in self.parts),
            tuple(cpu.system.observer.capture() for cpu in machine.cpus if cpu.system.observer is not None),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a state of this machine."""
        machine = self._machine
        for cpu in machine.cpus:
            cpu.system.clear_exclusive()
        self._restore_memory(snapshot)
        self.reinstate(snapshot)

    def reinstate(self, snapshot: Snapshot) -> None:
        """Give everything but memory the state that it had."""
        machine = self._machine
        for (part, names), state in zip(self.parts, snapshot.states, strict=True):
            reinstate(part, names, state)
        observers = iter(snapshot.observers)
        for cpu in machine.cpus:
            system = cpu.system
            attention = system.attention
            cpu.restored()
            system.attention = attention
            if not system.executing:
                system.leave()
            if system.observer is not None:
                system.observer.reinstate(next(observers))
        machine.restored()

    def _restore_memory(self, snapshot: Snapshot) -> None:
        content = snapshot.content
        for dram, pages in snapshot.pages.items():
            touched = dram.touched
            if len(touched) != len(pages):  # pages only ever come into being
                for index in touched.keys() - pages.keys():
                    touched.pop(index).written(0, 0x1000)
                self._machine.memory.forget_pages()
                touched.update(pages)
            for page in pages.values():
                if page.frozen is not content[page]:
                    page.rewrite(content[page])


def _parts(machine: Machine) -> Iterator[tuple[object, tuple[str, ...]]]:
    """Everything that has state besides memory, with the names of the attributes that hold it."""
    known: list[Any] = [machine, machine.scheduler, machine.clock]
    known += [*machine.bus.timers, *machine.bus.performance, *machine.bus.event_streams]
    for cpu, runner in zip(machine.cpus, machine.runners, strict=True):
        system = cpu.system
        known += [
            cpu,
            cpu.extension,
            cpu.coproc,
            system,
            system.interrupts,
            system.monitor,
            runner,
            runner.lock_ups,
        ]
    for part in known:
        yield part, part.STATE
    seen: set[int] = set()
    for window in machine.memory.devices:
        yield from device_parts(window.device, seen)


def device_parts(part: object, seen: set[int]) -> Iterator[tuple[object, tuple[str, ...]]]:
    """A device and the parts that it is made of: all their attributes that hold values, not objects."""
    if id(part) in seen:
        return
    seen.add(id(part))
    if isinstance(part, (list, tuple, set)):
        inner: Iterable[object] = part
    elif isinstance(part, dict):
        inner = part.values()
    elif type(part).__module__.startswith(_DEVICES):
        attributes = {name: getattr(part, name) for name in _attributes(part)}
        names = tuple(name for name, value in attributes.items() if _is_value(value))
        if names and not getattr(type(part), "__dataclass_params__", None):
            yield part, names
        inner = [value for value in attributes.values() if not _is_value(value)]
    else:
        return
    for one in inner:
        yield from device_parts(one, seen)


def _attributes(part: object) -> list[str]:
    slots = [name for base in type(part).__mro__ for name in getattr(base, "__slots__", ())]
    return [name for name in (*slots, *getattr(part, "__dict__", ())) if hasattr(part, name)]


def _is_value(value: object) -> bool:
    if isinstance(value, dict):
        return all(_is_value(item) for item in value.values())
    if isinstance(value, (*CONTAINERS, tuple)):
        return all(_is_value(item) for item in value)
    return isinstance(value, _PLAIN)
