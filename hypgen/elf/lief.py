"""Write and read ELF files with LIEF: the only module that imports it, and only when called.

Importing LIEF costs 0.3 to 0.5 s. Every file is read by two readers, LIEF and
:mod:`hypgen.elf.structure`; after writing, what both found must be what was meant.
"""

from __future__ import annotations

import io
import warnings
from enum import Enum
from typing import TYPE_CHECKING

from hypgen.elf import abi
from hypgen.elf.byte_order import (
    big_endian,
    is_big_endian,
    object_from_big_endian,
    object_to_big_endian,
)
from hypgen.elf.compose import image_file, object_file
from hypgen.elf.decompose import image_of, object_of
from hypgen.elf.file import ElfFile, FileSection, FileSegment, FileSymbol
from hypgen.elf.model import Image, ObjectFile
from hypgen.elf.skeleton import TABLES, skeleton
from hypgen.elf.structure import read_structure
from hypgen.errors import InputError, InternalError, Location

if TYPE_CHECKING:
    import lief


def write_object(made: ObjectFile) -> bytes:
    """The ET_REL file of an object, as GNU ld and lld take it. Raises InternalError if LIEF miswrote it.

    With big-endian data all of the file is big-endian, instructions included.
    """
    written = _write(object_file(made), made.name)
    if not made.big_endian:
        return written
    turned = object_to_big_endian(written)
    if object_from_big_endian(turned) != written:
        raise InternalError.at("ELF-900", f"{made.name} was not turned round as meant")
    return turned


def write_image(image: Image) -> bytes:
    """The ET_EXEC file of an image. Raises InternalError if LIEF miswrote it.

    With big-endian data it is a BE8 file, which has big-endian headers, too: LIEF writes it as any other,
    and the headers are turned round then.
    """
    meant, name = image_file(image), "the linked image"
    written = _write(meant, name)
    if not image.big_endian:
        return written
    turned = big_endian(written)
    difference = _lief_differs(turned, meant)
    if difference:
        raise InternalError.at("ELF-900", f"{name} was not turned round as meant, says LIEF: {difference}")
    return turned


def read_object(data: bytes, name: str) -> ObjectFile:
    """Read an ET_REL file, of whichever assembler or compiler; messages call it ``name``.

    Raises InputError ELF-001 to ELF-004.
    """
    big = is_big_endian(data)
    return object_of(_read(object_from_big_endian(data) if big else data, name), name, big_endian=big)


def read_image(data: bytes, name: str) -> Image:
    """Read an ET_EXEC file; messages call it ``name``. Raises InputError ELF-001 to ELF-004."""
    return image_of(_read(data, name), name)


def _write(meant: ElfFile, name: str) -> bytes:
    binary = _parse(skeleton(meant))
    if binary is None:
        raise InternalError.at("ELF-900", f"LIEF does not read the skeleton of {name}")
    for section, planned in zip(binary.sections, meant.sections, strict=True):
        if planned.data and planned.type not in TABLES:
            section.content = memoryview(planned.data)
    binary.header.entrypoint = meant.entry
    written = _with_first_global(bytes(binary.write_to_bytes()), meant)
    for reader, difference in (
        ("hypgen", first_difference(read_structure(written, name), meant)),
        ("LIEF", _lief_differs(written, meant)),
    ):
        if difference:
            raise InternalError.at("ELF-900", f"{name} was not written as meant, says {reader}: {difference}")
    return written


def _with_first_global(written: bytes, meant: ElfFile) -> bytes:
    """The file with the right sh_info in the header of .symtab.

    LIEF 1.0.0 rebuilds .symtab and counts as local everything before the first function or object
    that has a value; sh_info is the index of the first symbol whose binding is not local (gABI).
    """
    index = next(number for number, one in enumerate(meant.sections) if one.type == abi.SHT_SYMTAB)
    headers = abi.FILE_HEADER.unpack_from(written)[6]
    at = headers + index * abi.SECTION_HEADER.size + abi.SH_INFO_OFFSET
    return written[:at] + meant.sections[index].info.to_bytes(4, "little") + written[at + 4 :]


