"""Where memory is, as the caches know it: the address in the first window on it, and the view."""

from __future__ import annotations

from typing import NamedTuple

from hypgen.emulator.memory import PhysicalMemory, Window

PAGE_SHIFT = 12
_record = tuple.__new__
"""Makes a named tuple in half the time that its class takes."""


class Place(NamedTuple):
    """A physical address as the caches know it: the address in the first window, and the view."""

    address: int
    view: int


class Places:
    """The places of a machine's memory: one DRAM may have several windows, of which some are not coherent."""

    def __init__(self, memory: PhysicalMemory) -> None:
        self.memory = memory
        self._places: dict[int, Place] = {}
        self._views: dict[int, tuple[int, ...]] = {}

    def place(self, pa: int) -> Place:
        """The address and view by which a byte of memory is known."""
        page = pa & ~0xFFF
        found = self._places.get(page)
        if found is None:
            found = self._places[page] = self._find_place(page)
        return _record(Place, (found[0] | (pa & 0xFFF), found[1]))

    def _find_place(self, page: int) -> Place:
        window = self.memory.window(page)
        if window is None:
            return Place(page, 0)
        same = self._windows(window)
        first = same[0]
        address = page - window.span.start + window.offset + first.span.start - first.offset
        incoherent = [one for one in same[1:] if not one.coherent]
        return Place(address, 1 + incoherent.index(window) if window in incoherent else 0)

    def _windows(self, window: Window) -> list[Window]:
        return [one for one in self.memory.windows if one.dram is window.dram]

    def aliases(self, address: int) -> tuple[int, ...]:
        """The physical address of a byte in each view, the first one first."""
        page = address & ~0xFFF
        offsets = self._views.get(page)
        if offsets is None:
            window = self.memory.window(page)
            found = [page]
            if window is not None:
                offset = page - window.span.start + window.offset
                others = [one for one in self._windows(window)[1:] if not one.coherent]
                found += [offset + one.span.start - one.offset for one in others]
            offsets = self._views[page] = tuple(found)
        if len(offsets) == 1:
            return (address,)
        return tuple([one | (address & 0xFFF) for one in offsets])

    def pages(self, address: int) -> list[int]:
        """The number (address >> 12) of the page at an address in the first window, and those that it has in
        every window."""
        found = [address >> PAGE_SHIFT]
        window = self.memory.window(address)
        if window is not None:
            offset = address - window.span.start + window.offset
            found += [one.span.start + offset - one.offset >> PAGE_SHIFT for one in self._windows(window)]
        return found
