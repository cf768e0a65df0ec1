"""A GICv2 as a whole: its parts, its register blocks on the bus, and its wires (IHI 0048B)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hypgen.emulator.memory import Device
from hypgen.machine.devices.base import Requester, describe_access, not_modelled
from hypgen.machine.devices.gic.cpu_interface import CpuInterface
from hypgen.machine.devices.gic.distributor import Distributor
from hypgen.machine.devices.gic.shape import (
    ACK_CTL,
    CBPR,
    ENABLE_GROUP0,
    ENABLE_GROUP1,
    EOI_MODE,
    EOI_MODE_NS,
    FIQ_EN,
    Shape,
)
from hypgen.machine.devices.gic.virtual import VirtualInterface
from hypgen.machine.devices.signals import Signal, Sink

_BYPASS = 0x1E0
"""FIQBypDisGrp0 to IRQBypDisGrp1; of the legacy inputs only FIQ's can be driven."""
_CONTROL = ENABLE_GROUP0 | ENABLE_GROUP1 | ACK_CTL | FIQ_EN | CBPR | _BYPASS | EOI_MODE

GICH_OF_CPU = 0x1000
"""Offset in GICH from which every CPU's registers are visible to all, 0x200 bytes for each: the second
4 KB of the block in the Cortex-A15's controller and the GIC-400."""


class Gic:
    """A GICv2 with the Virtualization Extensions; ``maintenance_interrupt`` is its PPI's number."""

    def __init__(self, shape: Shape, requester: Requester, maintenance_interrupt: int = 9) -> None:
        self.shape = shape
        self.requester = requester
        self.distributor = Distributor(shape, requester, self._update)
        control = _CONTROL | (EOI_MODE_NS if shape.security else 0)
        self.forwarded = tuple(Forwarded(self.distributor, cpu) for cpu in range(shape.cpus))
        least, mask = shape.least_binary_point, shape.priority_mask
        self.interfaces = tuple(
            CpuInterface(source, least, mask, control, None, shape.interface_identification)
            for source in self.forwarded
        )
        self.virtual = tuple(
            VirtualInterface(partial(self.distributor.deactivate, cpu=cpu), shape.interface_identification)
            for cpu in range(shape.cpus)
        )
        for cpu, virtual in enumerate(self.virtual):
            virtual.maintenance.connect(self.private_line(cpu, maintenance_interrupt))
        self.blocks: Mapping[str, Device] = {
            "distributor": self.distributor,
            "cpu_interface": _CpuInterfaces(self.interfaces, requester, shape.security),
            "hypervisor": _HypervisorInterfaces(self.virtual, requester),
            "virtual_cpu": _VirtualCpuInterfaces(self.virtual, requester),
        }
        """The register blocks, by the names of board files."""

    def _update(self) -> None:
        for interface in self.interfaces:
            interface.update()

    def hand_over(self) -> None:
        """Leave the state that firmware leaves for Non-secure software: every interrupt in Group 1,
        both groups enabled, and a priority mask that Non-secure software can change."""
        everything = (1 << self.shape.interrupts) - 1
        distributor = self.distributor
        distributor.ctlr = ENABLE_GROUP0 | ENABLE_GROUP1
        for cpu, interface in enumerate(self.interfaces):
            distributor.group.change(cpu, everything)
            interface.ctlr = ENABLE_GROUP0 | ENABLE_GROUP1
            interface.pmr = self.shape.priority_mask

    # -- wires -------------------------------------------------------------------------------------------
    def private_line(self, cpu: int, number: int) -> Sink:
        """The input of PPI ``number`` (interrupt ID 16 + number) of a CPU."""
        return partial(self._set_private, 16 + number, cpu)

    def _set_private(self, interrupt: int, cpu: int, level: bool) -> None:
        self.distributor.set_line(interrupt, level, cpu)

    def shared_line(self, number: int) -> Sink:
        """The input of SPI ``number`` (interrupt ID 32 + number)."""
        return partial(self.distributor.set_line, 32 + number)

    def legacy_fiq(self, cpu: int) -> Sink:
        """The FIQ input of a CPU that passes by the Distributor; no register tells who drives it."""
        return self.interfaces[cpu].set_legacy_fiq

    def outputs(self, cpu: int) -> Mapping[str, Signal]:
        """The interrupt inputs of a CPU: ``irq``, ``fiq``, ``virq`` and ``vfiq``."""
        physical, virtual = self.interfaces[cpu], self.virtual[cpu].registers
        return {"irq": physical.irq, "fiq": physical.fiq, "virq": virtual.irq, "vfiq": virtual.fiq}


