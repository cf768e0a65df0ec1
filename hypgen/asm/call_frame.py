"""A function's call frame information, as the .cfi directives say it (DWARF 4, section 6.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypgen.asm.sections import Fragment, Section
from hypgen.asm.source import Origin


@dataclass
class CallFrame:
    """A function between .cfi_startproc and .cfi_endproc.

    ``steps`` are rules, each from its place on: fragment, offset, call frame instruction, and whether
    functions can share it. ``offset`` is the distance from its base to the frame's address.
    """

    section: Section
    start: tuple[Fragment, int]
    origin: Origin
    steps: list[tuple[Fragment, int, bytes, bool]] = field(default_factory=list)
    end: tuple[Fragment, int] | None = None
    offset: int = 0
    remembered: list[int] = field(default_factory=list)
    return_column: int = 14
    is_signal: bool = False
