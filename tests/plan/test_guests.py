"""A guest's memory map."""

from __future__ import annotations

from hypgen.plan.guests import GUEST_PAGES, GUEST_SIZE
from hypgen.units import PAGE_SIZE


def test_the_pages_of_a_guest_are_all_of_its_memory() -> None:
    ends = [one.offset + one.pages * PAGE_SIZE for one in GUEST_PAGES]
    assert [one.offset for one in GUEST_PAGES] == [0, *ends[:-1]]
    assert ends[-1] == GUEST_SIZE
