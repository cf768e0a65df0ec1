"""What a family of rules is: something that is told of events and reports findings.

A family overrides the events that it wants and costs nothing for the others. It lives in a file of its
own, with its rules in ``RULES``, and is listed once, in :data:`hypgen.emulator.strict.catalogue.FAMILIES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypgen.arch.register import Register
from hypgen.emulator.faults import Fault
from hypgen.emulator.translation import Regime, Translation

if TYPE_CHECKING:
    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.places import Place


class Family:
    """The rules of a family for one CPU; ``rules`` is what all families of the CPU share."""

    between_cpus = False
    """Whether it has nothing to say of a store while one CPU executes alone."""

    def __init__(self, rules: StrictRules) -> None:
        self.rules = rules
        self.system = rules.system

    def state(self) -> dict[str, dict[Any, Any]]:
        """The dictionaries that hold all that the family knows, by name, for snapshots."""
        return {}

    # -- events: system registers and operations ----------------------------------------------------------
    def register_written(self, stored: str, old: int, new: int) -> None:
        """MCR or MCRR changed a system register from ``old`` to ``new``."""

    def register_assigned(self, row: Register, stored: str, value: int) -> None:
        """MCR or MCRR gave a system register this value, bits that it does not keep included."""

    def unpredictable(self, sentence: str) -> None:
        """An instruction is UNPREDICTABLE, and the run goes on with what hardware usually does."""

    def operation(self, name: str, value: int) -> None:
        """A TLB, cache, predictor or address translation operation was performed."""

    def register_read(self, name: str) -> None:
        """A system register is read, or an instruction asks for access, while a write is not synchronised."""

    def register_accessed(self, row: Register) -> None:
        """A system register is about to be accessed, while a write is not synchronised."""

    def mapped(self, regime: Regime, key: tuple[object, ...]) -> None:
        """The tables of a regime are in use; ``key`` is another one when registers or tables changed."""

    # -- events: order ------------------------------------------------------------------------------------
    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB (``dmb``, ``dsb``), with its option."""

    def synchronised(self) -> None:
        """ISB, exception entry or exception return: a context synchronisation event."""

    def vectoring(self, stored: str) -> None:
        """An exception takes its vector base from a register."""

    def exception_taken(self, kind: str) -> None:
        """An exception was taken, by its kind (``IRQ``, ``HypTrap``)."""

    def started(self, by: int) -> None:
        """This CPU was started by another."""

    def event_sent(self) -> None:
        """SEV."""

    def interrupt_sent(self, target: int) -> None:
        """This CPU sends another one an interrupt, by that one's number."""

    def woken(self, address: int) -> None:
        """Firmware that holds this CPU and waits for events looks at a word at a physical address."""

    # -- events: accesses ---------------------------------------------------------------------------------
    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> None:
        """A translation was made for an access: ``fetch``, ``read`` or ``write``."""

    def loaded(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """Bytes of memory are read."""

    def stored(self, va: int, place: Place, data: bytes, outcome: Translation, cached: bool) -> None:
        """Bytes of memory are about to be written; not told again while nothing changes by it."""

    def marked(self, va: int) -> None:
        """The instruction at an address that the contract names is about to be executed."""

    def fetched(self, va: int, place: Place, size: int, outcome: Translation, cached: bool) -> None:
        """Instructions are about to be executed that lie there."""

    def device_stored(self, va: int) -> None:
        """A store to a device is about to be made."""

    def exclusive(self, va: int, size: int, outcome: Translation, load: bool) -> None:
        """LDREX or STREX of a location."""

    def unaligned(self, va: int, write: bool) -> None:
        """An access that is not aligned, while a write that translation depends on is not synchronised."""

    def crossing(self, va: int, size: int, write: bool) -> None:
        """One instruction's access crosses a 4 KB boundary."""
