"""DWARF 4 for assembly sources: which line each instruction came from, and which function it is in.

Enough for gdb, addr2line and objdump -S to find a source line and a function by an address and an
address by a line: .debug_line, .debug_info, .debug_abbrev, .debug_aranges and .debug_ranges. No
library writes DWARF; section numbers are those of the DWARF 4 standard.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct, pack

from hypgen.elf.model import Image, Mapping, SymbolType

_VERSION = 4
_ADDRESS_SIZE = 4
_MIPS_ASSEMBLER = 0x8001
"""DW_LANG_Mips_Assembler, the language that every assembler claims."""

# 7.5.3 and 7.5.4: tags, attributes and forms that are used here.
_TAG_COMPILE_UNIT, _TAG_SUBPROGRAM = 0x11, 0x2E
_NAME, _STMT_LIST, _LOW_PC, _HIGH_PC, _LANGUAGE = 0x03, 0x10, 0x11, 0x12, 0x13
_COMP_DIR, _PRODUCER, _EXTERNAL, _RANGES = 0x1B, 0x25, 0x3F, 0x55
_ADDR, _DATA2, _DATA4, _STRING, _FLAG, _SEC_OFFSET = 0x01, 0x05, 0x06, 0x08, 0x0C, 0x17

_ABBREVIATIONS = (
    (
        _TAG_COMPILE_UNIT,
        True,
        (
            (_STMT_LIST, _SEC_OFFSET),
            (_RANGES, _SEC_OFFSET),
            (_LOW_PC, _ADDR),
            (_NAME, _STRING),
            (_COMP_DIR, _STRING),
            (_PRODUCER, _STRING),
            (_LANGUAGE, _DATA2),
        ),
    ),
    (
        _TAG_SUBPROGRAM,
        False,
        ((_NAME, _STRING), (_EXTERNAL, _FLAG), (_LOW_PC, _ADDR), (_HIGH_PC, _DATA4)),
    ),
)
"""Tag, whether it has children, attributes; entry 1 and 2 of the one abbreviation table (7.5.3)."""

# 7.21: the line number program.
_MIN_INSTRUCTION = 2  # T32; an A32 instruction counts as two
_LINE_BASE, _LINE_RANGE, _OPCODE_BASE = -5, 14, 13
_OPERAND_COUNTS = bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1))
_COPY, _ADVANCE_PC, _ADVANCE_LINE = 1, 2, 3
_END_SEQUENCE, _SET_ADDRESS = 1, 2


@dataclass(frozen=True)
class _Run:
    """A stretch of code of one unit: (address, line) rows in ascending order, and its end."""

    start: int
    end: int
    rows: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class _Unit:
    """A source file: its code, and its functions as (name, is global, address, size)."""

    name: str
    runs: Sequence[_Run]
    functions: Sequence[tuple[str, bool, int, int]]


def debug_sections(image: Image, directory: str = "") -> dict[str, bytes]:
    """The contents of the debug sections of an image, by name; empty if it has no source lines.

    ``directory`` is where the units' texts are, seen from where the debugger runs. Paths are relative,
    so that the same image has the same bytes wherever it is built.
    """
    units = _units(image, f"{directory}/" if directory else "")
    if not units:
        return {}
    lines, info, ranges, addresses = bytearray(), bytearray(), bytearray(), bytearray()
    for unit in units:
        addresses += _address_ranges(unit, len(info))
        info += _information(unit, len(lines), len(ranges))
        ranges += b"".join(pack("<II", run.start, run.end) for run in unit.runs) + bytes(8)
        lines += _line_program(unit)
    return {
        ".debug_line": bytes(lines),
        ".debug_info": bytes(info),
        ".debug_abbrev": _abbreviations(),
        ".debug_aranges": bytes(addresses),
        ".debug_ranges": bytes(ranges),
    }


def _units(image: Image, prefix: str) -> list[_Unit]:
    """The units of an image that have code with known lines, in the order of their first piece."""
    code = _code_lines(image)
    starts = [address for address, _ in code]
    functions = [
        (one.name, bool(one.binding), one.value, one.size)
        for one in image.symbols
        if one.type is SymbolType.FUNC and one.section is not None
    ]
    found: dict[str, tuple[list[_Run], list[tuple[str, bool, int, int]]]] = {}
    for piece in image.pieces:
        end = piece.virtual + piece.size
        rows = code[bisect_right(starts, piece.virtual - 1) : bisect_right(starts, end - 1)]
        if not rows:
            continue
        runs, inside = found.setdefault(piece.unit, ([], []))
        runs.append(_Run(rows[0][0], end, rows))
        inside += [one for one in functions if piece.virtual <= one[2] < end]
    return [_Unit(prefix + name, runs, inside) for name, (runs, inside) in found.items()]


def _code_lines(image: Image) -> list[tuple[int, int]]:
    """(Address, line) of every instruction, ascending; a later line of one address replaces an earlier."""
    marks = [address for address, _ in image.mapping]
    rows: dict[int, int] = {}
    for address, place in image.source_lines:
        mark = bisect_right(marks, address) - 1
        if mark >= 0 and image.mapping[mark][1] is not Mapping.DATA:
            rows[address] = place.line
    return sorted(rows.items())


def _uleb(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _sleb(value: int) -> bytes:
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value & 0x7F))


def _with_length(body: bytes) -> bytes:
    """A unit of any of the sections: unit_length, then the rest."""
    return pack("<I", len(body)) + body


def _string(text: str) -> bytes:
    return text.encode() + b"\0"


def _abbreviations() -> bytes:
    out = bytearray()
    for number, (tag, has_children, attributes) in enumerate(_ABBREVIATIONS, 1):
        out += _uleb(number) + _uleb(tag) + bytes([has_children])
        out += b"".join(_uleb(name) + _uleb(form) for name, form in attributes) + b"\0\0"
    return bytes(out) + b"\0"


def _information(unit: _Unit, lines: int, ranges: int) -> bytes:
    """A compilation unit (7.5.1.1) and a subprogram for each function."""
    entries = bytearray(_uleb(1))
    entries += pack("<III", lines, ranges, 0)  # ranges are relative to low_pc, here 0
    entries += _string(unit.name) + _string(".") + _string("hypgen") + pack("<H", _MIPS_ASSEMBLER)
    for name, is_global, address, size in unit.functions:
        entries += _uleb(2) + _string(name) + pack("<BII", is_global, address, size)
    return _with_length(pack("<HIB", _VERSION, 0, _ADDRESS_SIZE) + bytes(entries) + b"\0")


_ARANGES_HEADER = Struct("<HIBB4x")
"""version, debug_info_offset, address_size, segment_size, padding to twice the address size (7.20)."""


def _address_ranges(unit: _Unit, info: int) -> bytes:
    rows = b"".join(pack("<II", run.start, run.end - run.start) for run in unit.runs)
    return _with_length(_ARANGES_HEADER.pack(2, info, _ADDRESS_SIZE, 0) + rows + bytes(8))


def _line_program(unit: _Unit) -> bytes:
    """The header (6.2.4) and program (6.2.5) of one unit; each run of code is a sequence."""
    header = bytes((_MIN_INSTRUCTION, 1, 1)) + pack("<bBB", _LINE_BASE, _LINE_RANGE, _OPCODE_BASE)
    header += _OPERAND_COUNTS
    header += b"\0"  # no include directories
    header += _string(unit.name) + bytes(3) + b"\0"  # file 1: directory 0, no time, no length
    program = b"".join(_sequence(run) for run in unit.runs)
    return _with_length(pack("<HI", _VERSION, len(header)) + header + program)


def _sequence(run: _Run) -> bytes:
    out = bytearray()
    out += b"\0" + _uleb(1 + _ADDRESS_SIZE) + bytes([_SET_ADDRESS]) + pack("<I", run.start)
    address, line = run.start, 1
    for at, number in run.rows:
        out += _row((at - address) // _MIN_INSTRUCTION, number - line)
        address, line = at, number
    out += bytes([_ADVANCE_PC]) + _uleb((run.end - address) // _MIN_INSTRUCTION)
    return bytes(out) + b"\0" + _uleb(1) + bytes([_END_SEQUENCE])


def _row(instructions: int, lines: int) -> bytes:
    """A new row this much further: one special opcode where it fits (6.2.5.1), else advances and a copy."""
    if _LINE_BASE <= lines < _LINE_BASE + _LINE_RANGE:
        opcode = lines - _LINE_BASE + _LINE_RANGE * instructions + _OPCODE_BASE
        if opcode <= 0xFF:
            return bytes([opcode])
    return bytes([_ADVANCE_PC]) + _uleb(instructions) + bytes([_ADVANCE_LINE]) + _sleb(lines) + bytes([_COPY])
