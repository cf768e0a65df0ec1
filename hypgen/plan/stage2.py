"""Stage 2 of the Non-secure PL1&0 regime: what a guest's IPAs are, as tables, VTCR and VTTBR.

Written from DDI 0406C B3.6 and B4.1 (VTCR, VTTBR) for the tables that hypgen emits; the core decodes
stage 2 with bit positions of its own, so that one mistake cannot hide in both.

The first lookup level and the number of IPA bits are VTCR's to choose. Where the input has more bits
than one table of that level resolves, up to 16 tables lie side by side and are indexed as one: 40-bit
IPAs that begin at level 1 take two, hence a root of two pages on a boundary of two pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hypgen.arch.registers import VTCR, VTTBR
from hypgen.plan.descriptors import AF, ENTRIES, ENTRY_SPAN, PAGE, TABLE, VALID, XN
from hypgen.plan.mappings import TableEntry
from hypgen.plan.registers import INNER_SHAREABLE, WRITE_BACK_ALLOCATE, compose
from hypgen.units import GIB, IPA, PAGE_SIZE, PhysAddr, Span, align_down

GuestPermission = Literal["rwx", "rw", "r", "rx", "device", "none"]
"""What stage 2 lets a guest do; ``none`` is an invalid descriptor that has a place in a table, so that
the page can be given to the guest later without another table."""

MAX_CONCATENATED = 16
"""Tables of the first level that may lie side by side (B3.6.6)."""
BADDR_MASK = 0xFF_FFFF_F000
OUTER_SHAREABLE = 0b10
NORMAL_WRITE_BACK = 0b1111
"""MemAttr[3:0]: Outer and Inner Write-Back cacheable (table B3-11, B3-12)."""
DEVICE = 0b0001
HAP_READ, HAP_WRITE = 0b01, 0b10
MAX_VMID = 0xFF
_MEMATTR_SHIFT, _HAP_SHIFT, _SH_SHIFT = 2, 6, 8


@dataclass(frozen=True)
class Stage2Format:
    """The shape of a stage 2: ``ipa_bits`` of input address, looked up from ``level`` (1 or 2).

    Raises ValueError for a pair that the manual calls UNPREDICTABLE (B4.1.159, VTCR.SL0).
    """

    ipa_bits: int
    level: int = 1

    def __post_init__(self) -> None:
        allowed = {1: range(31, 41), 2: range(25, 35)}.get(self.level, range(0))
        if self.ipa_bits not in allowed:
            raise ValueError(f"{self.ipa_bits} bits of IPA cannot be looked up from level {self.level}")

    @property
    def root_entries(self) -> int:
        """Descriptors of the first level, over all of its tables."""
        return 1 << self.ipa_bits - _shift(self.level)

    @property
    def root_pages(self) -> int:
        """Pages of the first level: how many tables lie side by side; one may be smaller than a page."""
        return max(1, self.root_entries // ENTRIES)

    @property
    def root_alignment(self) -> int:
        """Bytes to which VTTBR.BADDR must be aligned: the size of the root (B4.1.160)."""
        return 8 * self.root_entries

    @property
    def vtcr(self) -> int:
        """VTCR: T0SZ as a signed number with its sign repeated in S, SL0, walks as HTCR has them."""
        t0sz = 32 - self.ipa_bits & 0xF
        return compose(
            VTCR,
            T0SZ=t0sz,
            S=t0sz >> 3,
            SL0=2 - self.level,
            IRGN0=WRITE_BACK_ALLOCATE,
            ORGN0=WRITE_BACK_ALLOCATE,
            SH0=INNER_SHAREABLE,
        )

    def vttbr(self, root: PhysAddr, vmid: int) -> int:
        """VTTBR for tables at ``root``; raises ValueError when misaligned, or the VMID has not 8 bits."""
        if root % self.root_alignment:
            raise ValueError(f"the stage 2 root {root} is not aligned to {self.root_alignment:#x} bytes")
        if not 0 <= vmid <= MAX_VMID:
            raise ValueError(f"{vmid:#x} is no VMID: it has 8 bits")
        return compose(VTTBR, VMID=vmid) | int(root) & BADDR_MASK


@dataclass(frozen=True)
class GuestMapping:
    """One range of whole pages of a guest: the IPAs ``ipa`` are the memory from ``physical`` on."""

    ipa: Span[IPA]
    physical: PhysAddr
    permission: GuestPermission
    purpose: str

    @property
    def shift(self) -> int:
        """What translation adds to an IPA."""
        return self.physical - self.ipa.start

    def __str__(self) -> str:
        output: Span[PhysAddr] = Span.sized(self.physical, self.ipa.size)
        return f"{self.ipa} -> {output} {self.permission} {self.purpose}"


@dataclass(frozen=True)
class Stage2Table:
    """One page of the tables: its level, where it lies, and the IPAs that it resolves."""

    level: int
    physical: PhysAddr
    ipa: Span[IPA]
    entries: tuple[TableEntry, ...]


@dataclass(frozen=True)
class Stage2Tables:
    """A guest's finished tables: ``root`` goes to VTTBR, ``data`` are the bytes that lie there."""

    format: Stage2Format
    root: PhysAddr
    data: bytes
    mappings: tuple[GuestMapping, ...]
    tables: tuple[Stage2Table, ...]


