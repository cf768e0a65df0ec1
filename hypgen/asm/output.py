"""Where statements are written: sections, the place in them, and what must be filled in later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypgen.asm.expressions import Node
from hypgen.asm.pools import Pool
from hypgen.asm.sections import (
    MAX_SECTION,
    Attributes,
    Fragment,
    Growing,
    Padding,
    Section,
    Tail,
    default_section,
)
from hypgen.asm.source import Origin, StatementError
from hypgen.asm.statements import NOTHING, Statement
from hypgen.elf.model import ABSOLUTE, Mapping, SectionType
from hypgen.errors import Location

if TYPE_CHECKING:
    from hypgen.asm.unit import Unit

INSTRUCTION_SIZE = 4
MAX_DIRECTIVE = 1 << 26
"""Bytes that one directive may emit into a section with contents."""


@dataclass(slots=True)
class Fixup:
    """Bytes at ``offset`` of ``fragment`` that depend on ``value``; ``fill`` computes and writes them.

    ``base`` is the word without what depends on the value, or the size of a datum.
    """

    fragment: Fragment
    offset: int
    value: Node
    fill: Callable[[Unit, Fixup], None]
    origin: Origin
    statement: Statement
    base: int = 0


@dataclass(kw_only=True)
class Output:
    """The sections of a unit, and the place where the next statement goes."""

    sections: dict[str, Section] = field(default_factory=dict)
    fixups: list[Fixup] = field(default_factory=list)
    pools: dict[tuple[Section, int], Pool] = field(default_factory=dict)
    _filled: int = 0
    thumb: bool = False
    origin: Origin = field(default_factory=lambda: Origin(Location("")))
    statement: Statement = NOTHING
    section_stack: list[tuple[tuple[Section, int], tuple[Section, int] | None]] = field(default_factory=list)
    previous: tuple[Section, int] | None = None
    section: Section = field(init=False)
    subsection: int = 0
    structure_start: int = 0
    fragment: Fragment = field(init=False)

    def __post_init__(self) -> None:
        for name in (".text", ".data", ".bss"):
            self.section_named(name)
        self.section = self.sections[".text"]
        self.fragment = self.section.last(0)

    # Sections.

    def section_named(self, name: str) -> Section:
        """The first section of this name, made with the attributes that its name implies if it is new."""
        return self.sections.get(name) or self._new_section(name)

    def _new_section(self, name: str) -> Section:
        flags, kind = default_section(name)
        count = sum(one.name == name for one in self.sections.values())
        key = f"{name}#{count}" if count else name
        section = self.sections[key] = Section(name, flags, kind, key=key)
        return section

    def enter(self, section: Section, subsection: int = 0) -> None:
        """Continue at the end of a subsection."""
        self.previous = (self.section, self.subsection)
        self.section, self.subsection = section, subsection
        self.fragment = section.last(subsection)

    def make_section(self, wanted: Attributes) -> Section:
        """The section with stated attributes, which must not contradict earlier ones; StatementError."""
        known = self._like(wanted)
        flags = wanted.flags
        if known is None:
            section = self._new_section(wanted.name)
            if flags is not None:
                section.flags = flags
                section.type = wanted.type or section.type
            section.entry_size = wanted.entry_size
            section.group, section.comdat = wanted.group, wanted.comdat
            section.follows, section.unique = wanted.follows, wanted.unique
            return section
        grown = any(one.size for one in known.fragments())
        if flags is not None and flags != known.flags and grown:
            raise StatementError(
                "ASM-032",
                f"section {wanted.name} had other flags before",
                "state the flags once, or the same ones",
            )
        if flags is not None:
            known.flags = flags
            known.type = wanted.type if wanted.type is not None and not grown else known.type
            known.entry_size = wanted.entry_size or known.entry_size
        return known

    def _like(self, wanted: Attributes) -> Section | None:
        """The section that a .section means: of one name there may be several, apart by what follows it."""
        if wanted.flags is None:
            return self.sections.get(wanted.name)
        for one in self.sections.values():
            identity = (one.name, one.group, one.follows, one.unique)
            if identity == (wanted.name, wanted.group, wanted.follows, wanted.unique):
                return one
        return None

    @contextmanager
    def elsewhere(self, section: Section, subsection: int = 0) -> Iterator[None]:
        """Write at the end of a subsection, and come back; .previous does not notice."""
        place = (self.section, self.subsection, self.previous)
        self.enter(section, subsection)
        yield
        self.enter(place[0], place[1])
        self.previous = place[2]

    # Emission.

    def mark(self, kind: Mapping) -> None:
        """Note that what follows at this place is code or data (AAELF32 mapping symbols)."""
        section = self.section
        if section.mapping_state.get(self.subsection) is kind:
            return
        section.mapping_state[self.subsection] = kind
        if kind is Mapping.ARM:
            section.align = max(section.align, INSTRUCTION_SIZE)
        elif kind is Mapping.THUMB:
            section.align = max(section.align, 2)
        self.fragment.mapping.append((self.fragment.size, kind))

    def emit(self, data: bytes) -> int:
        """Append data here and return its offset in the fragment; raises StatementError."""
        fragment = self.fragment
        offset = fragment.size
        if self.section.nobits:
            if any(data):
                raise StatementError("ASM-033", f"{self.section.name} holds no contents, only space")
            fragment.reserved += len(data)
        else:
            if data:
                self.mark(Mapping.DATA)
                fragment.lines.append((offset, self.origin))
            fragment.data += data
        return offset

    def emit_word(self, word: int) -> int:
        """Append an A32 instruction and return its offset in the fragment."""
        fragment = self.fragment
        section = self.section
        if section.mapping_state.get(self.subsection) is not Mapping.ARM:
            self.mark(Mapping.ARM)
        offset = len(fragment.data)
        if offset & 3 or section.type is SectionType.NOBITS:
            self._check_place(fragment)
        fragment.lines.append((offset, self.origin))
        fragment.data += word.to_bytes(4, "little")
        return offset

    def emit_thumb(self, word: int, length: int) -> int:
        """Append a T32 instruction of 2 or 4 bytes and return its offset in the fragment."""
        fragment = self._thumb_place()
        offset = len(fragment.data)
        fragment.lines.append((offset, self.origin))
        if length == 4:
            fragment.data += (word >> 16).to_bytes(2, "little")
        fragment.data += (word & 0xFFFF).to_bytes(2, "little")
        return offset

    def grow_thumb(self, growing: Growing) -> int:
        """Leave room for a T32 instruction whose length depends on the layout; gives its offset."""
        return self._grow(self._thumb_place(), growing)

    def grow_datum(self, growing: Growing) -> int:
        """Leave room for a datum whose length depends on the layout; gives its offset."""
        if self.section.nobits:
            raise StatementError("ASM-033", f"{self.section.name} holds no contents, only space")
        self.mark(Mapping.DATA)
        return self._grow(self.fragment, growing)

    def _grow(self, fragment: Fragment, growing: Growing) -> int:
        offset = len(fragment.data)
        fragment.lines.append((offset, self.origin))
        tail = Tail(Padding.INSTRUCTION, growing=growing, origin=self.origin)
        self.fragment = self.section.break_off(self.subsection, tail)
        return offset

    def _thumb_place(self) -> Fragment:
        fragment, section = self.fragment, self.section
        if section.mapping_state.get(self.subsection) is not Mapping.THUMB:
            self.mark(Mapping.THUMB)
        if len(fragment.data) & 1 or section.nobits:
            self._check_place(fragment, 2)
        return fragment

    def _check_place(self, fragment: Fragment, step: int = INSTRUCTION_SIZE) -> None:
        if self.section.nobits:
            raise StatementError("ASM-033", f"{self.section.name} holds no contents, only space")
        raise StatementError(
            "ASM-034",
            f"the instruction is not at a multiple of {step} bytes: offset {fragment.size:#x}",
            f"put .balign {step} before it",
        )

    def reserve(self, size: int, fill: bytes = b"\0") -> None:
        """Append ``size`` bytes of filling; raises StatementError."""
        if self.section.nobits and not any(fill):
            if size > 1 << 31:
                raise StatementError("ASM-005", f"{size:#x} bytes are more than an address space part holds")
            self.fragment.reserved += size
            return
        self._filled += size
        if size > MAX_DIRECTIVE or self._filled > MAX_SECTION:
            raise StatementError(
                "ASM-005",
                f"{size:#x} bytes more are too many",
                f"at most {MAX_DIRECTIVE:#x}",
            )
        self.emit((fill * (size // len(fill) + 1))[:size])

    def align(self, alignment: int, fill: bytes | None = None, most: int | None = None) -> None:
        """Pad up to a multiple of ``alignment`` (a power of two)."""
        if alignment <= 1:
            return
        section = self.section
        if section.key == ABSOLUTE:
            self.fragment.reserved += -(self.structure_start + self.fragment.size) % alignment
            return
        section.align = max(section.align, alignment)
        if fill is not None or not section.code:
            fill = fill or b"\0"
        tail = Tail(Padding.ALIGN, alignment, fill, most, self.origin, self.thumb)
        self.fragment = section.break_off(self.subsection, tail)
        if section.code and fill is None:
            section.mapping_state[self.subsection] = None

    def move_to(self, offset: int, fill: bytes) -> None:
        """``.org``: pad up to an offset in the section."""
        self.fragment = self.section.break_off(
            self.subsection, Tail(Padding.ORG, offset, fill, None, self.origin)
        )

    def fix(self, offset: int, value: Node, fill: Callable[[Unit, Fixup], None], base: int = 0) -> Fixup:
        """Fill in later what stands at ``offset`` of the current fragment; raises StatementError."""
        if self.section.nobits:
            raise StatementError("ASM-033", f"{self.section.name} holds no contents, only space")
        fixup = Fixup(self.fragment, offset, value, fill, self.origin, self.statement, base)
        self.fixups.append(fixup)
        return fixup

    @property
    def pool(self) -> Pool:
        """The literals waiting for the next .ltorg of this subsection."""
        return self.pools.setdefault((self.section, self.subsection), Pool())
