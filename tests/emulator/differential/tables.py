"""Translation tables that the cases share: several of each format, with what faults and what does not.

Every table maps the RAM one to one, with all rights, so that a case's own instructions and the program
that runs them in QEMU work in each. From ``WINDOWS`` on there are eight more views of the RAM, of 256 MB
each, in which the memory of the cases has random rights, and here and there no page, no access flag, a
table where no memory is, or one that is itself behind a stage 2 that refuses.

What is mapped one to one is Normal memory, the windows are of every type.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from hypgen.units import PAGE_SIZE
from tests.emulator.differential.case import CASES_END, GROUPS, RAM, TABLES, TABLES_SIZE

WINDOWS = 0x8000_0000
WINDOW_SIZE = 0x1000_0000
WINDOW_COUNT = 8
_VARIANTS = 3
"""Tables of each format and byte order."""
_NOWHERE = 0x6000_0000
"""Where no memory is."""
_MB = 1 << 20
_OFFSET = GROUPS - RAM
"""Of the cases' memory in a window."""
_SPAN = CASES_END - GROUPS
_NORMAL_TEXCB = (0b00010, 0b00011, 0b00100, 0b00111, 0b10101)
_TEXCB = (*_NORMAL_TEXCB, *_NORMAL_TEXCB, 0b00000, 0b00001, 0b01000)
"""Of these the last three are Strongly-ordered and Device memory."""
CHECKED_DOMAINS, OPEN_DOMAINS, ALWAYS = range(8), range(8, 12), 15
"""Domains to which a case may refuse access; to which it never does; of what is mapped one to one.

Tables of the second level are of open domains: where a page is missing in a domain without access, QEMU
reports another fault.
"""


@dataclass(frozen=True)
class Table:
    """Where a table is, and whether its descriptors are big-endian."""

    base: int
    big_endian: bool


@dataclass(frozen=True)
class Shared:
    """All tables by format (``short``, ``long``, ``hyp``, ``stage 2``), and the memory that holds them."""

    content: bytes
    tables: dict[str, tuple[Table, ...]]


