"""Giving every fragment of a section its address, and filling what lies between.

A T32 instruction whose width depends on a distance starts with 16 bits. Passes over the section widen, and
sometimes narrow again, what does not fit, until nothing changes. Distances are looked at as GNU as does
(``relax_segment`` and ``arm_relax_frag``), so that each instruction arrives at the same width: within a
pass what lies ahead is taken to move as far as what lies behind has moved, and a wide instruction that
did not move forward in a pass stays wide.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from hypgen.asm.sections import (
    MAX_SECTION,
    NARROW_NOP,
    NOP,
    WIDE_NOP,
    Fragment,
    Growing,
    Padding,
    Section,
    Tail,
)
from hypgen.asm.source import Origin, StatementError
from hypgen.asm.values import Name
from hypgen.elf.model import Mapping
from hypgen.errors import Location

Problem = tuple[Origin, StatementError]
_PASSES_WITH_NARROWING = 60
"""Passes after which nothing gets narrow again, so that the layout ends whatever the source."""


def lay_out(section: Section, forget: Callable[[], None]) -> list[Problem]:
    """Place the section's fragments and fill its gaps; returns what .org and fillings cannot do.

    ``forget`` drops values that were computed from places which then moved. Code ends at a whole word,
    as GNU as has it.
    """
    fragments = section.fragments()
    layout = _Layout(fragments)
    known: list[int | None] = []
    while layout.settle(forget) != known and layout.grows:
        known = [one.address for one in fragments]
        layout = _Layout(fragments)  # what is not settled is looked at again from the beginning
        forget()
    problems = layout.problems()
    for fragment, gap in zip(fragments, layout.gaps, strict=True):
        _fill(fragment, gap)
    if section.code and fragments:
        last = fragments[-1]
        end = (last.address or 0) + last.size
        _fill(last, -end % min(section.align, len(NOP)))
    return problems


class _Layout:
    """The addresses of a section's fragments, and the bytes that follow each, while they change."""

    def __init__(self, fragments: list[Fragment]) -> None:
        self.fragments = fragments
        self.gaps: list[int] = []
        self.moved = 0
        self.current = 0
        is_alignment = [one.tail is not None and one.tail.kind is Padding.ALIGN for one in fragments]
        self.alignments_before = [0, *accumulate(is_alignment)]
        self.grows = False
        address = 0
        for number, fragment in enumerate(fragments):
            fragment.number, fragment.address = number, address
            tail = fragment.tail
            size = 0
            if tail is not None and tail.growing is not None:
                self.grows = True
                size = tail.growing.begin_again()
            elif tail is not None:
                size = _gap(tail, address + fragment.size)
            self.gaps.append(size)
            address += fragment.size + size

    def settle(self, forget: Callable[[], None]) -> list[int | None]:
        """Passes until nothing changes; gives the addresses."""
        passes = 0
        while self.adjust(may_narrow=passes < _PASSES_WITH_NARROWING):
            forget()
            passes += 1
        return [one.address for one in self.fragments]

    def adjust(self, *, may_narrow: bool) -> bool:
        """One pass; whether anything changed."""
        self.moved = 0
        changed = False
        for number, fragment in enumerate(self.fragments):
            assert fragment.address is not None
            if self.moved:
                fragment.address += self.moved
            tail = fragment.tail
            if tail is None:
                continue
            if tail.growing is not None:
                self.current = number
                size = self._wanted(tail.growing, may_narrow=may_narrow)
            elif not self.moved:
                continue
            else:
                size = _gap(tail, fragment.address + fragment.size)
            if size != self.gaps[number]:
                self.moved += size - self.gaps[number]
                self.gaps[number] = size
                changed = True
        return changed

    def _wanted(self, growing: Growing, *, may_narrow: bool) -> int:
        if growing.settled:
            return growing.size
        size = growing.wanted(self.place)
        if size < growing.size and not may_narrow:
            return growing.size
        growing.settled = self.moved <= 0 and size > 2
        growing.size = size
        return size

    def place(self, name: Name) -> int:
        """Where a label is, or is going to be if what is ahead moves as far as what is behind did."""
        fragment = name.fragment
        assert fragment is not None
        if not self.moved or fragment.number <= self.current:
            return name.place
        return name.place + self._moved_up_to(fragment.number)

    def _moved_up_to(self, number: int) -> int:
        """How far a fragment ahead moves: alignments in between swallow what is no multiple of them."""
        moved = self.moved
        if self.alignments_before[number] == self.alignments_before[self.current]:
            return moved
        for fragment in self.fragments[self.current : number]:
            tail = fragment.tail
            if tail is not None and tail.kind is Padding.ALIGN:
                moved = (
                    moved // tail.target * tail.target
                    if moved > 0
                    else -(-moved // tail.target * tail.target)
                )
        return moved

    def problems(self) -> list[Problem]:
        """What cannot be done at the addresses that the fragments have."""
        found: list[Problem] = []
        for fragment, gap in zip(self.fragments, self.gaps, strict=True):
            tail = fragment.tail
            if tail is None:
                continue
            end = (fragment.address or 0) + fragment.size
            error = _backwards(tail, fragment, end) or _uneven(tail, gap)
            if error is not None:
                found.append((tail.origin or Origin(Location("")), error))
        return found


def _gap(tail: Tail, address: int) -> int:
    """The bytes of an alignment or an .org behind an address."""
    if tail.kind is Padding.ORG:
        return max(tail.target - address, 0)
    gap = -address % tail.target
    return 0 if tail.most is not None and gap > tail.most else gap


def _backwards(tail: Tail, fragment: Fragment, end: int) -> StatementError | None:
    if tail.kind is not Padding.ORG or end <= tail.target <= MAX_SECTION:
        return None
    return StatementError(
        "ASM-031",
        f".org {tail.target:#x} in {fragment.section.name}: the section is already at offset {end:#x}",
        "the location counter only moves forward",
    )


def _uneven(tail: Tail, gap: int) -> StatementError | None:
    """What is wrong with a gap that is not a multiple of its filling (.balignw, .balignl)."""
    if tail.kind is not Padding.ALIGN or tail.fill is None or gap % len(tail.fill) == 0:
        return None
    return StatementError(
        "ASM-035",
        f"the {gap} bytes up to the alignment are no multiple of its filling of {len(tail.fill)} bytes",
    )


def _fill(fragment: Fragment, gap: int) -> None:
    """Append ``gap`` bytes of the fragment's filling, which follow its own bytes."""
    if not gap:
        return
    tail = fragment.tail
    if fragment.section.nobits:
        fragment.reserved += gap
    elif tail is not None and tail.fill is not None:
        fill = tail.fill
        fragment.data += (fill * gap)[:gap]
    elif fragment.section.code and (tail is None or tail.kind is Padding.ALIGN):
        _fill_code(fragment, gap, thumb=tail.thumb if tail is not None else fragment.section.ends_in_thumb)
    else:
        fragment.data += bytes(gap)


def _fill_code(fragment: Fragment, gap: int, *, thumb: bool) -> None:
    odd = gap % (2 if thumb else len(NOP))
    if odd:
        fragment.mapping.append((fragment.size, Mapping.DATA))
    fragment.mapping.append((fragment.size + odd, Mapping.THUMB if thumb else Mapping.ARM))
    gap -= odd
    fragment.data += bytes(odd)
    if thumb:
        fragment.data += NARROW_NOP * (gap % 4 // 2) + WIDE_NOP * (gap // 4)
    else:
        fragment.data += NOP * (gap // len(NOP))
