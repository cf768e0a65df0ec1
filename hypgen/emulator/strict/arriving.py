"""SMP: the order in which accesses arrive at a block of Strongly-ordered memory (DDI 0406C A3.8.2, A3.8.3).

Each CPU's accesses arrive at one block in the order of its program. So who has seen a store there by such a
load sees all that arrived there before, and needs no barrier. About other blocks and other memory that says
nothing. A block has an IMPLEMENTATION DEFINED size of 1 KB at least, so that is what is relied on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypgen.emulator.strict.order import Clock, Shared
    from hypgen.emulator.strict.places import Place

_BLOCK_SHIFT = 10


def note_store(shared: Shared, me: int, place: Place, size: int) -> None:
    """A CPU stores to Strongly-ordered memory: behind what it knows to have arrived in that block."""
    block = place.address >> _BLOCK_SHIFT
    before = list(_arrived(shared, me, block))
    before[me] = shared.clocks[me][me]
    shared.arrived[me, block] = tuple(before)
    shared.arrivals.update(dict.fromkeys(range(place.address, place.address + size), tuple(before)))


def note_load(shared: Shared, me: int, place: Place, size: int) -> Clock:
    """A CPU loads from Strongly-ordered memory: what arrived before the stores that it sees has arrived.

    Gives the stores to the block of which that was known before.
    """
    block = place.address >> _BLOCK_SHIFT
    known = _arrived(shared, me, block)
    for address in range(place.address, place.address + size):
        store, arrived = shared.stores.get(address), shared.arrivals.get(address)
        if arrived is not None and store is not None and store.in_order and store.cpu != me:
            shared.arrived[me, block] = tuple(map(max, _arrived(shared, me, block), arrived))
    return known


def _arrived(shared: Shared, me: int, block: int) -> Clock:
    return shared.arrived.get((me, block), (0,) * len(shared.clocks))