class _Space:
    """Memory from TABLES on, taken piece by piece."""

    def __init__(self) -> None:
        self.content = bytearray(TABLES_SIZE)
        self.used = 0

    def take(self, size: int) -> int:
        """The offset of ``size`` bytes that are aligned to their size."""
        start = -(-self.used // size) * size
        self.used = start + size
        if self.used > TABLES_SIZE:
            raise ValueError("the tables need more room than TABLES_SIZE")
        return start

    def put(self, values: Iterable[int], letter: str, size: int, big_endian: bool) -> int:
        """Write a table of ``size`` bytes; gives its address."""
        offset = self.take(size)
        content = struct.pack(
            f"{'>' if big_endian else '<'}{size // struct.calcsize(letter)}{letter}", *values
        )
        self.content[offset : offset + size] = content
        return TABLES + offset


@cache
def shared() -> Shared:
    """The tables, which are always the same."""
    space = _Space()
    tables: dict[str, tuple[Table, ...]] = {}
    for kind in ("short", "long", "hyp", "stage 2"):
        made = []
        for big_endian in (False, True):
            for variant in range(_VARIANTS):
                rng = random.Random(f"{kind} {big_endian} {variant}")
                base = (
                    _short(space, rng, big_endian) if kind == "short" else _long(space, rng, kind, big_endian)
                )
                made.append(Table(base, big_endian))
        tables[kind] = tuple(made)
    return Shared(bytes(space.content[: -(-space.used // PAGE_SIZE) * PAGE_SIZE]), tables)


def _maybe_behind(rng: random.Random, likely: float, address: int) -> int:
    """The address of a table, or the IPA of a window of stage 2 at which it is seen."""
    if rng.random() >= likely:
        return address
    return address - RAM + WINDOWS + WINDOW_SIZE * rng.randrange(WINDOW_COUNT)


# -- the Long-descriptor format ------------------------------------------------------------------------
_ALL_RIGHTS = {"long": 0x741, "hyp": 0x741, "stage 2": 0x7FD}
"""A block: valid, AF, Inner Shareable, read and write at all levels, Normal memory."""


def _long(space: _Space, rng: random.Random, kind: str, big_endian: bool) -> int:
    rights = _ALL_RIGHTS[kind]
    put = lambda values: space.put(values, "Q", 0x1000, big_endian)  # noqa: E731
    identity = [RAM + (n << 21) | rights if n < 128 else 0 for n in range(512)]
    root = [0 | rights, put(identity) | 3]
    for _half in range(2):
        second = [0] * 512
        for place in range(4):
            _long_window(rng, kind, put, second, place, paged=place < 1)
        root.append(put(second) | 3)
    offset = space.take(0x2000)  # so that it may also be the first of two tables side by side (stage 2)
    struct.pack_into(f"{'>' if big_endian else '<'}4Q", space.content, offset, *root)
    return TABLES + offset


def _long_window(
    rng: random.Random,
    kind: str,
    put: Callable[[list[int]], int],
    second: list[int],
    place: int,
    paged: bool,
) -> None:
    first = place * (WINDOW_SIZE >> 21)
    places = [_OFFSET + n * 2 * _MB for n in range(_SPAN // (2 * _MB))]
    if kind == "stage 2":
        places += [TABLES - RAM + n * 2 * _MB for n in range(TABLES_SIZE // (2 * _MB))]  # and the tables
    for offset in places:
        at = first + (offset >> 21)
        if paged:
            third = [_long_leaf(rng, kind, RAM + offset + 0x1000 * n, 3) for n in range(512)]
            behind = kind == "long" and rng.random() < 0.3
            address = _maybe_behind(rng, 1.0 if behind else 0.0, put(third))
            limits = rng.getrandbits(5) << 59 if kind != "stage 2" and rng.random() < 0.3 else 0
            second[at] = address | limits | 3
        elif rng.random() < 0.1:
            second[at] = rng.choice((0, 2, _NOWHERE | 3))
        else:
            second[at] = _long_leaf(rng, kind, RAM + offset, 1)


def _long_leaf(rng: random.Random, kind: str, output: int, low: int) -> int:
    if rng.random() < 0.05:
        return rng.choice((0, 2, 1 if low == 3 else 0))
    if kind == "long" and rng.random() < 0.3:
        output = _maybe_behind(rng, 1.0, output)
    if kind == "stage 2":
        low |= (
            rng.choice((0b0101, 0b1010, 0b1111, 0b1111, 0b0111, 0b0001, 0b0000)) << 2
            | rng.choice((3, 3, 3, 1, 2, 0)) << 6
        )
        high = rng.random() < 0.2
        return output | low | rng.choice((0, 2, 3)) << 8 | (rng.random() < 0.93) << 10 | high << 54
    low |= rng.randrange(4) << 2 | rng.getrandbits(1) << 5 | rng.choice((0, 2, 3)) << 8
    low |= (rng.random() < 0.93) << 10
    if kind == "hyp":
        return output | low | 1 << 6 | (rng.random() < 0.3) << 7 | (rng.random() < 0.2) << 54
    low |= rng.choice((1, 1, 1, 0, 2, 3)) << 6 | rng.getrandbits(1) << 11
    return output | low | (rng.random() < 0.2) << 53 | (rng.random() < 0.2) << 54


# -- the Short-descriptor format -----------------------------------------------------------------------
_RIGHTS = {False: (3, 3, 3, 1, 2, 5, 7, 0), True: (3, 3, 1, 5, 7)}
"""AP[2:0]; those without an AP[0], perhaps the access flag, of 0."""
WITHOUT_ACCESS_FLAG = 0xF130_0000
"""Where no case goes: it is no immediate of an instruction, and no window."""
_SECTION = 0b10 | ALWAYS << 5 | 0b11 << 10 | 0b001 << 12 | 0b11 << 2


def _short(space: _Space, rng: random.Random, big_endian: bool) -> int:
    first = [n * _MB | _SECTION if n * _MB < RAM + WINDOW_SIZE else 0 for n in range(4096)]
    for window in range(WINDOW_COUNT):
        start = (WINDOWS + window * WINDOW_SIZE + _OFFSET) // _MB
        output = GROUPS
        if rng.random() < 0.25:
            output = _maybe_behind(rng, 1.0, output)
        if window == 0:
            leaf = _section(rng, output) | 1 << 18
            first[start : start + 16] = [leaf & ~(0xF << 5 | 0xF << 20)] * 16
            continue
        for n in range(_SPAN // _MB):
            if window < 3:
                privileged_never = window == 1 and rng.getrandbits(1)
                rights = _RIGHTS[window == 1]
                second = [_page(rng, output + n * _MB, number, rights) for number in range(256)]
                for large in range(0, 256, 16):
                    if rng.random() < 0.3:
                        second[large : large + 16] = [
                            _large(rng, output + n * _MB + large * 0x1000, rights)
                        ] * 16
                address = space.put(second, "I", 0x400, big_endian)
                if window == 2 and rng.random() < 0.3:
                    address = _maybe_behind(rng, 1.0, address)
                elif rng.random() < 0.03:
                    address = _NOWHERE
                first[start + n] = (
                    address
                    | rng.choice(OPEN_DOMAINS) << 5
                    | rng.getrandbits(1) << 3
                    | privileged_never << 2
                    | 1
                )
            else:
                first[start + n] = 0 if rng.random() < 0.06 else _section(rng, output + n * _MB)
    # XN and no access flag: of the list of differences, and no case's
    first[WITHOUT_ACCESS_FLAG // _MB] = RAM | _SECTION & ~(1 << 10) | 1 << 4
    return space.put(first, "I", 0x4000, big_endian)


def _section(rng: random.Random, output: int) -> int:
    texcb, ap = rng.choice(_TEXCB), rng.choice(_RIGHTS[False])
    value = output | rng.getrandbits(1) << 19 | rng.getrandbits(2) << 16 | (ap >> 2) << 15 | (ap & 3) << 10
    value |= (texcb >> 2) << 12 | (texcb & 3) << 2 | rng.choice(CHECKED_DOMAINS) << 5
    return value | _never(rng, ap) << 4 | 0b10 | _never(rng, ap)


def _page(rng: random.Random, output: int, number: int, rights: Sequence[int]) -> int:
    if rng.random() < 0.05:
        return 0
    texcb, ap = rng.choice(_TEXCB), rng.choice(rights)
    value = output + 0x1000 * number | rng.getrandbits(2) << 10 | (ap >> 2) << 9 | (texcb >> 2) << 6
    return value | (ap & 3) << 4 | (texcb & 3) << 2 | 0b10 | _never(rng, ap)


def _large(rng: random.Random, output: int, rights: Sequence[int]) -> int:
    texcb, ap = rng.choice(_TEXCB), rng.choice(rights)
    value = output | _never(rng, ap) << 15 | (texcb >> 2) << 12 | rng.getrandbits(2) << 10
    return value | (ap >> 2) << 9 | (ap & 3) << 4 | (texcb & 3) << 2 | 0b01


def _never(rng: random.Random, ap: int) -> bool:
    """XN; not where AP[0], perhaps the access flag, is 0: for a fetch QEMU looks at XN first."""
    return bool(ap & 1) and rng.random() < 0.2
