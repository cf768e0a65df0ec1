"""Read the structure of an ELF file, with every bound checked and no library.

It stands before LIEF, whose native parser must not see a file that lies about itself, and after
it, as the second opinion on what was written.
"""

from __future__ import annotations

import struct

from hypgen.elf import abi
from hypgen.elf.file import ElfFile, FileSection, FileSegment, FileSymbol
from hypgen.errors import InputError, Location

_record = tuple.__new__
"""Makes a named tuple in half the time that its class takes."""


class _DamageError(Exception):
    """The file contradicts itself; the text says where."""


def read_structure(data: bytes, name: str) -> ElfFile:
    """Read headers, section contents and symbols of ``data``, which messages call ``name``.

    Raises InputError ELF-001 if this is no 32-bit little-endian Arm file, ELF-002 if it is damaged,
    ELF-004 for extended section numbering.
    """
    header = _file_header(data, name)
    try:
        return _read(data, name, header)
    except _DamageError as damage:
        raise InputError.at(
            "ELF-002", f"damaged ELF file: {damage}", Location(name), "make the file again"
        ) from None


def _file_header(data: bytes, name: str) -> tuple[int, ...]:
    """The fields of the file header after e_ident."""
    hint = "a 32-bit little-endian ELF file for Arm is needed"
    place = Location(name)
    if data[:4] != b"\x7fELF":
        raise InputError.at("ELF-001", f"not an ELF file: {_what_else(data)}", place, hint)
    if len(data) < abi.FILE_HEADER.size:
        raise InputError.at(
            "ELF-002",
            f"damaged ELF file: {len(data)} bytes are less than a file header",
            place,
            "make the file again",
        )
    if data[4] != 1 or data[5] != 1:
        machine = int.from_bytes(data[18:20], "big" if data[5] == 2 else "little")
        named = f", for {abi.MACHINES[machine]}" if machine in abi.MACHINES else ""
        what = {1: "32-bit", 2: "64-bit"}.get(data[4], "of an unknown class")
        order = {1: "little-endian", 2: "big-endian"}.get(data[5], "of an unknown byte order")
        raise InputError.at("ELF-001", f"this ELF file is {what} and {order}{named}", place, hint)
    fields = abi.FILE_HEADER.unpack_from(data)[1:]
    if fields[1] != abi.EM_ARM:
        called = abi.MACHINES.get(fields[1], "an unknown one")
        sentence = f"this ELF file is for machine {fields[1]} ({called}), not Arm (40)"
        raise InputError.at("ELF-001", sentence, place, hint)
    return fields


def _what_else(data: bytes) -> str:
    """What a file is instead of ELF, as far as its beginning tells."""
    if not data:
        return "it is empty"
    if data[:4] in (b"BC\xc0\xde", b"\xde\xc0\x17\x0b"):
        return "it is LLVM bitcode, made with -flto"
    if data[:256].isascii() and not any(one < 9 for one in data[:256]):
        return "it is text, a linker script or a source"
    return f"it begins with {data[:4].hex(' ')}"


def _read(data: bytes, name: str, header: tuple[int, ...]) -> ElfFile:
    kind, _, version, entry, phoff, shoff, flags, ehsize, phentsize, phnum, shentsize, shnum, shstrndx = (
        header
    )
    _require(version == abi.EV_CURRENT, f"e_version is {version}, not 1")
    _require(ehsize == abi.FILE_HEADER.size, f"e_ehsize is {ehsize}, not {abi.FILE_HEADER.size}")
    if shoff and not shnum:
        raise InputError.at(
            "ELF-004",
            "this ELF file has extended section numbering (e_shnum is 0), which hypgen does not link",
            Location(name),
        )
    segments = _segments(data, phoff, phentsize, phnum)
    sections = _sections(data, shoff, shentsize, shnum, shstrndx)
    return ElfFile(kind, flags, entry, sections, segments, _symbols(sections))


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise _DamageError(otherwise)


def _table(data: bytes, what: str, record: struct.Struct, offset: int, count: int) -> list[tuple[int, ...]]:
    end = offset + count * record.size
    _require(end <= len(data), f"the {what} table ends at {end:#x}, the file at {len(data):#x}")
    return list(record.iter_unpack(data[offset:end]))


