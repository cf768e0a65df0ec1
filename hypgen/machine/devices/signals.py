"""Wires between devices: one level, and who sees it change. An idle wire costs nothing."""

from __future__ import annotations

from collections.abc import Callable

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
