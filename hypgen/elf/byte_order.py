"""Big-endian ELF files for Arm, read and written by swapping their headers, and in objects the code.

A BE8 executable (EF_ARM_BE8) has big-endian headers and data and little-endian instructions; what is
loaded of it stays as it is in the file (AAELF32 4.3.1). In a big-endian object the instructions are
big-endian, too: it is linking that turns them round, and the mapping symbols say where they are (5.5.5).
"""

from __future__ import annotations

from struct import Struct, error

from hypgen.elf import abi

EF_ARM_BE8 = 0x0080_0000
"""e_flags: the instructions are little-endian."""
_BIG_ENDIAN = 2
_E_PHOFF, _E_SHOFF, _E_PHNUM, _E_SHNUM = 5, 6, 10, 12
_SH_TYPE, _SH_OFFSET, _SH_SIZE, _SH_LINK = 1, 4, 5, 6
_WORD = Struct("<I")
_RECORDS = {abi.SHT_SYMTAB: abi.SYMBOL, abi.SHT_REL: abi.REL, abi.SHT_GROUP: _WORD}
"""Of what records sections are made that a linker reads."""
_UNITS = {b"$a": 4, b"$t": 2}
"""By mapping symbol: the bytes that are turned round together."""


def little_endian(data: bytes) -> bytes:
    """The file with the headers and symbols of a little-endian one; as it is if it is no big-endian file.

    What is damaged stays as it is, to be refused by who reads it.
    """
    if data[:6] != b"\x7fELF\x01\x02":
        return data
    try:
        return _turned(data, ">", "<")
    except error:
        return data


def is_big_endian(data: bytes) -> bool:
    """Whether these are the bytes of a big-endian ELF file for 32-bit Arm."""
    return data[:6] == b"\x7fELF\x01\x02" and data[18:20] == abi.EM_ARM.to_bytes(2, "big")


def object_from_big_endian(data: bytes) -> bytes:
    """A big-endian object with headers, tables and instructions as in a little-endian one; its data stay.

    What is damaged stays as it is, to be refused by who reads it.
    """
    try:
        return _instructions_turned(_turned(data, ">", "<"))
    except (error, IndexError):
        return data


def object_to_big_endian(data: bytes) -> bytes:
    """An object of ours, all little-endian but its data, as a big-endian one."""
    return _turned(_instructions_turned(data), "<", ">")


def big_endian(data: bytes) -> bytes:
    """An executable with little-endian headers and symbols, which is ours, with big-endian ones."""
    return _turned(data, "<", ">")


def _turned(data: bytes, old: str, new: str) -> bytes:
    """The file with its headers and symbols, which are in the byte order ``old``, in ``new``."""
    turned = bytearray(data)
    turned[5] = _BIG_ENDIAN if new == ">" else 1

    def turn(record: Struct, offset: int) -> tuple[int, ...]:
        numbers = Struct(old + record.format[1:]).unpack_from(turned, offset)
        Struct(new + record.format[1:]).pack_into(turned, offset, *numbers)
        return numbers

    header = turn(abi.FILE_HEADER, 0)
    for index in range(header[_E_PHNUM]):
        turn(abi.PROGRAM_HEADER, header[_E_PHOFF] + index * abi.PROGRAM_HEADER.size)
    for index in range(header[_E_SHNUM]):
        section = turn(abi.SECTION_HEADER, header[_E_SHOFF] + index * abi.SECTION_HEADER.size)
        record = _RECORDS.get(section[_SH_TYPE])
        if record is not None:
            for entry in range(section[_SH_SIZE] // record.size):
                turn(record, section[_SH_OFFSET] + entry * record.size)
    return bytes(turned)


def _instructions_turned(data: bytes) -> bytes:
    """A file with little-endian headers and the bytes of each of its instructions in the other order."""
    header = abi.FILE_HEADER.unpack_from(data)
    sections = [
        abi.SECTION_HEADER.unpack_from(data, header[_E_SHOFF] + index * abi.SECTION_HEADER.size)
        for index in range(header[_E_SHNUM])
    ]
    marks: dict[int, list[tuple[int, int]]] = {}
    """By section: where stretches begin, and the bytes of their units; 1 for data."""
    for table in (one for one in sections if one[_SH_TYPE] == abi.SHT_SYMTAB):
        names = sections[table[_SH_LINK]][_SH_OFFSET]
        start, size = table[_SH_OFFSET], table[_SH_SIZE] // abi.SYMBOL.size * abi.SYMBOL.size
        for name, value, _, info, _, section in abi.SYMBOL.iter_unpack(data[start : start + size]):
            spelt = data[names + name : names + name + 3]
            if not info and spelt[:2] in (b"$a", b"$t", b"$d") and spelt[2:] in (b"\0", b"."):
                marks.setdefault(section, []).append((value, _UNITS.get(spelt[:2], 1)))
    turned = bytearray(data)
    for index, found in marks.items():
        if index >= len(sections) or sections[index][_SH_TYPE] == abi.SHT_NOBITS:
            continue
        begin, end = sections[index][_SH_OFFSET], sections[index][_SH_SIZE]
        starts = sorted(found)
        for (at, unit), (stop, _) in zip(starts, [*starts[1:], (end, 1)], strict=True):
            for one in range(begin + at, begin + min(stop, end) - unit + 1, unit):
                turned[one : one + unit] = turned[one : one + unit][::-1]
    return bytes(turned)
