"""Which byte of an image an address means: by the translation that it is used through.

An image is linked at virtual addresses and runs at load addresses as well; where the two overlap, a number
alone does not say which byte it is. The physical address does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.emulator.faults import Fault
from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT

if TYPE_CHECKING:
    from hypgen.board.model import Board
    from hypgen.machine.loader import LoadedImage
    from hypgen.machine.machine import Machine


def link_address(
    machine: Machine, image: LoadedImage, cpu: int, address: int, regime: str | None = None
) -> int:
    """The link address of the byte that a CPU now has at ``address``; ``address`` itself outside the image.

    ``regime`` is one of ``Machine.translate``, by default the CPU's current one.
    """
    system = machine.cpus[cpu].system
    known = None if regime or system.observing else system.context.fetched.get(address >> PAGE_SHIFT)
    if known is not None:
        at = known[0].pa & ~OFFSET_MASK | address & OFFSET_MASK
        return linked_at(machine.board, image, at, address)
    outcome = machine.translate(cpu, address, regime)
    return linked_at(machine.board, image, address if isinstance(outcome, Fault) else outcome.pa, address)


def linked_at(board: Board, image: LoadedImage, physical: int, otherwise: int) -> int:
    """The link address of the byte at a physical address; ``otherwise`` outside the image."""
    load = physical
    for region in board.memory:
        if region.alias is not None and load in region.span:
            load = int(region.alias.address) + (load - region.physical)
    found = image.linked_at(load)
    return otherwise if found is None else found
