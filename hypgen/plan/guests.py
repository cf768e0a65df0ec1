"""The guests of the world switch: what memory they have, and what stage 2 lets them do with it.

Two guests share one memory map of IPAs, each with memory of its own behind it, and differ in all else:
instruction set, stage 1 table format, VMID.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypgen.board.model import Board
from hypgen.plan.stage2 import GuestMapping, GuestPermission, Stage2Format
from hypgen.units import IPA, PAGE_SIZE, PhysAddr, Span


@dataclass(frozen=True)
class GuestPage:
    """A run of pages of a guest's memory: the first one's offset in it, and what stage 2 lets it do."""

    offset: int
    pages: int
    permission: GuestPermission
    purpose: str


GUEST_RAM = IPA(0x0020_0000)
"""IPA of a guest's memory. Both stage 1 formats map it with one descriptor: a section, or a 2 MiB block."""
GUEST_PAGES = (
    GuestPage(0x0000, 4, "rwx", "vectors and code"),
    GuestPage(0x4000, 2, "rw", "stage 1 tables"),
    GuestPage(0x6000, 1, "rw", "data and stacks"),
    GuestPage(0x7000, 1, "none", "given when it is asked for"),
    GuestPage(0x8000, 1, "r", "read-only until written to"),
    GuestPage(0x9000, 1, "none", "one more stage 1 table, given when it is walked"),
)
"""What a guest's memory is for. ``none`` and ``r`` change while it runs."""
GUEST_SIZE = 0xA000
GUEST_SHARED = GuestPage(GUEST_SIZE, 1, "rw", "shared by the guests")
"""A page that all guests have when they run at the same time: the last of guest 0's memory."""
GUEST_HIGH = IPA(0x80_0020_0000)
"""With 40-bit IPAs the memory is seen a second time from here, through the second page of the root."""
GUEST_GIC = IPA(0x0100_0000)
"""IPA at which a guest finds its GIC CPU interface, which is GICV: GICC_DIR is in its second page."""
GUEST_DEVICE = IPA(0x0100_8000)
"""IPA of the device that is emulated: nothing is mapped there."""
GUESTS = ("arm", "thumb")
"""The guests, by the instruction set of their payload; virtual CPU n is that of guest n, and n its index."""
GIC_PAGES = 2


def guest_mappings(
    board: Board, shape: Stage2Format, memory: PhysAddr, shared: PhysAddr | None = None
) -> tuple[GuestMapping, ...]:
    """What stage 2 gives to a guest whose memory is at ``memory``, a true physical address; ``shared`` is
    that of the page :data:`GUEST_SHARED`, if there is one."""
    found = [
        GuestMapping(
            Span.sized(IPA(GUEST_RAM + one.offset), one.pages * PAGE_SIZE),
            PhysAddr(memory + one.offset),
            one.permission,
            one.purpose,
        )
        for one in GUEST_PAGES
    ]
    if shared is not None:
        ours: Span[IPA] = Span.sized(IPA(GUEST_RAM + GUEST_SHARED.offset), PAGE_SIZE)
        found.append(GuestMapping(ours, shared, GUEST_SHARED.permission, GUEST_SHARED.purpose))
    if board.gic is not None:
        gic: Span[IPA] = Span.sized(GUEST_GIC, GIC_PAGES * PAGE_SIZE)
        found.append(GuestMapping(gic, PhysAddr(board.gic.virtual_cpu), "device", "GICV"))
    if shape.ipa_bits == 40:
        again: Span[IPA] = Span.sized(GUEST_HIGH, GUEST_PAGES[0].pages * PAGE_SIZE)
        found.append(GuestMapping(again, memory, "r", "vectors and code, once more"))
    return tuple(found)
