"""Big-endian ELF files for Arm, read and written by swapping their headers.

A BE8 executable (EF_ARM_BE8) has big-endian headers and data and little-endian instructions; what is
loaded of it stays as it is in the file (AAELF32 4.3.1).
"""

from __future__ import annotations

from struct import Struct, error

from hypgen.elf import abi

EF_ARM_BE8 = 0x0080_0000
"""e_flags: the instructions are little-endian."""
_BIG_ENDIAN = 2
_E_PHOFF, _E_SHOFF, _E_PHNUM, _E_SHNUM = 5, 6, 10, 12
_SH_TYPE, _SH_OFFSET, _SH_SIZE = 1, 4, 5


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
        if section[_SH_TYPE] == abi.SHT_SYMTAB:
            for entry in range(section[_SH_SIZE] // abi.SYMBOL.size):
                turn(abi.SYMBOL, section[_SH_OFFSET] + entry * abi.SYMBOL.size)
    return bytes(turned)
