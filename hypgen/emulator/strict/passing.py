"""Loads that may be made without asking the rules: those from pages of which every access is certain."""

from __future__ import annotations

from hypgen.emulator.dataside import Views
from hypgen.emulator.strict.lines import Line
from hypgen.emulator.strict.places import PAGE_SHIFT, Place

Kind = tuple[int, int, bool]
"""Loads by page, view, and whether they are cached."""


class Passing:
    """Which kinds of loads pass without a question, and in whose views that is noted."""

    def __init__(self) -> None:
        self.uncertain: dict[Kind, set[int]] = {}
        """Lines that an access may see otherwise."""
        self._passing: dict[Kind, list[tuple[Views, int]]] = {}

    def note(self, line: Line, place: Kind) -> None:
        """Note whether loads of a kind may see a line otherwise; then they pass no more."""
        lines = self.uncertain.get(place)
        if line.certain(place[1], place[2]):
            if lines is not None:
                lines.discard(line.key)
            return
        if lines is None:
            lines = self.uncertain[place] = set()
        lines.add(line.key)
        for views, number in self._passing.pop(place, ()):
            views.forget_read(number)

    def may_pass(self, place: Place, cached: bool, views: Views, number: int) -> bool:
        """Whether loads from a page may be made without asking, until they are forgotten in ``views``."""
        key = (place.address >> PAGE_SHIFT, place.view, cached)
        if self.uncertain.get(key):
            return False
        self._passing.setdefault(key, []).append((views, number))
        return True

    def forget_page(self, page: int) -> None:
        """Have all loads from a page asked for again."""
        for key in [key for key in self._passing if key[0] == page]:
            for views, number in self._passing.pop(key):
                views.forget_read(number)

    def forget_all(self) -> None:
        """Have all loads asked for again: they may matter to another CPU from now on."""
        for page in {key[0] for key in self._passing}:
            self.forget_page(page)
