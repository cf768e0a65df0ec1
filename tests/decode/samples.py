"""Random words of a row: should-be bits as they should be, and not UNPREDICTABLE."""

from collections.abc import Iterator
from random import Random

from hypgen.arch.encoding import Encoding, Kind
from hypgen.decode.table import Insn, a32, decode_a32

ROWS = tuple(row for row in a32().encodings if row.kind is Kind.INSTRUCTION)
_TRIES = 100_000


def samples(row: Encoding, count: int, random: Random) -> Iterator[Insn]:
    """``count`` instructions of ``row``, or fewer different ones when it has fewer."""
    variable = 1 << sum(field.width for field in row.layout.fields)
    seen: set[int] = set()
    for _ in range(_TRIES):
        word = row.encode(
            {field.name: _value(field.name, field.width, random) for field in row.layout.fields}
        )
        insn = decode_a32(word)
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
