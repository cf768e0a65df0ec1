"""The linear map: the three addresses of one byte of the image, and the conversions between them.

Hyp mode uses one byte of memory under up to three numbers:

* its *virtual address*, which the image is linked at and Hyp mode uses with its MMU on;
* its *physical address*, which HTTBR, descriptors and other masters use (40 bits);
* its *load address*, by which a CPU with its MMU off reaches it (32 bits). Where memory lies above
  4 GiB this is the address of a low alias. Linux calls it the idmap address.

``virt_to_phys`` and ``virt_to_idmap`` are Linux's names (arch/arm/include/asm/memory.h): on most
boards they give the same number, and on TI Keystone II they do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypgen.board.memory import MemoryRegion
from hypgen.board.model import Board
from hypgen.errors import InputError
from hypgen.units import GIB, PAGE_SIZE, LoadAddr, PhysAddr, Span, VirtAddr, align_up

VMALLOC_START = VirtAddr(0xF000_0000)
"""First virtual address above the linear map: device mappings go here (where arm32 Linux has vmalloc)."""
DEVICE_SLOT = 0x8000
"""Device mappings begin at multiples of this above :data:`VMALLOC_START`: the console's is the first."""
FOUR_GIB = 4 * GIB


def device_slot(board: Board, number: int) -> VirtAddr:
    """Where the block of device mappings ``number`` begins, counted from 1 behind the console's."""
    offset = board.console.physical % PAGE_SIZE
    return VirtAddr(
        VMALLOC_START + align_up(offset + board.console.size, DEVICE_SLOT) + (number - 1) * DEVICE_SLOT
    )


@dataclass(frozen=True)
class LinearMap:
    """Virtual addresses of one memory region: VA = ``virtual_base`` + (PA - ``region.physical``)."""

    board: Board
    region: MemoryRegion
    virtual_base: VirtAddr

    @classmethod
    def of(cls, board: Board) -> LinearMap:
        """The linear map of the region that the board file places images in."""
        return cls(board, board.region(board.image.memory), VirtAddr(board.image.virtual_base))

    @property
    def virtual(self) -> Span[VirtAddr]:
        """The virtual addresses of the map; it ends below :data:`VMALLOC_START`."""
        end = min(self.virtual_base + self.region.size, int(VMALLOC_START))
        return Span(self.virtual_base, max(end, int(self.virtual_base)))

    @property
    def phys_offset(self) -> int:
        """What to add to a VA to get its physical address, modulo 2**64."""
        return (self.region.physical - self.virtual_base) % (1 << 64)

    @property
    def idmap_offset(self) -> int:
        """What to add to a VA to get its load address, modulo 2**32."""
        return (self._load_base() - self.virtual_base) % FOUR_GIB

    def virt_to_phys(self, address: int) -> PhysAddr:
        """The physical address of a linear VA: up to 40 bits. Raises InputError outside the map.

        This is what HTTBR and descriptors take. It is *not* what a CPU with its MMU off can use.
        """
        if address not in self.virtual:
            raise InputError.at(
                "PLAN-006",
                f"{VirtAddr(address)} is not in the linear map {self.virtual} of memory {self.region.name!r}",
                self.board.locate("image.virtual_base"),
            )
        return PhysAddr(self.region.physical + (address - self.virtual_base))

    def virt_to_idmap(self, address: int, size: int = 1, what: str = "this address") -> LoadAddr:
        """The load address of a linear VA: what HVBAR and a branch target take while the MMU is off.

        Raises InputError, naming ``what``, when the ``size`` bytes there have no 32-bit address. That
        is an error of the build and never a truncated number.
        """
        physical = Span.sized(self.virt_to_phys(address), size)
        alias = self.region.alias
        if alias is None:
            if physical.end > FOUR_GIB:
                raise InputError.at(
                    "PLAN-001",
                    f"{what} at PA {physical} is needed with the MMU off, when a CPU has 32-bit addresses, "
                    f"but memory {self.region.name!r} has no alias below 4 GiB",
                    self.board.locate("image.memory"),
                    "place the image in memory below 4 GiB, or describe the alias",
                )
        elif physical.end > self.region.physical + alias.size:
            shown = Span.sized(self.region.physical, alias.size)
            raise InputError.at(
                "PLAN-002",
                f"{what} at PA {physical} is needed with the MMU off, but the alias at {alias.address} of "
                f"memory {self.region.name!r} shows only {shown}",
                self.board.locate("image.offset"),
                "use a smaller image.offset",
            )
        return LoadAddr(self._load_base() + (address - self.virtual_base))

    def _load_base(self) -> int:
        """The load address of the region's first byte."""
        return int(self.region.alias.address if self.region.alias else self.region.physical)