def leaf(physical: PhysAddr, permission: GuestPermission, level: int) -> int:
    """A stage 2 page (level 3) or block (levels 1 and 2) descriptor; 0, invalid, for ``none``.

    Raises ValueError when ``physical`` is misaligned for the level. Nothing in a stage 2 table
    descriptor restricts what lies below, so everything that a guest may do stands here (B3.6.2).
    """
    if physical % ENTRY_SPAN[level]:
        raise ValueError(f"{physical} is not aligned for a stage 2 level {level} descriptor")
    if permission == "none":
        return 0
    value = int(physical) & BADDR_MASK | AF | VALID
    if level == 3:
        value |= PAGE
    if permission == "device":
        # Stage 1 cannot make it Normal: combining takes the stricter. XN keeps speculation off.
        attributes, access, shareability = DEVICE, HAP_READ | HAP_WRITE, OUTER_SHAREABLE
        value |= XN
    else:
        attributes, shareability = NORMAL_WRITE_BACK, INNER_SHAREABLE
        access = HAP_READ | (HAP_WRITE if "w" in permission else 0)
        if "x" not in permission:
            value |= XN
    return value | attributes << _MEMATTR_SHIFT | access << _HAP_SHIFT | shareability << _SH_SHIFT


def table(physical: PhysAddr) -> int:
    """A stage 2 table descriptor: the next level lies at ``physical``, a true PA and never an alias."""
    return int(physical) & BADDR_MASK | TABLE | VALID


def build(shape: Stage2Format, mappings: Iterable[GuestMapping], at: PhysAddr) -> Stage2Tables:
    """Encode ``mappings`` as tables that lie at ``at``: the root's pages, then level 2, then level 3.

    2 MiB blocks are used where alignment and size allow, pages elsewhere. Raises ValueError when two
    mappings overlap, one is not of whole pages or is outside the IPAs of ``shape``, or ``at`` is
    misaligned.
    """
    ordered = tuple(sorted(mappings, key=lambda one: one.ipa))
    _check(shape, ordered)
    shape.vttbr(at, 0)
    leaves = tuple(leaf for mapping in ordered for leaf in _leaves(mapping))
    places: dict[tuple[int, int], PhysAddr] = {}
    for number in range(shape.root_pages):
        places[shape.level, number * ENTRIES * ENTRY_SPAN[shape.level]] = PhysAddr(at + number * PAGE_SIZE)
    for level in range(shape.level + 1, 4):
        span = ENTRY_SPAN[level - 1]
        for base in sorted({align_down(ipa, span) for ipa, found, _ in leaves if found >= level}):
            places[level, base] = PhysAddr(at + len(places) * PAGE_SIZE)
    entries: dict[tuple[int, int], list[TableEntry]] = {key: [] for key in places}
    for (level, base), place in places.items():
        if level > shape.level:
            _enter(entries, level - 1, base, table(place), f"-> level {level} table")
    for ipa, level, mapping in leaves:
        physical = PhysAddr(ipa + mapping.shift)
        meaning = f"-> {physical} {mapping.permission} {mapping.purpose}"
        _enter(entries, level, ipa, leaf(physical, mapping.permission, level), meaning)
    tables = tuple(
        Stage2Table(
            level,
            place,
            Span.sized(IPA(base), min(ENTRIES * ENTRY_SPAN[level], 1 << shape.ipa_bits)),
            tuple(sorted(entries[level, base], key=lambda one: one.index)),
        )
        for (level, base), place in places.items()
    )
    return Stage2Tables(shape, at, b"".join(map(_encode, tables)), ordered, tables)


def _shift(level: int) -> int:
    return ENTRY_SPAN[level].bit_length() - 1


def _check(shape: Stage2Format, ordered: tuple[GuestMapping, ...]) -> None:
    for mapping in ordered:
        if (mapping.ipa.start | mapping.ipa.end | mapping.physical) % PAGE_SIZE or mapping.ipa.size <= 0:
            raise ValueError(f"the guest mapping {mapping} is not of whole pages")
        if mapping.ipa.end > 1 << shape.ipa_bits:
            raise ValueError(f"the guest mapping {mapping} is outside the {shape.ipa_bits}-bit IPAs")
    for one, other in pairwise(ordered):
        if one.ipa.overlaps(other.ipa):
            raise ValueError(f"the guest mapping {one} overlaps {other}")


def _leaves(mapping: GuestMapping) -> Iterator[tuple[int, int, GuestMapping]]:
    """Every leaf of a mapping as (IPA, level, mapping); what may be given later is given page by page."""
    ipa = int(mapping.ipa.start)
    while ipa < mapping.ipa.end:
        block = ENTRY_SPAN[2]
        whole = (ipa | ipa + mapping.shift) % block == 0 and mapping.ipa.end - ipa >= block
        level = 2 if whole and mapping.permission != "none" else 3
        yield ipa, level, mapping
        ipa += ENTRY_SPAN[level]


def _enter(
    entries: dict[tuple[int, int], list[TableEntry]], level: int, ipa: int, value: int, meaning: str
) -> None:
    """Put a descriptor for ``ipa`` into the table of ``level`` that resolves it."""
    span = ENTRY_SPAN[level]
    base = align_down(ipa, ENTRIES * span) if (level, align_down(ipa, ENTRIES * span)) in entries else 0
    resolved: Span[IPA] = Span.sized(IPA(ipa), span)
    entries[level, base].append(TableEntry((ipa - base) // span, value, f"{resolved} {meaning}"))


def _encode(one: Stage2Table) -> bytes:
    """A page of descriptors, little-endian; zeros are invalid descriptors."""
    page = bytearray(PAGE_SIZE)
    for entry in one.entries:
        page[8 * entry.index : 8 * entry.index + 8] = entry.value.to_bytes(8, "little")
    return bytes(page)


assert ENTRY_SPAN[1] == GIB
