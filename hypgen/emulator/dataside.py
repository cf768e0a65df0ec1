"""Loads and stores by virtual address: the fast path, and nothing else.

The functions of a :class:`DataSide` are closures made once for a CPU, so instructions may capture
them. They look the page of the address up in dictionaries that hold only what may be accessed
without asking: translated, permitted, plain memory, little-endian. Everything else (a miss, a
device, an unaligned address, big-endian data, a store to a page that holds decoded code, anything
a strict rule wants to see) misses there and goes to the slow path, which is given.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import NamedTuple, Protocol

from hypgen.emulator.memory import Device, Page

Load = Callable[[int], int]
Store = Callable[[int, int], None]


class SlowPath(Protocol):
    """Accesses that are not plain. Addresses are 32 bits; values ``size`` bytes, 1, 2, 4 or 8."""

    def load(self, va: int, size: int, aligned: bool = False, unprivileged: bool = False) -> int:
        """Load; raises DataAbort. ``aligned`` is an access that must be aligned whatever SCTLR.A says."""

    def store(
        self, va: int, size: int, value: int, aligned: bool = False, unprivileged: bool = False
    ) -> None:
        """Store; raises DataAbort."""

    def crossing(self, va: int, size: int, write: bool) -> None:
        """Several words that one instruction accesses lie on two pages."""


class DeviceView(NamedTuple):
    """A device whose registers are at the virtual addresses from ``start`` to ``end``."""

    start: int
    end: int
    device: Device


class Port(NamedTuple):
    """A page that stores go to, and whom to tell of each: VA, offset and bytes, before they change."""

    page: Page
    tell: Callable[[int, int, bytes], None]


class Views:
    """Pages that the current context may access without asking, by ``va >> 12``.

    Devices are not for the fast path, which knows only bytes; the slow path finds them here, already
    translated.
    """

    __slots__ = (
        "ports",
        "read_bytes",
        "read_devices",
        "read_words",
        "write_bytes",
        "write_devices",
        "write_words",
    )

    def __init__(self) -> None:
        self.read_words: dict[int, memoryview] = {}
        self.read_bytes: dict[int, bytearray] = {}
        self.write_words: dict[int, memoryview] = {}
        self.write_bytes: dict[int, bytearray] = {}
        self.read_devices: dict[int, DeviceView] = {}
        self.write_devices: dict[int, DeviceView] = {}
        self.ports: dict[int, Port] = {}
        """Pages whose stores the strict rules are told of, already translated."""

    def clear(self) -> None:
        """Forget everything: translations or permissions changed."""
        self.read_words.clear()
        self.read_bytes.clear()
        self.read_devices.clear()
        self.write_devices.clear()
        self.forget_writes()

    def forget_writes(self) -> None:
        """Forget what may be stored to: a page got code decoded from it."""
        self.write_words.clear()
        self.write_bytes.clear()
        self.ports.clear()

    def forget_read(self, number: int) -> None:
        """Have loads from the page at ``number << 12`` asked for again."""
        self.read_words.pop(number, None)
        self.read_bytes.pop(number, None)

    def allow_read(self, va: int, page: Page) -> None:
        """Let loads from the page at ``va`` pass."""
        self.read_words[va >> 12] = page.words
        self.read_bytes[va >> 12] = page.data

    def allow_write(self, va: int, page: Page) -> None:
        """Let stores to the page at ``va`` pass."""
        self.write_words[va >> 12] = page.words
        self.write_bytes[va >> 12] = page.data


class DataSide:
    """The loads and stores of one CPU. Those with ``_aligned`` fault on any unaligned address,
    those with ``_unprivileged`` are made as from User mode. :meth:`bind` sets what passes fast."""

    __slots__ = (
        "bind",
        "load8",
        "load8_unprivileged",
        "load16",
        "load16_unprivileged",
        "load32",
        "load32_aligned",
        "load32_unprivileged",
        "load64_aligned",
        "load_words",
        "store8",
        "store8_unprivileged",
        "store16",
        "store16_unprivileged",
        "store32",
        "store32_aligned",
        "store32_unprivileged",
        "store64_aligned",
        "store_words",
    )

    def __init__(self, slow: SlowPath) -> None:
        slow_load, slow_store = slow.load, slow.store
        first = Views()
        read_words, read_bytes = first.read_words, first.read_bytes
        write_words, write_bytes = first.write_words, first.write_bytes

        def bind(views: Views) -> None:
            """Make ``views`` what passes without asking."""
            nonlocal read_words, read_bytes, write_words, write_bytes
            read_words, read_bytes = views.read_words, views.read_bytes
            write_words, write_bytes = views.write_words, views.write_bytes

        def load8(va: int) -> int:
            try:
                return read_bytes[va >> 12][va & 0xFFF]
            except KeyError:
                return slow_load(va, 1)

        def load16(va: int) -> int:
            if va & 1:
                return slow_load(va, 2)
            try:
                page = read_bytes[va >> 12]
            except KeyError:
                return slow_load(va, 2)
            offset = va & 0xFFF
            return page[offset] | page[offset + 1] << 8

        def load32(va: int) -> int:
            if va & 3:
                return slow_load(va, 4)
            try:
                return read_words[va >> 12][va >> 2 & 0x3FF]
            except KeyError:
                return slow_load(va, 4)

        def load32_aligned(va: int) -> int:
            if va & 3:
                return slow_load(va, 4, True)
            try:
                return read_words[va >> 12][va >> 2 & 0x3FF]
            except KeyError:
                return slow_load(va, 4, True)

        def store8(va: int, value: int) -> None:
            try:
                write_bytes[va >> 12][va & 0xFFF] = value & 0xFF
            except KeyError:
                slow_store(va, 1, value & 0xFF)

        def store16(va: int, value: int) -> None:
            if va & 1:
                slow_store(va, 2, value & 0xFFFF)
                return
            try:
                page = write_bytes[va >> 12]
            except KeyError:
                slow_store(va, 2, value & 0xFFFF)
                return
            offset = va & 0xFFF
            page[offset] = value & 0xFF
            page[offset + 1] = value >> 8 & 0xFF

        def store32(va: int, value: int) -> None:
            if va & 3:
                slow_store(va, 4, value)
                return
            try:
                write_words[va >> 12][va >> 2 & 0x3FF] = value
            except KeyError:
                slow_store(va, 4, value)

        def store32_aligned(va: int, value: int) -> None:
            if va & 3:
                slow_store(va, 4, value, True)
                return
            try:
                write_words[va >> 12][va >> 2 & 0x3FF] = value
            except KeyError:
                slow_store(va, 4, value, True)

        def load_words(va: int, count: int) -> list[int]:
            """Words that must be aligned, at ascending addresses: those of one page at once."""
            index = va >> 2 & 0x3FF
            if index + count <= 0x400 and not va & 3:
                page = read_words.get(va >> 12)
                if page is not None:
                    return page[index : index + count].tolist()
            elif index + count > 0x400:
                slow.crossing(va, 4 * count, False)
            return [load32_aligned(va + offset & 0xFFFF_FFFF) for offset in range(0, 4 * count, 4)]

        def store_words(va: int, values: list[int]) -> None:
            index, count = va >> 2 & 0x3FF, len(values)
            if index + count <= 0x400 and not va & 3:
                page = write_words.get(va >> 12)
                if page is not None:
                    page[index : index + count] = memoryview(array("I", values))
                    return
            elif index + count > 0x400:
                slow.crossing(va, 4 * count, True)
            for offset, value in zip(range(0, 4 * count, 4), values, strict=True):
                store32_aligned(va + offset & 0xFFFF_FFFF, value)

        self.bind = bind
        self.load_words, self.store_words = load_words, store_words
        self.load8, self.load16, self.load32 = load8, load16, load32
        self.store8, self.store16, self.store32 = store8, store16, store32
        self.load32_aligned, self.store32_aligned = load32_aligned, store32_aligned
        self.load64_aligned: Load = lambda va: slow_load(va, 8, True)
        self.store64_aligned: Store = lambda va, value: slow_store(va, 8, value, True)
        self.load8_unprivileged: Load = lambda va: slow_load(va, 1, False, True)
        self.load16_unprivileged: Load = lambda va: slow_load(va, 2, False, True)
        self.load32_unprivileged: Load = lambda va: slow_load(va, 4, False, True)
        self.store8_unprivileged: Store = lambda va, value: slow_store(va, 1, value, False, True)
        self.store16_unprivileged: Store = lambda va, value: slow_store(va, 2, value, False, True)
        self.store32_unprivileged: Store = lambda va, value: slow_store(va, 4, value, False, True)
