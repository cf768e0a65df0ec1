"""Record areas and journals as bytes."""

from __future__ import annotations

import struct

import pytest

from hypgen.plan import structures
from hypgen.plan.structures import JournalEntry, Record


def test_records_up_to_the_count_are_read():
    area = bytearray(structures.RECORD_AREA_SIZE)
    struct.pack_into("<2I", area, 0, 2, 0)
    struct.pack_into("<16I", area, 0x20, *range(16))
    assert structures.read_record_area(bytes(area)) == (
        Record(0, 1, 2, 3, 4, 5, 6, 7),
        Record(8, 9, 10, 11, 12, 13, 14, 15),
    )


def test_a_full_area_gives_what_it_kept():
    area = bytearray(structures.RECORD_AREA_SIZE)
    struct.pack_into("<I", area, 0, 1000)
    assert len(structures.read_record_area(bytes(area))) == structures.RECORD_CAPACITY == 55


def test_journal_entries_are_read():
    data = bytearray(structures.JOURNAL_SIZE)
    struct.pack_into("<4I", data, 0, structures.JOURNAL_MAGIC, 1, structures.JOURNAL_CAPACITY, 1)
    struct.pack_into("<4I", data, 0x10, 1, 2, 0x8020_1000, 0x8020_1000)
    (entry,) = structures.read_journal(bytes(data))
    assert entry == JournalEntry(1, 2, 0x8020_1000, 0x8020_1000)


def test_something_else_is_no_journal():
    with pytest.raises(ValueError, match="no journal: magic 0x00000000, version 0, capacity 0"):
        structures.read_journal(bytes(structures.JOURNAL_SIZE))
