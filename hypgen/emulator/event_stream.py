"""The event streams of one CPU: events at transitions of a bit of a counter (DDI 0406C B8.1.3).

Nothing is done at each transition. Whether one has come is worked out when a WFE asks for it, and an alarm
of the clock is set for the next one only while a WFE waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hypgen.arch import registers as cp15
from hypgen.bits import Field
from hypgen.emulator.timers import Clock


class _Stream(NamedTuple):
    """One stream: the register that governs it, its fields, and whether it is the virtual counter's."""

    control: str
    enable: Field
    direction: Field
    bit: Field
    is_virtual: bool


_STREAMS = tuple(
    _Stream(row.name, row.field("EVNTEN"), row.field("EVNTDIR"), row.field("EVNTI"), row is cp15.CNTKCTL)
    for row in (cp15.CNTKCTL, cp15.CNTHCTL)
)


class EventStream:
    """The streams over the register ``values`` of a CPU, of which ``key`` tells its alarm from others'.

    ``send`` is called when an event comes while the CPU waits for one.
    """

    STATE = ("_known",)
    """What a snapshot holds."""

    __slots__ = ("_clock", "_key", "_known", "_send", "_values")

    def __init__(
        self, values: Mapping[str, int], clock: Clock, send: Callable[[], None], key: object = 0
    ) -> None:
        self._values = values
        self._clock = clock
        self._send = send
        self._key = ("events", key)
        self._known: dict[str, int] = {}
        """Events of each stream that is on, up to when they were last asked for."""

    def passed(self) -> bool:
        """Whether an event has come since this was last asked; of a stream that was off then, none."""
        now = {stream.control: self._events(stream) for stream in self._enabled()}
        before, self._known = self._known, now
        return any(count != before.get(name, count) for name, count in now.items())

    def arm(self) -> None:
        """Have the next event sent."""
        due = min((self._next(stream) for stream in self._enabled()), default=None)
        if due is not None:
            self._clock.set_alarm(self._key, due, self._ring)

    def _ring(self) -> None:
        self.passed()  # this event is sent now, and no WFE is to find it again
        self._send()

    def _enabled(self) -> list[_Stream]:
        return [stream for stream in _STREAMS if stream.enable.get(self._values[stream.control])]

    def _offset(self, stream: _Stream) -> int:
        """What is to be added to the system counter so that an event comes where the bits up to the stream's
        become zero."""
        value = self._values[stream.control]
        rising = 0 if stream.direction.get(value) else 1 << stream.bit.get(value)
        return rising - (self._values["CNTVOFF"] if stream.is_virtual else 0)

    def _events(self, stream: _Stream) -> int:
        shift = stream.bit.get(self._values[stream.control]) + 1
        return self._clock.count() + self._offset(stream) >> shift

    def _next(self, stream: _Stream) -> int:
        """The system counter at the next event."""
        shift = stream.bit.get(self._values[stream.control]) + 1
        return (self._events(stream) + 1 << shift) - self._offset(stream)
