"""From a word to the row that it belongs to, and its fields.

The rows of ``hypgen.arch.a32`` and ``hypgen.arch.t32`` are compiled into buckets by the bits in which
encodings differ most; a bucket is filled when a word first falls into it. A32 has a conditional and an
unconditional space, which are apart; so are the 16-bit and the 32-bit encodings of T32. Two rows that
one word could belong to are an error, unless both stand in one ``Ordered`` group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from hypgen.arch import itstate as it
from hypgen.arch.encoding import Encoding, EncodingError, Kind, Ordered, Row

_MEMORY = 1 << 14
"""Words that each decoder remembers: more than any image that we run has different ones."""
_WORD_BUCKETS = 0x0FF0_00F0
_WIDE_BUCKETS = 0x1FF0_00F0
_HALFWORD_BUCKETS = 0xFFC0
_WIDE = 0b11101
"""The first halfword of a 32-bit T32 instruction has this or more in its five highest bits (A6.1)."""


class NoInstruction(NamedTuple):
    """Why a word is no instruction that we have: the row that says so, and its sentence.

    ``kind`` is UNDEFINED, UNPREDICTABLE or UNMODELLED.
    """

    kind: Kind
    row: Encoding
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Insn:
    """A decoded word: its row, and the values of the row's fields and of the operands they make.

    A T32 instruction of 32 bits has its first halfword in the upper half of ``word``; its condition
    (and whether a 16-bit one sets the flags) is that which ``itstate`` gives it, and is in ``fields``
    as ``cond`` and ``S``.
    """

    encoding: Encoding
    word: int
    fields: dict[str, int]
    itstate: int = it.OUTSIDE

    @property
    def name(self) -> str:
        """The row's name: the manual's heading, and in T32 the label of the encoding."""
        return self.encoding.name

    @property
    def heading(self) -> str:
        """The manual's heading, which A32 and T32 encodings of one operation share."""
        return self.encoding.heading

    @property
    def length(self) -> int:
        """The length in bytes: 4, or in T32 also 2."""
        return self.encoding.length

    @property
    def thumb(self) -> bool:
        """Whether it is a T32 instruction."""
        return self.encoding.thumb

    @property
    def condition(self) -> int:
        """The condition code 0 to 14; 14 (always) for an unconditional instruction."""
        return self.fields.get("cond", 0b1110)

    @property
    def unpredictable(self) -> str | None:
        """Why the manual calls this word UNPREDICTABLE whatever the CPU's state; None if it does not.

        Of the state, only the IT block of a T32 instruction counts here.
        """
        layout = self.encoding.layout
        if wrong := (self.word ^ layout.should_value) & layout.should_mask:
            return f"{self.name}: should-be bits differ in {wrong:#010x}; {self.encoding.manual}"
        text = self._condition_that_holds
        return None if text is None else f"{self.name}: {text}; {self.encoding.manual}"

    @property
    def tolerated(self) -> bool:
        """Whether it is UNPREDICTABLE, but every processor executes it (:attr:`Encoding.tolerated`)."""
        return bool(self.encoding.tolerated) and self._condition_that_holds in self.encoding.tolerated

    @property
    def _condition_that_holds(self) -> str | None:
        """The first of the row's conditions of UNPREDICTABLE that holds."""
        values = {**self.fields, **_block_state(self.itstate)} if self.thumb else self.fields
        return next((text for text, holds in self.encoding.predicates if holds(values)), None)

    def __getitem__(self, field: str) -> int:
        return self.fields[field]

    def __contains__(self, field: str) -> bool:
        return field in self.fields


def _block_state(itstate: int) -> dict[str, int]:
    """The manual's functions of ITSTATE, as conditions and operands name them."""
    return {"InITBlock": it.in_it_block(itstate), "LastInITBlock": it.last_in_it_block(itstate)}


