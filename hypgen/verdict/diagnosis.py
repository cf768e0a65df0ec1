"""Why an image fails, in one paragraph, where the run shows a mistake that the field knows.

The one known today is that of 2012: a physical address above 4 GiB, cast to 32 bits, handed to Hyp
mode as something to execute with its MMU off (facts: the thread "KVM: ARM: Hypervisor
initialization" of November 2012; ``virt_to_idmap`` is the answer that was given there).
"""

from __future__ import annotations

from typing import NamedTuple

from hypgen.board.model import Board
from hypgen.units import LoadAddr, PhysAddr
from hypgen.verdict.observation import Observation

MASK32 = 0xFFFF_FFFF


class Truncation(NamedTuple):
    """A register that got the low 32 bits of the physical address of ``symbol``."""

    register: str
    value: int
    symbol: str
    physical: PhysAddr
    load: LoadAddr
    writer: int


def diagnose(board: Board, seen: Observation) -> str:
    """A paragraph that explains the failure, or an empty string when no known mistake shows."""
    found = _truncation(board, seen)
    if found is None:
        return ""
    there = seen.what_lies_at(found.value)
    return (
        f"{found.register} got 0x{found.value:08x} at {seen.image.symbolize(found.writer)}: the low 32 bits "
        f"of {found.physical}, the physical address of {found.symbol}. Bits <39:32> were lost in a cast "
        f"(virt_to_phys, then 32 bits), and at {PhysAddr(found.value)} there is {there}, not the image. "
        "A CPU with its Hyp MMU off reaches this memory only through the board's low alias, where "
        f"{found.symbol} is at {found.load}: use virt_to_idmap() for every address that Hyp mode uses with "
        "its MMU off, and virt_to_phys(), all of its bits, for HTTBR and descriptors only. "
        f"What followed: {seen.stop.sentence}."
    )


def _truncation(board: Board, seen: Observation) -> Truncation | None:
    """The last write of HVBAR, or the branch, that used a truncated physical address of a symbol."""
    suspects = [("HVBAR", one.value, one.pc) for one in seen.writes if one.name == "HVBAR"]
    suspects.append(("PC", seen.stop.pc, seen.exceptions[-1].pc if seen.exceptions else seen.stop.pc))
    for register, value, writer in reversed(suspects):
        for name, symbol in sorted(seen.image.symbols.items()):
            load = seen.image.to_load(symbol.address)
            physical = physical_of(board, load)
            if physical is not None and physical > MASK32 and physical & MASK32 == value != load:
                return Truncation(register, value, name, physical, LoadAddr(load), writer)
    return None


def physical_of(board: Board, load: int) -> PhysAddr | None:
    """The true physical address of the memory that the load address ``load`` reaches, None if it is none."""
    for region in board.memory:
        if region.alias is not None and load in region.alias.span:
            return PhysAddr(region.physical + (load - region.alias.address))
        if load in region.span:
            return PhysAddr(load)
    return None
