"""The Advanced SIMD and Floating-point Extensions (DDI 0406C A7), made from the rows of A32.

A T32 encoding is the A32 one with other bits in place of the condition, or in the upper byte of the
unconditional ones (figures of A7.4 and A7.7). What differs beside that are the registers that T32
makes UNPREDICTABLE: SP as a register that is transferred, and the PC as base of a store or a list.
"""

from __future__ import annotations

import re
from dataclasses import replace

from hypgen.arch.a32 import extension
from hypgen.arch.encoding import Encoding, Kind, Ordered, Row

_PREFIXES = (
    ("cond:4 ", "1110 "),
    ("11110100", "11111001"),  # element and structure loads and stores
    ("11110010", "11101111"),  # data processing, U = 0
    ("11110011", "11111111"),  # data processing, U = 1
)
_WITH_U = re.compile(r"1111001 (\w+) ")
"""Data processing with a field in place of U."""
_SECOND = re.compile(
    r", scalar$|, floating-point$|\(zero\)|\(maximum shift\)|VNMUL|VMULL|VABAL|VABDL|VMLAL|VMLSL"
    r"|VQD(MLAL|MULL|MULH).*\(by scalar\)|VQRDMULH \(by scalar\)"
)
"""Names of rows that are the second encoding of their heading, T2."""
_NO_PC_BASE = frozenset({"VSTR", "VSTM", "VLDM"})


def _pattern(row: Encoding) -> str:
    pattern = _WITH_U.sub(r"111 \1 1111 ", row.pattern, count=1)
    if pattern != row.pattern:
        return pattern
    for theirs, ours in _PREFIXES:
        if pattern.startswith(theirs):
            return ours + pattern.removeprefix(theirs)
    return pattern  # UNDEFINED in the encodings T2 of the coprocessor instructions, as they are


def _thumb(row: Encoding) -> Encoding:
    """The T32 row that belongs to a row of A32."""
    if row.kind is not Kind.INSTRUCTION:
        label = "T32"
    else:
        label = "T2" if _SECOND.search(row.name) else "T1"
    more = [f"{name} == 13" for name in ("Rt", "Rt2") if name in row.field_names]
    if row.name in _NO_PC_BASE:
        more.append("Rn == 15")
    return replace(
        row,
        name=f"{row.name} {label}",
        pattern=_pattern(row),
        unpredictable=(*row.unpredictable, *more),
    )


def _row(row: Row) -> Row:
    if isinstance(row, Ordered):
        return Ordered(row.reason, tuple(_thumb(encoding) for encoding in row.encodings))
    return _thumb(row)


ROWS: tuple[Row, ...] = tuple(_row(row) for row in extension.ROWS)
"""Every row of the extensions."""
