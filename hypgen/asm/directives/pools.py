"""Where the literals of a pool are written: at .ltorg, and at the end of the source."""

from __future__ import annotations

from hypgen.asm.fixups import fill_data
from hypgen.asm.pools import WORD
from hypgen.asm.unit import Unit
from hypgen.elf.model import Mapping
from hypgen.errors import Location


def put_out(unit: Unit) -> None:
    """``.ltorg``: align, and write the waiting literals of the current subsection here."""
    pool = unit.pools.pop((unit.section, unit.subsection), None)
    if pool is None or not pool.literals:
        return
    unit.mark(Mapping.DATA)
    required = max(unit.section.align, WORD)
    unit.align(pool.align, b"\0")
    unit.section.align = required  # VLDR of a doubleword needs a word's alignment only
    origin, statement = unit.origin, unit.statement
    for literal in pool.literals:
        unit.origin, unit.statement = literal.origin, literal.statement
        literal.place.fragment, literal.place.offset = unit.fragment, unit.fragment.size
        unit.fix(unit.emit(bytes(WORD)), literal.value, fill_data, WORD)
    unit.origin, unit.statement = origin, statement


def put_out_all(unit: Unit) -> None:
    """At the end of the source: every pool at the end of its subsection."""
    unit.origin = type(unit.origin)(Location(unit.name))
    for section, subsection in list(unit.pools):
        unit.enter(section, subsection)
        put_out(unit)
