"""Copies of what the strict rules know: whole, apart from the original, and what is shared stays shared."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from hypgen.emulator.strict.copying import copied
from hypgen.emulator.strict.lines import CURRENT, Condition, Line, Writer
from hypgen.emulator.strict.order import Stored
from hypgen.emulator.strict.unseen import Fresh, UnderWay
from hypgen.errors import Severity


@dataclass
class Entry:
    lines: dict[int, bytes] = field(default_factory=dict)


def test_containers_are_copied_and_what_changes_in_them_too():
    known = {"a": [{1: {2}}, (3, [4])], "b": Entry({5: b"x"})}
    made = copied(known, {})
    assert made == known
    known["a"][0][1].add(9)
    known["a"][1][1].append(9)
    known["b"].lines[9] = b""
    assert made == {"a": [{1: {2}}, (3, [4])], "b": Entry({5: b"x"})}


def test_what_is_in_two_places_is_one_in_the_copy():
    entry, numbers = Entry(), [1]
    made = copied(({"x": entry, "l": numbers}, {"y": [entry], "m": numbers}), {})
    assert made[0]["x"] is made[1]["y"][0] is not entry
    assert made[0]["l"] is made[1]["m"] is not numbers


def test_books_of_what_does_not_change_are_copied_and_their_entries_shared():
    """Thousands of last stores are in each snapshot of several CPUs."""
    stores = {0x8000: Stored(1, 5, 0x100, False, True)}
    known = ({"stores": stores}, {"again": stores}, [1, 2])
    made = copied(known, {})
    assert made == known
    assert made[0]["stores"] is made[1]["again"] is not stores
    assert made[0]["stores"][0x8000] is stores[0x8000]
    assert made[2] is not known[2]


def test_a_line_is_copied_with_all_that_it_holds():
    line = Line(7, 64, {Condition((None,), CURRENT)}, 3)
    line.closed, line.hot, line.hot_mask, line.told = True, (True, 0, 1), 0xF0, True
    line.wrote(Writer(0xF0, 0x1000, 1, True, 0))
    made = line.copied()
    assert made is not line
    assert all(getattr(made, name) == getattr(line, name) for name in Line.__slots__)
    made.wrote(Writer(0xF, 0x2000, 1, True, 0))
    assert len(line.writers) == 1


def test_stores_under_way_and_fresh_bytes_are_copied_with_every_field():
    under_way = UnderWay(b"old", 0x1000, 1, True, Severity.ERROR, True, True)
    fresh = Fresh(b"old", 0x1000, 1, 2, {0: 1}, {0: 2}, {0: 3}, True)
    for one in (under_way, fresh):
        made = one.copied()
        assert made is not one
        assert made == one
        for name in (each.name for each in fields(one)):
            value = getattr(one, name)
            assert value, f"the test leaves {name} as it is by default"
            assert not isinstance(value, dict) or getattr(made, name) is not value
