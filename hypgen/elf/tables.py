"""The bytes of a debug section while they are written, and the places in them that a linker fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import pack, pack_into

from hypgen.elf.model import Relocation, Section, SectionFlag

_R_ARM_ABS32 = 2


@dataclass
class Table:
    """Bytes, and ``references``: the offset of each word that a section's address is added to.

    ``big_endian`` is the order of the bytes of its numbers.
    """

    big_endian: bool = False
    data: bytearray = field(default_factory=bytearray)
    references: list[tuple[int, str]] = field(default_factory=list)
    _start: int = 0

    def refer(self, section: str, offset: int = 0) -> None:
        """Append a word that will be the address ``offset`` bytes into a section."""
        self.references.append((len(self.data), section))
        self.put("I", offset)

    def put(self, form: str, *numbers: int) -> None:
        """Append numbers in a form of :mod:`struct` without a byte order."""
        self.data += pack(self._order + form, *numbers)

    @property
    def _order(self) -> str:
        return ">" if self.big_endian else "<"

    def section(self, name: str, align: int = 1) -> Section:
        """The table as a section that is not loaded."""
        return Section(name, SectionFlag(0), data=self.data, size=len(self.data), align=align)

    def relocations(self, name: str) -> list[Relocation]:
        """The relocations of the section called ``name`` that has this content."""
        return [Relocation(name, offset, _R_ARM_ABS32, section) for offset, section in self.references]

    def begin(self) -> None:
        """Append the length of a unit (7.2.2), which :meth:`finish` fills in."""
        self._start = len(self.data)
        self.data += bytes(4)

    def finish(self) -> None:
        """The unit that began last ends here."""
        pack_into(f"{self._order}I", self.data, self._start, len(self.data) - self._start - 4)
