"""All that translation tables map, read at once (:mod:`hypgen.emulator.walks` walks for one address)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from struct import unpack
from typing import NamedTuple

from hypgen.arch import registers as cp15
from hypgen.bits import bit, bits, sign_extend
from hypgen.emulator.attributes import Attributes, decode_mair, decode_remapped, decode_stage2, decode_tex
from hypgen.emulator.memory import PhysicalMemory
from hypgen.emulator.translation import Regime
from hypgen.emulator.walks import Root, stage1_root

HSCTLR_M, HSCTLR_C = cp15.HSCTLR.bit("M"), cp15.HSCTLR.bit("C")
HSCTLR_EE = cp15.HSCTLR.bit("EE")
SCTLR_M, SCTLR_C, SCTLR_EE = cp15.SCTLR.bit("M"), cp15.SCTLR.bit("C"), cp15.SCTLR.bit("EE")
SCTLR_TRE = cp15.SCTLR.bit("TRE")
TTBCR_EAE, TTBCR_N = cp15.TTBCR.bit("EAE"), cp15.TTBCR.field("N")
TTBCR_PD0, TTBCR_PD1 = cp15.TTBCR.bit("PD0"), cp15.TTBCR.bit("PD1")
HCR_VM, HCR_DC, HCR_TGE = (cp15.HCR.bit(name) for name in ("VM", "DC", "TGE"))
_WALK_CACHEABLE = 0b1111 << 8
"""IRGN0 and ORGN0 of HTCR, VTCR and a Long-descriptor TTBCR."""


class Leaf(NamedTuple):
    """A range of input addresses that one descriptor maps, and with what; ``never`` is XN or PXN, of the
    descriptor or of the tables that lead to it."""

    start: int
    size: int
    output: int
    attributes: Attributes
    never: bool = False
    writable: bool = True


class Table(NamedTuple):
    """A translation table: where it is, whether walks of it are ``cached``, and what its descriptors are."""

    address: int
    size: int
    cached: bool
    level: int
    descriptor: int
    """Bytes of a descriptor: 8, or 4 in the Short-descriptor format."""
    stage: int = 1


class Tables(NamedTuple):
    """What a regime's tables map, and where they are."""

    leaves: list[Leaf]
    tables: list[Table]


def hyp_tables(values: Mapping[str, int], memory: PhysicalMemory) -> Tables:
    """Everything that the Hyp tables map."""
    htcr = values["HTCR"]
    root = stage1_root(values["HTTBR"], cp15.HTCR.field("T0SZ").get(htcr))
    mair = values["HMAIR1"] << 32 | values["HMAIR0"]
    found = Tables([], [])
    _long(found, memory, root, 0, bool(values["HSCTLR"] & HSCTLR_EE), bool(htcr & _WALK_CACHEABLE), mair)
    return found


def stage2_tables(values: Mapping[str, int], memory: PhysicalMemory) -> Tables:
    """Everything that stage 2 maps."""
    vtcr = values["VTCR"]
    size, start = sign_extend(cp15.VTCR.field("T0SZ").get(vtcr), 4), cp15.VTCR.field("SL0").get(vtcr)
    lower = 14 - size - 9 * start
    found = Tables([], [])
    if start <= 1 and lower > 0:
        root = Root(bits(values["VTTBR"], 39, lower) << lower, 2 - start, 31 - size)
        _long(found, memory, root, 0, bool(values["HSCTLR"] & HSCTLR_EE), bool(vtcr & _WALK_CACHEABLE), None)
    return found


def stage1_tables(values: Mapping[str, int], memory: PhysicalMemory, bank: str) -> Tables:
    """Everything that the PL1&0 stage 1 tables of a security state map; addresses are IPAs under stage 2."""
    ttbcr, sctlr = values["TTBCR" + bank], values["SCTLR" + bank]
    found = Tables([], [])
    big = bool(sctlr & SCTLR_EE)
    if ttbcr & TTBCR_EAE:
        mair = values["MAIR1" + bank] << 32 | values["MAIR0" + bank]
        t0sz, t1sz = cp15.TTBCR.field("T0SZ").get(ttbcr), cp15.TTBCR.field("T1SZ").get(ttbcr)
        if not ttbcr & cp15.TTBCR.bit("EPD0"):
            root = stage1_root(values["TTBR0" + bank], t0sz)
            _long(found, memory, root, 0, big, bool(ttbcr & _WALK_CACHEABLE), mair)
        if (t1sz or t0sz) and not ttbcr & cp15.TTBCR.bit("EPD1"):
            root = stage1_root(values["TTBR1" + bank], t1sz)
            base = (1 << 32) - (1 << 32 - t1sz) if t1sz else 1 << 32 - t0sz
            _long(found, memory, root, base, big, bool(ttbcr & _WALK_CACHEABLE << 16), mair)
        return found
    n = TTBCR_N.get(ttbcr)
    decode = _short_attributes(values, bank)
    if not ttbcr & TTBCR_PD0:
        ttbr = values["TTBR0" + bank]
        _short(found, memory, bits(ttbr, 31, 14 - n) << 14 - n, 0, 4096 >> n, big, bool(ttbr & 0x59), decode)
    if n and not ttbcr & TTBCR_PD1:
        ttbr = values["TTBR1" + bank]
        first = 4096 >> n
        _short(found, memory, bits(ttbr, 31, 14) << 14, first, 4096, big, bool(ttbr & 0x59), decode)
    return found


