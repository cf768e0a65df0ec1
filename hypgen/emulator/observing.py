"""What the strict rules are told by the core, which knows nothing else of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hypgen.arch.register import Register
    from hypgen.emulator.dataside import Views
    from hypgen.emulator.faults import Fault
    from hypgen.emulator.translation import Regime, Translation


class Observer(Protocol):
    """What the strict rules see. Nothing here is called for an instruction that touches none of it."""

    pending: Mapping[str, object]
    """Registers written and not yet synchronised: while there are any, system register accesses are shown."""
    unsettled: Mapping[str, object]
    """Those of them that translation reads: while there are any, every access and fetch is shown."""
    touched: Mapping[int, object]
    """Physical pages (address >> 12) whose every fetch is shown; of others only one that is translated."""

    def register_written(self, stored: str, old: int, new: int) -> None:
        """A system register changed by MCR or MCRR."""

    def register_assigned(self, row: Register, stored: str, value: int) -> None:
        """MCR or MCRR is about to give a system register a value, bits that it does not keep included."""

    def unpredictable(self, sentence: str) -> None:
        """An instruction is UNPREDICTABLE, and the run goes on with what hardware usually does."""

    def device_stored(self, va: int) -> None:
        """A store to a device is about to be made."""

    def follows_devices(self) -> bool:
        """Whether anything is to be found of stores to devices now; stores may pass untold while not."""

    def exclusive(self, va: int, size: int, load: bool) -> None:
        """LDREX or STREX of a location."""

    def crossing(self, va: int, size: int, write: bool) -> None:
        """One instruction's access crosses a 4 KB boundary."""

    def addressed(self, name: str, value: int) -> None:
        """A system operation is about to be performed, which may translate the address ``value``."""

    def operation(self, row: Register, value: int) -> None:
        """A TLB, cache, predictor or address translation operation was performed."""

    def synchronised(self) -> None:
        """ISB, exception entry or exception return."""

    def barrier(self, kind: str, option: int) -> None:
        """DMB or DSB."""

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> bool:
        """A translation was made for an access: ``fetch``, ``read`` or ``write``; whether nothing is to be
        said of it, nor of others like it until something changes."""

    def loaded(self, va: int, size: int, outcome: Translation, views: Views | None) -> bool:
        """A load reads memory; whether later ones from the page may pass without asking in ``views``."""

    def port(self, outcome: Translation) -> Callable[[int, int, bytes], None]:
        """What must be told of stores to a page that is translated so: VA, offset, and bytes."""

    def marked(self, va: int) -> None:
        """The instruction at an address that the contract names is about to be executed."""

    def fetched(self, va: int, size: int, outcome: Translation) -> None:
        """Instructions that lie there, on one page, are about to be executed."""

    def exception_taken(self, kind: str) -> None:
        """An exception was taken, by its kind."""

    def started(self, by: int) -> None:
        """This CPU was started by another."""

    def event_sent(self) -> None:
        """SEV."""

    def interrupt_sent(self, target: int) -> None:
        """This CPU sends another one an interrupt, by that one's number."""

    def woken(self, address: int) -> bool:
        """Firmware that holds this CPU and waits for events looks at a word at a physical address; whether it
        sees what was there before the last store."""

    def vectoring(self, stored: str) -> None:
        """An exception takes its vector base from a register."""

    def register_read(self, name: str) -> None:
        """A system register is read, or an instruction asks for access, while something is pending."""

    def unaligned(self, va: int, write: bool) -> None:
        """An access that is not aligned is about to be made."""

    def register_accessed(self, row: Register) -> None:
        """A system register is about to be accessed, while something is pending."""

    def capture(self) -> object:
        """A copy of all that the rules know, for a snapshot."""

    def reinstate(self, captured: object) -> None:
        """Know what :meth:`capture` copied, and nothing else."""
