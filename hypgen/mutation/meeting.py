"""Whether a mutant's run has met that of the unmutated image again.

Where both are in the same state after as many instructions, all that follows is the same, until the mutant's
words are executed once more. Everything is compared that decides what follows or has been observed: memory
but for those words, registers, devices, time, turns, what the strict rules know, and what watches the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT, Page
from hypgen.emulator.strict.essence import alike
from hypgen.machine.machine import Machine
from hypgen.machine.snapshot import Snapshot
from hypgen.mutation.mutant import Mutant
from hypgen.verdict.observation import Captured, Watched

AROUND = 32
"""Bytes on either side of a place by which code is known that was copied."""


def met(one: Captured, other: Captured, changed: Mapping[Page, Sequence[int]]) -> bool:
    """Whether two runs of a machine are in the same state, but for words at offsets of pages ``changed``.

    What differs most often is compared first, and what takes longest last.
    """
    first, second = one.machine, other.machine
    return (
        first.instructions == second.instructions
        and one.seen == other.seen
        and first.states == second.states
        and _same_memory(first, second, changed)
        and all(map(alike, first.observers, second.observers))
    )


def _same_memory(one: Snapshot, other: Snapshot, changed: Mapping[Page, Sequence[int]]) -> bool:
    if one.pages != other.pages:
        return False
    for page, content in one.content.items():
        there = other.content[page]
        if (
            content is not there
            and content != there
            and _without(content, changed.get(page, ())) != _without(there, changed.get(page, ()))
        ):
            return False
    return True


def _without(content: bytes, words: Sequence[int]) -> Sequence[bytes]:
    """The content of a page between the words at some offsets."""
    ends = (-4, *sorted(words), len(content))
    return [content[start + 4 : end] for start, end in pairwise(ends)]


def changed_words(watched: Watched, mutant: Mutant) -> dict[Page, list[int]]:
    """Where a mutant's words lie in memory, by pages."""
    found: dict[Page, list[int]] = {}
    for address, _ in mutant.words:
        place = watched.image.to_load(address)
        page = watched.machine.memory.page(place >> PAGE_SHIFT)
        if page is not None:
            found.setdefault(page, []).append(place & OFFSET_MASK)
    return found


def copied(machine: Machine, place: int) -> bool:
    """Whether the code around a load address lies elsewhere, too: a copy would be executed unseen."""
    home = machine.memory.page(place >> PAGE_SHIFT)
    if home is None:
        return False
    offset = place & OFFSET_MASK
    around = bytes(home.data[max(0, offset - AROUND) : offset + AROUND])
    drams = dict.fromkeys(window.dram for window in machine.memory.windows)
    return sum(page.data.count(around) for dram in drams for page in dram.touched.values()) > 1
