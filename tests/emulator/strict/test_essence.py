"""What decides when two states of a machine are compared, and what is only kept to say something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hypgen.emulator.strict.essence import alike, essence
from hypgen.emulator.strict.exposure import Ranges
from hypgen.emulator.strict.lines import Condition, Entry, Incomplete, Line
from hypgen.emulator.strict.tlb_held import Held
from hypgen.emulator.translation import Regime


def _captured(*, held=(), lines=(), told=0):
    """What a CPU's rules give when they are asked for a copy of all that they know."""
    known = {"held_moving": {one.number: one for one in held}, "told": {"it": told}}
    return ([], {}, known, (None,)), ({"lines": {one.key: one for one in lines}}, ())


def _held(**changed):
    return replace(Held(Regime.HYP, {"HTTBR": 0x4000}, {}, Ranges(()), 0x100, "write", 0), **changed)


def _line(waits_for=None, epoch=1):
    return Line(5, 64, [Condition((Entry(b"", True),), b"", waits_for), Condition((None,), b"")], epoch)


def _same(one, other):
    assert alike(one, other) is (essence(one) == essence(other))
    return alike(one, other)


def test_a_number_by_which_an_entry_is_known_decides_nothing():
    first = _held()
    assert _same(_captured(held=[first]), _captured(held=[replace(first, number=first.number + 7)]))
    assert not _same(_captured(held=[first]), _captured(held=[replace(first, ordered=True)]))
    assert not _same(_captured(held=[first]), _captured(held=[first, _held()]))


def test_what_is_kept_to_be_said_decides_nothing():
    assert _same(_captured(told=1), _captured(told=2))
    assert _same(_captured(held=[_held()]), _captured(held=[_held(pc=0x200)]))


@pytest.mark.parametrize(
    ("waits_for", "same"),
    [
        (Incomplete("DCCMVAC", 0x100, 0), True),
        (Incomplete("DCCIMVAC", 0x200, 0), True),
        (Incomplete("DCCMVAC", 0x100, 1), False),
        (Incomplete("DCCMVAC", 0x100, 0, elsewhere=True), False),
        (None, False),
    ],
)
def test_of_an_operation_under_way_it_matters_whose_it_is_and_how_far(waits_for, same):
    one = _captured(lines=[_line(Incomplete("DCCMVAC", 0x100, 0))])
    assert _same(one, _captured(lines=[_line(waits_for)])) is same


def test_lines_differ_in_their_conditions_and_in_when_they_were_looked_at():
    assert _same(_captured(lines=[_line()]), _captured(lines=[_line()]))
    assert not _same(_captured(lines=[_line()]), _captured(lines=[_line(epoch=2)]))
    assert not _same(_captured(lines=[_line()]), _captured())
