"""Sections while they grow: subsections of fragments, and the layout that gives them addresses.

A fragment is a run of bytes whose inner distances are fixed; it ends where padding of a length not
known yet begins (.align, .org). That is also how GNU as decides which differences of labels are
numbers while it reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from hypgen.asm.source import Origin, StatementError
from hypgen.elf.model import Mapping, SectionFlag, SectionType

NOP = bytes.fromhex("00f020e3")
"""NOP (DDI 0406C A8.8.119, encoding A1), little-endian: what fills gaps between instructions."""
MAX_SECTION = 1 << 28
"""Bytes that one section with contents may have; more is taken for a mistake."""


class Padding(Enum):
    """What comes after a fragment's bytes."""

    ALIGN = "align"
    ORG = "org"


@dataclass(slots=True)
class Tail:
    """The padding after a fragment: up to an alignment, or up to an offset (``.org``).

    ``fill`` is None for the section's own filling: NOP in code, zero in data. ``most`` is the most
    bytes that an alignment may insert; it is dropped if it would need more.
    """

    kind: Padding
    target: int
    fill: bytes | None = None
    most: int | None = None
    origin: Origin | None = None


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

    @property
    def size(self) -> int:
        """Bytes before the padding."""
        return len(self.data) + self.reserved


@dataclass(eq=False)
class Section:
    """A section: attributes, and its fragments by subsection number."""

    name: str
    flags: SectionFlag
    type: SectionType = SectionType.PROGBITS
    entry_size: int = 0
    align: int = 1
    parts: dict[int, list[Fragment]] = field(default_factory=dict)
    mapping_state: dict[int, Mapping | None] = field(default_factory=dict)

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


def lay_out(section: Section) -> list[tuple[Origin, StatementError]]:
    """Give every fragment of the section its address; returns what .org cannot do.

    Code ends at a whole word, as GNU as has it.
    """
    problems: list[tuple[Origin, StatementError]] = []
    address = 0
    fragments = section.fragments()
    for fragment in fragments:
        fragment.address = address
        address += fragment.size
        tail = fragment.tail
        if tail is None:
            continue
        if tail.kind is Padding.ALIGN:
            gap = -address % tail.target
            gap = 0 if tail.most is not None and gap > tail.most else gap
        else:
            gap = tail.target - address
        if gap < 0 or address + gap > MAX_SECTION:
            assert tail.origin is not None  # only an .org can go wrong
            moved = StatementError(
                "ASM-031",
                f".org {tail.target:#x} in {section.name}: the section is already at offset {address:#x}",
                "the location counter only moves forward",
            )
            problems.append((tail.origin, moved))
            gap = 0
        address += gap
        _fill(fragment, gap)
    if section.code and fragments:
        _fill(fragments[-1], -address % min(section.align, len(NOP)))
    return problems


def _fill(fragment: Fragment, gap: int) -> None:
    """Append ``gap`` bytes of the fragment's filling, which follow its own bytes."""
    if not gap:
        return
    tail = fragment.tail
    if fragment.section.nobits:
        fragment.reserved += gap
    elif tail is not None and tail.fill is not None:
        fill = tail.fill
        if len(fill) > 1:
            fill = bytes(gap % len(fill)) + fill * (gap // len(fill))
            fragment.data += fill
        else:
            fragment.data += fill * gap
    elif fragment.section.code and not (tail is not None and tail.kind is Padding.ORG):
        odd = gap % len(NOP)
        if odd:
            fragment.mapping.append((fragment.size, Mapping.DATA))
        fragment.mapping.append((fragment.size + odd, Mapping.ARM))
        fragment.data += bytes(odd) + NOP * (gap // len(NOP))
    else:
        fragment.data += bytes(gap)
