"""A second image behind the first: both loaded at once, each linked by itself.

Of the second the first knows the load address only, as a boot loader does (SECOND_LOAD in templates).
"""

from __future__ import annotations

from dataclasses import replace

from hypgen.board.model import Board
from hypgen.elf.model import Image
from hypgen.link.layout import Layout
from hypgen.plan.image import ImagePlan

PREFIX = "second_"
"""What the names of its symbols begin with."""
SECTION = ".second"
"""What the names of its sections begin with."""

SOURCES = "second"
"""Where its sources are below those of the first."""


def behind(board: Board, plan: ImagePlan) -> Board:
    """``board`` as the second image finds it: placed behind the one of ``plan``, and entered from there, in
    Hyp mode with the MMU off, whatever firmware did."""
    offset = plan.sections[-1].span.end - plan.linear.virtual_base
    image = board.image.model_copy(update={"offset": offset})
    entry = board.entry.model_copy(update={"mode": "hyp", "hyp_mmu": False})
    return board.model_copy(update={"image": image, "entry": entry})


def beside(first: Image, second: Image) -> Image:
    """One image of two, which starts with the first; the second's names get their prefixes."""
    symbols = tuple(
        replace(one, name=PREFIX + one.name, section=one.section and SECTION + one.section)
        for one in second.symbols
    )
    return replace(
        first,
        sections=(*first.sections, *(replace(one, name=SECTION + one.name) for one in second.sections)),
        segments=(
            *first.segments,
            *(
                replace(one, sections=tuple(SECTION + name for name in one.sections))
                for one in second.segments
            ),
        ),
        symbols=(*first.symbols, *symbols),
        mapping=(*first.mapping, *second.mapping),
        lines=(*first.lines, *second.lines),
        pieces=(
            *first.pieces,
            *(
                replace(one, unit=f"{SOURCES}/{one.unit}", output=SECTION + one.output)
                for one in second.pieces
            ),
        ),
    )


def both(first: Layout, second: Layout) -> Layout:
    """Where the sections of such an image are."""
    behind = (replace(one, name=SECTION + one.name) for one in second.sections)
    return replace(first, sections=(*first.sections, *behind))
