"""The blocks of a board file that say what lies at which address, and where images go."""

from __future__ import annotations

from typing import Literal

from hypgen.board.block import Block
from hypgen.board.values import (
    PageLoad,
    PageOffset,
    PagePhysical,
    PageSize,
    PageVirtual,
    Physical,
    Size,
    Spi,
)
from hypgen.units import PhysAddr, Span


class Alias(Block):
    """A second, low window on the start of a memory region, for CPUs with their MMU off."""

    address: PageLoad
    """Where the window starts; the region's first byte is seen there."""
    size: PageSize
    """Bytes in the window; it may end before the region does."""
    coherent: bool
    """Whether a cache line read through one window is the same line as through the other."""

    @property
    def span(self) -> Span[PhysAddr]:
        """The window's range of addresses on the bus."""
        return Span.sized(PhysAddr(self.address), self.size)


class MemoryRegion(Block):
    """Memory that holds what CPUs execute and access."""

    name: str
    """Name of the region, for image.memory and for messages."""
    kind: Literal["ram", "rom"]
    """Whether it can be written."""
    physical: PagePhysical
    """Its true address: what HTTBR and descriptors name."""
    size: PageSize
    """Bytes in the region."""
    alias: Alias | None = None
    """Its low window, where there is one."""

    @property
    def span(self) -> Span[PhysAddr]:
        """The region's range of physical addresses."""
        return Span.sized(self.physical, self.size)


class Region(Block):
    """Something else at an address, which messages name when an image goes there by mistake.

    With ``compatible`` it is a device that the machine models.
    """

    name: str
    """What lies there, as messages say it."""
    kind: Literal["device", "rom", "reserved"]
    """Registers, read-only memory, or addresses that images must leave alone."""
    physical: Physical
    """Where it starts."""
    size: Size
    """Bytes in it."""
    compatible: (
        Literal[
            "arm,cci-400",
            "arm,gic-v2m-frame",
            "arm,pl031",
            "arm,pl061",
            "arm,vexpress-scc",
            "arm,vexpress-sysreg",
            "brcm,bcm2836-l1-intc",
            "cfi-flash",
            "pci-host-ecam-generic",
            "pci-window",
            "qemu,fw-cfg-mmio",
            "virtio,mmio",
        ]
        | None
    ) = None
    """What the registers are, if the machine has a model: as a device tree says it, or pci-window."""
    interrupt: Spi | None = None
    """SPI number of its interrupt; without it the device interrupts nobody."""

    @property
    def span(self) -> Span[PhysAddr]:
        """Its range of physical addresses."""
        return Span.sized(self.physical, self.size)


class ImagePlacement(Block):
    """Where an image is loaded, and at which virtual addresses it is linked."""

    memory: str
    """Name of the memory region that holds the image."""
    offset: PageOffset
    """Where the image starts, in bytes from the region's start and from that of its alias."""
    virtual_base: PageVirtual
    """Virtual address of the region's first byte (the PAGE_OFFSET of a Linux kernel)."""
    init_style: str | None = None
    """Init style: its name, or the path of its directory from the board file; else the plan chooses."""
    isa: Literal["arm", "thumb"] = "arm"
    """Instruction set of the image, and of Hyp mode's exceptions (HSCTLR.TE)."""
    endian: Literal["little", "big"] = "little"
    """Byte order of its data and translation tables (HSCTLR.EE); big gives a BE8 image."""
    caches: Literal["on", "inherit", "off"] = "on"
    """HSCTLR.C and I when the Hyp MMU comes on: both set, as SCTLR has them in PL1, or both clear."""
    wxn: bool = False
    """HSCTLR.WXN: what Hyp mode may write it may not execute, whatever the descriptor says."""
