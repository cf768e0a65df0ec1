"""Random words of a row: should-be bits as they should be, and not UNPREDICTABLE."""

from collections.abc import Callable, Iterator
from random import Random

from hypgen.arch.encoding import Encoding, Kind
from hypgen.decode.table import (
    DecodeTable,
    Insn,
    a32,
    a32_extension,
    decode_a32,
    decode_t32,
    t32_extension,
    t32_narrow,
    t32_wide,
)


def _instructions(table: DecodeTable) -> tuple[Encoding, ...]:
    return tuple(row for row in table.encodings if row.kind is Kind.INSTRUCTION)


ROWS = _instructions(a32())
EXTENSION_ROWS = _instructions(a32_extension())
NARROW_ROWS = _instructions(t32_narrow())
WIDE_ROWS = _instructions(t32_wide())
WIDE_EXTENSION_ROWS = _instructions(t32_extension())
_TRIES = 100_000


def decode_thumb(word: int, itstate: int = 0) -> Insn | None:
    """Decode a T32 instruction of 16 or 32 bits."""
    return decode_t32(word >> 16, word & 0xFFFF, itstate) if word >> 16 else decode_t32(word, None, itstate)


def samples(
    row: Encoding, count: int, random: Random, decode: Callable[[int], Insn | None] = decode_a32
) -> Iterator[Insn]:
    """``count`` instructions of ``row``, or fewer different ones when it has fewer."""
    variable = 1 << sum(field.width for field in row.layout.fields)
    seen: set[int] = set()
    for _ in range(_TRIES):
        values = {field.name: _value(field.name, field.width, random) for field in row.layout.fields}
        if "Rm_again" in values:
            values["Rm_again"] = values["Rm"]
        word = row.encode(values)
        insn = decode(word)
        if insn is None or insn.encoding is not row or insn.unpredictable or word in seen:
            if len(seen) * 8 >= variable:
                return
            continue
        seen.add(word)
        yield insn
        if len(seen) == count:
            return
    raise AssertionError(f"{row.name}: only {len(seen)} of {count} words found")


def _value(name: str, width: int, random: Random) -> int:
    """A field's value: mostly any, often one of the corners; ``cond`` is never 0b1111."""
    if name == "cond":
        return 14 if random.random() < 0.5 else random.randrange(15)
    if random.random() < 0.2:
        return random.choice((0, 1, (1 << width) - 1, 1 << (width - 1))) & ((1 << width) - 1)
    return random.getrandbits(width)
