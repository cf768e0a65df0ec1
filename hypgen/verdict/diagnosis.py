"""Why an image fails, in one paragraph, where the run shows a mistake that the field knows.

The one known today is that of 2012: a physical address above 4 GiB, cast to 32 bits, handed to Hyp
mode as something to execute with its MMU off (the thread "KVM: ARM: Hypervisor initialization" of
November 2012, where ``virt_to_idmap`` was the answer).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hypgen.board.model import Board
from hypgen.units import LoadAddr, PhysAddr
from hypgen.verdict.observation import Observation

MASK32 = 0xFFFF_FFFF


class Truncation(NamedTuple):
    """A register that got ``value``, the low 32 bits of the physical address of ``symbol``.

    ``event`` says how it got there; ``load`` is the address that it should have got.
    """

    register: str
    value: int
    event: str
    symbol: str
    physical: PhysAddr
    load: LoadAddr


def diagnose(board: Board, seen: Observation) -> str:
    """A paragraph that explains the failure, or an empty string when no known mistake shows."""
    found = _truncation(board, seen)
    if found is None:
        return ""
    there = PhysAddr(found.value)
    what = seen.what_lies_at(there)
    instead = what if what == "nothing" else f"'{what}'"
    return (
        f"{found.register} got 0x{found.value:08x} {found.event}. These are the low 32 bits of "
        f"{found.physical}, the physical address of {found.symbol}: the result of virt_to_phys() was cast to "
        f"32 bits, and bits <39:32> were lost. At {there} the board has {instead}, "
        "and not the image. Code that runs while the Hyp MMU is "
        "off, or goes off, must be fetched where virtual and load address are the same, in the board's low "
        f"alias: {found.symbol} is at {found.load}. Use virt_to_idmap() for every such address; "
        "virt_to_phys(), with all of its bits, is for HTTBR and descriptors. "
        f"How it ended: {seen.stop.sentence}."
    )


def _truncation(board: Board, seen: Observation) -> Truncation | None:
    """The first address that Hyp mode was given to execute and that is a symbol's, cut to 32 bits."""
    cut = {}
    for name, symbol in sorted(seen.image.symbols.items(), reverse=True):
        load = seen.image.to_load(symbol.address)
        physical = physical_of(board, load)
        if physical is not None and physical > MASK32 and physical & MASK32 != load:
            cut[physical & MASK32] = (name, physical, LoadAddr(load))
    for register, value, event in _executed(seen):
        if value in cut:
            return Truncation(register, value, event, *cut[value])
    return None


def _executed(seen: Observation) -> Iterator[tuple[str, int, str]]:
    """Every address that Hyp mode was given to execute: the register, its value, and how it came there.

    A branch shows only by the Prefetch Abort that it ends in; the exception before it is the call that
    asked for it.
    """
    for write in seen.writes:
        if write.name == "HVBAR":
            yield "HVBAR", write.value, f"at {seen.image.symbolize(write.pc)}"
    for number, one in enumerate(seen.exceptions):
        if one.kind == "PrefetchAbort":
            call = seen.exceptions[number - 1] if number else None
            after = f", after the {call.kind} at {seen.place_of(call)}" if call else ""
            yield "PC", one.pc, f"by a branch{after}"


def physical_of(board: Board, load: int) -> PhysAddr | None:
    """The true physical address of the memory that the load address ``load`` reaches, None if it is none."""
    for region in board.memory:
        if region.alias is not None and load in region.alias.span:
            return PhysAddr(region.physical + (load - region.alias.address))
        if load in region.span:
            return PhysAddr(load)
    return None
