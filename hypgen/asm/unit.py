"""The unit being assembled: where we are, what is defined, and what must be filled in later.

Directives and instructions write into it through the methods here. Bytes whose value is known are
written at once; the rest leaves a gap and a `Fixup` that `hypgen.asm.fixups` fills after the layout.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hypgen.asm.expressions import Node, bind, parse
from hypgen.asm.pools import Pool
from hypgen.asm.sections import MAX_SECTION, Fragment, Growing, Padding, Section, Tail, default_section
from hypgen.asm.source import AsmOptions, Origin, StatementError, diagnose
from hypgen.asm.statements import NOTHING, Statement
from hypgen.asm.values import Name, Value
from hypgen.elf.model import ABSOLUTE, Mapping, Relocation, SectionFlag, SectionType
from hypgen.errors import Diagnostic, Location, Severity

if TYPE_CHECKING:
    from hypgen.asm.directives.unwind import Function

INSTRUCTION_SIZE = 4
_MOST_CANDIDATES = 3000
"""Symbols that a misspelt one is compared with: the comparison is slow."""
_IDENTIFIER = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
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


@dataclass
class CallFrame:
    """A function between .cfi_startproc and .cfi_endproc.

    ``steps`` are rules, each from its place on: fragment, offset, call frame instruction, and whether
    functions can share it. ``offset`` is the distance from its base to the frame's address.
    """

    section: Section
    start: tuple[Fragment, int]
    origin: Origin
    steps: list[tuple[Fragment, int, bytes, bool]] = field(default_factory=list)
    end: tuple[Fragment, int] | None = None
    offset: int = 0
    remembered: list[int] = field(default_factory=list)
    return_column: int = 14
    is_signal: bool = False


@dataclass
class ImplicitIt:
    """An IT that nobody wrote, at ``at`` in ``fragment``: it takes more instructions while they fit.

    ``last`` is where the last of them begins; ``ended`` tells that none may follow that.
    """

    fragment: Fragment
    at: int
    conditions: list[str]
    last: int = 0
    ended: bool = False


@dataclass
class Unit:
    """Everything that is known about the source so far."""

    name: str
    options: AsmOptions
    sections: dict[str, Section] = field(default_factory=dict)
    names: dict[str, Name] = field(default_factory=dict)
    fixups: list[Fixup] = field(default_factory=list)
    relocations: list[Relocation] = field(default_factory=list)
    pools: dict[tuple[Section, int], Pool] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    _reported: list[tuple[int, Diagnostic]] = field(default_factory=list)
    numeric_labels: dict[int, int] = field(default_factory=dict)
    incomplete: bool = False
    file_names: list[str] = field(default_factory=list)
    frame: CallFrame | None = None
    call_frames: list[CallFrame] = field(default_factory=list)
    _filled: int = 0
    thumb: bool = False
    it_block: list[str] = field(default_factory=list)
    implicit_it: ImplicitIt | None = None
    next_is_thumb_function: bool = False
    origin: Origin = field(default_factory=lambda: Origin(Location("")))
    statement: Statement = NOTHING
    section_stack: list[tuple[tuple[Section, int], tuple[Section, int] | None]] = field(default_factory=list)
    previous: tuple[Section, int] | None = None
    section: Section = field(init=False)
    subsection: int = 0
    structure_start: int = 0
    unified: bool = False
    attributes: dict[int, int | str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unwinding: Function | None = None
    personalities: dict[str, set[str]] = field(default_factory=dict)
    fragment: Fragment = field(init=False)

    def __post_init__(self) -> None:
        for name in (".text", ".data", ".bss"):
            self.section_named(name)
        self.section = self.sections[".text"]
        self.fragment = self.section.last(0)
        for name, value in self.options.defines.items():
            self.assign(name, Value(value))

    # Diagnostics.

    def report(
        self,
        error: StatementError,
        origin: Origin | None = None,
        column: int = 0,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Keep an error for the end, with its place; the rest of the source is still tried."""
        at = origin or self.origin
        found = diagnose(at, error.code, error.sentence, error.hint, column, severity)
        outermost = at.stack[-1][0] if at.stack else at.location
        self._reported.append((outermost.line if outermost.file == self.name else 0, found))

    def diagnostics(self) -> list[Diagnostic]:
        """What was reported, each once, in the order of the source."""
        ordered = sorted(self._reported, key=lambda line_and_diagnostic: line_and_diagnostic[0])
        return list(dict.fromkeys(found for _, found in ordered))

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

    # Symbols.

    def named(self, name: str) -> Name:
        """The symbol, made undefined if it is new."""
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = Name(name, location=self.origin.location)
        return found

    def here(self) -> Name:
        """A nameless symbol for the place where the next byte goes."""
        return Name("", self.fragment, self.fragment.size)

    def begin_structure(self, start: int) -> None:
        """``.struct``: labels from here on are numbers, and nothing but space may follow."""
        section = Section(ABSOLUTE, SectionFlag(0), SectionType.NOBITS, key=ABSOLUTE)
        self.structure_start = start
        self.enter(section)

    def define_label(self, text: str) -> None:
        """A label at the current place; raises StatementError if it is defined already."""
        self.implicit_it = None  # what follows may be branched to
        if text.isdigit():
            number = int(text)
            count = self.numeric_labels[number] = self.numeric_labels.get(number, 0) + 1
            text = _numeric(number, count)
        name = self.named(text)
        if name.defined:
            where = f" at {name.location}" if name.location else ""
            name.broken = True
            raise StatementError(
                "ASM-010", f"`{text}` is already defined{where}", "every label needs its own name"
            )
        name.location = self.origin.location
        if self.section.key == ABSOLUTE:
            name.value = Value(self.structure_start + self.fragment.size)
            return
        name.fragment, name.offset = self.fragment, self.fragment.size
        name.in_thumb = self.thumb
        if self.next_is_thumb_function:
            name.thumb, self.next_is_thumb_function = self.thumb, False

    def assign(self, text: str, value: Node, *, once: bool = False) -> None:
        """``.set``; with ``once`` ``.equiv``, which refuses a second definition."""
        name = self.named(text)
        if name.fragment is not None or (once and name.defined):
            where = f" at {name.location}" if name.location else ""
            raise StatementError("ASM-010", f"`{text}` is already defined{where}")
        if name.value is not None and not (isinstance(name.value, Value) and name.value.constant):
            earlier, name = name, replace(name, stands_for=None, settled=None)
            earlier.name = ""  # earlier uses keep the earlier meaning
            self.names[text] = name
        if isinstance(value, Value):
            name.resemble(value)
        name.value = value
        name.broken = False
        name.location = self.origin.location

    def lookup(self, text: str) -> Value:
        """What a symbol's use stands for at this point of the source; raises StatementError."""
        if text == ".":
            if self.section.key == ABSOLUTE:
                return Value(self.structure_start + self.fragment.size)
            return Value(0, ((self.here(), 1),))
        if text[0].isdigit():
            number, count = int(text[:-1]), self.numeric_labels.get(int(text[:-1]), 0)
            if text[-1] == "b" and not count:
                raise StatementError(
                    "ASM-011", f"there is no label {number}: before this", f"did you mean {number}f?"
                )
            text = _numeric(number, count + (text[-1] == "f"))
        name = self.named(text)
        name.used = True
        if isinstance(name.value, Value):
            return name.meant(name.value)
        return Value(0, ((name, 1),))

    def forget_values(self) -> None:
        """Drop the values of assigned symbols: places that they depend on still move."""
        for name in self.names.values():
            name.settled = None

    def bind(self, node: Node) -> Node:
        """Put in what is known at this point of the source."""
        return bind(node, self.lookup)

    def evaluate(self, text: str) -> Node:
        """An expression's text as far as it is known now; raises StatementError."""
        return bind(parse(text), self.lookup)

    def constant(self, text: str, what: str) -> int:
        """An expression that must be a number here and now; raises StatementError."""
        value = self.evaluate(text)
        if isinstance(value, Value) and value.constant:
            return value.number
        raise StatementError("ASM-004", f"{what} `{text.strip()}` is not known here", self.advice(value))

    def advice(self, value: Node) -> str:
        """What may help with a value that is not a number: misspelt or later symbols."""
        if not isinstance(value, Value):
            return "it must be a number when the statement is read"
        unknown = [name.name for name, _ in value.terms if name.name and not name.defined]
        hints = [hint for one in unknown if (hint := self.nearest(one))]
        if hints:
            return hints[0]
        return f"`{unknown[0]}` is not defined here" if unknown else ""

    def with_aliases(self, operands: str) -> str:
        """Operands with the names that ``.req`` made replaced by their registers."""
        return _IDENTIFIER.sub(lambda match: self.aliases.get(match[0], match[0]), operands)

    def nearest(self, text: str) -> str:
        """A `did you mean` for an undefined symbol, empty if nothing is near."""
        names = itertools.islice(self.names.items(), _MOST_CANDIDATES)
        defined = [name for name, symbol in names if symbol.defined and name[:1] != "\1"]
        close = difflib.get_close_matches(text, defined, n=1, cutoff=0.7)
        return f"`{text}` is not defined; did you mean `{close[0]}`?" if close else ""


def _numeric(number: int, count: int) -> str:
    return f"\1{number}:{count}"


def shown(name: Name) -> str:
    """A symbol as the user wrote it: numeric labels lose their count."""
    return name.name[1:].partition(":")[0] if name.name.startswith("\1") else name.name or "."
