"""Sections while they grow: subsections of fragments, and the layout that gives them addresses.

A fragment is a run of bytes whose inner distances are fixed; it ends where padding of a length not
known yet begins (.align, .org). That is also how GNU as decides which differences of labels are
numbers while it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from hypgen.asm.source import Origin, StatementError
from hypgen.elf.model import Mapping, SectionFlag, SectionType
from hypgen.errors import Location

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


@dataclass(slots=True, eq=False)
class Growing:
    """What grows from ``size`` by ``step`` bytes up to ``most`` while ``fits`` says no, and never shrinks.

    So do T32 instructions, from 2 bytes to 4, and numbers in LEB128.
    """

    fits: Callable[[], bool]
    size: int = 2
    step: int = 2
    most: int = 4


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


def lay_out(section: Section, forget: Callable[[], None]) -> list[tuple[Origin, StatementError]]:
    """Give every fragment of the section its address, and fill what lies between.

    T32 instructions grow until each reaches its target; ``forget`` drops values that were computed
    from places which then moved. Returns what .org cannot do. Code ends at a whole word, as GNU as has it.
    """
    fragments = section.fragments()
    growing = [one.tail.growing for one in fragments if one.tail is not None and one.tail.growing]
    while True:
        gaps, problems = _place(fragments)
        too_short = [one for one in growing if one.size < one.most and not one.fits()]
        if growing:
            forget()
        if not too_short:
            break
        for one in too_short:
            one.size += one.step
    for fragment, gap in zip(fragments, gaps, strict=True):
        _fill(fragment, gap)
    if section.code and fragments:
        last = fragments[-1]
        end = (last.address or 0) + last.size
        _fill(last, -end % min(section.align, len(NOP)))
    return problems


def _place(fragments: list[Fragment]) -> tuple[list[int], list[tuple[Origin, StatementError]]]:
    """Set the addresses; gives the bytes after each fragment, and what cannot be done."""
    problems: list[tuple[Origin, StatementError]] = []
    gaps: list[int] = []
    address = 0
    for fragment in fragments:
        fragment.address = address
        address += fragment.size
        gap = 0
        if fragment.tail is not None:
            gap = _gap(fragment.tail, address)
            uneven = _uneven(fragment.tail, gap)
            if uneven is not None:
                problems.append((fragment.tail.origin or Origin(Location("")), uneven))
        if gap < 0 or address + gap > MAX_SECTION:
            tail = fragment.tail
            assert tail is not None  # only an .org can go wrong
            assert tail.origin is not None
            moved = StatementError(
                "ASM-031",
                f".org {tail.target:#x} in {fragment.section.name}: the section is already at offset "
                f"{address:#x}",
                "the location counter only moves forward",
            )
            problems.append((tail.origin, moved))
            gap = 0
        gaps.append(gap)
        address += gap
    return gaps, problems


def _gap(tail: Tail, address: int) -> int:
    if tail.growing is not None:
        return tail.growing.size
    if tail.kind is Padding.ORG:
        return tail.target - address
    gap = -address % tail.target
    return 0 if tail.most is not None and gap > tail.most else gap


def _uneven(tail: Tail, gap: int) -> StatementError | None:
    """What is wrong with a gap that is not a multiple of its filling (.balignw, .balignl)."""
    if tail.kind is not Padding.ALIGN or tail.fill is None or gap <= 0 or gap % len(tail.fill) == 0:
        return None
    return StatementError(
        "ASM-035",
        f"the {gap} bytes up to the alignment are no multiple of its filling of {len(tail.fill)} bytes",
    )


def _fill(fragment: Fragment, gap: int) -> None:
    """Append ``gap`` bytes of the fragment's filling, which follow its own bytes."""
    if not gap:
        return
    tail = fragment.tail
    if fragment.section.nobits:
        fragment.reserved += gap
    elif tail is not None and tail.fill is not None:
        fill = tail.fill
        fragment.data += (fill * gap)[:gap]
    elif fragment.section.code and (tail is None or tail.kind is Padding.ALIGN):
        _fill_code(fragment, gap, thumb=tail.thumb if tail is not None else fragment.section.ends_in_thumb)
    else:
        fragment.data += bytes(gap)


def _fill_code(fragment: Fragment, gap: int, *, thumb: bool) -> None:
    odd = gap % (2 if thumb else len(NOP))
    if odd:
        fragment.mapping.append((fragment.size, Mapping.DATA))
    fragment.mapping.append((fragment.size + odd, Mapping.THUMB if thumb else Mapping.ARM))
    gap -= odd
    fragment.data += bytes(odd)
    if thumb:
        fragment.data += NARROW_NOP * (gap % 4 // 2) + WIDE_NOP * (gap // 4)
    else:
        fragment.data += NOP * (gap // len(NOP))
