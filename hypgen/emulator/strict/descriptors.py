"""Two descriptors of one place compared: which fields differ, and whether they need break-before-make.

Break-before-make is for a change of what a TLB must not hold twice: output address, block, page or table,
memory type, cacheability, shareability, nG. A change of permissions needs the invalidation only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hypgen.bits import bits


class Format(NamedTuple):
    """The fields of a kind of descriptor that must not change while it is live: high and low bit by name."""

    size: int
    fields: Mapping[str, tuple[int, int]]


LONG = Format(
    8, {"output address": (39, 12), "AttrIndx": (4, 2), "SH": (9, 8), "nG": (11, 11), "type": (1, 0)}
)
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


def format_of(size: int, first_level: bool, descriptor: int) -> Format:
    """The format of a valid descriptor of ``size`` bytes; ``first_level`` is of Short-descriptors."""
    if size == LONG.size:
        return LONG
    if first_level:
        return SECTION if descriptor & 0b10 else PAGE_TABLE
    return SMALL_PAGE if descriptor & 0b10 else LARGE_PAGE


def valid(size: int, descriptor: int) -> bool:
    """Whether a descriptor maps something."""
    return bool(descriptor & (1 if size == LONG.size else 0b11))


def differing(kind: Format, old: int, new: int) -> str:
    """The fields that must not change while the entry is live, old and new; empty if none does."""
    changed = [
        f"{name} {bits(old, high, low):#x} -> {bits(new, high, low):#x}"
        for name, (high, low) in kind.fields.items()
        if bits(old, high, low) != bits(new, high, low)
    ]
    return ", ".join(changed)
