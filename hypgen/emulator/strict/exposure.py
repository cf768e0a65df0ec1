"""Which physical addresses a cache may hold, because some enabled mapping makes them cacheable.

A processor may allocate a line speculatively whenever a valid cacheable mapping of the address exists
in a regime whose MMU and data cache are on (DDI 0406C A3.5.5, B2.2.2), used or not; the tables
themselves, too, when walks are cacheable. The history is kept by epochs, so that whoever asks later
still learns whether a line could be allocated since a given time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from struct import unpack
from typing import NamedTuple

from hypgen.arch import registers as cp15
from hypgen.bits import bit, bits, sign_extend
from hypgen.emulator.attributes import (
    Attributes,
    MemoryType,
    combine,
    decode_mair,
    decode_remapped,
    decode_stage2,
    decode_tex,
)
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
_NON_CACHEABLE = 0x44
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


def cacheable(attributes: Attributes) -> bool:
    """Whether a data access with these attributes may be cached, the C bit being 1."""
    return attributes.type is MemoryType.NORMAL and attributes.mair != _NON_CACHEABLE


def write_through(attributes: Attributes) -> bool:
    """Whether every store reaches memory by itself: no level of cache is Write-Back."""
    return all(
        nibble == 0b0100 or not nibble & 0b0100 for nibble in (attributes.mair >> 4, attributes.mair & 0xF)
    )


def data_cached(regime: Regime, values: Mapping[str, int], attributes: Attributes) -> bool:
    """Whether the data accesses of a regime to memory with these attributes go through the cache."""
    if not cacheable(attributes):
        return False
    if regime is Regime.HYP:
        return bool(values["HSCTLR"] & HSCTLR_C)
    if regime is Regime.SECURE_PL1:
        return bool(values["SCTLR_S"] & SCTLR_C)
    return bool(values["SCTLR_NS"] & SCTLR_C or values["HCR"] & HCR_DC)


# -- reading whole tables ------------------------------------------------------------------------------
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


# -- ranges ----------------------------------------------------------------------------------------------
class Ranges:
    """A set of physical addresses; it does not change."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __deepcopy__(self, known: object) -> Ranges:
        return self  # it does not change

    def __contains__(self, address: int) -> bool:
        index = bisect_right(self._starts, address) - 1
        return index >= 0 and address < self._ends[index]

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and (self._starts, self._ends) == (other._starts, other._ends)

    def __hash__(self) -> int:
        return hash((*self._starts, *self._ends))

    def pages(self) -> Iterator[int]:
        """The number (address >> 12) of each page that some address of it is on."""
        for start, end in zip(self._starts, self._ends, strict=True):
            yield from range(start >> 12, (end - 1 >> 12) + 1)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether some address of a range is in it."""
        index = bisect_right(self._starts, end - 1) - 1
        return index >= 0 and start < self._ends[index]


class Stages(NamedTuple):
    """The tables that a regime's translations are read from now: None where a stage is off."""

    first: Tables | None
    second: Tables | None


def stages(regime: Regime, values: Mapping[str, int], memory: PhysicalMemory) -> Stages:
    """What both stages of a regime map, with these register values."""
    if regime is Regime.HYP:
        return Stages(hyp_tables(values, memory) if values["HSCTLR"] & HSCTLR_M else None, None)
    bank = "_S" if regime is Regime.SECURE_PL1 else "_NS"
    hcr = values["HCR"] if regime is Regime.NON_SECURE_PL1 else 0
    on = values["SCTLR" + bank] & SCTLR_M and not hcr & (HCR_DC | HCR_TGE)
    return Stages(
        stage1_tables(values, memory, bank) if on else None,
        stage2_tables(values, memory) if hcr & (HCR_VM | HCR_DC) else None,
    )


def exposed(regime: Regime, values: Mapping[str, int], mapped: Stages) -> Iterator[tuple[int, int]]:
    """The spans that a regime lets the data cache hold, with these register values and what they map."""
    first, second = mapped
    if regime is Regime.HYP:
        caching = values["HSCTLR"] & HSCTLR_C
    else:
        caching = values["SCTLR_S" if regime is Regime.SECURE_PL1 else "SCTLR_NS"] & SCTLR_C
    if first is not None and caching:
        yield from _spans(first, second)
    elif second is not None and values["HCR"] & HCR_DC:
        yield from ((one.output, one.output + one.size) for one in second.leaves if cacheable(one.attributes))


def tables_of(mapped: Stages) -> Iterator[Table]:
    """The tables that translations are read from, by physical address; none with the MMU off."""
    first, second = mapped
    if second is not None:
        yield from second.tables
    for table in first.tables if first is not None else ():
        if second is None:
            yield table
            continue
        for leaf in second.leaves:
            if leaf.start <= table.address < leaf.start + leaf.size:
                yield table._replace(address=table.address - leaf.start + leaf.output)


def _spans(first: Tables, second: Tables | None) -> Iterator[tuple[int, int]]:
    for leaf in first.leaves:
        if not cacheable(leaf.attributes):
            continue
        if second is None:
            yield leaf.output, leaf.output + leaf.size
            continue
        for under in second.leaves:
            start = max(leaf.output, under.start)
            end = min(leaf.output + leaf.size, under.start + under.size)
            if start < end and cacheable(combine(leaf.attributes, under.attributes)):
                shift = under.output - under.start
                yield start + shift, end + shift
    tables = (first if second is None else second).tables
    yield from ((one.address, one.address + one.size) for one in tables if one.cached)


Past = tuple[int, dict[object, Ranges], dict[tuple[Ranges, ...], int]]
"""A copy of a :class:`History`."""


class History:
    """What could be allocated when: ranges by epoch, the last of which is now.

    ``anything`` tells that caches may have held any address before the start, which is epoch 0.
    """

    def __init__(self, anything: bool) -> None:
        self.epoch = 1
        self.anything = anything
        self._now: dict[object, Ranges] = {}
        self._past: dict[tuple[Ranges, ...], int] = {}
        """What was exposed, and the last epoch that ended with it, in the order of the epochs: worlds that
        take turns expose the same again and again."""

    def change(self, who: object, ranges: Ranges | None) -> bool:
        """From now on a regime of a CPU exposes ``ranges`` (None: nothing); whether it did not before."""
        old = self._now.get(who)
        if old == ranges or (old is None and not ranges):
            return False
        ended = tuple(self._now.values())
        self._past.pop(ended, None)
        self._past[ended] = self.epoch
        self.epoch += 1
        if ranges:
            self._now[who] = ranges
        else:
            self._now.pop(who, None)
        return True

    def now(self, address: int) -> bool:
        """Whether the line at a physical address can be allocated now."""
        return any(address in ranges for ranges in self._now.values())

    def since(self, address: int, epoch: int) -> bool:
        """Whether it could be allocated at some time from an epoch on (0: including before the start)."""
        if self.now(address) or (not epoch and self.anything):
            return True
        for exposed_then, ended in reversed(self._past.items()):
            if ended < epoch:
                break
            if any(address in ranges for ranges in exposed_then):
                return True
        return False

    def forget(self) -> None:
        """All caches were invalidated: nothing that was exposed before is there any more."""
        self.anything = False
        self._past.clear()

    def state(self) -> Past:
        """A copy for a snapshot."""
        return self.epoch, dict(self._now), dict(self._past)

    def reinstate(self, state: Past) -> None:
        """Go back to a copy."""
        self.epoch = state[0]
        self._now, self._past = dict(state[1]), dict(state[2])
