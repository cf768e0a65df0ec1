"""Source lines by address, from an ELF file's .debug_line, whatever tool wrote it.

pyelftools reads the line programs of DWARF 2 to 5; here their rows become places.
"""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator
from typing import Any

from elftools.elf.elffile import ELFFile

from hypgen.errors import Location


def source_lines(data: bytes) -> tuple[tuple[int, Location | None], ...]:
    """(address, place) of every row in ascending order; empty where there are none or they are damaged.

    None is the place where a sequence of instructions ends, and nothing is known of what follows. Files are
    named by their path from the directory where they were compiled, as the compiler was given it.
    """
    try:
        file: Any = ELFFile(io.BytesIO(data))
        if not file.has_dwarf_info():
            return ()
        dwarf = file.get_dwarf_info()
        rows: dict[int, Location | None] = {}
        for unit in dwarf.iter_CUs():
            for address, place in _rows(dwarf.line_program_for_CU(unit)):
                rows[address] = place or rows.get(address)
    except Exception:
        # pyelftools asserts, and raises whatever Python does, where a table is not as the standard has it
        return ()
    return tuple(sorted(rows.items()))


def _rows(program: Any) -> Iterator[tuple[int, Location | None]]:  # noqa: ANN401 - pyelftools has no types
    if program is None:
        return
    header = program.header
    first = 0 if header["version"] >= 5 else 1
    # directory 0 is that of the compilation: version 5 lists it, the earlier ones do not
    directories = ["", *(_text(one) for one in header["include_directory"][1 - first :])]
    names = [
        posixpath.join(directories[entry.dir_index], _text(entry.name)) for entry in header["file_entry"]
    ]
    for entry in program.get_entries():
        state = entry.state
        if state is not None and state.end_sequence:
            yield state.address, None
        elif state is not None and state.line > 0:
            index = state.file - first
            if 0 <= index < len(names):
                yield state.address, Location(names[index], state.line)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
