"""Source lines by address, from an ELF file's .debug_line, whatever tool wrote it.

pyelftools reads the line programs of DWARF 2 to 5; here their rows become places.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.elf.elffile import ELFFile

from hypgen.errors import Location


def source_lines(data: bytes) -> tuple[tuple[int, Location], ...]:
    """(address, place) of every row in ascending order; empty where there are none or they are damaged."""
    try:
        file: Any = ELFFile(io.BytesIO(data))
        if not file.has_dwarf_info():
            return ()
        dwarf = file.get_dwarf_info()
        rows = dict(row for unit in dwarf.iter_CUs() for row in _rows(dwarf.line_program_for_CU(unit)))
    except (ELFError, DWARFError, KeyError, IndexError, ValueError, UnicodeDecodeError, AttributeError):
        return ()
    return tuple(sorted(rows.items()))


def _rows(program: Any) -> Iterator[tuple[int, Location]]:  # noqa: ANN401 - pyelftools has no types
    if program is None:
        return
    header = program.header
    names = [entry.name.decode("utf-8", "replace") for entry in header["file_entry"]]
    first = 0 if header["version"] >= 5 else 1
    for entry in program.get_entries():
        state = entry.state
        if state is not None and not state.end_sequence:
            index = state.file - first
            if 0 <= index < len(names):
                yield state.address, Location(names[index], state.line)
