"""A complete, loadable file without contents: what LIEF, which cannot make a file, is given to fill.

LIEF 1.0.0 has no constructor for an ELF binary, and loses p_paddr when it is asked to add a
segment. It keeps, however, every offset, size and header of a file that it parses. So the final
layout is written here, with the symbols and other tables in place and all else zeroed, and LIEF
puts in contents and entry.
"""

from __future__ import annotations

from hypgen.elf import abi
from hypgen.elf.file import ElfFile, string_table
from hypgen.units import align_up

TABLES = (abi.SHT_SYMTAB, abi.SHT_STRTAB, abi.SHT_REL, abi.SHT_NOTE)
"""Types of section whose content stands in the skeleton: what LIEF parses, and would miss if zeroed."""


def skeleton(file: ElfFile) -> bytes:
    """The bytes of ``file`` with the contents of its sections zeroed, except for tables and notes."""
    names, offsets = string_table([one.name for one in file.sections])
    table_offset = align_up(max(one.end for one in file.sections), 4)
    out = bytearray(table_offset)
    for one in file.sections:
        if one.type in TABLES:
            out[one.offset : one.end] = one.data
    out[file.sections[-1].offset : file.sections[-1].end] = names
    for section in file.sections:
        out += abi.SECTION_HEADER.pack(
            offsets[section.name],
            section.type,
            section.flags,
            section.address,
            section.offset,
            section.size,
            section.link,
            section.info,
            section.align,
            section.entry_size,
        )
    head = abi.FILE_HEADER.pack(
        abi.IDENT,
        file.type,
        abi.EM_ARM,
        abi.EV_CURRENT,
        0,
        abi.FILE_HEADER.size if file.segments else 0,
        table_offset,
        file.flags,
        abi.FILE_HEADER.size,
        abi.PROGRAM_HEADER.size if file.segments else 0,
        len(file.segments),
        abi.SECTION_HEADER.size,
        len(file.sections),
        len(file.sections) - 1,
    )
    head += b"".join(
        abi.PROGRAM_HEADER.pack(
            one.type,
            one.offset,
            one.virtual,
            one.physical,
            one.file_size,
            one.memory_size,
            one.flags,
            one.align,
        )
        for one in file.segments
    )
    out[: len(head)] = head
    return bytes(out)
