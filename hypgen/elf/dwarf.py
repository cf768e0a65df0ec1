"""DWARF 4 for assembly sources: which line each instruction came from, and which function it is in.

Enough for gdb, addr2line and objdump -S to find a source line and a function by an address and an
address by a line: .debug_line, .debug_info, .debug_abbrev, .debug_aranges and .debug_ranges
(:mod:`hypgen.elf.frames` has .debug_frame). They are sections of an object like others, whose relocations
the linker applies. No library writes DWARF; section numbers are those of the DWARF 4 standard.

A source that was rendered from templates has two places for an instruction. The line table has the one
in the rendered source. The line of the template appears as the call of an inlined function, of which
the rendered lines are the body: ``addr2line -i`` and gdb's ``backtrace`` show both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from struct import Struct, pack

from hypgen.elf.leb import sleb, uleb
from hypgen.elf.model import Mapping, ObjectFile, Section, SectionFlag, SymbolType
from hypgen.elf.tables import Table
from hypgen.errors import Location

_VERSION = 4
_ADDRESS_SIZE = 4
_MIPS_ASSEMBLER = 0x8001
"""DW_LANG_Mips_Assembler, the language that every assembler claims."""
_INLINED = 1
"""DW_INL_inlined."""

# 7.5.3 and 7.5.4: tags, attributes and forms that are used here.
_TAG_COMPILE_UNIT, _TAG_INLINED, _TAG_SUBPROGRAM = 0x11, 0x1D, 0x2E
_NAME, _STMT_LIST, _LOW_PC, _HIGH_PC, _LANGUAGE = 0x03, 0x10, 0x11, 0x12, 0x13
_COMP_DIR, _INLINE, _PRODUCER, _ORIGIN, _EXTERNAL = 0x1B, 0x20, 0x25, 0x31, 0x3F
_RANGES, _CALL_FILE, _CALL_LINE = 0x55, 0x58, 0x59
_ADDR, _DATA2, _DATA4, _STRING, _DATA1, _FLAG = 0x01, 0x05, 0x06, 0x08, 0x0B, 0x0C
_UDATA, _REF4, _SEC_OFFSET = 0x0F, 0x13, 0x17

_CODE_RANGE = ((_LOW_PC, _ADDR), (_HIGH_PC, _DATA4))
_FUNCTION = ((_NAME, _STRING), (_EXTERNAL, _FLAG), *_CODE_RANGE)
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
    (_TAG_SUBPROGRAM, False, _FUNCTION),
    (_TAG_SUBPROGRAM, True, _FUNCTION),
    (_TAG_SUBPROGRAM, False, ((_NAME, _STRING), (_INLINE, _DATA1))),
    (_TAG_INLINED, False, ((_ORIGIN, _REF4), *_CODE_RANGE, (_CALL_FILE, _UDATA), (_CALL_LINE, _UDATA))),
)
"""Tag, whether it has children, attributes; entries 1 to 5 of the one abbreviation table (7.5.3)."""
_UNIT, _LEAF, _PARENT, _TEMPLATE, _FROM_TEMPLATE = range(1, 6)

_RENDERED = "(rendered)"
"""The name of the function that the lines of templates call, as gdb and addr2line print it. It is no name
of a symbol, so that a breakpoint at a symbol stays one."""

# 7.21: the line number program.
_MIN_INSTRUCTION = 2  # T32; an A32 instruction counts as two
_LINE_BASE, _LINE_RANGE, _OPCODE_BASE = -5, 14, 13
_OPERAND_COUNTS = bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1))
_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE = 1, 2, 3, 4
_END_SEQUENCE, _SET_ADDRESS = 1, 2


@dataclass(frozen=True)
class _Row:
    """An instruction: its offset, its line in the source, and that in the template if there is one."""

    offset: int
    place: Location
    template: Location | None


@dataclass(frozen=True)
class _Function:
    """A stretch of code with a name."""

    name: str
    is_global: bool
    start: int
    end: int


@dataclass(frozen=True)
class _Run:
    """The code of one section: its rows in ascending order, its end, and its functions."""

    section: str
    rows: Sequence[_Row]
    end: int
    functions: Sequence[_Function]

    @property
    def start(self) -> int:
        """The offset of the first instruction."""
        return self.rows[0].offset


@dataclass
class _Files:
    """The file names of a line table, numbered from 1."""

    names: list[str] = field(default_factory=list)

    def number(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name) + 1


def with_debug(
    made: ObjectFile, directory: str = "", template: Callable[[Location], Location] | None = None
) -> ObjectFile:
    """An object with debug sections for its code; itself if it has no code with known lines.

    ``directory`` is where the source is, seen from where the debugger runs: paths are relative, so that
    the same source gives the same bytes wherever it is built. ``template`` gives the name that a line's
    place in a template has in the file; without it there are none.
    """
    runs = _runs(made, template)
    if not runs:
        return made
    prefix = f"{directory}/" if directory else ""
    files = _Files([prefix + made.name])

    def table() -> Table:
        return Table(made.big_endian)

    information = _information(table(), prefix + made.name, runs, files, from_template=template is not None)
    tables = {
        ".debug_info": information,
        ".debug_line": _line_program(table(), runs, files, made.name),
        ".debug_abbrev": Table(data=bytearray(_abbreviations())),
        ".debug_aranges": _address_ranges(table(), runs),
        ".debug_ranges": _ranges(table(), runs),
    }
    sections = {name: table.section(name) for name, table in tables.items()}
    relocations = [one for name, table in tables.items() for one in table.relocations(name)]
    return replace(made, sections=made.sections | sections, relocations=[*made.relocations, *relocations])


def _runs(made: ObjectFile, template: Callable[[Location], Location] | None) -> list[_Run]:
    found = []
    for key, section in made.sections.items():
        rows = _rows(made, section, template) if section.flags & SectionFlag.EXEC else []
        if rows:
            functions = _functions(made, key, section, rows[0].offset)
            found.append(_Run(key, rows, section.size, functions))
    return found


def _rows(made: ObjectFile, section: Section, template: Callable[[Location], Location] | None) -> list[_Row]:
    """The instructions of a section; a later line of one offset replaces an earlier."""
    marks = [offset for offset, _ in section.mapping]
    included = dict(section.included)
    rows: dict[int, _Row] = {}
    for (offset, line), (_, place) in zip(section.source_lines, section.lines, strict=True):
        mark = bisect_right(marks, offset) - 1
        if mark >= 0 and section.mapping[mark][1] is not Mapping.DATA and line:
            origin = template(place) if template is not None and place.line else None
            rows[offset] = _Row(offset, included.get(offset, Location(made.name, line)), origin)
    return [row for _, row in sorted(rows.items())]


def _functions(made: ObjectFile, key: str, section: Section, start: int) -> list[_Function]:
    """Functions, and between them what follows a label, so that all code with a name is in one."""
    named = [
        one for one in made.symbols if one.section == key and one.name and start <= one.value < section.size
    ]
    functions = [one for one in named if one.type is SymbolType.FUNC]
    labels = [one for one in named if one.type is SymbolType.NOTYPE and not one.name.startswith(".L")]
    starts = sorted({one.value for one in (*functions, *labels)})
    marks = [offset for offset, _ in section.mapping]
    found = []
    end = 0
    for one in sorted((*functions, *labels), key=lambda one: (one.value, one.type is not SymbolType.FUNC)):
        is_function = one.type is SymbolType.FUNC
        if not is_function and (one.value < end or not _is_code(section, marks, one.value)):
            continue
        follower = bisect_right(starts, one.value)
        until = starts[follower] if follower < len(starts) else section.size
        stop = min(one.value + one.size, section.size) if one.size else until
        found.append(_Function(one.name, bool(one.binding), one.value, stop))
        end = max(end, stop)
    return found


def _is_code(section: Section, marks: Sequence[int], offset: int) -> bool:
    mark = bisect_right(marks, offset) - 1
    return mark >= 0 and section.mapping[mark][1] is not Mapping.DATA


def _string(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") + b"\0"


def _abbreviations() -> bytes:
    out = bytearray()
    for number, (tag, has_children, attributes) in enumerate(_ABBREVIATIONS, 1):
        out += uleb(number) + uleb(tag) + bytes([has_children])
        out += b"".join(uleb(name) + uleb(form) for name, form in attributes) + b"\0\0"
    return bytes(out) + b"\0"


def _information(
    table: Table, name: str, runs: Sequence[_Run], files: _Files, *, from_template: bool
) -> Table:
    """A compilation unit (7.5.1.1) with a subprogram for each function."""
    table.begin()
    table.put("H", _VERSION)
    table.refer(".debug_abbrev")
    table.data += bytes([_ADDRESS_SIZE])
    table.data += uleb(_UNIT)
    table.refer(".debug_line")
    table.refer(".debug_ranges")
    table.put("I", 0)  # ranges are relative to low_pc
    table.data += _string(name) + _string(".") + _string("hypgen")
    table.put("H", _MIPS_ASSEMBLER)
    body = len(table.data)
    if from_template:
        table.data += uleb(_TEMPLATE) + _string(_RENDERED) + bytes([_INLINED])
    for run in runs:
        end = 0
        for one in run.functions:
            rows = [row for row in run.rows if one.start <= row.offset < one.end] if one.start >= end else []
            inlined = [row for row in rows if row.template is not None]
            end = max(end, one.end)
            table.data += uleb(_PARENT if inlined else _LEAF) + _string(one.name) + bytes([one.is_global])
            table.refer(run.section, one.start)
            table.put("I", one.end - one.start)
            if inlined:
                _from_templates(table, run.section, rows, one.end, body, files)
    table.data += b"\0"
    table.finish()
    return table


def _from_templates(
    table: Table, section: str, rows: Sequence[_Row], end: int, body: int, files: _Files
) -> None:
    """The code of each line of a template as the body of a function that is inlined there."""
    groups = [(place, list(group)) for place, group in groupby(rows, key=lambda row: row.template)]
    starts = [*(group[0].offset for _, group in groups), end]
    for (place, group), stop in zip(groups, starts[1:], strict=True):
        if place is not None:
            table.data += uleb(_FROM_TEMPLATE)
            table.put("I", body)
            table.refer(section, group[0].offset)
            table.put("I", stop - group[0].offset)
            table.data += uleb(files.number(place.file)) + uleb(place.line)
    table.data += b"\0"


_ARANGES_HEADER = Struct("<BB4x")
"""address_size, segment_size, padding to twice the address size (7.20)."""


def _address_ranges(table: Table, runs: Sequence[_Run]) -> Table:
    table.begin()
    table.put("H", 2)
    table.refer(".debug_info")
    table.data += _ARANGES_HEADER.pack(_ADDRESS_SIZE, 0)
    for run in runs:
        table.refer(run.section, run.start)
        table.put("I", run.end - run.start)
    table.data += bytes(8)
    table.finish()
    return table


def _ranges(table: Table, runs: Sequence[_Run]) -> Table:
    for run in runs:
        table.refer(run.section, run.start)
        table.refer(run.section, run.end)
    table.data += bytes(8)
    return table


def _line_program(table: Table, runs: Sequence[_Run], files: _Files, own: str) -> Table:
    """The header (6.2.4) and program (6.2.5) of one unit; each run of code is a sequence."""

    def number(place: Location) -> int:
        return 1 if place.file == own else files.number(place.file)

    for run in runs:
        for row in run.rows:
            number(row.place)
    header = bytes((_MIN_INSTRUCTION, 1, 1)) + pack("<bBB", _LINE_BASE, _LINE_RANGE, _OPCODE_BASE)
    header += _OPERAND_COUNTS
    header += b"\0"  # no include directories
    header += b"".join(_string(name) + bytes(3) for name in files.names) + b"\0"
    table.begin()
    table.put("HI", _VERSION, len(header))
    table.data += header
    for run in runs:
        _sequence(table, run, number)
    table.finish()
    return table


def _sequence(table: Table, run: _Run, number: Callable[[Location], int]) -> None:
    table.data += b"\0" + uleb(1 + _ADDRESS_SIZE) + bytes([_SET_ADDRESS])
    table.refer(run.section, run.start)
    address, line, file = run.start, 1, 1
    for row in run.rows:
        if number(row.place) != file:
            file = number(row.place)
            table.data += bytes([_SET_FILE]) + uleb(file)
        table.data += _row((row.offset - address) // _MIN_INSTRUCTION, row.place.line - line)
        address, line = row.offset, row.place.line
    table.data += bytes([_ADVANCE_PC]) + uleb((run.end - address) // _MIN_INSTRUCTION)
    table.data += b"\0" + uleb(1) + bytes([_END_SEQUENCE])


def _row(instructions: int, lines: int) -> bytes:
    """A new row this much further: one special opcode where it fits (6.2.5.1), else advances and a copy."""
    if _LINE_BASE <= lines < _LINE_BASE + _LINE_RANGE:
        opcode = lines - _LINE_BASE + _LINE_RANGE * instructions + _OPCODE_BASE
        if opcode <= 0xFF:
            return bytes([opcode])
    return bytes([_ADVANCE_PC]) + uleb(instructions) + bytes([_ADVANCE_LINE]) + sleb(lines) + bytes([_COPY])
