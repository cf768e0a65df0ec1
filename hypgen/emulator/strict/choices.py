"""Choices: points where the architecture allows more than one outcome, and those outcomes.

A family of rules that finds an access loose says so with
:meth:`hypgen.emulator.strict.observer.StrictRules.offer`, once for each outcome other than the one that
program order gives. In a machine that only judges, nothing comes of it; in one that plays
(:mod:`hypgen.emulator.strict.playing`) the outcomes of one access make a :class:`Choice`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from hypgen.emulator.memory import Device, DeviceWindow


class Seen(NamedTuple):
    """Bytes that an access sees at an address in the first window of its memory, in place of those stored;
    ``ever`` if the CPU goes on seeing them."""

    address: int
    content: bytes
    ever: bool = False


@dataclass(frozen=True, eq=False)
class Arrived:
    """A store that a device has seen, and what puts the device back into the state from before it."""

    window: DeviceWindow
    offset: int
    size: int
    value: int
    put_back: Callable[[], None]

    def __deepcopy__(self, _memo: object) -> Arrived:
        return self

    def arrive(self) -> None:
        """Have the device see the store."""
        self.window.device.write(self.offset, self.size, self.value)


class Overtaken(NamedTuple):
    """What is at an address where a store came before another CPU's, and was overwritten: those bytes, and
    what is known of the other's store by byte."""

    address: int
    content: bytes
    stores: Mapping[int, Any]


class Ground(NamedTuple):
    """The finding that names an outcome: its rule, and what it is reported once for."""

    rule: str
    once: Hashable


@dataclass(frozen=True)
class Alternative:
    """One outcome that the architecture allows beside the one that program order gives.

    ``grounds`` are the findings that name it, ``what`` says it in words. ``result`` is what comes of it: a
    translation or a fault, bytes that are read (:class:`Seen`), or the values of registers that the
    instruction goes by. ``key`` is the same for outcomes that nothing can tell apart. ``if_reported``: the
    outcome counts only if a finding comes to name it, which shows later. ``ever``: where the same outcome is
    offered again, it comes again, as an entry that stays in the TLB is hit again; None for no such thing.
    """

    grounds: Sequence[Ground]
    what: str
    result: Any
    key: Hashable
    if_reported: bool = False
    ever: Hashable = None


@dataclass(frozen=True)
class Choice:
    """A loose point: an instruction's use of something, and what may come of it.

    ``usual`` tells whether what program order gives is still among the outcomes; it is the first then.
    """

    cpu: int
    pc: int
    use: str
    alternatives: Sequence[Alternative]
    usual: bool = True

    @property
    def outcomes(self) -> int:
        """How many there are."""
        return len(self.alternatives) + self.usual

    def outcome(self, index: int) -> Alternative | None:
        """One of them by its number; None for what program order gives."""
        if self.usual:
            return self.alternatives[index - 1] if index else None
        return self.alternatives[index]


class Chooser(Protocol):
    """Whoever decides what is played."""

    def choose(self, choice: Choice) -> int:
        """The number of the outcome that is to be played; 0 is the usual one."""

    def keep(self, device: Device) -> Callable[[], None]:
        """What puts a device back into the state that it is in now."""

    def looked(self, cpu: int, pc: int) -> None:
        """A loose point was looked at; nothing may come of it."""

    def synchronised(self) -> None:
        """A context synchronisation event."""
