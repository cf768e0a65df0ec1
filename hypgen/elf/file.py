"""An ELF file as values: every header, every symbol, every content, still without bytes.

Both ends meet here: the writer composes an :class:`ElfFile` from a model and lays it out; the two
readers (:mod:`hypgen.elf.structure` and LIEF) give one back, so that what was written can be
compared with what was meant by ``==``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from hypgen.elf import abi
from hypgen.units import align_up

PAGE = 0x1000
"""p_align of every segment: file offsets are congruent to virtual addresses modulo this."""


@dataclass(frozen=True)
class FileSection:
    """A section header with its content; ``data`` is empty for SHT_NOBITS, which has only ``size``."""

    name: str
    type: int
    flags: int = 0
    address: int = 0
    offset: int = 0
    size: int = 0
    data: bytes = b""
    align: int = 1
    link: int = 0
    info: int = 0
    entry_size: int = 0

    @property
    def end(self) -> int:
        """The file offset after the last byte that the section has in the file."""
        return self.offset + len(self.data)


class FileSymbol(NamedTuple):
    """A symbol table entry; ``section`` is st_shndx, ``info`` st_info and ``other`` st_other."""

    name: str
    value: int = 0
    size: int = 0
    info: int = 0
    other: int = 0
    section: int = 0

    @property
    def is_local(self) -> bool:
        """Whether the binding is STB_LOCAL; such symbols come first in the table."""
        return self.info >> 4 == 0


@dataclass(frozen=True)
class FileSegment:
    """A program header."""

    type: int
    flags: int
    offset: int
    virtual: int
    physical: int
    file_size: int
    memory_size: int
    align: int


@dataclass(frozen=True)
class ElfFile:
    """A whole file. ``sections[0]`` is the null section and ``symbols[0]`` the null symbol.

    String tables are sections like others, but what they hold is derived from the names.
    """

    type: int
    flags: int
    entry: int
    sections: tuple[FileSection, ...]
    segments: tuple[FileSegment, ...]
    symbols: tuple[FileSymbol, ...]


@dataclass(frozen=True)
class SegmentPlan:
    """A segment before offsets are known: the indices of its sections, first to last in memory.

    One of another type than PT_LOAD only names a section that a PT_LOAD before it holds.
    """

    flags: int
    physical: int
    sections: Sequence[int]
    type: int = abi.PT_LOAD


def string_table(names: Sequence[str]) -> tuple[bytes, dict[str, int]]:
    """The bytes of a string table with each name once, in order of first use, and each name's offset."""
    table = bytearray(1)
    offsets = {"": 0}
    for name in names:
        if name not in offsets:
            offsets[name] = len(table)
            table += name.encode() + b"\0"
    return bytes(table), offsets


def symbol_table(symbols: Sequence[FileSymbol], names: dict[str, int]) -> bytes:
    """The bytes of .symtab for ``symbols``, whose names lie at the offsets in ``names``."""
    return b"".join(
        abi.SYMBOL.pack(names[one.name], one.value, one.size, one.info, one.other, one.section)
        for one in symbols
    )


def lay_out(
    kind: int,
    flags: int,
    entry: int,
    sections: Sequence[FileSection],
    plans: Sequence[SegmentPlan],
    symbols: Sequence[FileSymbol],
) -> ElfFile:
    """Give every section its file offset, and add .symtab, .strtab and .shstrtab at the end.

    ``sections`` begins with the null section; ``symbols`` with the null symbol, locals first.
    Sections of a segment keep in the file the distances that they have in memory, NOBITS ones must
    be at its end. The rest follows, each at its alignment.
    """
    names, offsets = string_table([one.name for one in symbols])
    strings_index = len(sections) + 1
    first_global = sum(one.is_local for one in symbols)
    table = symbol_table(symbols, offsets)
    size = abi.SYMBOL.size
    whole = [
        *sections,
        FileSection(
            ".symtab",
            abi.SHT_SYMTAB,
            size=len(table),
            data=table,
            align=4,
            link=strings_index,
            info=first_global,
            entry_size=size,
        ),
        FileSection(".strtab", abi.SHT_STRTAB, size=len(names), data=names),
    ]
    section_names, _ = string_table([*(one.name for one in whole), ".shstrtab"])
    whole.append(FileSection(".shstrtab", abi.SHT_STRTAB, size=len(section_names), data=section_names))

    end = abi.FILE_HEADER.size + abi.PROGRAM_HEADER.size * len(plans)
    segments: list[FileSegment] = []
    placed: set[int] = set()
    for plan in plans:
        first = whole[plan.sections[0]]
        if plan.type != abi.PT_LOAD:
            segments.append(
                FileSegment(
                    plan.type,
                    plan.flags,
                    first.offset,
                    first.address,
                    plan.physical,
                    first.size,
                    first.size,
                    first.align,
                )
            )
            continue
        start = end + (first.address - end) % PAGE
        for index in plan.sections:
            one = whole[index]
            offset = start + one.address - first.address if one.data else max(start, end)
            whole[index] = replace(one, offset=offset)
            placed.add(index)
            if one.data:
                end = whole[index].end
        last = whole[plan.sections[-1]]
        memory_size = last.address + last.size - first.address
        file_size = max(0, end - start)
        segments.append(
            FileSegment(
                abi.PT_LOAD,
                plan.flags,
                start,
                first.address,
                plan.physical,
                file_size,
                memory_size,
                PAGE,
            )
        )
    for index, section in enumerate(whole):
        if index and index not in placed:
            whole[index] = replace(section, offset=align_up(end, section.align))
            end = whole[index].end
    return ElfFile(kind, flags, entry, tuple(whole), tuple(segments), tuple(symbols))
