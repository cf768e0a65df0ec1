"""From a word to the row that it belongs to, and its fields.

The rows of ``hypgen.arch.a32`` are compiled into buckets by the bits in which A32 encodings differ
most, 27 to 20 and 7 to 4, apart for the conditional and the unconditional space; a bucket is filled
when a word first falls into it. Two rows that one word could belong to are an error, unless both
stand in one ``Ordered`` group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from hypgen.arch.encoding import Encoding, EncodingError, Kind, Ordered, Row

_MEMORY = 1 << 16
"""Words that ``decode_a32`` remembers: more than any image that we run has different ones."""
_BUCKET_BITS = 0x0FF0_00F0


@dataclass(frozen=True, slots=True, eq=False)
class Insn:
    """A decoded word: its row and the values of the row's fields."""

    encoding: Encoding
    word: int
    fields: dict[str, int]

    @property
    def name(self) -> str:
        """The row's name, the manual's heading."""
        return self.encoding.name

    @property
    def condition(self) -> int:
        """The condition code 0 to 14; 14 (always) for an unconditional instruction."""
        return self.fields.get("cond", 0b1110)

    @property
    def unpredictable(self) -> str | None:
        """Why the manual calls this word UNPREDICTABLE whatever the CPU's state; None if it does not."""
        layout = self.encoding.layout
        if wrong := (self.word ^ layout.should_value) & layout.should_mask:
            return f"{self.name}: should-be bits differ in {wrong:#010x}; {self.encoding.manual}"
        for text, holds in self.encoding.predicates:
            if holds(self.fields):
                return f"{self.name}: {text}; {self.encoding.manual}"
        return None

    def __getitem__(self, field: str) -> int:
        return self.fields[field]

    def __contains__(self, field: str) -> bool:
        return field in self.fields


class DecodeTable:
    """Rows compiled for decoding; raises EncodingError if they contradict each other."""

    def __init__(self, rows: Sequence[Row]) -> None:
        groups = [row.encodings if isinstance(row, Ordered) else (row,) for row in rows]
        self.encodings: tuple[Encoding, ...] = tuple(encoding for group in groups for encoding in group)
        self._buckets: dict[int, tuple[tuple[int, int, Encoding], ...]] = {}
        _check_names(self.encodings)
        _check_ordered(rows)
        _check_overlaps(groups)

    def find(self, word: int) -> Encoding | None:
        """The row that ``word`` belongs to, of whatever kind."""
        unconditional = word >> 28 == 0xF
        key = word & _BUCKET_BITS | unconditional
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = tuple(self._candidates(key, unconditional))
        for mask, value, encoding in bucket:
            if word & mask == value:
                return encoding
        return None

    def _candidates(self, key: int, unconditional: bool) -> Iterator[tuple[int, int, Encoding]]:
        for encoding in self.encodings:
            mask, value = encoding.layout.mask, encoding.layout.value
            if encoding.unconditional == unconditional and not (key ^ value) & mask & _BUCKET_BITS:
                yield mask, value, encoding


def _check_names(encodings: Iterable[Encoding]) -> None:
    seen: set[str] = set()
    for encoding in encodings:
        if encoding.name in seen:
            raise EncodingError(f"{encoding.name}: two rows have this name")
        seen.add(encoding.name)


def _check_ordered(rows: Iterable[Row]) -> None:
    """An ordered group has a reason, needs its order, and no row of it is unreachable."""
    for row in rows:
        if not isinstance(row, Ordered):
            continue
        names = ", ".join(encoding.name for encoding in row.encodings)
        if not row.reason:
            raise EncodingError(f"ordered group of {names}: no reason given")
        for place, later in enumerate(row.encodings):
            for earlier in row.encodings[:place]:
                mask = earlier.layout.mask
                if not mask & ~later.layout.mask and not (earlier.layout.value ^ later.layout.value) & mask:
                    raise EncodingError(f"{later.name}: never reached, {earlier.name} takes all its words")


def _check_overlaps(groups: Iterable[tuple[Encoding, ...]]) -> None:
    """Rows of different groups have no word in common."""
    members = [
        (group, encoding, encoding.layout.mask, encoding.layout.value, encoding.unconditional)
        for group, encodings in enumerate(groups)
        for encoding in encodings
    ]
    for place, (group, encoding, mask, value, unconditional) in enumerate(members):
        for other_group, other, other_mask, other_value, other_unconditional in members[place + 1 :]:
            if (
                not (value ^ other_value) & mask & other_mask
                and group != other_group
                and unconditional == other_unconditional
            ):
                both = value | other_value
                raise EncodingError(f"{encoding.name} and {other.name} overlap: 0x{both:08x} is both")


@cache
def a32() -> DecodeTable:
    """The table of the A32 instruction set, built on first use."""
    from hypgen.arch.a32 import ROWS

    return DecodeTable(ROWS)


@lru_cache(maxsize=_MEMORY)
def decode_a32(word: int) -> Insn | None:
    """Decode an A32 instruction; None if the word is UNDEFINED, or is of a space without rows.

    ``unmodelled_a32`` tells the two apart.
    """
    encoding = a32().find(word)
    if encoding is None or encoding.kind is not Kind.INSTRUCTION:
        return None
    return Insn(encoding, word, encoding.fields(word))


def unmodelled_a32(word: int) -> str | None:
    """What an undecoded word is, if the architecture has it and hypgen has no rows for it."""
    encoding = a32().find(word)
    return encoding.name if encoding is not None and encoding.kind is Kind.UNMODELLED else None
