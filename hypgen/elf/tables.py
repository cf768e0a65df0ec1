"""The bytes of a debug section while they are written, and the places in them that a linker fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import pack, pack_into
from typing import ClassVar


@dataclass
class Table:
    """Bytes, and ``references``: the offset of each word that a section's address is added to."""

    ABS32: ClassVar[int] = 2
    """R_ARM_ABS32, the relocation of every reference."""

    data: bytearray = field(default_factory=bytearray)
    references: list[tuple[int, str]] = field(default_factory=list)
    _start: int = 0

    def refer(self, section: str, offset: int = 0) -> None:
        """Append a word that will be the address ``offset`` bytes into a section."""
        self.references.append((len(self.data), section))
        self.data += pack("<I", offset)

    def begin(self) -> None:
        """Append the length of a unit (7.2.2), which :meth:`finish` fills in."""
        self._start = len(self.data)
        self.data += bytes(4)

    def finish(self) -> None:
        """The unit that began last ends here."""
        pack_into("<I", self.data, self._start, len(self.data) - self._start - 4)
