"""The 40-bit physical address space: RAM and its aliases, ROM, devices, and nothing.

RAM is kept in pages that come into being when something touches them. A page that nobody wrote
has UNKNOWN content. Several windows may show the same DRAM; they then show the same pages, which
is what an alias is. Where no window is, an access has no answer and becomes an external abort.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from hypgen.emulator.unknown import Unknown
from hypgen.units import PAGE_SIZE, PhysAddr, Span

PAGE_SHIFT = 12
OFFSET_MASK = PAGE_SIZE - 1


class Code(Protocol):
    """What was decoded from a page, and must be forgotten when its bytes change."""

    start: int
    """Offset in the page of the first byte."""
    end: int
    """Offset after the last byte."""

    def forget(self) -> None:
        """Drop it: the bytes are about to be others."""


class Device(Protocol):
    """Something that answers reads and writes of its registers, at offsets from its base."""

    def read(self, offset: int, size: int) -> int:
        """The value of ``size`` bytes (1, 2, 4 or 8) at ``offset``."""

    def write(self, offset: int, size: int, value: int) -> None:
        """Take ``value`` as ``size`` bytes at ``offset``."""


class Direct(Device, Protocol):
    """A device with registers that may be accessed without asking it. What it gives for one holds until its
    state is set from outside."""

    def shown(self, offset: int) -> list[int] | None:
        """What always holds the value of a word, which reading does not change; None of another."""

    def taker(self, offset: int) -> list[Callable[[int], object]] | None:
        """What holds a function that takes the lowest byte of a word stored at ``offset``, as long as that
        byte is all that the store changes, and nothing otherwise; None where that is never so."""


class Reservation(Protocol):
    """An exclusive monitor that is open on a place in a page."""

    def stored(self, offset: int, size: int) -> None:
        """``size`` bytes at ``offset`` of the page are being stored to by another CPU."""


class Guard:
    """What takes stores to a page that holds code: words, halfwords or bytes of it, each ``shift`` a word's
    number. What is code raises KeyError, like a page that is absent."""

    __slots__ = ("_content", "_held", "_shift", "page")

    def __init__(self, page: Page, content: memoryview | bytearray, shift: int) -> None:
        self.page = page
        self._content = content
        self._held = page.held
        self._shift = shift

    def __setitem__(self, index: int, value: int) -> None:
        if self._held[index >> self._shift]:
            raise KeyError(index)
        self._content[index] = value


class Page:
    """4 KB of DRAM or ROM: ``data`` its bytes, ``words`` and ``halves`` the same as little-endian numbers
    of 32 and 16 bits.

    ``code`` lists what was decoded from it, ``reservations`` the exclusive monitors of CPUs that do
    not execute now, and ``frozen`` is the content since a snapshot was made, as long as it has not
    changed. While :attr:`guarded`, stores must pass through :meth:`written`, so the fast path for
    stores does not hold the page.
    """

    __slots__ = ("code", "data", "frozen", "guards", "halves", "held", "reservations", "words", "writable")

    def __init__(self, content: bytes | bytearray, writable: bool = True) -> None:
        self.data = bytearray(content)
        view = memoryview(self.data)
        self.words = view.cast("I")
        self.halves = view.cast("H")
        self.code: list[Code] = []
        self.held = bytearray()
        """By word: whether something in :attr:`code` was decoded from it; empty until there was any."""
        self.guards: tuple[Guard, Guard, Guard] | None = None
        """The page as words, halfwords and bytes for stores, while it holds code."""
        self.reservations: list[Reservation] = []
        self.frozen: bytes | None = None
        self.writable = writable

    @property
    def guarded(self) -> bool:
        """Whether a store must be seen before it is made."""
        return bool(self.code or self.reservations) or self.frozen is not None

    def hold(self, code: Code) -> None:
        """Note what was decoded from the page."""
        if not self.held:
            self.held = bytearray(PAGE_SIZE // 4)
            self.guards = (Guard(self, self.words, 0), Guard(self, self.halves, 1), Guard(self, self.data, 2))
        self.code.append(code)
        self._mark(code)

    def _mark(self, code: Code) -> None:
        for word in range(code.start >> 2, min(code.end + 3, PAGE_SIZE) >> 2):
            self.held[word] = 1

    def freeze(self) -> bytes:
        """The content, which snapshots share until a store changes it."""
        frozen = self.frozen
        if frozen is None:
            frozen = self.frozen = bytes(self.data)
        return frozen

    def rewrite(self, content: bytes) -> None:
        """Go back to the content of a snapshot; what was decoded from bytes that stay is kept."""
        self.replace(content)
        self.frozen = content

    def replace(self, content: bytes | bytearray) -> None:
        """Have other content; what was decoded from bytes that stay is kept."""
        self.frozen = None
        for reservation in tuple(self.reservations):
            reservation.stored(0, PAGE_SIZE)
        data = self.data
        if data != content:
            hit = [one for one in self.code if data[one.start : one.end] != content[one.start : one.end]]
            self._forget(hit)
            data[:] = content

    def written(self, offset: int, size: int) -> None:
        """Forget what depends on ``size`` bytes at ``offset``, which are being changed."""
        self.frozen = None
        for reservation in tuple(self.reservations):
            reservation.stored(offset, size)
        end = offset + size
        self._forget([code for code in self.code if code.start < end and offset < code.end])

    def _forget(self, hit: list[Code]) -> None:
        """Drop what was decoded from bytes that are about to change."""
        for code in hit:
            code.forget()
        if hit:
            self.code = [code for code in self.code if code not in hit]
            self.held[:] = bytes(len(self.held))
            for code in self.code:
                self._mark(code)


class Dram:
    """A physical memory array of ``size`` bytes, addressed from 0; windows make it visible."""

    __slots__ = ("_pages", "name", "size", "unknown", "writable")

    def __init__(self, name: str, size: int, unknown: Unknown, writable: bool = True) -> None:
        self.name = name
        self.size = size
        self.unknown = unknown
        self.writable = writable
        self._pages: dict[int, Page] = {}

    def page(self, index: int) -> Page:
        """Page number ``index``, filled with UNKNOWN content when first touched."""
        page = self._pages.get(index)
        if page is None:
            page = self._pages[index] = Page(self.filling(index), self.writable)
        return page

    def filling(self, index: int) -> bytes:
        """The UNKNOWN content of page number ``index``."""
        return self.unknown.fill(f"{self.name}+{index << PAGE_SHIFT:#x}", PAGE_SIZE)

    def fill(self, index: int, content: bytes) -> None:
        """Give an untouched page its whole content (a loader's shortcut past the UNKNOWN filling)."""
        page = self._pages.get(index)
        if page is None:
            self._pages[index] = Page(content, self.writable)
        else:
            page.replace(content)

    @property
    def touched(self) -> dict[int, Page]:
        """The pages that exist, by index."""
        return self._pages


class Window:
    """A range of physical addresses at which ``dram`` is seen, from ``offset`` on.

    ``coherent`` is false for a second view that the caches do not know to be the same memory. While it is
    ``hidden``, a device has its place.
    """

    __slots__ = ("coherent", "dram", "hidden", "name", "offset", "span")

    def __init__(
        self, name: str, span: Span[PhysAddr], dram: Dram, offset: int = 0, coherent: bool = True
    ) -> None:
        self.name = name
        self.span = span
        self.dram = dram
        self.offset = offset
        self.coherent = coherent
        self.hidden = False


class DeviceWindow:
    """A range of physical addresses that a device answers."""

    __slots__ = ("device", "name", "span")

    def __init__(self, name: str, span: Span[PhysAddr], device: Device) -> None:
        self.name = name
        self.span = span
        self.device = device


class PhysicalMemory:
    """Everything that a 40-bit physical address can reach."""

    def __init__(self) -> None:
        if sys.byteorder != "little":
            raise NotImplementedError("Page.words needs a little-endian host")
        self.windows: list[Window] = []
        self.ranges: list[Window | DeviceWindow] = []
        """All windows, in the order in which they were added."""
        self.devices: list[DeviceWindow] = []
        self._cache: dict[int, Page | None] = {}
        self._devices_on: dict[int, list[DeviceWindow]] = {}
        """Devices by page number, of the pages that were asked about since one was added or went."""

    def add_window(self, window: Window) -> None:
        """Make DRAM or ROM visible. Raises ValueError when page alignment or room is lacking."""
        span = window.span
        if (span.start | span.end | window.offset) & OFFSET_MASK:
            raise ValueError(f"window {window.name} {span} is not made of whole pages")
        if window.offset + span.size > window.dram.size:
            raise ValueError(f"window {window.name} {span} is larger than {window.dram.name}")
        self._check_free(window.name, span)
        self.windows.append(window)
        self.ranges.append(window)

    def add_device(self, window: DeviceWindow) -> None:
        """Make a device visible. Raises ValueError when it overlaps something."""
        self._check_free(window.name, window.span)
        self.devices.append(window)
        self._devices_on.clear()
        self.ranges.append(window)

    def replace_devices(self, window: Window) -> None:
        """As :meth:`add_window`, in place of the devices there; nothing if it is memory already."""
        if self.window(int(window.span.start)) is not None:
            return
        gone = [device for device in self.devices if device.span.overlaps(window.span)]
        self.devices = [device for device in self.devices if device not in gone]
        self._devices_on.clear()
        self.ranges = [known for known in self.ranges if known not in gone]
        self.add_window(window)
        self.forget_pages()

    def add_flash(self, window: Window, device: Device) -> None:
        """Memory, and a device in the same place that takes the stores, and all accesses while the window is
        hidden, as it is at first. Raises ValueError when it overlaps something."""
        self.add_window(window)
        self.devices.append(DeviceWindow(window.name, window.span, device))
        self._devices_on.clear()
        window.hidden = True

    def _check_free(self, name: str, span: Span[PhysAddr]) -> None:
        for other in self.ranges:
            if other.span.overlaps(span):
                raise ValueError(f"{name} {span} overlaps {other.name} {other.span}")

    def page(self, number: int) -> Page | None:
        """The page of DRAM or ROM at physical page ``number`` (address >> 12), or None."""
        try:
            return self._cache[number]
        except KeyError:
            page = self._cache[number] = self._find(number << PAGE_SHIFT)
            return page

    def forget_pages(self) -> None:
        """Find every page anew: some that were there are not any more."""
        self._cache.clear()

    def _find(self, address: int) -> Page | None:
        window = self.window(address)
        if window is None or window.hidden:
            return None
        return window.dram.page((address - window.span.start + window.offset) >> PAGE_SHIFT)

    def window(self, address: int) -> Window | None:
        """The memory window that holds a physical address, or None."""
        for window in self.windows:
            if address in window.span:
                return window
        return None

    def device(self, address: int) -> DeviceWindow | None:
        """The window of the device at a physical address, or None."""
        number = address >> PAGE_SHIFT
        there = self._devices_on.get(number)
        if there is None:
            start, end = number << PAGE_SHIFT, number + 1 << PAGE_SHIFT
            there = [one for one in self.devices if one.span.start < end and start < one.span.end]
            self._devices_on[number] = there
        for window in there:
            if address in window.span:
                return window
        return None

    def what(self, address: int) -> str:
        """What lies at a physical address, in words: a window's or device's name, or "nothing"."""
        for window in self.ranges:
            if address in window.span:
                return window.name
        return "nothing"

    def read64(self, address: int, big_endian: bool = False) -> int | None:
        """An aligned doubleword as the table walker reads it, or None where no memory is."""
        page = self.page(address >> PAGE_SHIFT)
        if page is None:
            return None
        offset = address & OFFSET_MASK
        return int.from_bytes(page.data[offset : offset + 8], "big" if big_endian else "little")

    def read32(self, address: int, big_endian: bool = False) -> int | None:
        """An aligned word as the table walker reads it, or None where no memory is."""
        page = self.page(address >> PAGE_SHIFT)
        if page is None:
            return None
        offset = address & OFFSET_MASK
        return int.from_bytes(page.data[offset : offset + 4], "big" if big_endian else "little")

    def read(self, address: int, size: int) -> bytes:
        """Bytes of DRAM or ROM, for loaders, checks and debuggers. Raises ValueError elsewhere."""
        out = bytearray()
        while size:
            page, offset = self._page_for(address)
            count = min(size, PAGE_SIZE - offset)
            out += page.data[offset : offset + count]
            address += count
            size -= count
        return bytes(out)

    def write(self, address: int, content: bytes) -> None:
        """Set bytes of DRAM or ROM, as a loader does. Raises ValueError where no memory is."""
        done = 0
        while done < len(content):
            here = address + done
            count = min(len(content) - done, PAGE_SIZE - (here & OFFSET_MASK))
            if count == PAGE_SIZE and here >> PAGE_SHIFT not in self._cache:
                self._fill(here, content[done : done + count])
            else:
                page, offset = self._page_for(here)
                chunk = content[done : done + count]
                if page.data[offset : offset + count] != chunk:  # otherwise nothing decoded from it changes
                    page.written(offset, count)
                    page.data[offset : offset + count] = chunk
            done += count

    def _fill(self, address: int, content: bytes) -> None:
        window = self.window(address)
        if window is None:
            raise ValueError(f"no memory at {PhysAddr(address)}")
        window.dram.fill((address - window.span.start + window.offset) >> PAGE_SHIFT, content)

    def _page_for(self, address: int) -> tuple[Page, int]:
        page = self.page(address >> PAGE_SHIFT)
        if page is None:
            raise ValueError(f"no memory at {PhysAddr(address)}")
        return page, address & OFFSET_MASK