def _segments(data: bytes, offset: int, entry_size: int, count: int) -> tuple[FileSegment, ...]:
    if not count:
        return ()
    _require(
        entry_size == abi.PROGRAM_HEADER.size, f"e_phentsize is {entry_size}, not {abi.PROGRAM_HEADER.size}"
    )
    found = []
    for index, row in enumerate(_table(data, "program header", abi.PROGRAM_HEADER, offset, count)):
        kind, start, virtual, physical, file_size, memory_size, flags, align = row
        end = start + file_size
        _require(end <= len(data), f"segment {index} ends at {end:#x}, the file at {len(data):#x}")
        if kind == abi.PT_LOAD:
            _require(file_size <= memory_size, f"segment {index} has more bytes in the file than in memory")
            top = max(virtual, physical) + memory_size
            _require(top <= 1 << 32, f"segment {index} ends at {top:#x}, beyond 32-bit addresses")
        found.append(FileSegment(kind, flags, start, virtual, physical, file_size, memory_size, align))
    return tuple(found)


def _sections(
    data: bytes, offset: int, entry_size: int, count: int, names_index: int
) -> tuple[FileSection, ...]:
    if not count:
        return ()
    _require(
        entry_size == abi.SECTION_HEADER.size, f"e_shentsize is {entry_size}, not {abi.SECTION_HEADER.size}"
    )
    rows = _table(data, "section header", abi.SECTION_HEADER, offset, count)
    _require(
        names_index < count and rows[names_index][1] == abi.SHT_STRTAB, "e_shstrndx names no string table"
    )
    contents = [_content(data, index, row) for index, row in enumerate(rows)]
    found = []
    for index, row in enumerate(rows):
        name, kind, flags, address, start, size, link, info, align, each = row
        _require(align & (align - 1) == 0, f"section {index} is aligned to {align}, not to a power of two")
        _require(link < count, f"section {index} is linked to section {link} of {count}")
        found.append(
            FileSection(
                _name(contents[names_index], name, "section", index),
                kind,
                flags,
                address,
                start,
                size,
                contents[index],
                align,
                link,
                info,
                each,
            )
        )
    return tuple(found)


def _content(data: bytes, index: int, row: tuple[int, ...]) -> bytes:
    kind, start, size = row[1], row[4], row[5]
    if kind in (abi.SHT_NULL, abi.SHT_NOBITS):
        return b""
    end = start + size
    _require(end <= len(data), f"section {index} ends at {end:#x}, the file at {len(data):#x}")
    return data[start:end]


def _name(table: bytes, offset: int, kind: str, number: int) -> str:
    """The name at an offset of a string table, of the section or symbol with a number."""
    end = table.find(b"\0", offset)
    if end < 0 and not offset == len(table) == 0:
        raise _DamageError(f"{kind} {number} has no name in its table")
    try:
        return table[offset:end].decode()
    except UnicodeDecodeError:
        raise _DamageError(f"the name of {kind} {number} is not UTF-8") from None


def _symbols(sections: tuple[FileSection, ...]) -> tuple[FileSymbol, ...]:
    tables = [one for one in sections if one.type == abi.SHT_SYMTAB]
    _require(len(tables) <= 1, f"there are {len(tables)} symbol tables")
    if not tables:
        return ()
    (table,) = tables
    strings = sections[table.link]
    _require(strings.type == abi.SHT_STRTAB, f"{table.name} is linked to {strings.name}, no string table")
    _require(
        table.entry_size == abi.SYMBOL.size and table.size % abi.SYMBOL.size == 0,
        f"{table.name} has {table.size} bytes in entries of {table.entry_size}, not {abi.SYMBOL.size}",
    )
    found: list[FileSymbol] = []
    for name, value, size, info, other, section in abi.SYMBOL.iter_unpack(table.data):
        if len(sections) <= section < abi.SHN_LORESERVE:
            raise _DamageError(f"symbol {len(found)} is in section {section} of {len(sections)}")
        text = _name(strings.data, name, "symbol", len(found))
        found.append(_record(FileSymbol, (text, value, size, info, other, section)))
    return tuple(found)
