"""Words drawn over the whole of an instruction set: of every row its share, and any others."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from hypgen.arch import spaces
from hypgen.arch.encoding import Encoding
from hypgen.decode.disassembly import Isa, disassemble
from hypgen.decode.table import a32, a32_extension, is_32bit, t32_extension, t32_wide

EACH = 64
"""Words of each row, at least."""
_TRIES = 64
"""How many words with a row's bits are drawn for one that belongs to no row before it."""
WITHOUT_WORDS = frozenset(
    {"UNDEFINED (extension register load/store)", "UNDEFINED (extension register load/store) T32"}
)
"""What is left of spaces that the rows before them fill."""


def rows(isa: Isa) -> list[Encoding]:
    """Every row of 32 bits: instructions, what is carved out of them, and the rest of each space."""
    if isa == "a32":
        return [*a32().encodings, *a32_extension().encodings, *spaces.A32]
    return [*t32_wide().encodings, *t32_extension().encodings, *spaces.T32_WIDE]


def drawn(isa: Isa, count: int, random: Random) -> Iterator[int]:
    """``count`` words: a quarter anything, the others evenly of all rows, of each ``EACH`` at least."""
    table = rows(isa)
    per_row = max(EACH, 3 * count // 4 // len(table))
    for row in table:
        its_own = made = 0
        while made < per_row or (its_own < EACH and made < EACH * _TRIES and row.name not in WITHOUT_WORDS):
            word = _of_row(row, random)
            its_own += its_own < EACH and disassemble(word, isa).row == row.name
            made += 1
            yield word
        count -= made
    for _ in range(count):
        yield _anything(isa, random)


def _of_row(row: Encoding, random: Random) -> int:
    """The row's fixed bits, mostly its should-be bits, and the others at random, often all 0 or all 1."""
    layout = row.layout
    word = random.getrandbits(32)
    for field in layout.fields:
        if random.random() < 0.2:
            word = word & ~field.mask | random.choice((0, field.mask))
        if field.name == "cond":
            word = word & ~field.mask | field.put(0, random.choice((14, 14, random.randrange(15))))
    if random.random() < 0.9:
        word = word & ~layout.should_mask | layout.should_value
    return word & ~layout.mask | layout.value


def _anything(isa: Isa, random: Random) -> int:
    word = random.getrandbits(32)
    if isa == "a32":
        return word
    while not is_32bit(word >> 16):
        word = random.getrandbits(32) | 0xE000_0000
    return word
