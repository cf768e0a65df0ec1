"""Structures in the image's memory that the outside reads: the record areas and the journal.

Both are arrays of words in the image's byte order; the templates take their offsets from here, and whoever
judges a run parses them with :func:`read_record_area` and :func:`read_journal`.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

WORD = 4

RECORD_AREA_SHIFT = 11
"""log2 of the bytes of one CPU's record area: CPU n's begins at ``hyp_records + (n << 11)``."""
RECORD_AREA_SIZE = 1 << RECORD_AREA_SHIFT
AREA_COUNT = 0x00
"""Word: events taken so far; above :data:`RECORD_CAPACITY` the later ones were counted only."""
AREA_RECOVERY = 0x04
"""Word: VA at which the next synchronous event in Hyp mode resumes; 0 when none is expected."""
AREA_LAST = 0x08
"""Three words of the last event, on record or not: slot, HSR (or what stands for it), fault address."""
AREA_HEADER_SIZE = 0x20
RECORD_SIZE = 0x20
LAST_STACK_SIZE = 0x100
"""Bytes at the end of an area: the stack for a CPU's last words, when its own cannot be used."""
RECORD_CAPACITY = (RECORD_AREA_SIZE - AREA_HEADER_SIZE - LAST_STACK_SIZE) // RECORD_SIZE

RECORD_FIELDS = ("slot", "hsr", "elr", "spsr", "far", "cpu", "sequence", "recovery")
"""The words of one record, in order; see :class:`Record`."""


class Record(NamedTuple):
    """What a handler of the runtime vectors saw, one for each event, in order.

    ``slot`` is the vector's offset; ``hsr`` the syndrome; for IRQ and FIQ, which have none, the number of
    the interrupt that was acknowledged, or all ones when the controller knew of none; for slot 0x00, which
    nothing takes, 0; ``elr`` ELR_hyp, the preferred return; ``spsr`` SPSR_hyp; ``far`` HIFAR for slot
    0x0C, HDFAR for slot 0x10, otherwise 0; ``cpu`` the CPU's index in the board's list, found by its MPIDR;
    ``sequence`` the event's number on this CPU, from 0; ``recovery`` where it resumes when a probe
    expected it, otherwise 0.
    """

    slot: int
    hsr: int
    elr: int
    spsr: int
    far: int
    cpu: int
    sequence: int
    recovery: int


def read_record_area(data: bytes, *, big_endian: bool = False) -> tuple[Record, ...]:
    """The records in one CPU's record area (:data:`RECORD_AREA_SIZE` bytes)."""
    order = ">" if big_endian else "<"
    (count,) = struct.unpack_from(f"{order}I", data, AREA_COUNT)
    kept = min(count, RECORD_CAPACITY)
    layout = struct.Struct(f"{order}{len(RECORD_FIELDS)}I")
    rows = layout.iter_unpack(data[AREA_HEADER_SIZE : AREA_HEADER_SIZE + RECORD_SIZE * kept])
    return tuple(map(Record._make, rows))


JOURNAL_MAGIC = int.from_bytes(b"HYPJ", "little")
JOURNAL_VERSION = 1
JOURNAL_COUNT = 0x0C
"""Word: entries written so far."""
JOURNAL_HEADER_SIZE = 0x10
"""Header words: magic, version, capacity, count."""
JOURNAL_ENTRY_SIZE = 0x10
JOURNAL_SHIFT = 10
"""log2 of the bytes of one CPU's journal: CPU n's begins at ``host_journal + (n << 10)``."""
JOURNAL_SIZE = 1 << JOURNAL_SHIFT
JOURNAL_CAPACITY = (JOURNAL_SIZE - JOURNAL_HEADER_SIZE) // JOURNAL_ENTRY_SIZE


class JournalEntry(NamedTuple):
    """One result: the step's number, the round (from 1), the value it gave and the value it should have."""

    step: int
    round: int
    got: int
    expected: int


def read_journal(data: bytes, *, big_endian: bool = False) -> tuple[JournalEntry, ...]:
    """The entries of one CPU's journal (:data:`JOURNAL_SIZE` bytes); raises ValueError if it is none."""
    order = ">" if big_endian else "<"
    magic, version, capacity, count = struct.unpack_from(f"{order}4I", data)
    if (magic, version, capacity) != (JOURNAL_MAGIC, JOURNAL_VERSION, JOURNAL_CAPACITY):
        raise ValueError(f"no journal: magic {magic:#010x}, version {version}, capacity {capacity}")
    layout = struct.Struct(f"{order}4I")
    kept = min(count, capacity)
    rows = layout.iter_unpack(data[JOURNAL_HEADER_SIZE : JOURNAL_HEADER_SIZE + JOURNAL_ENTRY_SIZE * kept])
    return tuple(map(JournalEntry._make, rows))


CONSTANTS = {
    "AREA_COUNT": (AREA_COUNT, "events taken so far"),
    "AREA_RECOVERY": (AREA_RECOVERY, "where an expected event resumes; 0: none is expected"),
    "AREA_SLOT": (AREA_LAST, "the last event: its slot"),
    "AREA_HSR": (AREA_LAST + WORD, "its HSR, or what stands for it"),
    "AREA_FAR": (AREA_LAST + 2 * WORD, "its fault address, or 0"),
    "AREA_RECORDS": (AREA_HEADER_SIZE, "the first record"),
    "RECORD_AREA_SHIFT": (RECORD_AREA_SHIFT, "log2 of the bytes of a CPU's record area"),
    "LAST_STACK_SIZE": (LAST_STACK_SIZE, "bytes at its end: the stack for the CPU's last words"),
    "RECORD_SHIFT": (RECORD_SIZE.bit_length() - 1, "log2 of the bytes of a record"),
    "RECORD_CAPACITY": (RECORD_CAPACITY, "records that an area holds"),
    **{
        f"RECORD_{name.upper()}": (WORD * number, f"word of a record: {name}")
        for number, name in enumerate(RECORD_FIELDS)
    },
    "JOURNAL_SHIFT": (JOURNAL_SHIFT, "log2 of the bytes of a CPU's journal"),
    "JOURNAL_MAGIC": (JOURNAL_MAGIC, '"HYPJ"'),
    "JOURNAL_VERSION": (JOURNAL_VERSION, "layout of the journal"),
    "JOURNAL_CAPACITY": (JOURNAL_CAPACITY, "entries that the journal holds"),
    "JOURNAL_COUNT": (JOURNAL_COUNT, "entries written so far"),
    "JOURNAL_ENTRIES": (JOURNAL_HEADER_SIZE, "the first entry"),
    "JOURNAL_ENTRY_SHIFT": (JOURNAL_ENTRY_SIZE.bit_length() - 1, "log2 of the bytes of an entry"),
    **{
        f"ENTRY_{name}": (WORD * number, f"word of an entry: {name.lower()}")
        for number, name in enumerate(("STEP", "ROUND", "GOT", "EXPECTED"))
    },
    "JOURNAL_BYTES": (JOURNAL_SIZE - JOURNAL_HEADER_SIZE, "room for the entries"),
}
"""Names that the templates use for these numbers, with their meaning."""