def _lief_differs(data: bytes, meant: ElfFile) -> str:
    """The first thing that LIEF finds in ``data`` and that is not as meant; empty if there is none."""
    binary = _parse(data)
    return "it is no ELF file" if binary is None else first_difference(_from_lief(binary), meant)


def _parse(data: bytes) -> lief.ELF.Binary | None:
    """LIEF's view of a file, or None if it refuses. Its messages on standard error are switched off.

    Relocations stay bytes, because LIEF merges those that share an address.
    """
    import lief

    lief.logging.disable()
    options = lief.ELF.ParserConfig()
    options.parse_relocations = False
    options.parse_notes = False
    return lief.ELF.parse(io.BytesIO(data), options)


def _from_lief(binary: lief.ELF.Binary) -> ElfFile:
    """What LIEF found in a file. It warns of each type that it has no name for, and gives the number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        header = binary.header
        return ElfFile(
            _number(header.file_type),
            header.processor_flag,
            header.entrypoint,
            tuple(_section(one) for one in binary.sections),
            tuple(_segment(one) for one in binary.segments),
            tuple(
                FileSymbol(str(one.name), one.value, one.size, one.information, one.other, one.shndx)
                for one in binary.symtab_symbols
            ),
        )


def _number(value: Enum | int) -> int:
    """The 32 bits in the file for a type; LIEF adds the processor above them."""
    return int(value.value if isinstance(value, Enum) else value) & 0xFFFF_FFFF


def _section(one: lief.ELF.Section) -> FileSection:
    kind = _number(one.type)
    return FileSection(
        str(one.name),
        kind,
        int(one.flags),
        one.virtual_address,
        one.offset,
        one.size,
        b"" if kind in (abi.SHT_NOBITS, abi.SHT_NULL) else bytes(one.content),
        one.alignment,
        one.link,
        one.information,
        one.entry_size,
    )


def _segment(one: lief.ELF.Segment) -> FileSegment:
    return FileSegment(
        _number(one.type),
        _number(one.flags),
        one.file_offset,
        one.virtual_address,
        one.physical_address,
        one.physical_size,
        one.virtual_size,
        one.alignment,
    )


def _read(data: bytes, name: str) -> ElfFile:
    file = read_structure(data, name)
    difference = _lief_differs(data, file)
    if difference:
        raise InputError.at(
            "ELF-003",
            f"two readers find different things in this file: {difference}",
            Location(name),
            "make the file again with GNU or LLVM tools",
        )
    return file


def first_difference(found: ElfFile, meant: ElfFile) -> str:
    """The first thing in which two files differ, in words; empty if they are the same.

    How names are packed into string tables, and so the offsets of names in the symbol table, is
    the writer's own business and does not count; the names themselves do.
    """
    for what in ("type", "flags", "entry"):
        if getattr(found, what) != getattr(meant, what):
            return f"{what} is {getattr(found, what):#x}, not {getattr(meant, what):#x}"
    for kind in ("sections", "segments", "symbols"):
        ours, theirs = getattr(meant, kind), getattr(found, kind)
        if len(ours) != len(theirs):
            return f"{len(theirs)} {kind}, not {len(ours)}"
        for index, (left, right) in enumerate(zip(theirs, ours, strict=True)):
            for field in type(right).__annotations__:
                was, is_ = getattr(right, field), getattr(left, field)
                if was != is_ and not _is_incidental(right, field):
                    name = getattr(right, "name", "")
                    which = f"{kind[:-1]} {index}" + (f" ({name})" if name else "")
                    return f"{which} has {field} {_shown(is_)}, not {_shown(was)}"
    return ""


def _is_incidental(one: object, field: str) -> bool:
    """Whether a field of a section is the writer's own business."""
    return isinstance(one, FileSection) and (
        (one.type == abi.SHT_SYMTAB and field == "data")
        or (one.type == abi.SHT_STRTAB and field in ("data", "size", "offset"))
    )


def _shown(value: object) -> str:
    return f"{value:#x}" if isinstance(value, int) else repr(value)
