"""Loads and stores by virtual address: the fast path, and nothing else.

The functions of a :class:`DataSide` are closures made once for a CPU, so instructions may capture
them. They look the page of the address up in dictionaries that hold only what may be accessed
without asking: translated, permitted, plain memory, little-endian. Everything else (a miss, a
device, an unaligned address, big-endian data, a store to a page that holds decoded code, anything
a strict rule wants to see) misses there and goes to the slow path, which is given.

The key of a page is the address of its first byte. What is looked up is the address with the bits
taken out that select a place in the page, but not those that an aligned address has 0: so an
unaligned address is no key, and nothing need be asked about alignment.
:mod:`hypgen.emulator.emitter` writes the same look-ups into the functions of hot code.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from hypgen.emulator.exceptions import DataAbort
from hypgen.emulator.memory import Direct, Guard, Page
from hypgen.emulator.translation import Translation

PAGE_MASK = 0xFFFF_F000
"""The bits of an address that name its page."""

Load = Callable[[int], int]
Store = Callable[[int, int], None]


WORDS = tuple(struct.Struct(f"<{count}I") for count in range(65))
"""The layout of so many words: for what LDM, STM, VLDM and VSTM transfer at once."""
MISSES = (KeyError, struct.error, TypeError)
"""What a look-up on the fast path raises that must go the slow way: no such page, or beyond its end; or
several words to a page that holds code, which is no buffer."""


class SlowPath(Protocol):
    """Accesses that are not plain. Addresses are 32 bits; values ``size`` bytes, 1, 2, 4 or 8."""

    def load(self, va: int, size: int, aligned: bool = False, unprivileged: bool = False) -> int:
        """Load; raises DataAbort. ``aligned`` is an access that must be aligned whatever SCTLR.A says."""

    def store(
        self, va: int, size: int, value: int, aligned: bool = False, unprivileged: bool = False
    ) -> None:
        """Store; raises DataAbort."""

    def store_pair(self, va: int, first: int, second: int) -> None:
        """Store two words to an address aligned to 8 at once, if memory is there; raises DataAbort."""

    def store_told(self, va: int, content: bytes) -> bool:
        """Store words that lie on one page whose stores the strict rules are told of; whether it is one."""

    def crossing(self, va: int, size: int, write: bool) -> None:
        """Several words that one instruction accesses lie on two pages."""


class DeviceView(NamedTuple):
    """A device whose registers are at the virtual addresses from ``start`` to ``end``, and its methods."""

    start: int
    end: int
    read: Callable[[int, int], int]
    write: Callable[[int, int, int], None]
    direct: Direct | None
    """The device, if it has registers for which it need not be asked."""


class Port(NamedTuple):
    """A page that stores go to, and whom to tell of each: VA, offset and bytes, before they change."""

    page: Page
    tell: Callable[[int, int, bytes], None]


class Views:
    """Pages that the current context may access without asking, by the address of their first byte.

    Each is there as words, as halfwords and as bytes. Devices are not for the fast path, which
    knows only memory; the slow path finds them here, already translated, by ``va >> 12``.
    """

    __slots__ = (
        "loads",
        "ports",
        "read_bytes",
        "read_devices",
        "read_halves",
        "read_registers",
        "read_words",
        "shown",
        "takers",
        "write_bytes",
        "write_devices",
        "write_halves",
        "write_registers",
        "write_words",
    )

    def __init__(self) -> None:
        self.read_words: dict[int, memoryview] = {}
        self.read_halves: dict[int, memoryview] = {}
        self.read_bytes: dict[int, bytearray] = {}
        self.write_words: dict[int, memoryview | Guard] = {}
        self.write_halves: dict[int, memoryview | Guard] = {}
        self.write_bytes: dict[int, Any] = {}  # a bytearray or Guard, which pack_into() may refuse
        self.read_devices: dict[int, DeviceView] = {}
        self.write_devices: dict[int, DeviceView] = {}
        self.read_registers: dict[int, Callable[[], int]] = {}
        """By address, what reads the register of a device that was read there as a word."""
        self.write_registers: dict[int, Callable[[int], None]] = {}
        """By address, what writes one that was written as a word."""
        self.shown: dict[int, list[int]] = {}
        """By address, :meth:`hypgen.emulator.memory.Direct.shown` of one that was read as a word."""
        self.takers: dict[int, list[Callable[[int], object]]] = {}
        """By address, :meth:`hypgen.emulator.memory.Direct.taker` of one that was written as a word."""
        self.ports: dict[int, Port] = {}
        """Pages whose stores the strict rules are told of, already translated."""
        self.loads: dict[int, tuple[Translation, Page]] = {}
        """Pages whose loads they are told of, by ``va >> 12``: what an address of each was translated to."""

    def clear(self) -> None:
        """Forget everything: translations or permissions changed."""
        self.read_words.clear()
        self.read_halves.clear()
        self.read_bytes.clear()
        self.read_devices.clear()
        self.write_devices.clear()
        self.read_registers.clear()
        self.shown.clear()
        self.loads.clear()
        self.forget_device_writes()
        self.forget_writes()

    def forget_device_writes(self) -> None:
        """Have stores to registers of devices looked at again."""
        self.write_registers.clear()
        self.takers.clear()

    def forget_writes(self, page: Page | None = None) -> None:
        """Forget that a page, or any, may be stored to: it got code decoded from it."""
        if page is None:
            self.write_words.clear()
            self.write_halves.clear()
            self.write_bytes.clear()
            self.ports.clear()
            return
        if self.write_bytes:
            known = (page.data, page.guards and page.guards[2])
            for start in [
                start for start, data in self.write_bytes.items() if any(data is one for one in known)
            ]:
                del self.write_words[start], self.write_halves[start], self.write_bytes[start]
        if self.ports:
            for number in [number for number, port in self.ports.items() if port.page is page]:
                del self.ports[number]

    def forget_read(self, number: int) -> None:
        """Have loads from the page at ``number << 12`` asked for again."""
        start = number << 12
        self.read_words.pop(start, None)
        self.read_halves.pop(start, None)
        self.read_bytes.pop(start, None)

    def allow_read(self, va: int, page: Page) -> None:
        """Let loads from the page at ``va`` pass."""
        start = va & PAGE_MASK
        self.read_words[start] = page.words
        self.read_halves[start] = page.halves
        self.read_bytes[start] = page.data

    def allow_write(self, va: int, page: Page) -> None:
        """Let stores to the page at ``va`` pass."""
        start = va & PAGE_MASK
        words, halves, data = (
            page.guards if page.code and page.guards else (page.words, page.halves, page.data)
        )
        self.write_words[start], self.write_halves[start], self.write_bytes[start] = words, halves, data


class Passing(Protocol):
    """Whoever knows what the current context lets pass."""

    passing: Views


class DataSide:
    """The loads and stores of one CPU. ``load_words`` and ``store_words`` transfer aligned words at
    ascending addresses, those of one page at once. Those with ``_aligned`` fault on any unaligned address,
    those with ``_unprivileged`` are made as from User mode. What passes fast is what ``context`` says."""

    __slots__ = (
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
        "store_pair",
        "store_words",
    )

    def __init__(self, slow: SlowPath, context: Passing) -> None:
        slow_load, slow_store = slow.load, slow.store

        def load8(va: int) -> int:
            page = context.passing.read_bytes.get(va & 0xFFFFF000)
            return slow_load(va, 1) if page is None else page[va & 0xFFF]

        def load16(va: int) -> int:
            page = context.passing.read_halves.get(va & 0xFFFFF001)
            return slow_load(va, 2) if page is None else page[va >> 1 & 0x7FF]

        def load32(va: int) -> int:
            passing = context.passing
            page = passing.read_words.get(va & 0xFFFFF003)
            if page is not None:
                return page[va >> 2 & 0x3FF]
            register = passing.read_registers.get(va)
            return slow_load(va, 4) if register is None else register() & 0xFFFF_FFFF

        def load32_aligned(va: int) -> int:
            page = context.passing.read_words.get(va & 0xFFFFF003)
            return slow_load(va, 4, True) if page is None else page[va >> 2 & 0x3FF]

        def store8(va: int, value: int) -> None:
            try:
                context.passing.write_bytes[va & 0xFFFFF000][va & 0xFFF] = value & 0xFF
            except KeyError:
                slow_store(va, 1, value & 0xFF)

        def store16(va: int, value: int) -> None:
            try:
                context.passing.write_halves[va & 0xFFFFF001][va >> 1 & 0x7FF] = value & 0xFFFF
            except KeyError:
                slow_store(va, 2, value & 0xFFFF)

        def store32(va: int, value: int) -> None:
            try:
                context.passing.write_words[va & 0xFFFFF003][va >> 2 & 0x3FF] = value
            except KeyError:
                slow_store(va, 4, value)

        def store32_aligned(va: int, value: int) -> None:
            try:
                context.passing.write_words[va & 0xFFFFF003][va >> 2 & 0x3FF] = value
            except KeyError:
                slow_store(va, 4, value, True)

        def load_words(va: int, count: int) -> Sequence[int]:
            try:
                return WORDS[count].unpack_from(context.passing.read_bytes[va & 0xFFFFF003], va & 0xFFF)
            except MISSES:
                if (va & 0xFFF) + 4 * count > 0x1000:
                    slow.crossing(va, 4 * count, False)
                loaded: list[int] = []
                try:
                    for offset in range(0, 4 * count, 4):
                        loaded.append(load32_aligned(va + offset & 0xFFFF_FFFF))  # noqa: PERF401  # some stay
                except DataAbort as abort:
                    abort.loaded = loaded
                    raise
                return tuple(loaded)

        def store_words(va: int, values: Sequence[int]) -> None:
            try:
                WORDS[len(values)].pack_into(
                    context.passing.write_bytes[va & 0xFFFFF003], va & 0xFFF, *values
                )
            except MISSES:
                if slow.store_told(va, WORDS[len(values)].pack(*values)):
                    return
                if (va & 0xFFF) + 4 * len(values) > 0x1000:
                    slow.crossing(va, 4 * len(values), True)
                for offset, value in zip(range(0, 4 * len(values), 4), values, strict=True):
                    store32_aligned(va + offset & 0xFFFF_FFFF, value)

        def store_pair(va: int, values: tuple[int, int]) -> None:
            try:
                WORDS[2].pack_into(context.passing.write_bytes[va & 0xFFFFF003], va & 0xFFF, *values)
            except MISSES:
                if va & 7:
                    store_words(va, values)
                else:
                    slow.store_pair(va, *values)

        self.load_words, self.store_words, self.store_pair = load_words, store_words, store_pair
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


class ToldDataSide(DataSide):
    """The loads and stores of a CPU whose every store the strict rules are told of, so that no page takes
    any without: what is looked up first is the port of the page, or the device."""

    __slots__ = ()

    def __init__(self, slow: SlowPath, context: Passing) -> None:
        super().__init__(slow, context)
        slow_store = slow.store

        def store32(va: int, value: int) -> None:
            if not va & 3:
                passing, number = context.passing, va >> 12
                port = passing.ports.get(number)
                if port is not None:
                    page, tell = port
                    offset = va & 0xFFF
                    tell(va, offset, value.to_bytes(4, "little"))
                    if page.code or page.frozen is not None or page.reservations:
                        page.written(offset, 4)
                    page.words[offset >> 2] = value
                    return
                register = passing.write_registers.get(va)
                if register is not None:
                    register(value)
                    return
            slow_store(va, 4, value)

        def store_words(va: int, values: Sequence[int]) -> None:
            size = 4 * len(values)
            port = context.passing.ports.get(va >> 12)
            offset = va & 0xFFF
            if port is None or va & 3 or offset + size > 0x1000:
                spread(va, values)
                return
            page, tell = port
            content = WORDS[len(values)].pack(*values)
            tell(va, offset, content)
            if page.code or page.frozen is not None or page.reservations:
                page.written(offset, size)
            page.data[offset : offset + size] = content

        spread = self.store_words
        self.store32, self.store_words = store32, store_words