class Forwarded:
    """What the Distributor forwards to one CPU, as the source of its interface."""

    __slots__ = ("_cpu", "_distributor")

    def __init__(self, distributor: Distributor, cpu: int) -> None:
        self._distributor = distributor
        self._cpu = cpu

    def best(self) -> tuple[int, int]:
        """The highest priority interrupt for the CPU."""
        return self._distributor.best(self._cpu)

    def in_group1(self, interrupt: int) -> bool:
        """Whether the interrupt is in Group 1."""
        return self._distributor.in_group1(interrupt, self._cpu)

    def source_of(self, interrupt: int) -> int:
        """The CPU that sent an SGI."""
        return self._distributor.source_of(interrupt, self._cpu)

    def acknowledge(self, interrupt: int) -> None:
        """Pending becomes active."""
        self._distributor.acknowledge(interrupt, self._cpu)

    def deactivate(self, interrupt: int, counted: bool) -> None:
        """Active becomes inactive."""
        self._distributor.deactivate(interrupt, self._cpu)


class _CpuInterfaces:
    """GICC: each CPU sees its own interface."""

    def __init__(self, interfaces: tuple[CpuInterface, ...], requester: Requester, security: bool) -> None:
        self._interfaces = interfaces
        self._requester = requester
        self._security = security

    def read(self, offset: int, size: int) -> int:
        _check("GIC CPU interface (GICC)", offset, size, None)
        cpu = self._requester.cpu
        return self._interfaces[cpu.index].read(offset, self._security and not cpu.secure)

    def write(self, offset: int, size: int, value: int) -> None:
        _check("GIC CPU interface (GICC)", offset, size, value)
        cpu = self._requester.cpu
        self._interfaces[cpu.index].write(offset, value, self._security and not cpu.secure)


class _HypervisorInterfaces:
    """GICH: each CPU sees its own registers, and those of all from :data:`GICH_OF_CPU` on."""

    def __init__(self, virtual: tuple[VirtualInterface, ...], requester: Requester) -> None:
        self._virtual = virtual
        self._requester = requester

    def _of(self, offset: int) -> tuple[VirtualInterface | None, int]:
        if offset < GICH_OF_CPU:
            return self._virtual[self._requester.cpu.index], offset
        cpu, offset = divmod(offset - GICH_OF_CPU, 0x200)
        return (self._virtual[cpu] if cpu < len(self._virtual) else None), offset

    def read(self, offset: int, size: int) -> int:
        _check("GIC virtual interface control (GICH)", offset, size, None)
        virtual, offset = self._of(offset)
        return virtual.read(offset) if virtual else 0

    def write(self, offset: int, size: int, value: int) -> None:
        _check("GIC virtual interface control (GICH)", offset, size, value)
        virtual, offset = self._of(offset)
        if virtual:
            virtual.write(offset, value)


class _VirtualCpuInterfaces:
    """GICV: each CPU sees its own virtual CPU interface."""

    def __init__(self, virtual: tuple[VirtualInterface, ...], requester: Requester) -> None:
        self._virtual = virtual
        self._requester = requester

    def read(self, offset: int, size: int) -> int:
        _check("GIC virtual CPU interface (GICV)", offset, size, None)
        return self._virtual[self._requester.cpu.index].registers.read(offset)

    def write(self, offset: int, size: int, value: int) -> None:
        _check("GIC virtual CPU interface (GICV)", offset, size, value)
        self._virtual[self._requester.cpu.index].registers.write(offset, value)


def _check(name: str, offset: int, size: int, value: int | None) -> None:
    """These registers take 32-bit accesses only (4.1.4)."""
    if size != 4 or offset & 3:
        raise not_modelled(name, describe_access(offset, size, value))
