"""What the strict rules are told of stores: at once of each that may matter, and of no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from hypgen.emulator.strict.exposure import Ranges, data_cached, write_through
from hypgen.emulator.strict.family import Family
from hypgen.emulator.strict.lines import Writer
from hypgen.emulator.strict.memory_side import MemorySide
from hypgen.emulator.strict.order import is_alone
from hypgen.emulator.strict.places import Place
from hypgen.emulator.system import System
from hypgen.emulator.translation import Translation

Port = Callable[[int, int, bytes], None]
"""Tells the rules of a store to the page that it was made for: VA, offset in the page, and bytes."""
Tellers = Mapping[tuple[bool, bool], tuple[Callable[..., None], ...]]
"""Who is told of stores: to pages that hold tables or others, while one CPU executes alone or not."""

_record = tuple.__new__
"""Makes a named tuple in half the time that its class takes."""


def tellers(families: Iterable[Family], of_tables: Family) -> Tellers:
    """Who of the families is told of stores; ``of_tables`` only of those to pages that hold tables."""
    storing = [one for one in families if type(one).stored is not Family.stored]
    return {
        (to_tables, alone): tuple(
            one.stored
            for one in storing
            if (to_tables or one is not of_tables) and not (alone and one.between_cpus)
        )
        for to_tables in (False, True)
        for alone in (False, True)
    }


def port(
    system: System, side: MemorySide, told_of: Tellers, tables: Iterable[Ranges], outcome: Translation
) -> Port:
    """What must be told of the stores to a page that is translated so; ``tables`` are all that are live."""
    cpu = system.cpu.index
    base = side.place(outcome.pa & ~0xFFF)
    address, view = base
    cached = data_cached(outcome.regime, system.cpu.coproc.values, outcome.attributes)
    through = cached and write_through(outcome.attributes)
    lines, shift, within, history = side.lines, side.shift, side.size - 1, side.history
    told_always = any(ranges.overlaps(address, address + 0x1000) for ranges in tables)
    everyone, if_alone = told_of[told_always, False], told_of[told_always, True]
    same, current_pc = (cached, view, cpu), system.current_pc
    unchanging = (*same, True)
    whole, first = (1 << side.size) - 1, address >> shift

    def tell(va: int, offset: int, data: bytes) -> None:
        at = address | offset
        line = lines.get(at >> shift)
        mask = (1 << len(data)) - 1 << (at & within)
        stored = if_alone if is_alone(system) else everyone
        if (
            line is not None
            and ((hot := line.hot) == same or (hot == unchanging and side.holds(at, data)))
            and not mask & ~whole
            and (line.closed or line.epoch == history.epoch)
        ):
            if not told_always and not mask & ~line.hot_mask:
                return
            place = _record(Place, (at, view))
            for told in stored:
                told(va, place, data, outcome, cached)
            writer = _record(Writer, (mask, current_pc(), cpu, cached, view))
            if line.hot == hot:  # still, after all were told
                line.epoch = history.epoch
                side.store_more(line, writer)
            else:
                side.store(place, data, writer, through)
            return
        for start, part in _by_line(at, data, within):
            place = _record(Place, (start, view))
            for told in stored:
                told(va, place, part, outcome, cached)
            mask = (1 << len(part)) - 1 << (start & within)
            side.store(place, part, _record(Writer, (mask, current_pc(), cpu, cached, view)), through)

    def tell_news(va: int, offset: int, data: bytes) -> None:
        line = lines.get(first | offset >> shift)
        if (
            line is not None
            and line.hot == same
            and (line.closed or line.epoch == history.epoch)
            and not (1 << len(data)) - 1 << (offset & within) & ~line.hot_mask
        ):
            return  # as most: these bytes were stored in this way, and nothing has happened since
        tell(va, offset, data)

    return tell if told_always else tell_news


def _by_line(address: int, data: bytes, within: int) -> Iterator[tuple[int, bytes]]:
    """The parts of a store that lie in one line each."""
    while data:
        room = within + 1 - (address & within)
        yield address, data[:room]
        address += room
        data = data[room:]
