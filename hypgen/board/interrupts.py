"""The blocks of a board file about interrupts: the GIC, and the Generic Timer."""

from __future__ import annotations

from typing import Literal

from hypgen.board.block import Block
from hypgen.board.values import (
    Frequency,
    GicProduct,
    InterruptCount,
    PagePhysical,
    PageSize,
    Ppi,
    PriorityBits,
)
from hypgen.units import PhysAddr, Span


class Gic(Block):
    """A Generic Interrupt Controller with the Virtualization Extensions (IHI 0048B)."""

    version: Literal[2]
    """Architecture version."""
    distributor: PagePhysical
    """Address of the Distributor (GICD)."""
    distributor_size: PageSize = 0x1000
    """Bytes of the Distributor's registers."""
    cpu_interface: PagePhysical
    """Address of the CPU interface (GICC)."""
    cpu_interface_size: PageSize = 0x2000
    """Bytes of the CPU interface; GICC_DIR is in its second page."""
    hypervisor: PagePhysical
    """Address of the virtual interface control registers (GICH)."""
    hypervisor_size: PageSize = 0x2000
    """Bytes of the virtual interface control registers."""
    virtual_cpu: PagePhysical
    """Address of the virtual CPU interface (GICV)."""
    virtual_cpu_size: PageSize = 0x2000
    """Bytes of the virtual CPU interface."""
    maintenance_interrupt: Ppi
    """PPI number of the maintenance interrupt."""
    interrupts: InterruptCount = 512
    """How many interrupt IDs there are, the 32 private ones of a CPU included."""
    priority_bits: PriorityBits = 5
    """Implemented bits of a priority."""
    product: GicProduct = 0x02
    """ProductID in GICD_IIDR, GICC_IIDR and GICV_IIDR; a GIC-400's unless given."""
    security_extensions: bool = True
    """Whether interrupts are in groups that Non-secure software cannot all reach."""

    @property
    def spans(self) -> dict[str, Span[PhysAddr]]:
        """Range of physical addresses of each register block, by its key in the file."""
        return {
            "distributor": Span.sized(self.distributor, self.distributor_size),
            "cpu_interface": Span.sized(self.cpu_interface, self.cpu_interface_size),
            "hypervisor": Span.sized(self.hypervisor, self.hypervisor_size),
            "virtual_cpu": Span.sized(self.virtual_cpu, self.virtual_cpu_size),
        }


class Timers(Block):
    """The Generic Timer: PPI numbers of its interrupts, and its frequency."""

    frequency: Frequency | None = None
    """CNTFRQ in Hz, where it is known."""
    secure_physical: Ppi
    """PPI number of the Secure PL1 physical timer."""
    physical: Ppi
    """PPI number of the Non-secure PL1 physical timer."""
    virtual: Ppi
    """PPI number of the virtual timer."""
    hyp: Ppi
    """PPI number of the Non-secure PL2 physical timer."""
