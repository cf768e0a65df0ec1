"""Translation tables as templates see them: rows of descriptors, with the gaps between them counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hypgen.plan.descriptors import ENTRIES
from hypgen.plan.mappings import TableEntry


@dataclass(frozen=True)
class EntryView:
    """One descriptor of a table."""

    index: int
    value: int
    meaning: str


@dataclass(frozen=True)
class TableView:
    """One translation table, which ``resolves`` a range of addresses: ``rows`` are (zero entries before,
    entry), ``tail`` zero bytes at its end."""

    level: int
    physical: str
    resolves: str
    rows: tuple[tuple[int, EntryView], ...]
    tail: int


def table_view(level: int, physical: object, resolves: object, entries: Iterable[TableEntry]) -> TableView:
    """A table with its runs of invalid descriptors counted. One of fewer entries is padded to a page too."""
    rows = []
    following = 0
    for entry in entries:
        rows.append((entry.index - following, EntryView(entry.index, entry.value, entry.meaning)))
        following = entry.index + 1
    return TableView(level, str(physical), str(resolves), tuple(rows), 8 * (ENTRIES - following))
