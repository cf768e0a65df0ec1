"""Two descriptors of one place compared: which fields differ, and whether they need break-before-make.

Break-before-make is for a change of what a TLB must not hold twice: output address, block, page or table,
memory type, cacheability, shareability, nG. A change of permissions needs the invalidation only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hypgen.bits import bit, bits
from hypgen.emulator.attributes import Attributes, decode_mair, decode_stage2
from hypgen.emulator.strict.reserved import ATTRIBUTES
from hypgen.emulator.strict.whole_tables import Table
from hypgen.emulator.translation import Regime

_LAST = 3
"""The level of pages in the Long-descriptor format."""
_MEMORY = frozenset({"AttrIndx", "MemAttr", "SH"})
"""Fields of Long-descriptors that give memory its attributes, together with a MAIR."""
SECOND = 2
"""The stage of a guest's tables."""


class Format(NamedTuple):
    """The fields of a kind of descriptor that must not change while it is live: high and low bit by name."""

    size: int
    fields: Mapping[str, tuple[int, int]]


_OUTPUT = {"output address": (39, 12), "type": (1, 0)}
TABLE = Format(8, _OUTPUT)
HYP = Format(8, {**_OUTPUT, "AttrIndx": (4, 2), "SH": (9, 8)})
STAGE1 = Format(8, {**_OUTPUT, "AttrIndx": (4, 2), "SH": (9, 8), "nG": (11, 11)})
STAGE2 = Format(8, {**_OUTPUT, "MemAttr": (5, 2), "SH": (9, 8)})
SECTION = Format(
    4,
    {
        "type": (1, 1),
        "base": (31, 20),
        "nG": (17, 17),
        "S": (16, 16),
        "TEX": (14, 12),
        "C and B": (3, 2),
        "supersection": (18, 18),
    },
)
PAGE_TABLE = Format(4, {"type": (1, 1), "page table base": (31, 10)})
LARGE_PAGE = Format(
    4,
    {"type": (1, 1), "base": (31, 16), "nG": (11, 11), "S": (10, 10), "TEX": (14, 12), "C and B": (3, 2)},
)
SMALL_PAGE = Format(
    4,
    {"type": (1, 1), "base": (31, 12), "nG": (11, 11), "S": (10, 10), "TEX": (8, 6), "C and B": (3, 2)},
)


def format_of(table: Table, regime: Regime, descriptor: int) -> Format:
    """The format of a valid descriptor in a table."""
    if table.descriptor == SECTION.size:
        if table.level == 1:
            return SECTION if descriptor & 0b10 else PAGE_TABLE
        return SMALL_PAGE if descriptor & 0b10 else LARGE_PAGE
    if descriptor & 0b10 and table.level < _LAST:
        return TABLE
    if table.stage == SECOND:
        return STAGE2
    return HYP if regime is Regime.HYP else STAGE1


def holdable(table: Table, descriptor: int, access_flags: bool) -> bool:
    """Whether the TLB may hold what a descriptor gives: it is valid, and no access flag fault.

    ``access_flags`` tells that Short-descriptors have the flag (SCTLR.AFE).
    """
    if table.descriptor == SECTION.size:
        flag = 10 if table.level == 1 else 4
        if not descriptor & 0b11:
            return False
        return not access_flags or bool(bit(descriptor, flag)) or (table.level == 1 and not descriptor & 0b10)
    if not descriptor & 1 or (table.level == _LAST and not descriptor & 0b10):
        return False
    return bool(bit(descriptor, 10)) or (table.level < _LAST and bool(descriptor & 0b10))


def attributes_of(
    table: Table, regime: Regime, values: Mapping[str, int], descriptor: int
) -> Attributes | None:
    """What a Long-descriptor of a page or block makes of memory; None for a Short-descriptor."""
    if table.descriptor == SECTION.size:
        return None
    shareability = bits(descriptor, 9, 8)
    if table.stage == SECOND:
        return decode_stage2(bits(descriptor, 5, 2), shareability)
    index = bits(descriptor, 4, 2)
    return decode_mair(values[ATTRIBUTES[regime][index // 4]] >> 8 * (index % 4) & 0xFF, shareability)


def differing(kind: Format, old: int, new: int, alike: bool = False) -> str:
    """The fields that must not change while the entry is live, old and new; empty if none does.

    If the two are ``alike`` in what they make of memory, the fields that say so do not count.
    """
    changed = [
        f"{name} {bits(old, high, low):#x} -> {bits(new, high, low):#x}"
        for name, (high, low) in kind.fields.items()
        if bits(old, high, low) != bits(new, high, low) and not (alike and name in _MEMORY)
    ]
    return ", ".join(changed)
