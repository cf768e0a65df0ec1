"""What an implementation of the GIC chooses, and numbers that all its parts share (IHI 0048B)."""

from __future__ import annotations

from typing import NamedTuple

PRIVATE = 32
"""Interrupt IDs below this are banked: one for each CPU (2.2.1)."""
SGIS = 16
"""Interrupt IDs below this are software-generated."""
NON_SECURE_TO_SECURE = 1022
"""Special ID: a Group 1 interrupt is there, and this read may not take it (3.2.2)."""
SPURIOUS = 1023
"""Special ID: nothing is there (3.2.2)."""
IDLE = 0x100
"""Running priority when nothing is active: lower than every priority."""

ENABLE_GROUP0 = 1 << 0
ENABLE_GROUP1 = 1 << 1
ACK_CTL = 1 << 2
FIQ_EN = 1 << 3
CBPR = 1 << 4
EOI_MODE = 1 << 9
"""EOImode, and EOImodeS where there is a Non-secure one."""
EOI_MODE_NS = 1 << 10

IMPLEMENTER = 0x43B
"""Arm, in all identification registers (4.3.3, 4.4.15)."""
ARCHITECTURE = 2 << 16
"""GICv2, in those of CPU interfaces."""
GIC_400 = 0x02
"""The ProductID of a GIC-400."""


class Shape(NamedTuple):
    """An implementation: how many CPU interfaces and interrupt IDs, and what is optional.

    ``interrupts`` counts IDs, private ones too, in multiples of 32; ``priority_bits`` are the
    implemented bits of a priority, from bit 7 down; ``security`` tells the Security Extensions; ``product``
    is the ProductID.
    """

    cpus: int
    interrupts: int
    priority_bits: int = 5
    security: bool = True
    product: int = GIC_400

    @property
    def distributor_identification(self) -> int:
        """GICD_IIDR."""
        return self.product << 24 | IMPLEMENTER

    @property
    def interface_identification(self) -> int:
        """GICC_IIDR and GICV_IIDR."""
        return self.product << 24 | ARCHITECTURE | IMPLEMENTER

    @property
    def priority_mask(self) -> int:
        """The implemented bits of a priority."""
        return 0xFF << (8 - self.priority_bits) & 0xFF

    @property
    def least_binary_point(self) -> int:
        """The lowest value of GICC_BPR: no group priority has bits that are not implemented."""
        return 8 - self.priority_bits - 1 if self.priority_bits < 8 else 0


def group_mask(binary_point: int) -> int:
    """The bits of a priority that decide preemption, for a binary point (3.3.3)."""
    return 0xFE << binary_point & 0xFF


def lowest(active: int, least_binary_point: int) -> int:
    """The running priority that Active Priorities say: that of the lowest bit, or :data:`IDLE`."""
    if not active:
        return IDLE
    return (active & -active).bit_length() - 1 << least_binary_point + 1
