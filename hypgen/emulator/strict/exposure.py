"""Which physical addresses a cache may hold, because some enabled mapping makes them cacheable.

A processor may allocate a line speculatively whenever a valid cacheable mapping of the address exists
in a regime whose MMU and data cache are on (DDI 0406C A3.5.5, B2.2.2), used or not; the tables
themselves, too, when walks are cacheable. The history is kept by epochs, so that whoever asks later
still learns whether a line could be allocated since a given time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from hypgen.emulator.attributes import Attributes, MemoryType, combine
from hypgen.emulator.memory import PhysicalMemory
from hypgen.emulator.strict.whole_tables import (
    HCR_DC,
    HCR_TGE,
    HCR_VM,
    HSCTLR_C,
    HSCTLR_M,
    SCTLR_C,
    SCTLR_M,
    Table,
    Tables,
    hyp_tables,
    stage1_tables,
    stage2_tables,
)
from hypgen.emulator.translation import Regime

_NON_CACHEABLE = 0x44


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