def _long(
    found: Tables, memory: PhysicalMemory, root: Root, base: int, big: bool, cached: bool, mair: int | None
) -> None:
    """Walk a whole tree of Long-descriptor tables; ``mair`` is None for stage 2."""
    entries = 1 << max(0, root.top + 1 - (39 - 9 * root.level))
    todo = [(root.table, root.level, base, entries, False)]
    seen = set()
    while todo:
        table, level, start, count, never = todo.pop()
        if (table, level, start) in seen:
            continue
        seen.add((table, level, start))
        shift = 39 - 9 * level
        found.tables.append(Table(table, 8 * count, cached, level, 8, 2 if mair is None else 1))
        for index, descriptor in _descriptors(memory, table, count, "Q", 8, big):
            if not descriptor & 1:
                continue
            at = start + (index << shift)
            if descriptor & 2 and level < 3:
                never_below = never or (mair is not None and bool(descriptor >> 59 & 3))
                todo.append((bits(descriptor, 39, 12) << 12, level + 1, at, 512, never_below))
            elif descriptor & 2 or level < 3:
                if not bit(descriptor, 10):
                    continue
                found.leaves.append(
                    Leaf(
                        at,
                        1 << shift,
                        bits(descriptor, 39, shift) << shift,
                        _attributes(descriptor, mair),
                        never or bool(descriptor >> 53 & 3),
                        not bit(descriptor, 7),
                    )
                )


def _attributes(descriptor: int, mair: int | None) -> Attributes:
    if mair is None:
        return decode_stage2(bits(descriptor, 5, 2), bits(descriptor, 9, 8))
    index = bits(descriptor, 4, 2)
    return decode_mair(bits(mair, 8 * index + 7, 8 * index), bits(descriptor, 9, 8))


_MANAGER = 0b11


class _Decoder(NamedTuple):
    """What a Short-descriptor says beside its address."""

    prrr: int
    nmrr: int
    remap: bool
    dacr: int

    def never(self, domain: int, forbidden: int) -> bool:
        """Whether nothing is fetched from there: of a Manager domain XN is not looked at (B3.7.2)."""
        return bool(forbidden) and self.dacr >> 2 * domain & 3 != _MANAGER

    def __call__(self, texcb: int, shareable: int) -> Attributes:
        if self.remap:
            return decode_remapped(self.prrr, self.nmrr, texcb, shareable)
        return decode_tex(texcb, shareable)


def _short_attributes(values: Mapping[str, int], bank: str) -> _Decoder:
    remap = bool(values["SCTLR" + bank] & SCTLR_TRE)
    return _Decoder(values["MAIR0" + bank], values["MAIR1" + bank], remap, values["DACR" + bank])


def _short(
    found: Tables,
    memory: PhysicalMemory,
    table: int,
    first: int,
    end: int,
    big: bool,
    cached: bool,
    decode: _Decoder,
) -> None:
    found.tables.append(Table(table, 4 * end, cached, 1, 4))
    for index, one in _descriptors(memory, table, end, "I", 4, big):
        if index < first or not one & 3:
            continue
        at = index << 20
        if one & 2:
            base, domain = bits(one, 31, 20) << 20, bits(one, 8, 5)
            if bit(one, 18):  # a supersection
                high = bits(one, 8, 5) << 4 | bits(one, 23, 20)
                base, domain = high << 32 | bits(one, 31, 24) << 24 | (index & 15) << 20, 0
            texcb = bits(one, 14, 12) << 2 | bits(one, 3, 2)
            never = decode.never(domain, bit(one, 4) | bit(one, 0))
            found.leaves.append(Leaf(at, 1 << 20, base, decode(texcb, bit(one, 16)), never, not bit(one, 15)))
            continue
        second = bits(one, 31, 10) << 10
        found.tables.append(Table(second, 1024, cached, 2, 4))
        for page, two in _descriptors(memory, second, 256, "I", 4, big):
            if two & 3:
                large = not two & 2
                tex = bits(two, 14, 12) if large else bits(two, 8, 6)
                base = bits(two, 31, 16) << 16 | (page & 15) << 12 if large else bits(two, 31, 12) << 12
                never = decode.never(bits(one, 8, 5), bit(two, 15 if large else 0) | bit(one, 2))
                attributes = decode(tex << 2 | bits(two, 3, 2), bit(two, 10))
                found.leaves.append(
                    Leaf(at + (page << 12), 1 << 12, base, attributes, never, not bit(two, 9))
                )


_VALUE = itemgetter(1)


def _descriptors(
    memory: PhysicalMemory, table: int, count: int, letter: str, size: int, big: bool
) -> Iterator[tuple[int, int]]:
    """The index and value of each descriptor of a table that is not zero, as most are."""
    order = ">" if big else "<"
    done = 0
    while done < count:
        page = memory.page(table >> 12)
        offset = table & 0xFFF
        here = min(count - done, (0x1000 - offset) // size) or 1
        if page is not None and offset + here * size <= 0x1000:
            values = unpack(f"{order}{here}{letter}", page.data[offset : offset + here * size])
            yield from filter(_VALUE, enumerate(values, done))
        table += here * size
        done += here


def first_stage(regime: Regime, values: Mapping[str, int], memory: PhysicalMemory) -> Tables | None:
    """What the stage 1 tables of a regime map, by physical address; None with the MMU off or under stage
    2."""
    if regime is Regime.HYP:
        return hyp_tables(values, memory) if values["HSCTLR"] & HSCTLR_M else None
    bank = "_S" if regime is Regime.SECURE_PL1 else "_NS"
    hcr = values["HCR"] if regime is Regime.NON_SECURE_PL1 else 0
    if hcr & (HCR_VM | HCR_DC | HCR_TGE) or not values["SCTLR" + bank] & SCTLR_M:
        return None
    return stage1_tables(values, memory, bank)
