"""From whole files back to the models: the reverse of :mod:`hypgen.elf.compose`."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import replace
from struct import iter_unpack, unpack_from

from hypgen.elf import abi
from hypgen.elf.attributes import Attributes, read_attributes
from hypgen.elf.file import ElfFile, FileSection, FileSegment, FileSymbol
from hypgen.elf.model import (
    ABSOLUTE,
    COMMON,
    Binding,
    Group,
    Image,
    ImageSection,
    ImageSymbol,
    Mapping,
    ObjectFile,
    Relocation,
    Section,
    SectionFlag,
    SectionType,
    Segment,
    Symbol,
    SymbolType,
    Visibility,
)
from hypgen.errors import Diagnostic, InputError, Location

_KINDS = {abi.ET_REL: "an object", abi.ET_EXEC: "an executable", 3: "a shared object", 4: "a core dump"}
_RESERVED = {abi.SHN_UNDEF: None, abi.SHN_ABS: ABSOLUTE, abi.SHN_COMMON: COMMON}
_SYMBOLS = {6: "thread-local storage", 10: "an indirect function"}
"""What symbols of types stand for that are not linked: STT_TLS and STT_GNU_IFUNC."""
_TABLES = (
    abi.SHT_NULL,
    abi.SHT_SYMTAB,
    abi.SHT_STRTAB,
    abi.SHT_REL,
    abi.SHT_RELA,
    abi.SHT_GROUP,
    abi.SHT_ARM_ATTRIBUTES,
)


def object_of(file: ElfFile, name: str, *, big_endian: bool = False) -> ObjectFile:
    """The object that an ET_REL file holds; raises InputError ELF-001, ELF-002 or ELF-004.

    ``big_endian`` says whether its data are.
    """
    _require_kind(file, abi.ET_REL, name)
    made = ObjectFile(name, big_endian=big_endian)
    kept: dict[int, Section] = {}
    keys: dict[int, str] = {}
    for index, one in enumerate(file.sections):
        section = _object_section(one, name, ">" if big_endian else "<")
        if section is None:
            continue
        keys[index] = f"{one.name}#{index}" if one.name in made.sections else one.name
        kept[index] = made.sections[keys[index]] = section
    for index, section in kept.items():
        if section.flags & SectionFlag.LINK_ORDER:
            section.follows = keys.get(file.sections[index].link, "")
    if any(one.name == "__gnu_lto_slim" for one in file.symbols):
        raise _unsupported(name, "GCC's intermediate code and no machine code", "compile without -flto")
    names = _unique_names(file, keys)
    made.groups = [_group(one, keys, names, name) for one in file.sections if one.type == abi.SHT_GROUP]
    for index, symbol in enumerate(file.symbols[1:], 1):
        _add_symbol(made, kept, keys, file, symbol, names[index])
    made.attributes = _attributes(file, name, big_endian=big_endian)
    for section in kept.values():
        section.mapping.sort(key=lambda mark: mark[0])
    for table in file.sections:
        if table.type == abi.SHT_REL and table.info in kept:
            made.relocations += _relocations(table, keys[table.info], kept[table.info], names, name)
    return made


def _require_kind(file: ElfFile, kind: int, name: str) -> None:
    if file.type != kind:
        is_ = _KINDS.get(file.type, f"of type {file.type}")
        raise InputError.at("ELF-001", f"this ELF file is {is_}; {_KINDS[kind]} is needed", Location(name))


def _unsupported(name: str, what: str, hint: str = "") -> InputError:
    sentence = f"this ELF file has {what}, which hypgen does not link"
    return InputError(Diagnostic("ELF-004", sentence, Location(name), hint))


def _damaged(name: str, what: str) -> InputError:
    sentence = f"damaged ELF file: {what}"
    return InputError(Diagnostic("ELF-002", sentence, Location(name), "make the file again"))


def _object_section(one: FileSection, name: str, order: str) -> Section | None:
    """The model of a section, or None for tables, and for unloaded ones of types that we do not know."""
    loaded = bool(one.flags & abi.SHF_ALLOC)
    if one.type == abi.SHT_RELA:
        raise _unsupported(name, f"RELA relocations ({one.name})")
    if one.type in _TABLES:
        return None
    if one.type not in SectionType.__members__.values():
        if loaded:
            raise _unsupported(name, f"a section of type {one.type:#x} ({one.name})")
        return None
    if loaded and one.flags & SectionFlag.TLS:
        raise _unsupported(name, f"thread-local storage ({one.name})")
    if one.flags & abi.SHF_COMPRESSED:
        one = _decompressed(one, name, order)
    return Section(
        one.name,
        SectionFlag(one.flags),
        SectionType(one.type),
        bytearray(one.data),
        one.size,
        max(one.align, 1),
        entry_size=one.entry_size,
    )


def _decompressed(one: FileSection, name: str, order: str) -> FileSection:
    """A section (of debug information) without its compression (gABI, "Compressed Sections")."""
    if len(one.data) < abi.COMPRESSION.size:  # a NOBITS section has a size, but no data
        raise _damaged(name, f"{one.name} has no compression header")
    kind, size, align = unpack_from(order + abi.COMPRESSION.format[1:], one.data)
    if kind != abi.ELFCOMPRESS_ZLIB:
        raise _unsupported(name, f"a section compressed otherwise than by zlib ({one.name})", "use -gz=zlib")
    try:
        data = zlib.decompressobj().decompress(one.data[abi.COMPRESSION.size :], size + 1)
    except zlib.error as error:
        raise _damaged(name, f"{one.name} does not decompress: {error}") from None
    if len(data) != size or align & (align - 1):
        raise _damaged(name, f"{one.name} decompresses to {len(data)} bytes, its header says {size}")
    flags = one.flags & ~abi.SHF_COMPRESSED
    return replace(one, flags=flags, data=data, size=size, align=max(align, 1))


def _attributes(file: ElfFile, name: str, *, big_endian: bool = False) -> Attributes:
    for one in file.sections:
        if one.type == abi.SHT_ARM_ATTRIBUTES:
            try:
                return read_attributes(one.data, big_endian=big_endian)
            except ValueError as error:
                raise _damaged(name, f"{one.name}: {error}") from None
    return ()


def _group(table: FileSection, keys: dict[int, str], names: list[str], name: str) -> Group:
    """A section group: a word of flags, then the index of each member (gABI, "Section Groups")."""
    if table.size % 4 or not table.size or table.info >= len(names):
        raise _damaged(name, f"{table.name} is no section group")
    flags, *members = (number for (number,) in iter_unpack("<I", table.data))
    present = tuple(keys[index] for index in members if index in keys)
    return Group(names[table.info], present, bool(flags & abi.GRP_COMDAT))


def _unique_names(file: ElfFile, keys: dict[int, str]) -> list[str]:
    """A name for each symbol by which relocations can tell it apart.

    Section symbols have none of their own and get their section's key; of several locals with one
    name (after ``ld -r``) the later ones get their number appended.
    """
    names = [
        keys.get(one.section, file.sections[one.section].name)
        if one.info & 0xF == SymbolType.SECTION and one.section < len(file.sections)
        else one.name
        for one in file.symbols
    ]
    seen: Counter[str] = Counter(
        name for name, one in zip(names, file.symbols, strict=True) if not one.is_local
    )
    for index, one in enumerate(file.symbols):
        if one.is_local and one.name and not _mapping(one):
            if seen[names[index]]:
                names[index] += f"@{index}"
            seen[names[index]] += 1
    return names


def _mapping(one: FileSymbol) -> Mapping | None:
    """What a mapping symbol marks: ``$a``, ``$t`` or ``$d``, perhaps followed by ``.`` and anything."""
    if one.info or one.name[:2] not in ("$a", "$t", "$d") or one.name[2:3] not in ("", "."):
        return None
    return Mapping(one.name[:2])


def _add_symbol(
    made: ObjectFile,
    kept: dict[int, Section],
    keys: dict[int, str],
    file: ElfFile,
    one: FileSymbol,
    name: str,
) -> None:
    """Add a symbol, or the mapping that it marks; symbols of sections that we dropped go with them."""
    binding, kind = one.info >> 4, one.info & 0xF
    if one.section in _RESERVED:
        section = _RESERVED[one.section]
    elif one.section in kept:
        section = keys[one.section]
    elif one.section < abi.SHN_LORESERVE and not file.sections[one.section].flags & abi.SHF_ALLOC:
        return
    else:
        raise _unsupported(made.name, f"a symbol in reserved section {one.section:#x} ({name})")
    if binding not in Binding.__members__.values() or kind not in SymbolType.__members__.values():
        what = _SYMBOLS.get(kind, f"a symbol of binding {binding} and type {kind}")
        raise _unsupported(made.name, f"{what} ({name})")
    thumb = kind == SymbolType.FUNC and bool(one.value & 1)
    value = one.value - thumb
    if one.section in kept:
        size = kept[one.section].size
        if value > size:
            raise _damaged(
                made.name, f"symbol {name} lies at {value:#x} of {section}, which has {size:#x} bytes"
            )
        mark = _mapping(one)
        if mark:
            kept[one.section].mapping.append((value, mark))
            return
    made.symbols.append(
        Symbol(
            name,
            section,
            value,
            one.size,
            SymbolType(kind),
            Binding(binding),
            Visibility(one.other & 3),
            thumb,
            Location(made.name),
        )
    )


def _relocations(
    table: FileSection, key: str, section: Section, names: list[str], name: str
) -> list[Relocation]:
    if table.entry_size != abi.REL.size or table.size % abi.REL.size:
        raise _damaged(name, f"{table.name} has {table.size} bytes in entries of {table.entry_size}, not 8")
    found = []
    for offset, info in abi.REL.iter_unpack(table.data):
        number = info >> 8
        if number >= max(len(names), 1):
            raise _damaged(name, f"{table.name} refers to symbol {number} of {len(names)}")
        if offset >= section.size:
            raise _damaged(
                name,
                f"{table.name} refers to offset {offset:#x} of {section.name}, which has {section.size:#x}",
            )
        symbol = names[number] if number else ""
        found.append(Relocation(key, offset, info & 0xFF, symbol, Location(name)))
    return found


def image_of(file: ElfFile, name: str) -> Image:
    """The image that an ET_EXEC file holds; raises InputError ELF-001, ELF-002 or ELF-004.

    Only what is loaded is in it; what a file says of sections outside every segment is left out.
    """
    _require_kind(file, abi.ET_EXEC, name)
    loads = [one for one in file.segments if one.type == abi.PT_LOAD and one.memory_size]
    holders = {
        index: segment
        for index, one in enumerate(file.sections)
        if one.flags & abi.SHF_ALLOC and (segment := _holder(one, loads)) is not None
    }
    sections: dict[int, ImageSection] = {}
    for index, segment in holders.items():
        one = file.sections[index]
        if one.type not in SectionType.__members__.values():
            raise _unsupported(name, f"a loaded section of type {one.type:#x} ({one.name})")
        sections[index] = ImageSection(
            one.name,
            SectionType(one.type),
            SectionFlag(one.flags),
            one.address,
            one.address - segment.virtual + segment.physical,
            one.size,
            one.data,
            max(one.align, 1),
            one.entry_size,
        )
    if loads and not sections:
        raise _unsupported(name, "no section headers")
    symbols, mapping = _image_symbols(file, sections)
    segments = tuple(
        Segment(names, segment.flags)
        for segment in loads
        if (names := tuple(sections[index].name for index in sections if holders[index] is segment))
    )
    sections_in_order = tuple(sections.values())
    return Image(
        file.entry, sections_in_order, segments, symbols, mapping, attributes=_attributes(file, name)
    )


def _holder(one: FileSection, loads: list[FileSegment]) -> FileSegment | None:
    for segment in loads:
        if segment.virtual <= one.address and one.address + one.size <= segment.virtual + segment.memory_size:
            return segment
    return None


def _image_symbols(
    file: ElfFile, sections: dict[int, ImageSection]
) -> tuple[tuple[ImageSymbol, ...], tuple[tuple[int, Mapping], ...]]:
    symbols = []
    mapping = []
    for one in file.symbols[1:]:
        mark = _mapping(one)
        kind = one.info & 0xF
        if one.section not in sections and one.section != abi.SHN_ABS:
            continue
        if mark:
            mapping.append((one.value, mark))
            continue
        if kind not in SymbolType.__members__.values() or one.info >> 4 not in Binding.__members__.values():
            continue
        thumb = kind == SymbolType.FUNC and bool(one.value & 1)
        symbols.append(
            ImageSymbol(
                one.name,
                one.value - thumb,
                one.size,
                SymbolType(kind),
                Binding(one.info >> 4),
                sections[one.section].name if one.section in sections else None,
                thumb,
                Visibility(one.other & 3),
            )
        )
    return tuple(symbols), tuple(sorted(mapping, key=lambda mark: mark[0]))
