"""Sections while they grow: subsections of fragments, and the layout that gives them addresses.

A fragment is a run of bytes whose inner distances are fixed; it ends where padding of a length not
known yet begins (.align, .org). That is also how GNU as decides which differences of labels are
numbers while it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from hypgen.elf.model import Mapping, SectionFlag, SectionType

if TYPE_CHECKING:
    from hypgen.asm.source import Origin
    from hypgen.asm.values import Name

NOP = bytes.fromhex("00f020e3")
"""NOP (DDI 0406C A8.8.119, encoding A1), little-endian: what fills gaps between instructions."""
NARROW_NOP, WIDE_NOP = bytes.fromhex("00bf"), bytes.fromhex("aff30080")
"""NOP, encodings T1 and T2."""
MAX_SECTION = 1 << 28
"""Bytes that one section with contents may have; more is taken for a mistake."""


class Padding(Enum):
    """What comes after a fragment's bytes."""

    ALIGN = "align"
    ORG = "org"
    INSTRUCTION = "instruction"


Place = Callable[["Name"], int]
"""Where a label is in its section; during the layout where it will be, as far as is known."""


@dataclass(slots=True, eq=False)
class Growing:
    """What has ``size`` bytes until ``wanted`` says that it needs another size: T32 instructions, LEB128."""

    wanted: Callable[[Place], int]
    least: int = 2
    size: int = 0
    settled: bool = False

    def begin_again(self) -> int:
        """The least size, unless it is settled that it has another."""
        if not self.settled:
            self.size = self.least
        return self.size


@dataclass(slots=True)
class Tail:
    """What follows a fragment: padding up to an alignment or an offset (``.org``), or a growing instruction.

    ``fill`` is None for the section's own filling: NOP in code, zero in data. ``most`` is the most
    bytes that an alignment may insert; it is dropped if it would need more.
    """

    kind: Padding
    target: int = 0
    fill: bytes | None = None
    most: int | None = None
    origin: Origin | None = None
    thumb: bool = False
    growing: Growing | None = None


@dataclass(eq=False, slots=True)
class Fragment:
    """Bytes with fixed distances. In a section without contents only ``reserved`` counts."""

    section: Section
    data: bytearray = field(default_factory=bytearray)
    reserved: int = 0
    address: int | None = None
    tail: Tail | None = None
    mapping: list[tuple[int, Mapping]] = field(default_factory=list)
    lines: list[tuple[int, Origin]] = field(default_factory=list)
    number: int = 0

    @property
    def size(self) -> int:
        """Bytes before the padding."""
        return len(self.data) + self.reserved


@dataclass(eq=False)
class Section:
    """A section: attributes, and its fragments by subsection number.

    ``key`` is its name, with a number for further sections of one name: those of another ``group``, which
    is the group's signature, or with another ``follows`` or ``unique`` number.
    """

    name: str
    flags: SectionFlag
    type: SectionType = SectionType.PROGBITS
    entry_size: int = 0
    align: int = 1
    parts: dict[int, list[Fragment]] = field(default_factory=dict)
    mapping_state: dict[int, Mapping | None] = field(default_factory=dict)
    ends_in_thumb: bool = False
    declared: bool = False
    key: str = ""
    group: str = ""
    comdat: bool = False
    follows: Section | None = None
    unique: int | None = None

    @property
    def code(self) -> bool:
        """Whether its gaps are filled with NOP."""
        return bool(self.flags & SectionFlag.EXEC)

    @property
    def nobits(self) -> bool:
        """Whether it has no contents in the file."""
        return self.type is SectionType.NOBITS

    def last(self, subsection: int) -> Fragment:
        """The fragment that grows at the end of a subsection."""
        fragments = self.parts.get(subsection)
        if fragments is None:
            fragments = self.parts[subsection] = [Fragment(self)]
        return fragments[-1]

    def break_off(self, subsection: int, tail: Tail) -> Fragment:
        """End the growing fragment with padding, and begin the next."""
        self.last(subsection).tail = tail
        following = Fragment(self)
        self.parts[subsection].append(following)
        return following

    def fragments(self) -> list[Fragment]:
        """All fragments in the order of the file."""
        return [one for number in sorted(self.parts) for one in self.parts[number]]


def default_section(name: str) -> tuple[SectionFlag, SectionType]:
    """Flags and type that GNU as gives to a section by its name when none are stated."""
    code = SectionFlag.ALLOC | SectionFlag.EXEC
    data = SectionFlag.ALLOC | SectionFlag.WRITE
    for prefix, flags, kind in (
        (".text", code, SectionType.PROGBITS),
        (".init", code, SectionType.PROGBITS),
        (".fini", code, SectionType.PROGBITS),
        (".rodata", SectionFlag.ALLOC, SectionType.PROGBITS),
        (".data", data, SectionType.PROGBITS),
        (".sdata", data, SectionType.PROGBITS),
        (".init_array", data, SectionType.INIT_ARRAY),
        (".bss", data, SectionType.NOBITS),
        (".sbss", data, SectionType.NOBITS),
        (".note", SectionFlag(0), SectionType.NOTE),
        (".ARM.exidx", SectionFlag.ALLOC, SectionType.ARM_EXIDX),
        (".ARM.attributes", SectionFlag(0), SectionType.ARM_ATTRIBUTES),
    ):
        if name == prefix or name.startswith(prefix + "."):
            return flags, kind
    return SectionFlag(0), SectionType.PROGBITS


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a .section says of its section; ``flags`` is None if it says nothing but the name."""

    name: str
    flags: SectionFlag | None = None
    type: SectionType | None = None
    entry_size: int = 0
    group: str = ""
    comdat: bool = False
    follows: Section | None = None
    unique: int | None = None