class DecodeTable:
    """Rows compiled for decoding; raises EncodingError if they contradict each other.

    ``bucket_bits`` are the bits by which words are told apart first.
    """

    def __init__(self, rows: Sequence[Row], bucket_bits: int = _WORD_BUCKETS) -> None:
        self._bucket_bits = bucket_bits
        self._thumb = bucket_bits != _WORD_BUCKETS
        groups = [row.encodings if isinstance(row, Ordered) else (row,) for row in rows]
        self.encodings: tuple[Encoding, ...] = tuple(encoding for group in groups for encoding in group)
        self._buckets: dict[int, tuple[tuple[int, int, Encoding], ...]] = {}
        _check_names(self.encodings)
        _check_ordered(rows)
        _check_overlaps(groups)

    def find(self, word: int) -> Encoding | None:
        """The row that ``word`` belongs to, of whatever kind."""
        unconditional = word >> 28 == 0xF and not self._thumb
        key = word & self._bucket_bits | unconditional
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = tuple(self._candidates(key, unconditional))
        for mask, value, encoding in bucket:
            if word & mask == value and not any(word & m == v for m, v in encoding.exclusions):
                return encoding
        return None

    def _candidates(self, key: int, unconditional: bool) -> Iterator[tuple[int, int, Encoding]]:
        for encoding in self.encodings:
            mask, value = encoding.layout.mask, encoding.layout.value
            if encoding.unconditional == unconditional and not (key ^ value) & mask & self._bucket_bits:
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
                if (
                    earlier.unconditional is later.unconditional
                    and not mask & ~later.layout.mask
                    and not (earlier.layout.value ^ later.layout.value) & mask
                ):
                    raise EncodingError(f"{later.name}: never reached, {earlier.name} takes all its words")


def _check_overlaps(groups: Iterable[tuple[Encoding, ...]]) -> None:
    """Rows of different groups have no word in common."""
    for space in (False, True):
        members = [
            (group, encoding, encoding.layout.mask, encoding.layout.value)
            for group, encodings in enumerate(groups)
            for encoding in encodings
            if encoding.unconditional is space
        ]
        for place, (group, encoding, mask, value) in enumerate(members):
            for other_group, other, other_mask, other_value in members[place + 1 :]:
                if (
                    not (value ^ other_value) & mask & other_mask
                    and group != other_group
                    and not _excluded(encoding, other)
                ):
                    both = value | other_value
                    raise EncodingError(f"{encoding.name} and {other.name} overlap: 0x{both:08x} is both")


def _excluded(encoding: Encoding, other: Encoding) -> bool:
    """Whether the words that two rows seem to share are words that one of them does not take."""
    mask, value = encoding.layout.mask | other.layout.mask, encoding.layout.value | other.layout.value
    return any(m & ~mask == 0 and value & m == v for m, v in (*encoding.exclusions, *other.exclusions))


@cache
def a32() -> DecodeTable:
    """The table of the A32 instruction set without the extensions, built on first use."""
    from hypgen.arch.a32 import ROWS

    return DecodeTable(ROWS)


@cache
def a32_extension() -> DecodeTable:
    """The table of the Advanced SIMD and Floating-point Extensions of A32, built on first use."""
    from hypgen.arch.a32.extension import ROWS

    return DecodeTable(ROWS)


def _find_a32(word: int) -> Encoding | None:
    from hypgen.arch.a32 import EXTENSION_SPACE

    extension = any(word & mask == value for mask, value in EXTENSION_SPACE)
    return (a32_extension() if extension else a32()).find(word)


@lru_cache(maxsize=_MEMORY)
def decode_a32(word: int) -> Insn | None:
    """Decode an A32 instruction; None if the word is none, of which ``no_instruction_a32`` says why."""
    encoding = _find_a32(word)
    if encoding is None or encoding.kind is not Kind.INSTRUCTION:
        return None
    fields = encoding.fields(word)
    _make_operands(encoding, fields, {})
    if encoding.undefined and encoding.undefined_because(fields):
        return None
    return Insn(encoding, word, fields)


def no_instruction_a32(word: int) -> NoInstruction | None:
    """The row that makes an A32 word UNDEFINED, UNPREDICTABLE or not modelled; None for an instruction."""
    from hypgen.arch import spaces

    return None if decode_a32(word) is not None else _no_instruction(_find_a32(word), word, spaces.A32)


