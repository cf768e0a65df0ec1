"""Big-endian ELF files for Arm, read by swapping their headers.

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
    swapped = bytearray(data)
    swapped[5] = 1
    try:
        header = _swap(swapped, abi.FILE_HEADER, 0)
        for index in range(header[_E_PHNUM]):
            _swap(swapped, abi.PROGRAM_HEADER, header[_E_PHOFF] + index * abi.PROGRAM_HEADER.size)
        for index in range(header[_E_SHNUM]):
            section = _swap(swapped, abi.SECTION_HEADER, header[_E_SHOFF] + index * abi.SECTION_HEADER.size)
            if section[_SH_TYPE] == abi.SHT_SYMTAB:
                for entry in range(section[_SH_SIZE] // abi.SYMBOL.size):
                    _swap(swapped, abi.SYMBOL, section[_SH_OFFSET] + entry * abi.SYMBOL.size)
    except error:
        return data
    return bytes(swapped)


def _swap(data: bytearray, record: Struct, offset: int) -> tuple[int, ...]:
    """Turn one record round; its numbers."""
    numbers = Struct(">" + record.format[1:]).unpack_from(data, offset)
    record.pack_into(data, offset, *numbers)
    return numbers
