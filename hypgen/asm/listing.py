"""The listing of one source: each line with the place and the bytes that it became."""

from __future__ import annotations

from collections import defaultdict

from hypgen.elf.model import ObjectFile, Section

_BYTES = 8
"""Bytes shown in one row; more of a line's go into further rows."""
_MOST_ROWS = 4
"""Rows of one line, after which only the number of bytes is told."""


def listing(text: str, made: ObjectFile) -> str:
    """The lines of ``text``, each with the section, offset and bytes (in memory order) it has in ``made``.

    Bytes that stand before relocation are shown as they are in the object. What an included file or a
    macro emits stands at the line that includes or calls it.
    """
    emitted = _by_line(made)
    out: list[str] = [made.name]
    for number, line in enumerate(text.split("\n")[: None if text[-1:] != "\n" else -1], 1):
        rows = _rows(emitted.get(number, []))
        out.append(f"{number:5} {rows[0] if rows else '':40} {line}".rstrip())
        out += [f"{'':5} {row}" for row in rows[1:]]
    return "\n".join([*out, ""])


def _by_line(made: ObjectFile) -> dict[int, list[tuple[str, int, bytes]]]:
    """For each line of the source the pieces that it emitted: section, offset, bytes."""
    found: dict[int, list[tuple[str, int, bytes]]] = defaultdict(list)
    for section in made.sections.values():
        for (offset, line), end in zip(section.source_lines, _ends(section), strict=True):
            if end > offset:
                found[line].append((section.name, offset, bytes(section.data[offset:end])))
    return found


def _ends(section: Section) -> list[int]:
    starts = [offset for offset, _ in section.source_lines]
    return [*starts[1:], section.size][: len(starts)]


def _rows(pieces: list[tuple[str, int, bytes]]) -> list[str]:
    rows = []
    for section, offset, content in pieces:
        for at in range(0, len(content), _BYTES):
            if at == _MOST_ROWS * _BYTES:
                rows.append(f"{section:14} ... {len(content) - at:#x} bytes more")
                break
            rows.append(f"{section:14} {offset + at:06x} {content[at : at + _BYTES].hex()}")
    return rows
