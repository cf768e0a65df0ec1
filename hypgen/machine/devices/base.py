"""What every device model shares: how registers are accessed, and how a gap in a model is named.

The bus sees a device as :class:`hypgen.emulator.memory.Device`: reads and writes of 1, 2, 4 or 8
bytes at an offset from the device's base.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from hypgen.emulator.memory import Device
from hypgen.errors import Diagnostic, NotModelledError
from hypgen.machine.devices.signals import Signal

if TYPE_CHECKING:
    from hypgen.emulator.timers import Clock


class Uart(Device, Protocol):
    """A device that is a console: what guests sent, and a way to send to them."""

    output: bytearray
    """Every byte that left the UART, in order."""
    irq: Signal
    """Its interrupt."""

    def receive(self, data: bytes) -> None:
        """Queue ``data`` as if it arrived on the line now."""


@runtime_checkable
class Interrupting(Device, Protocol):
    """A device with an interrupt, whose number the board has."""

    irq: Signal
    """Its interrupt."""


@runtime_checkable
class Messaging(Device, Protocol):
    """A device that is the source of shared interrupts."""

    irqs: dict[int, Signal]
    """The interrupts by their SPI numbers."""


@runtime_checkable
class Timed(Device, Protocol):
    """A device to which time matters."""

    def attach(self, clock: Clock) -> None:
        """Count the time of a machine."""


class Initiator(Protocol):
    """What a device may know of the CPU that accesses it."""

    index: int

    @property
    def secure(self) -> bool:
        """Whether the access is a Secure one."""


def _to_nobody(target: int) -> None:
    """Nobody wants to know."""


class Requester:
    """Which CPU makes the access that a device answers; the run loop keeps it up to date.

    ``sent`` is told by interrupt controllers that this CPU sends an interrupt to another one, by its number.
    """

    __slots__ = ("cpu", "sent")

    cpu: Initiator

    def __init__(self) -> None:
        self.sent: Callable[[int], None] = _to_nobody


def not_modelled(device: str, what: str) -> NotModelledError:
    """The error for an access that the hardware would answer and this model does not."""
    return NotModelledError(Diagnostic("RUN-001", f"{device}: {what} (not modelled)"))


def describe_access(offset: int, size: int, value: int | None = None) -> str:
    """An access in words: a read, or with ``value`` a write."""
    unit = "byte" if size == 1 else "bytes"
    if value is None:
        return f"read of {size} {unit} at offset {offset:#x}"
    return f"write of {value:#x} ({size} {unit}) at offset {offset:#x}"


class ReceiveFifo:
    """Bytes on their way to the guest; the line waits while the guest is slow, so nothing is lost."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: deque[int] = deque()
        """Those that nobody took yet."""

    def put(self, data: bytes) -> None:
        """Add bytes at the end."""
        self.waiting.extend(data)

    def take(self) -> int:
        """The first byte, removed; 0 when there is none, as an empty FIFO's data register mostly reads."""
        return self.waiting.popleft() if self.waiting else 0

    def clear(self) -> None:
        """Forget everything."""
        self.waiting.clear()

    def __len__(self) -> int:
        return len(self.waiting)
