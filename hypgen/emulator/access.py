"""Accesses that are not plain: what the fast path of :mod:`dataside` does not pass.

Alignment, permission and memory type are judged in the manual's order (DDI 0406C B2.4, MemU[] and
MemA[]): an alignment fault of SCTLR.A before translation, one of the memory type after it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from hypgen.emulator.dataside import DeviceView, Port
from hypgen.emulator.exceptions import DataAbort, PrefetchAbort
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT, DeviceWindow, Direct, Page
from hypgen.emulator.translation import Translation, judge
from hypgen.units import PAGE_SIZE, PhysAddr, VirtAddr

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypgen.emulator.block import Block
    from hypgen.emulator.system import System

MASK32 = 0xFFFF_FFFF
_record = tuple.__new__
"""Makes a named tuple in a fraction of the time that its ``_replace`` takes."""


def moved(outcome: Translation, va: int) -> Translation:
    """What another address of the same page is translated to."""
    pa = PhysAddr(outcome.pa & ~OFFSET_MASK | va & OFFSET_MASK)
    return _record(Translation, (VirtAddr(va), pa, *outcome[2:]))


class Accesses:
    """Loads, stores and fetches of one CPU, one at a time and with everything that may go wrong."""

    __slots__ = ("_again", "_certain", "_fetched", "system")

    def __init__(self, system: System) -> None:
        self.system = system
        self._fetched: Translation | None = None
        """What the last fetch was translated to, or another address of its page."""
        self._again = False
        """Whether that was known, so that the strict rules were told of it before."""
        self._certain = True
        """Whether the strict rules had nothing to say of the last translation."""

    # -- fetch ---------------------------------------------------------------------------------------
    def fetched(self, va: int, block: Block) -> None:
        """Tell the strict rules, if they have to know, that a block of instructions at ``va`` is about to be
        executed: what :meth:`fetch` was asked for last."""
        observer, outcome = self.system.observer, self._fetched
        if observer is None or outcome is None:
            return
        if (outcome.va ^ va) >> PAGE_SHIFT:  # the fetch was of the rest of an instruction on the next page
            translated = self.system.translate(va, fetch=True)
            if not isinstance(translated, Translation):
                return
            outcome = translated
        elif self._again and outcome.pa >> PAGE_SHIFT not in observer.touched:
            return
        observer.fetched(va, min(block.size, PAGE_SIZE - block.start), moved(outcome, va))

    def passes(self, va: int) -> bool:
        """Whether instructions may be fetched from the page of ``va`` without asking."""
        return va >> PAGE_SHIFT in self.system.context.fetched

    def fetch(self, va: int) -> tuple[Page, int]:
        """The page that holds the instruction at ``va``, and its physical address; raises PrefetchAbort."""
        system = self.system
        context = system.context
        known = context.fetched.get(va >> PAGE_SHIFT)
        if known is not None and not system.observing:
            self._fetched, page = known
            self._again = True
            return page, self._fetched.pa & ~OFFSET_MASK | va & OFFSET_MASK
        translated = self._outcome(va, "fetch")
        fault = judge(translated, fetch=True, user=not context.privileged)
        if fault is not None:
            raise PrefetchAbort(fault)
        assert isinstance(translated, Translation)  # a fault is judged one
        self._fetched, self._again = translated, False
        found = system.memory.page(translated.pa >> PAGE_SHIFT)
        if found is None:
            raise PrefetchAbort(self._external(va, translated, "fetched from", write=False))
        if self._certain and not system.observing:
            context.fetched[va >> PAGE_SHIFT] = translated, found
        return found, translated.pa

    # -- data ----------------------------------------------------------------------------------------
    def load(self, va: int, size: int, aligned: bool = False, unprivileged: bool = False) -> int:
        """Load ``size`` bytes; raises DataAbort."""
        system = self.system
        view = system.passing.read_devices.get(va >> PAGE_SHIFT)
        if view is not None and view.start <= va < view.end and not va & (size - 1) and not unprivileged:
            offset = va - view.start
            if size == 4:
                system.passing.read_registers[va] = partial(view.read, offset, 4)
                shown = None if view.direct is None else view.direct.shown(offset)
                if shown is not None:
                    system.passing.shown[va] = shown
            return view.read(offset, size) & ((1 << 8 * size) - 1)
        watchpoints = system.watchpoints
        if watchpoints.pages:
            watchpoints.check(system.cpu, va, size, write=False)
        if va & (size - 1):
            return self._assemble(self._load_unaligned(va, size, aligned, unprivileged))
        if not (unprivileged or system.observing):
            views = system.context.views
            data = views.read_bytes.get(va & ~OFFSET_MASK)
            if data is not None:  # big-endian
                return self._assemble(data[va & OFFSET_MASK : (va & OFFSET_MASK) + size])
            known = views.loads.get(va >> PAGE_SHIFT)
            if known is not None:
                return self._assemble(self._read(va, size, moved(known[0], va), known[1], unprivileged))
        outcome = self._translate(va, False, unprivileged)
        found_page = self.system.memory.page(outcome.pa >> PAGE_SHIFT)
        if found_page is not None:
            return self._assemble(self._read(va, size, outcome, found_page, unprivileged))
        found = self.system.memory.device(outcome.pa)
        if found is None:
            raise DataAbort(self._external(va, outcome, "read", write=False))
        self._pass_device(va, outcome, found, self.system.context.views.read_devices, unprivileged)
        value = found.device.read(outcome.pa - found.span.start, size) & ((1 << 8 * size) - 1)
        return self._assemble(value.to_bytes(size, "little"))

    def store(
        self, va: int, size: int, value: int, aligned: bool = False, unprivileged: bool = False
    ) -> None:
        """Store ``size`` bytes; raises DataAbort."""
        system = self.system
        passing = system.passing
        port = passing.ports.get(va >> PAGE_SHIFT)
        if port is not None and not va & (size - 1) and not unprivileged:
            self._store_told(port, va, value.to_bytes(size, "little"))
            return
        view = passing.write_devices.get(va >> PAGE_SHIFT)
        if view is not None and view.start <= va < view.end and not va & (size - 1) and not unprivileged:
            offset = va - view.start
            if size == 4:
                passing.write_registers[va] = self._register(va, view, offset)
                self._pass_taken(va, view, offset)
            if system.observer is not None:
                system.observer.device_stored(va)
            view.write(offset, size, value)
            return
        watchpoints = system.watchpoints
        if watchpoints.pages:
            watchpoints.check(system.cpu, va, size, write=True)
        content = value.to_bytes(size, self._endianness())
        if va & (size - 1):
            self._store_unaligned(va, content, aligned, unprivileged)
            return
        outcome = self._translate(va, True, unprivileged)
        page = self.system.memory.page(outcome.pa >> PAGE_SHIFT)
        found = None if page is not None and page.writable else self.system.memory.device(outcome.pa)
        if found is None:
            if page is None:
                raise DataAbort(self._external(va, outcome, "written", write=True))
            self._store_to_page(va, outcome, page, content)
            self._pass_writes(va, outcome, page, unprivileged)
            return
        self._pass_device(va, outcome, found, self.system.context.views.write_devices, unprivileged)
        if self.system.observer is not None:
            self.system.observer.device_stored(va)
        found.device.write(outcome.pa - found.span.start, size, int.from_bytes(content, "little"))

    def store_pair(self, va: int, first: int, second: int) -> None:
        """Store two words to an address aligned to 8, raises DataAbort: as one where memory is there, as a
        walk must not see half of a descriptor (A3.5.3, with the Large Physical Address Extension)."""
        outcome = self.system.translate(va)
        if isinstance(outcome, Translation) and self.system.memory.page(outcome.pa >> PAGE_SHIFT) is not None:
            low, high = (first, second) if self._endianness() == "little" else (second, first)
            self.store(va, 8, low | high << 32, True)
        else:
            self.store(va, 4, first, True)
            self.store(va + 4, 4, second, True)

    def store_told(self, va: int, content: bytes) -> bool:
        """Store words that lie on one page, if it is translated already and the strict rules are told of its
        stores; whether it is."""
        port = self.system.passing.ports.get(va >> PAGE_SHIFT)
        if port is None or va & 3 or (va & OFFSET_MASK) + len(content) > PAGE_SIZE:
            return False
        self._store_told(port, va, content)
        return True

    def _store_told(self, port: Port, va: int, content: bytes) -> None:
        """Store to a page that was translated before, and tell the strict rules first."""
        page, tell = port
        offset = va & OFFSET_MASK
        tell(va, offset, content)
        if page.code or page.frozen is not None or page.reservations:
            page.written(offset, len(content))
        page.data[offset : offset + len(content)] = content

    def _load_unaligned(self, va: int, size: int, aligned: bool, unprivileged: bool) -> bytearray:
        self._check_alignment(va, aligned, write=False)
        content = bytearray()
        for address in (va + index & MASK32 for index in range(size)):
            outcome = self._translate(address, False, unprivileged, unaligned=True)
            page = self.system.memory.page(outcome.pa >> PAGE_SHIFT)
            if page is None:
                raise DataAbort(self._external(address, outcome, "read", write=False))
            content += self._byte(address, outcome, page)
        return content

    def _byte(self, va: int, outcome: Translation, page: Page) -> bytes | bytearray:
        """One byte of an unaligned load."""
        if self.system.observer is not None:
            self.system.observer.loaded(va, 1, outcome, None)
        offset = outcome.pa & OFFSET_MASK
        return page.data[offset : offset + 1]

    def _store_unaligned(self, va: int, content: bytes, aligned: bool, unprivileged: bool) -> None:
        """Every byte is translated before one is written: a fault on a later page leaves no half store."""
        self._check_alignment(va, aligned, write=True)
        targets = []
        for index in range(len(content)):
            address = va + index & MASK32
            outcome = self._translate(address, True, unprivileged, unaligned=True)
            page = self.system.memory.page(outcome.pa >> PAGE_SHIFT)
            if page is None:
                raise DataAbort(self._external(address, outcome, "written", write=True))
            targets.append((address, outcome, page))
        for index, (address, outcome, page) in enumerate(targets):
            self._store_to_page(address, outcome, page, content[index : index + 1])

    def _store_to_page(self, va: int, outcome: Translation, page: Page, content: bytes) -> None:
        if not page.writable:
            fault = self._external(va, outcome, "written", write=True)
            raise DataAbort(fault._replace(why=f"{fault.why}, which is read-only"))
        offset = outcome.pa & OFFSET_MASK
        if self.system.observer is not None:
            self.system.observer.port(outcome)(va, offset, content)
        if page.guarded:
            page.written(offset, len(content))
        page.data[offset : offset + len(content)] = content

    def _translate(self, va: int, write: bool, unprivileged: bool, unaligned: bool = False) -> Translation:
        """Translate and judge a data access; raises DataAbort."""
        outcome = self._outcome(va, "write" if write else "read")
        user = unprivileged or not self.system.context.privileged
        fault = judge(outcome, write=write, user=user, unaligned=unaligned)
        if fault is not None:
            raise DataAbort(fault)
        assert isinstance(outcome, Translation)  # a fault is judged one
        return outcome

    def _outcome(self, va: int, access: str) -> Translation | Fault:
        """What an address translates to for an access (``fetch``, ``read`` or ``write``)."""
        system = self.system
        outcome = system.translate(va, access == "fetch")
        observer = system.observer
        if observer is not None:
            self._certain = observer.translated(va, outcome, access, system.context.regime)
        return outcome

    def probe_doubleword(self, va: int) -> None:
        """Raise the DataAbort of a store of 8 bytes at ``va``, if they are on two pages, before one is made.

        The manual lets memory be UNKNOWN that an instruction has stored to before it aborts (B1.9.8): with
        this it stays, as in QEMU. With strict rules nothing is asked twice.
        """
        if va & OFFSET_MASK > PAGE_SIZE - 8 and self.system.observer is None:
            self._translate(va, True, False)
            self._translate((va | OFFSET_MASK) + 1 & MASK32, True, False)

    def crossing(self, va: int, size: int, write: bool) -> None:
        """Several words that one instruction accesses lie on two pages."""
        if self.system.observer is not None:
            self.system.observer.crossing(va, size, write)

    # -- alignment -----------------------------------------------------------------------------------
    def _check_alignment(self, va: int, aligned: bool, write: bool) -> None:
        if self.system.observing and self.system.observer is not None and not aligned:
            self.system.observer.unaligned(va, write)
        if aligned:
            why = "this instruction needs an aligned address"
        elif self.system.alignment_checked():
            why = "SCTLR.A or HSCTLR.A makes every unaligned access fault"
        else:
            return
        raise DataAbort(Fault(FaultKind.ALIGNMENT, va, write=write, why=why))

    # -- endianness ----------------------------------------------------------------------------------
    def _endianness(self) -> Literal["little", "big"]:
        return "big" if self.system.cpu.e else "little"

    def _assemble(self, content: bytes | bytearray) -> int:
        return int.from_bytes(content, self._endianness())

    # -- keeping the fast path filled ----------------------------------------------------------------
    def _fast(self, va: int, unprivileged: bool) -> bool:
        system = self.system
        return not (unprivileged or system.observing or va >> PAGE_SHIFT in system.watchpoints.pages)

    def _read(
        self, va: int, size: int, outcome: Translation, page: Page, unprivileged: bool
    ) -> bytes | bytearray:
        """The bytes that a load reads; lets later loads from the page pass, or pass without translation."""
        fast, views = self._fast(va, unprivileged), self.system.context.views
        observer = self.system.observer
        if (observer is None or observer.loaded(va, size, outcome, views if fast else None)) and fast:
            views.allow_read(va, page)
        elif fast and self._certain:
            views.loads[va >> PAGE_SHIFT] = outcome, page
        offset = outcome.pa & OFFSET_MASK
        return page.data[offset : offset + size]

    def _pass_writes(self, va: int, outcome: Translation, page: Page, unprivileged: bool) -> None:
        """Let stores to the page pass; with strict rules only without the translation."""
        system = self.system
        if not self._fast(va, unprivileged):
            return
        if system.observer is not None:
            if not system.cpu.e and page.writable:
                system.context.views.ports[va >> PAGE_SHIFT] = Port(page, system.observer.port(outcome))
        elif not page.reservations and page.frozen is None:
            system.context.views.allow_write(va, page)

    def _pass_device(
        self,
        va: int,
        outcome: Translation,
        window: DeviceWindow,
        views: dict[int, DeviceView],
        unprivileged: bool,
    ) -> None:
        """Remember where a device is, within the page of ``va``."""
        if self._fast(va, unprivileged):
            start = va - (outcome.pa - window.span.start)
            end, device = start + window.span.size, window.device
            direct = cast(Direct, device) if hasattr(device, "taker") else None
            views[va >> PAGE_SHIFT] = DeviceView(start, end, device.read, device.write, direct)

    def _pass_taken(self, va: int, view: DeviceView, offset: int) -> None:
        """Have a register of a device take bytes without asking it, unless somebody is to be told of each."""
        observer = self.system.observer
        if view.direct is None or (observer is not None and observer.follows_devices()):
            return
        taker = view.direct.taker(offset)
        if taker is not None:
            self.system.passing.takers[va] = taker

    def _register(self, va: int, view: DeviceView, offset: int) -> Callable[[int], None]:
        """What writes the register of a device at ``va``, and tells the strict rules first."""
        observer, write = self.system.observer, view.write
        if observer is None:
            return partial(write, offset, 4)
        tell = observer.device_stored

        def register(value: int) -> None:
            tell(va)
            write(offset, 4, value)

        return register

    def _external(self, va: int, outcome: Translation, verb: str, write: bool) -> Fault:
        why = f"{self.system.what(outcome.pa)} at physical address {outcome.pa}, {verb} as {outcome.va}"
        return Fault(FaultKind.EXTERNAL, va, write=write, why=why)


class ExclusiveMonitor:
    """The exclusive monitors as one CPU sees them: the place and size that LDREX tagged (A3.4).

    A STREX passes when it names the same place and size; the manual lets implementations tag a
    granule and makes other sizes UNPREDICTABLE. The local monitor is the tag. The global monitor
    matters only while another CPU executes: when this CPU's turn ends with the monitor open, its
    page is told, and a store by another CPU clears the tag (:meth:`leave`, :meth:`stored`). A store
    by the CPU itself need not clear it, and does not.
    """

    STATE = ("_tag",)
    """What a snapshot holds; a CPU that was not executing gets its watch back when it is told again."""

    __slots__ = ("_system", "_tag", "_watching")

    def __init__(self, system: System) -> None:
        self._system = system
        self._tag: tuple[Page, int, int] | None = None
        """Page, offset in it, and size."""
        self._watching = False

    @property
    def is_open(self) -> bool:
        """Whether a STREX to the location that LDREX tagged would pass, for all that this CPU did."""
        return self._tag is not None

    def _place(self, va: int, size: int) -> tuple[Page, int, int] | None:
        outcome = self._system.translate(va)
        if isinstance(outcome, Fault):
            return None
        page = self._system.memory.page(outcome.pa >> PAGE_SHIFT)
        return None if page is None else (page, outcome.pa & OFFSET_MASK, size)

    def mark(self, va: int, size: int) -> None:
        """LDREX: tag the location."""
        if self._system.observer is not None:
            self._system.observer.exclusive(va, size, load=True)
        self.clear()
        self.tag(va, size)

    def tag(self, va: int, size: int) -> None:
        """Tag a location, so that a STREX to it passes."""
        self._tag = self._place(va, size)

    @property
    def open(self) -> bool:
        """Whether a location is tagged."""
        return self._tag is not None

    def passes(self, va: int, size: int) -> bool:
        """STREX: whether the store may be made; closes the monitor either way."""
        if self._system.observer is not None:
            self._system.observer.exclusive(va, size, load=False)
        tag = self._tag
        self.clear()
        return tag is not None and tag == self._place(va, size)

    def clear(self) -> None:
        """CLREX."""
        if self._watching and self._tag is not None:
            self._tag[0].reservations.remove(self)
        self._watching = False
        self._tag = None

    def leave(self) -> None:
        """Another CPU executes from now on: have its stores to the tagged place seen."""
        if self._tag is not None and not self._watching:
            self._watching = True
            self._tag[0].reservations.append(self)
            for peer in self._system.peers:
                peer.forget_writable(self._tag[0])

    def stored(self, offset: int, size: int) -> None:
        """The tagged page is stored to; by another CPU, if this one has left."""
        assert self._tag is not None
        _, start, length = self._tag
        if offset < start + length and start < offset + size and not self._system.executing:
            self.clear()
