"""Objects and images as plain values: what the assembler makes, the linker joins, the writer writes.

Nothing here knows a file format library. Constants are those of the System V ABI (gABI) and of
ELF for the Arm Architecture (AAELF32, IHI 0044).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum, IntFlag

from hypgen.elf.attributes import ATTRIBUTES, Attributes
from hypgen.errors import Location


class SectionFlag(IntFlag):
    """sh_flags of a section."""

    WRITE = 0x1
    ALLOC = 0x2
    EXEC = 0x4
    MERGE = 0x10
    STRINGS = 0x20
    LINK_ORDER = 0x80
    GROUP = 0x200
    TLS = 0x400
    GNU_RETAIN = 0x20_0000
    PURECODE = 0x2000_0000
    EXCLUDE = 0x8000_0000


class SectionType(IntEnum):
    """sh_type of a section."""

    PROGBITS = 1
    NOTE = 7
    NOBITS = 8
    INIT_ARRAY = 14
    FINI_ARRAY = 15
    PREINIT_ARRAY = 16
    ARM_EXIDX = 0x70000001
    ARM_ATTRIBUTES = 0x70000003


class Binding(IntEnum):
    """Binding half of st_info."""

    LOCAL = 0
    GLOBAL = 1
    WEAK = 2


class SymbolType(IntEnum):
    """Type half of st_info."""

    NOTYPE = 0
    OBJECT = 1
    FUNC = 2
    SECTION = 3
    FILE = 4


class Visibility(IntEnum):
    """st_other of a symbol."""

    DEFAULT = 0
    INTERNAL = 1
    HIDDEN = 2
    PROTECTED = 3


class Mapping(Enum):
    """What a stretch of a section holds; AAELF32 mapping symbols mark the first byte of each."""

    ARM = "$a"
    THUMB = "$t"
    DATA = "$d"


@dataclass(frozen=True)
class FrameStep:
    """From ``offset`` on a further rule holds: ``code`` is a call frame instruction (DWARF 4, 6.4.2).

    ``is_common`` says that functions may share it if all of them begin with it.
    """

    offset: int
    code: bytes
    is_common: bool = True


@dataclass(frozen=True)
class Frame:
    """A function's call frame information: its code, and the rules in ascending offset.

    ``section`` is the key of the section that it is in. ``return_column`` is the DWARF number of the
    register whose rule gives the return address. ``is_signal`` says that the caller was interrupted.
    """

    section: str
    start: int
    size: int
    steps: tuple[FrameStep, ...]
    return_column: int = 14
    is_signal: bool = False


@dataclass
class Section:
    """One section of a relocatable object.

    ``data`` is empty for NOBITS, whose length is ``size``; for all others ``size == len(data)``.
    ``mapping`` lists (offset, kind) in ascending offset, ``lines`` (offset, location in the user's
    source or template) for every instruction and datum, ``source_lines`` the same with the number of
    the line in the unit's own text, which is what a template was rendered to. ``follows`` is the key of
    the section whose order and fate this one shares (SHF_LINK_ORDER), as unwind tables do of code.
    ``included`` has the places of what stands in included files.
    """

    name: str
    flags: SectionFlag
    type: SectionType = SectionType.PROGBITS
    data: bytearray = field(default_factory=bytearray)
    size: int = 0
    align: int = 1
    mapping: list[tuple[int, Mapping]] = field(default_factory=list)
    lines: list[tuple[int, Location]] = field(default_factory=list)
    source_lines: list[tuple[int, int]] = field(default_factory=list)
    entry_size: int = 0
    follows: str = ""
    included: list[tuple[int, Location]] = field(default_factory=list)

    @property
    def is_loaded(self) -> bool:
        """Whether the section takes part in the image (SHF_ALLOC)."""
        return bool(self.flags & SectionFlag.ALLOC)


@dataclass
class Symbol:
    """A symbol of an object. ``section`` is a section's key, ``"*ABS*"``, ``"*COM*"``, or None if undefined.

    ``value`` is an offset into the section (or an absolute value), without the Thumb bit, which
    ``thumb`` carries (functions only). ``location`` is where it was defined, or first used if undefined.
    """

    name: str
    section: str | None = None
    value: int = 0
    size: int = 0
    type: SymbolType = SymbolType.NOTYPE
    binding: Binding = Binding.LOCAL
    visibility: Visibility = Visibility.DEFAULT
    thumb: bool = False
    location: Location | None = None


ABSOLUTE = "*ABS*"
COMMON = "*COM*"


@dataclass(frozen=True)
class Relocation:
    """A REL relocation: the addend lies in place. ``type`` is the AAELF32 number (R_ARM_*).

    ``symbol`` names a symbol of the same object; a section's own symbol has the section's name and
    type SECTION.
    """

    section: str
    offset: int
    type: int
    symbol: str
    location: Location | None = None


@dataclass(frozen=True)
class Group:
    """Sections that stay or go together; of COMDAT groups with one ``signature`` a link keeps the first."""

    signature: str
    sections: tuple[str, ...]
    comdat: bool = True


@dataclass
class ObjectFile:
    """A relocatable object: ``name`` is what messages call it (a file name).

    ``sections`` are by key, which is a section's name, except for further sections of the same name:
    theirs has ``#`` and a number appended. Symbols and relocations refer to sections by key.
    """

    name: str
    sections: dict[str, Section] = field(default_factory=dict)
    symbols: list[Symbol] = field(default_factory=list)
    relocations: list[Relocation] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    attributes: Attributes = ATTRIBUTES
    big_endian: bool = False
    """The order of the bytes of data; instructions are little-endian always."""


@dataclass(frozen=True)
class ImageSection:
    """A section at its final addresses: ``virtual`` is sh_addr, ``load`` the LMA that p_paddr gives."""

    name: str
    type: SectionType
    flags: SectionFlag
    virtual: int
    load: int
    size: int
    data: bytes
    align: int
    entry_size: int = 0


@dataclass(frozen=True)
class ImageSymbol:
    """A symbol of an image; ``section`` is None if absolute. ``value`` is a VA without the Thumb bit."""

    name: str
    value: int
    size: int
    type: SymbolType
    binding: Binding
    section: str | None
    thumb: bool = False
    visibility: Visibility = Visibility.DEFAULT


@dataclass(frozen=True)
class Segment:
    """A PT_LOAD: names of its sections in address order, and p_flags (PF_R 4, PF_W 2, PF_X 1)."""

    sections: tuple[str, ...]
    flags: int


@dataclass(frozen=True)
class DebugSection:
    """A section that debuggers read from the file; it has no address, and its bytes are final."""

    name: str
    flags: int
    data: bytes
    align: int = 1
    entry_size: int = 0


@dataclass(frozen=True)
class Piece:
    """Where an input section landed: ``section`` of ``unit`` became ``size`` bytes of ``output``."""

    unit: str
    section: str
    output: str
    virtual: int
    size: int


@dataclass(frozen=True)
class Image:
    """A linked image: what an ET_EXEC file holds, before it is bytes.

    ``mapping``, ``lines`` and ``pieces`` are by virtual address, ascending. ``lines`` are places in
    templates. An image that was read from a file has no lines, no pieces and no debug sections.
    """

    entry: int
    sections: tuple[ImageSection, ...]
    segments: tuple[Segment, ...]
    symbols: tuple[ImageSymbol, ...]
    mapping: tuple[tuple[int, Mapping], ...] = ()
    lines: tuple[tuple[int, Location], ...] = ()
    pieces: tuple[Piece, ...] = ()
    attributes: Attributes = ATTRIBUTES
    debug: tuple[DebugSection, ...] = ()
    big_endian: bool = False
    """The order of the bytes of data; with big-endian data the file is a BE8 one."""

    def symbol(self, name: str) -> ImageSymbol:
        """The symbol called ``name``; raises KeyError."""
        for one in self.symbols:
            if one.name == name:
                return one
        raise KeyError(name)
