"""Merging of equal constants and strings (SHF_MERGE, SHF_STRINGS): each is in the image once.

A string that another one ends in shares its bytes. Which copy stays, and where, is as GNU ld has it: the
first of the input keeps its place in its own section, so that the images of both are the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hypgen.arch.relocations import RELOCATIONS, Calculation
from hypgen.elf.model import ObjectFile, Relocation, Section, SectionFlag, SectionType, Symbol, SymbolType
from hypgen.link.collect import Live
from hypgen.link.debug import is_debug
from hypgen.link.layout import Layout
from hypgen.link.places import addend, load
from hypgen.link.symbols import Definition, Resolution
from hypgen.units import align_up

_Place = tuple[int, str]
"""Unit index and section key."""
_ABSOLUTE = (Calculation.ABSOLUTE, Calculation.ABSOLUTE_PLAIN)


@dataclass(eq=False)
class _Entry:
    """A constant or string that stays: the section that brought it, and its offset there in the end.

    ``align`` is 0 for one that shares the bytes at the end of ``whole``, or was replaced by a copy
    with a stricter alignment.
    """

    data: bytes
    owner: _Place
    align: int
    offset: int = 0
    whole: _Entry | None = None

    @property
    def place(self) -> tuple[_Place, int]:
        """The section and offset where its bytes are."""
        if self.whole is None:
            return self.owner, self.offset
        return self.whole.owner, self.whole.offset + len(self.whole.data) - len(self.data)


@dataclass
class _Pool:
    """The sections that are merged with each other: of one output, flags, entry size and alignment."""

    entries: list[_Entry] = field(default_factory=list)
    by_data: dict[bytes, _Entry] = field(default_factory=dict)
    starts: dict[_Place, list[tuple[int, bytes]]] = field(default_factory=dict)
    """Old offset and content of each entry of a section."""

    def add(self, place: _Place, section: Section) -> None:
        starts = self.starts[place] = []
        for offset, data in _split(section):
            starts.append((offset, data))
            strings = SectionFlag.STRINGS in section.flags
            align = min(offset & -offset or section.align, section.align) if strings else section.entry_size
            known = self.by_data.get(data)
            if known is not None and known.align < align:
                known.align = 0
                known = None
            if known is None:
                self.by_data[data] = _Entry(data, place, align)
                self.entries.append(self.by_data[data])

    def settle(self, strings: bool, entry_size: int) -> None:
        """Find what shares the end of another string, and give all that stay their offsets."""
        if strings:
            self._share_ends(entry_size)
        sizes: dict[_Place, int] = {}
        for one in self.entries:
            if one.align:
                one.offset = align_up(sizes.get(one.owner, 0), one.align)
                sizes[one.owner] = one.offset + len(one.data)

    def _share_ends(self, entry_size: int) -> None:
        kept = [one for one in self.entries if one.align]
        aligns = {one.align for one in kept}
        step = aligns.pop() if len(aligns) == 1 else 1
        step = step if step > entry_size else 1

        def from_the_end(one: _Entry) -> tuple[int, bytes]:
            text = one.data[:-entry_size]
            return len(text) & (step - 1), text[::-1]

        longest: _Entry | None = None
        for one in sorted(kept, key=from_the_end, reverse=True):
            if (
                longest is not None
                and longest.align >= one.align
                and (len(longest.data) - len(one.data)) % longest.align == 0
                and len(longest.data) > len(one.data)
                and longest.data.endswith(one.data)
            ):
                one.whole, one.align = longest, 0
            else:
                longest = one

    def moved(self, place: _Place, offset: int) -> tuple[_Place, int] | None:
        """Where what was at ``offset`` of a section is; None for its end."""
        starts = self.starts[place]
        index = bisect_right(starts, offset, key=lambda one: one[0]) - 1
        start, data = starts[index]
        if index == len(starts) - 1 and offset >= start + len(data):
            return None
        home, at = self.by_data[data].place
        return home, at + min(offset - start, len(data) - 1)  # what lies between two strings is empty


def _split(section: Section) -> Iterator[tuple[int, bytes]]:
    """The constants, or the strings with their terminators, of a section, by offset.

    Zeros between two strings are padding; one is an empty string if it is aligned.
    """
    data, size = bytes(section.data), section.entry_size
    if SectionFlag.STRINGS not in section.flags:
        yield from ((at, data[at : at + size]) for at in range(0, len(data), size))
        return
    end = bytes(size)
    at = 0
    while at < len(data):
        stop = at
        while data[stop : stop + size] != end:
            stop += size
        yield at, data[at : stop + size]
        at, empty = stop + size, False
        while at < len(data) and data[at : at + size] == end:
            if not empty and at % section.align == 0:
                empty = True
                yield at, end
            at += size


def _is_candidate(section: Section, relocated: bool) -> bool:
    size, flags = section.entry_size, section.flags
    if not flags & SectionFlag.MERGE or flags & SectionFlag.WRITE or relocated or not size:
        return False
    if section.type is not SectionType.PROGBITS or not section.size or section.size % size:
        return False
    if flags & SectionFlag.STRINGS:
        is_regular = size % section.align == 0 or section.align % size == 0
        return is_regular and not any(section.data[-size:])
    return size % section.align == 0


def merge(
    units: Sequence[ObjectFile], resolution: Resolution, layout: Layout, live: Live
) -> tuple[list[ObjectFile], Resolution, Live]:
    """The units with equal constants and strings once, what names mean then, and what still has bytes.

    A section stays as it is if it has relocations itself, or if something refers into it by its section
    symbol relative to the place: the addend then does not say what is meant.
    """
    references = _references(units, resolution) if _may_merge(units) else {}
    pools = _pools(units, layout, live, references)
    by_place = {place: pool for pool in pools for place in pool.starts}
    if not by_place:
        return list(units), resolution, live
    contents = _contents(units, pools)
    private = [dict(one) for one in resolution.private]
    made: list[ObjectFile] = []
    for index, unit in enumerate(units):
        for name, known in private[index].items():
            private[index][name] = _redirected(known, by_place, contents)
        relocations = [
            _relocation(one, references.get((index, number)), by_place, contents, private[index])
            for number, one in enumerate(unit.relocations)
        ]
        sections = {key: contents.get((index, key), one) for key, one in unit.sections.items()}
        made.append(replace(unit, sections=sections, relocations=relocations))
    shared = {name: _redirected(one, by_place, contents) for name, one in resolution.shared.items()}
    empty = {place for place, one in contents.items() if not one.size}
    return made, Resolution(shared, private), live - empty


def _may_merge(units: Sequence[ObjectFile]) -> bool:
    return any(one.flags & SectionFlag.MERGE for unit in units for one in unit.sections.values())


def _pools(units: Sequence[ObjectFile], layout: Layout, live: Live, references: _References) -> list[_Pool]:
    relocated = {(index, one.section) for index, unit in enumerate(units) for one in unit.relocations}
    candidates = {
        (index, key): section
        for index, unit in enumerate(units)
        for key, section in unit.sections.items()
        if ((index, key) in live or is_debug(section)) and _is_candidate(section, (index, key) in relocated)
    }
    if not candidates:
        return []
    for place, added in references.values():
        if place in candidates and (added is None or not 0 <= added <= candidates[place].size):
            del candidates[place]
    pools: dict[tuple[str, SectionFlag, int, int], _Pool] = {}
    for place, section in candidates.items():
        home = layout.place_for(section.name) if section.is_loaded else None
        name = home.name if home is not None else section.name
        key = (name, section.flags & SectionFlag.STRINGS, section.entry_size, section.align)
        pools.setdefault(key, _Pool()).add(place, section)
    for (_, strings, entry_size, _), pool in pools.items():
        pool.settle(bool(strings), entry_size)
    return list(pools.values())


_References = dict[tuple[int, int], tuple[_Place, int | None]]
"""What relocations, by unit index and number, refer to by a section symbol: section and addend; the
addend is None where it does not say what is meant."""


def _references(units: Sequence[ObjectFile], resolution: Resolution) -> _References:
    found: _References = {}
    for index, unit in enumerate(units):
        for number, one in enumerate(unit.relocations):
            known = resolution.find(index, one.symbol) if one.symbol else None
            if known is None or known.unit is None or known.symbol.type is not SymbolType.SECTION:
                continue
            found[index, number] = (known.unit, str(known.symbol.section)), _addend(unit, one)
    return found


def _addend(unit: ObjectFile, one: Relocation) -> int | None:
    """The addend of an absolute relocation; None for others."""
    row = RELOCATIONS.get(one.type)
    data = unit.sections[one.section].data
    if row is None or row.calculation not in _ABSOLUTE or one.offset + row.place.size > len(data):
        return None
    return addend(row.place, load(row.place, data, one.offset, big_endian=unit.big_endian))


def _contents(units: Sequence[ObjectFile], pools: Sequence[_Pool]) -> dict[_Place, Section]:
    """The sections with what stays of them."""
    made: dict[_Place, Section] = {}
    for pool in pools:
        for place in pool.starts:
            old = units[place[0]].sections[place[1]]
            made[place] = replace(old, data=bytearray(), size=0, lines=[], source_lines=[], mapping=[])
        kept: dict[_Place, dict[int, int]] = {}
        for one in pool.entries:
            if one.align:
                section = made[one.owner]
                section.data += bytes(one.offset - len(section.data)) + one.data
                section.size = len(section.data)
        for place, starts in pool.starts.items():
            own = kept.setdefault(place, {})
            for offset, data in starts:
                home, at = pool.by_data[data].place
                if home == place:
                    own.setdefault(offset, at)
            old, section = units[place[0]].sections[place[1]], made[place]
            section.lines = sorted({own[at]: line for at, line in old.lines if at in own}.items())
            section.source_lines = sorted(
                {own[at]: line for at, line in old.source_lines if at in own}.items()
            )
            if section.size:
                section.mapping = old.mapping[:1]
    return made


def _moved(
    place: _Place, offset: int, by_place: dict[_Place, _Pool], contents: dict[_Place, Section]
) -> tuple[_Place, int]:
    return by_place[place].moved(place, offset) or (place, contents[place].size)


def _redirected(
    known: Definition, by_place: dict[_Place, _Pool], contents: dict[_Place, Section]
) -> Definition:
    """A definition at the place where its bytes are now."""
    symbol = known.symbol
    if known.unit is None or symbol.type is SymbolType.SECTION:
        return known
    place = (known.unit, str(symbol.section))
    if place not in by_place:
        return known
    (unit, key), value = _moved(place, symbol.value, by_place, contents)
    return Definition(replace(symbol, section=key, value=value), unit)


def _relocation(
    one: Relocation,
    reference: tuple[_Place, int | None] | None,
    by_place: dict[_Place, _Pool],
    contents: dict[_Place, Section],
    names: dict[str, Definition],
) -> Relocation:
    """A relocation that refers to a section with an addend: to a symbol of its own instead.

    The addend stays in its place, so the symbol lies that much before what is meant.
    """
    if reference is None or reference[0] not in by_place:
        return one
    place, added = reference
    added = added or 0
    name = f"\1{place[1]}+{added:#x}"
    if name not in names:
        (unit, key), offset = _moved(place, added, by_place, contents)
        names[name] = Definition(Symbol(name, key, offset - added), unit)
    return replace(one, symbol=name)
