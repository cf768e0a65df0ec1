"""A functional run of a mutant is left once it is certain that it ends otherwise."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.mutation.following import Followed, by_cpu


def _taken(cpu, slot, pc, count=0):
    return ExceptionTaken(cpu, slot, "Hvc", 19, 26, None, None, pc, pc + 4, 0x20, count)


def _shown(console="", *exceptions):
    return SimpleNamespace(console=console, exceptions=list(exceptions))


BASE = _shown("cpu0 one\ncpu1 one\ncpu0 two\nall\n", _taken(0, 0x14, 0x100), _taken(1, 0x14, 0x200))


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (_shown(), False),
        (BASE, False),
        # Neither the order of CPUs nor time is seen; half a line may become any.
        (_shown("cpu1 one\ncpu0 one\ncpu", _taken(1, 0x14, 0x200, 7)), False),
        (_shown("cpu0 one\ncpu0 three\n"), True),
        (_shown("cpu0 one\nother\n"), True),
        (_shown("cpu0 one\ncpu1 one\ncpu1 two\n"), True),
        (_shown("", _taken(0, 0x10, 0x100)), True),
        (_shown("", _taken(0, 0x14, 0x100), _taken(0, 0x14, 0x100)), True),
        (_shown("", _taken(2, 0x14, 0x100)), True),
    ],
)
def test_a_run_has_left_another_once_it_can_no_longer_end_like_it(now, left):
    assert Followed(BASE).left(now) is left


def test_lines_belong_to_the_cpu_that_they_begin_with():
    assert by_cpu("cpu0 a\nb\ncpu10 c\ncpu0 d\n") == {
        "cpu0 ": ["cpu0 a", "cpu0 d"],
        "": ["b"],
        "cpu10 ": ["cpu10 c"],
    }
