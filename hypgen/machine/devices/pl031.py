"""The PrimeCell Real Time Clock PL031 (DDI 0224): seconds, and an alarm.

It counts the machine's virtual time from :data:`EPOCH` on, so that a run is the same every time.
"""

from __future__ import annotations

from hypgen.emulator.timers import Clock
from hypgen.machine.devices.base import describe_access, not_modelled
from hypgen.machine.devices.signals import Signal

DR, MR, LR, CR, IMSC, RIS, MIS, ICR = range(0x00, 0x20, 4)
IDENTIFICATION = 0xFE0

PERIPH_AND_CELL_ID = (0x31, 0x10, 0x14, 0x00, 0x0D, 0xF0, 0x05, 0xB1)
"""RTCPeriphID0 to 3, RTCPCellID0 to 3."""
EPOCH = 1_325_376_000
"""What it reads when the machine starts: 2012-01-01 00:00:00, the year of the first Cortex-A15."""
MASK32 = 0xFFFF_FFFF


class Pl031:
    """A PL031, which runs from the start."""

    def __init__(self, cpus: int = 1, size: int = 0x1000) -> None:
        self.name = "real-time clock (PL031)"
        self.irq = Signal()
        self._clock = Clock()
        self._offset = EPOCH
        self._match = self._load = self._mask = self._raw = 0

    def attach(self, clock: Clock) -> None:
        """Count the time of a machine."""
        self._clock = clock

    def read(self, offset: int, size: int) -> int:
        """Read a register; NotModelledError for a reserved offset."""
        if offset == DR:
            return self._now
        values = {
            MR: self._match,
            LR: self._load,
            CR: 1,
            IMSC: self._mask,
            RIS: self._raw,
            MIS: self._raw & self._mask,
            ICR: 0,
        }
        if offset in values:
            return values[offset]
        if offset >= IDENTIFICATION and not offset & 3:
            return PERIPH_AND_CELL_ID[(offset - IDENTIFICATION) >> 2]
        raise not_modelled(self.name, describe_access(offset, size))

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; NotModelledError for a reserved offset."""
        if offset == LR:
            self._load = value
            self._offset += value - self._now
            self._arm()
        elif offset == MR:
            self._match = value
            self._arm()
        elif offset == IMSC:
            self._mask = value & 1
        elif offset == ICR:
            self._raw &= ~value
        elif offset not in (DR, CR, RIS, MIS):  # read-only, and CR only ever starts the clock
            raise not_modelled(self.name, describe_access(offset, size, value))
        self.irq.set(bool(self._raw & self._mask))

    @property
    def _now(self) -> int:
        return self._offset + self._clock.count() // self._clock.frequency & MASK32

    def _arm(self) -> None:
        """Set an alarm for the time at which the counter reaches the match register."""
        left = self._match - self._now & MASK32
        if left:
            second = self._clock.count() // self._clock.frequency
            self._clock.set_alarm(self.name, (second + left) * self._clock.frequency, self._ring)
        else:
            self._ring()

    def _ring(self) -> None:
        self._clock.clear_alarm(self.name)
        self._raw = 1
        self.irq.set(bool(self._raw & self._mask))
