"""A minimal ELF executable made by hand: code, two symbols, nothing else."""

import struct
from collections.abc import Sequence


def image(words: Sequence[int], base: int) -> bytes:
    """An ET_EXEC with ``words`` at ``base`` (virtual and load), `_start` there and `there` one word on."""
    code = b"".join(word.to_bytes(4, "little") for word in words)
    strings = b"\0_start\0there\0"
    names = b"\0.text\0.symtab\0.strtab\0.shstrtab\0"
    symbols = bytes(16)
    for name, value in ((1, base), (8, base + 4)):
        symbols += struct.pack("<IIIBBH", name, value, 4, 0x12, 0, 1)
    code_at = 52 + 32
    symbols_at = code_at + len(code)
    strings_at = symbols_at + len(symbols)
    names_at = strings_at + len(strings)
    sections_at = (names_at + len(names) + 3) & ~3
    header = b"\x7fELF\x01\x01\x01" + bytes(9)
    header += struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, base, 52, sections_at, 0x0500_0000, 52, 32, 1, 40, 5, 4)
    program = struct.pack("<IIIIIIII", 1, code_at, base, base, len(code), len(code), 5, 4)
    sections = bytes(40)
    for row in (
        (1, 1, 6, base, code_at, len(code), 0, 0, 4, 0),
        (7, 2, 0, 0, symbols_at, len(symbols), 3, 1, 4, 16),
        (15, 3, 0, 0, strings_at, len(strings), 0, 0, 1, 0),
        (23, 3, 0, 0, names_at, len(names), 0, 0, 1, 0),
    ):
        sections += struct.pack("<10I", *row)
    body = header + program + code + symbols + strings + names
    return body + bytes(sections_at - len(body)) + sections
