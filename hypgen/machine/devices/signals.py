"""Wires between devices: one level, and who sees it change. An idle wire costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from hypgen.machine.devices.base import Requester

Sink = Callable[[bool], None]
"""Takes the new level of a wire."""


class Signal:
    """One wire. ``level`` is what its driver last set; it starts deasserted."""

    __slots__ = ("_sinks", "level")

    def __init__(self) -> None:
        self.level = False
        self._sinks: list[Sink] = []

    def connect(self, sink: Sink) -> None:
        """Have ``sink`` told of every change, and of the level now when that is high."""
        self._sinks.append(sink)
        if self.level:
            sink(True)

    def set(self, level: bool) -> None:
        """Drive the wire."""
        if level != self.level:
            self.level = level
            for sink in self._sinks:
                sink(level)


@runtime_checkable
class InterruptController(Protocol):
    """What stands between devices and the interrupt inputs of CPUs."""

    requester: Requester
    """Who accesses it, and is told of interrupts that one CPU sends another."""

    def private_line(self, cpu: int, number: int) -> Sink:
        """The input of a CPU's private interrupt, by its number in the board file."""

    def shared_line(self, number: int) -> Sink:
        """The input of a shared interrupt, by its number in the board file."""

    def outputs(self, cpu: int) -> Mapping[str, Signal]:
        """What drives the inputs of a CPU: ``irq`` and ``fiq``, and ``virq`` and ``vfiq`` if it has them."""