def _no_instruction(encoding: Encoding | None, word: int, spaces: Iterable[Encoding]) -> NoInstruction:
    """Why an undecoded word is no instruction: ``encoding`` is its row, or it is of one of the spaces."""
    if encoding is None:
        encoding = next(row for row in spaces if _takes(row, word))
    if encoding.kind is not Kind.INSTRUCTION:
        return NoInstruction(encoding.kind, encoding, f"{encoding.name}; {encoding.manual}")
    why = encoding.undefined_because(encoding.fields(word))
    return NoInstruction(Kind.UNDEFINED, encoding, f"{encoding.name}: UNDEFINED as {why}; {encoding.manual}")


def _takes(row: Encoding, word: int) -> bool:
    """Whether a row of a space has a word; a field ``cond`` does not hold 0b1111."""
    mask, value = row.layout.mask, row.layout.value
    unconditional = word >> 28 == 0xF and "cond" in row.field_names
    return word & mask == value and not unconditional


def _make_operands(encoding: Encoding, fields: dict[str, int], state: dict[str, int]) -> None:
    """Add to ``fields`` the operands that they make up, in this state."""
    if encoding.made:
        values = {**fields, **state}
        for operand in encoding.made:
            fields[operand.name] = values[operand.name] = operand.value(values)


@cache
def t32_narrow() -> DecodeTable:
    """The table of the 16-bit encodings of T32, built on first use."""
    return DecodeTable(_t32_rows(2), _HALFWORD_BUCKETS)


@cache
def t32_wide() -> DecodeTable:
    """The table of the 32-bit encodings of T32 without the extensions, built on first use."""
    return DecodeTable(_t32_rows(4), _WIDE_BUCKETS)


@cache
def t32_extension() -> DecodeTable:
    """The table of the Advanced SIMD and Floating-point Extensions of T32, built on first use."""
    from hypgen.arch.t32.extension import ROWS

    return DecodeTable(ROWS, _WIDE_BUCKETS)


def _find_t32(word: int, wide: bool) -> Encoding | None:
    from hypgen.arch.t32 import EXTENSION_SPACE

    if not wide:
        return t32_narrow().find(word)
    extension = any(word & mask == value for mask, value in EXTENSION_SPACE)
    return (t32_extension() if extension else t32_wide()).find(word)


def _t32_rows(length: int) -> list[Row]:
    from hypgen.arch.t32 import ROWS

    return [row for row in ROWS if (row.encodings[0] if isinstance(row, Ordered) else row).length == length]


def is_32bit(halfword: int) -> bool:
    """Whether a T32 instruction that starts with this halfword has a second one (A6.1)."""
    return halfword >> 11 >= _WIDE


def decode_t32(halfword1: int, halfword2: int | None = None, itstate: int = it.OUTSIDE) -> Insn | None:
    """Decode a T32 instruction at a place where ITSTATE is ``itstate``.

    ``halfword2`` is ignored where ``halfword1`` is a whole instruction. None if the instruction is
    none, of which ``no_instruction_t32`` says why. Raises ValueError if a second halfword is needed and
    not given.
    """
    return _decode_t32(*_joined(halfword1, halfword2), itstate)


def no_instruction_t32(halfword1: int, halfword2: int | None = None) -> NoInstruction | None:
    """As :func:`no_instruction_a32`, for T32; whether it is an instruction does not depend on ITSTATE."""
    from hypgen.arch import spaces

    word, wide = _joined(halfword1, halfword2)
    if _decode_t32(word, wide, it.OUTSIDE) is not None:
        return None
    return _no_instruction(_find_t32(word, wide), word, spaces.T32_WIDE if wide else spaces.T32_NARROW)


def _joined(halfword1: int, halfword2: int | None) -> tuple[int, bool]:
    """The word of an instruction, and whether it has 32 bits."""
    if not is_32bit(halfword1):
        return halfword1, False
    if halfword2 is None:
        raise ValueError(f"{halfword1:#06x} is the first half of a 32-bit instruction")
    return halfword1 << 16 | halfword2, True


@lru_cache(maxsize=_MEMORY)
def _decode_t32(word: int, wide: bool, itstate: int) -> Insn | None:
    encoding = _find_t32(word, wide)
    if encoding is None or encoding.kind is not Kind.INSTRUCTION:
        return None
    fields = {"cond": it.it_condition(itstate), **encoding.fields(word)}
    _make_operands(encoding, fields, _block_state(itstate))
    if encoding.undefined and encoding.undefined_because(fields):
        return None
    return Insn(encoding, word, fields, itstate)
