"""NOR flash with the Common Flash Interface (JESD68) and Intel's command set (AP-646, "0001").

Two chips of 16 bits side by side make words of 32 bits: what is written goes to both, and both answer.
In read-array mode a bank is memory; a command takes it out of the CPUs' sight, so that reads come
here, until the command that brings it back. Erasing and programming take no time.
"""

from __future__ import annotations

from collections.abc import Callable

from hypgen.emulator.memory import PAGE_SHIFT, Window

SECTOR_SIZE = 0x4_0000
"""Bytes of the bank that one erase makes all ones."""
BUFFER_SIZE = 0x1000
"""Bytes of the bank's write buffer."""
READY = 0x80
"""The status that says: done, and nothing went wrong."""
READ_ARRAY = 0xFF
_CHIPS = 2
_CHIP_BITS = 16
_IDENTIFIERS = (0x89, 0x18, 0x00, 0x00)
"""Manufacturer (Intel), device, and the lock state of a block: unlocked."""
_CONFIRMS = {0x20: (0xD0,), 0x60: (0x01, 0xD0), 0xD0: (0xD0,)}
"""What the second cycle of erasing, locking and unlocking, and the end of a buffered program must be."""


def query_table(bank_size: int) -> dict[int, int]:
    """The CFI query structure of one chip by its 16-bit address (JESD68.01, and AP-646 for 0x31 on)."""
    chip_sector, chip_size = SECTOR_SIZE // _CHIPS, bank_size // _CHIPS
    blocks = bank_size // SECTOR_SIZE - 1
    rows: dict[int, bytes] = {
        0x10: b"QRY\x01\x00\x31\x00",  # Intel's extended command set, whose table is at 0x31
        0x1B: b"\x45\x55\x00\x00",  # supply voltages
        0x1F: b"\x07\x07\x0a\x00\x04\x04\x04\x00",  # times of programming and erasing
        0x27: bytes((chip_size.bit_length() - 1, 2, 0)),  # size, x16 interface
        0x2A: bytes(((BUFFER_SIZE // _CHIPS).bit_length() - 1, 0, 1)),  # buffer, one erase region
        0x2D: bytes((blocks & 0xFF, blocks >> 8, chip_sector >> 8 & 0xFF, chip_sector >> 16)),
        0x31: b"PRI10",
        0x3F: b"\x01",  # one protection field
    }
    return {start + index: byte for start, row in rows.items() for index, byte in enumerate(row)}


class CfiFlash:
    """A bank of flash, which ``window`` shows as memory while it is programmed and in read-array mode."""

    def __init__(self, window: Window) -> None:
        self.name = window.name
        self.window = window
        self.changed: Callable[[], None] = lambda: None
        """Called when the window comes into sight or goes out of it."""
        self._dram = window.dram
        self._query = query_table(window.span.size)
        self._programmed = False
        self._command = READ_ARRAY
        self._second = 0
        """The command whose second cycle is to come; 0 for none."""
        self._left = 0
        """Writes of a buffered program that are still to come."""

    def programmed(self) -> None:
        """A loader has put something into flash of this machine, so that it is there to be executed."""
        self._programmed = True
        self.show()

    def show(self) -> None:
        """Put the window into sight, or out of it, as the state has it."""
        hidden = not self._programmed or self._command != READ_ARRAY
        if hidden != self.window.hidden:
            self.window.hidden = hidden
            self.changed()

    # -- reading -------------------------------------------------------------------------------------
    def read(self, offset: int, size: int) -> int:
        """What the last command selects: the array, the status, the identifiers or the query structure."""
        if self._command == READ_ARRAY:
            page = self._dram.page(offset >> PAGE_SHIFT)
            return int.from_bytes(page.data[offset & 0xFFF :][:size], "little")
        each = {0x90: self._identifier, 0x98: self._queried}.get(self._command)
        value = READY if each is None else each(offset // 4)
        both = value | value << _CHIP_BITS
        return both >> 8 * (offset & 3) & (1 << 8 * size) - 1

    def _identifier(self, index: int) -> int:
        return _IDENTIFIERS[index & 0xFF] if index & 0xFF < len(_IDENTIFIERS) else 0

    def _queried(self, index: int) -> int:
        return self._query.get(index & 0xFF, 0)

    # -- writing -------------------------------------------------------------------------------------
    def write(self, offset: int, size: int, value: int) -> None:
        """A command, or what one that was given before waits for."""
        if self._left:
            self._program(offset, size, value)
            self._left -= 1
            if not self._left:
                self._second = 0xD0
        elif self._second:
            self._complete(self._second, offset, size, value)
        else:
            self._begin(value & 0xFF)

    def _begin(self, command: int) -> None:
        if command in (0x10, 0x40, 0x20, 0x60, 0xE8):
            self._second = command
            self._select(command)
        elif command in (0x70, 0x90, 0x98):
            self._select(command)
        else:  # 0xFF, 0x50, which clears the status, and what is no command
            self._select(READ_ARRAY)

    def _complete(self, command: int, offset: int, size: int, value: int) -> None:
        """The second cycle of a command."""
        self._second = 0
        if command in (0x10, 0x40):
            self._program(offset, size, value)
        elif command == 0xE8:
            self._left = (value & 0xFFFF) + 1
        elif value & 0xFF not in _CONFIRMS[command]:
            self._select(READ_ARRAY)
        elif command == 0x20:
            self._erase(offset)

    def _erase(self, offset: int) -> None:
        start = offset & ~(SECTOR_SIZE - 1)
        for index in range(start >> PAGE_SHIFT, start + SECTOR_SIZE >> PAGE_SHIFT):
            self._dram.fill(index, b"\xff" * (1 << PAGE_SHIFT))

    def _program(self, offset: int, size: int, value: int) -> None:
        """Bits go from 1 to 0 only."""
        page, start = self._dram.page(offset >> PAGE_SHIFT), offset & 0xFFF
        old = int.from_bytes(page.data[start : start + size], "little")
        page.written(start, size)
        page.data[start : start + size] = (old & value).to_bytes(size, "little")

    def _select(self, command: int) -> None:
        self._command = command
        self.show()
