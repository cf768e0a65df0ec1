"""ITSTATE, the eight bits of the CPSR that hold the rest of an IT block (DDI 0406C A2.5.2).

Bits <7:5> are the base condition, bits <4:0> the lowest bit of the condition of each instruction that
is left, and a one that ends them. Outside a block all eight are 0.
"""

from __future__ import annotations

from hypgen.bits import bits

OUTSIDE = 0
"""ITSTATE where there is no IT block."""
ALWAYS = 0b1110


def in_it_block(itstate: int) -> bool:
    """The manual's InITBlock()."""
    return bits(itstate, 3, 0) != 0


def last_in_it_block(itstate: int) -> bool:
    """The manual's LastInITBlock()."""
    return bits(itstate, 3, 0) == 0b1000


def it_condition(itstate: int) -> int:
    """The condition of the instruction at hand; always, outside an IT block."""
    return bits(itstate, 7, 4) if in_it_block(itstate) else ALWAYS


def advance(itstate: int) -> int:
    """ITSTATE after an instruction: the manual's ITAdvance()."""
    if bits(itstate, 2, 0) == 0:
        return OUTSIDE
    return itstate & 0b1110_0000 | itstate << 1 & 0b0001_1111
