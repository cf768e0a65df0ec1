"""From the models to whole files: sections, symbol tables, relocation tables, segments, notes."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Container, Iterable

from hypgen.elf import abi
from hypgen.elf.attributes import TAG_ABI_VFP_ARGS, Attributes, attributes_section
from hypgen.elf.byte_order import EF_ARM_BE8
from hypgen.elf.file import ElfFile, FileSection, FileSymbol, SegmentPlan, lay_out
from hypgen.elf.model import (
    ABSOLUTE,
    COMMON,
    Group,
    Image,
    ImageSymbol,
    Mapping,
    ObjectFile,
    Relocation,
    SectionType,
    Symbol,
    SymbolType,
)
from hypgen.errors import InternalError

_NULL_SECTION = FileSection("", abi.SHT_NULL, align=0)
_NULL_SYMBOL = FileSymbol("")


def object_file(made: ObjectFile) -> ElfFile:
    """The ET_REL file of an object: groups, each section with its relocations, symbols with locals first."""
    indices: dict[str, int] = {}
    count = 1 + len(made.groups)
    rows: dict[str, list[Relocation]] = {}
    for relocation in made.relocations:
        rows.setdefault(relocation.section, []).append(relocation)
    for key in made.sections:
        indices[key] = count
        count += 2 if key in rows else 1
    symbols, numbers = _object_symbols(made, indices)
    symtab_index = count + bool(made.attributes)

    sections = [_NULL_SECTION, *(_group(one, indices, rows, numbers, symtab_index) for one in made.groups)]
    for key, section in made.sections.items():
        sections.append(
            FileSection(
                section.name,
                section.type,
                section.flags,
                size=section.size,
                data=bytes(section.data),
                align=max(section.align, 1),
                link=indices.get(section.follows, 0),
                entry_size=section.entry_size,
            )
        )
        if key in rows:
            ordered = sorted(rows[key], key=lambda one: one.offset)
            table = b"".join(abi.REL.pack(one.offset, numbers[one.symbol] << 8 | one.type) for one in ordered)
            sections.append(
                FileSection(
                    f".rel{section.name}",
                    abi.SHT_REL,
                    abi.SHF_INFO_LINK | section.flags & abi.SHF_GROUP,
                    size=len(table),
                    data=table,
                    align=4,
                    link=symtab_index,
                    info=indices[key],
                    entry_size=abi.REL.size,
                )
            )
    sections += _attributes(made.attributes, big_endian=made.big_endian)
    return lay_out(abi.ET_REL, abi.EF_ARM_EABI_VER5, 0, sections, (), symbols)


def _group(
    one: Group,
    indices: dict[str, int],
    related: Container[str],
    numbers: dict[str, int],
    symtab_index: int,
) -> FileSection:
    """The table of a section group: its flags, its sections and their relocations."""
    members = [
        number
        for key in one.sections
        for number in (indices[key], *((indices[key] + 1,) if key in related else ()))
    ]
    table = struct.pack(f"<{1 + len(members)}I", abi.GRP_COMDAT * one.comdat, *members)
    return FileSection(
        ".group",
        abi.SHT_GROUP,
        size=len(table),
        data=table,
        align=4,
        link=symtab_index,
        info=numbers[one.signature],
        entry_size=4,
    )


def _attributes(attributes: Attributes, *, big_endian: bool = False) -> list[FileSection]:
    if not attributes:
        return []
    data = attributes_section(attributes, big_endian=big_endian)
    return [FileSection(".ARM.attributes", abi.SHT_ARM_ATTRIBUTES, size=len(data), data=data)]


def _object_symbols(made: ObjectFile, indices: dict[str, int]) -> tuple[list[FileSymbol], dict[str, int]]:
    """The symbol table of an object, and the number in it of every name that a relocation may use."""
    given = {one.name for one in made.symbols if one.type is SymbolType.SECTION}
    section_symbols = [
        Symbol(name, name, type=SymbolType.SECTION) for name in made.sections if name not in given
    ]
    whole = [*section_symbols, *made.symbols]
    ordered = [one for one in whole if not one.binding]
    table = [_NULL_SYMBOL, *(_object_symbol(one, indices) for one in ordered)]
    for name, section in made.sections.items():
        table += [_mapping_symbol(kind, offset, indices[name]) for offset, kind in section.mapping]
    ends = len(table)
    rest = [one for one in whole if one.binding]
    table += [_object_symbol(one, indices) for one in rest]
    numbers = {"": 0}
    for number, one in (*enumerate(ordered, 1), *enumerate(rest, ends)):
        numbers.setdefault(one.name, number)
    return table, numbers


def _object_symbol(one: Symbol, indices: dict[str, int]) -> FileSymbol:
    section = {None: abi.SHN_UNDEF, ABSOLUTE: abi.SHN_ABS, COMMON: abi.SHN_COMMON}.get(one.section)
    if section is None:
        section = indices[str(one.section)]
    return FileSymbol(
        "" if one.type is SymbolType.SECTION else one.name,
        one.value | one.thumb,
        one.size,
        one.binding << 4 | one.type,
        one.visibility,
        section,
    )


def _mapping_symbol(kind: Mapping, value: int, section: int) -> FileSymbol:
    return FileSymbol(kind.value, value, section=section)


def image_file(image: Image) -> ElfFile:
    """The ET_EXEC file of an image: segments, attributes, build-id note, debug sections, symbols."""
    indices = {one.name: index for index, one in enumerate(image.sections, 1)}
    sections = [
        _NULL_SECTION,
        *(
            FileSection(
                one.name,
                one.type,
                one.flags,
                one.virtual,
                0,
                one.size,
                one.data,
                max(one.align, 1),
                0,
                0,
                one.entry_size,
            )
            for one in image.sections
        ),
        build_id_section(image),
        *_attributes(image.attributes, big_endian=image.big_endian),
        *(
            FileSection(
                one.name,
                abi.SHT_PROGBITS,
                one.flags,
                size=len(one.data),
                data=one.data,
                align=max(one.align, 1),
                entry_size=one.entry_size,
            )
            for one in image.debug
        ),
    ]
    plans = [
        SegmentPlan(
            segment.flags,
            image.sections[indices[segment.sections[0]] - 1].load,
            [indices[name] for name in segment.sections],
        )
        for segment in image.segments
    ]
    plans += [
        SegmentPlan(abi.PF_R, one.load, [indices[one.name]], abi.PT_ARM_EXIDX)
        for one in image.sections
        if one.type is SectionType.ARM_EXIDX
    ]
    is_hard = dict(image.attributes).get(TAG_ABI_VFP_ARGS) == 1
    flags = abi.EF_ARM_EABI_VER5 | (abi.EF_ARM_ABI_FLOAT_HARD if is_hard else abi.EF_ARM_ABI_FLOAT_SOFT)
    flags |= EF_ARM_BE8 if image.big_endian else 0
    return lay_out(abi.ET_EXEC, flags, image.entry, sections, plans, _image_symbols(image, indices))


def _image_symbols(image: Image, indices: dict[str, int]) -> list[FileSymbol]:
    marks = [_mapping_symbol(kind, address, _holder(image, address)) for address, kind in image.mapping]
    locals_ = [one for one in image.symbols if not one.binding]
    others = [one for one in image.symbols if one.binding]
    return [
        _NULL_SYMBOL,
        *_named(locals_, indices),
        *marks,
        *_named(others, indices),
    ]


def _named(symbols: Iterable[ImageSymbol], indices: dict[str, int]) -> list[FileSymbol]:
    return [
        FileSymbol(
            one.name,
            one.value | one.thumb,
            one.size,
            one.binding << 4 | one.type,
            one.visibility,
            abi.SHN_ABS if one.section is None else indices[one.section],
        )
        for one in symbols
    ]


def _holder(image: Image, address: int) -> int:
    """The index of the section that holds a virtual address."""
    for index, one in enumerate(image.sections, 1):
        if one.virtual <= address < one.virtual + max(one.size, 1):
            return index
    raise InternalError.at("ELF-900", f"a mapping symbol at {address:#010x} is in no section of the image")


def build_id(image: Image) -> bytes:
    """SHA-1 over what a loader puts into memory and where: the identity of the image (20 bytes).

    Names, symbols and source lines do not count, so an edited comment keeps the identity.
    """
    digest = hashlib.sha1(struct.pack("<I", image.entry), usedforsecurity=False)
    for one in image.sections:
        digest.update(struct.pack("<IIII", one.virtual, one.load, one.size, len(one.data)))
        digest.update(one.data)
    return digest.digest()


def build_id_section(image: Image) -> FileSection:
    """The .note.gnu.build-id section. It is not loaded: the plan alone decides what is in memory."""
    identity = build_id(image)
    order = ">" if image.big_endian else "<"
    note = struct.pack(f"{order}III", 4, len(identity), abi.NT_GNU_BUILD_ID) + b"GNU\0" + identity
    return FileSection(".note.gnu.build-id", abi.SHT_NOTE, size=len(note), data=note, align=4)
