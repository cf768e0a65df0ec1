"""The Distributor: the state of every interrupt, and which of them each CPU interface sees.

IHI 0048B chapter 3 and 4.3. A register bit array is one integer with a bit for each interrupt ID,
so that what is pending for a CPU is a few operations on integers.
"""

from __future__ import annotations

from collections.abc import Callable

from hypgen.machine.devices.base import Requester, describe_access, not_modelled
from hypgen.machine.devices.gic.shape import (
    ENABLE_GROUP0,
    ENABLE_GROUP1,
    IDLE,
    PRIVATE,
    SGIS,
    SPURIOUS,
    Shape,
)

CTLR = 0x000
TYPER = 0x004
IIDR = 0x008
IGROUPR = 0x080
ISENABLER = 0x100
ICENABLER = 0x180
ISPENDR = 0x200
ICPENDR = 0x280
ISACTIVER = 0x300
ICACTIVER = 0x380
IPRIORITYR = 0x400
ITARGETSR = 0x800
ICFGR = 0xC00
SGIR = 0xF00
CPENDSGIR = 0xF10
SPENDSGIR = 0xF20
IDENTIFICATION = 0xFD0

PERIPHERAL_AND_COMPONENT_ID = (0x04, 0, 0, 0, 0x90, 0xB4, 0x2B, 0, 0x0D, 0xF0, 0x05, 0xB1)
"""ICPIDR4 to 7, ICPIDR0 to 3 (part number 0x490, architecture 2), ICCIDR0 to 3."""

PRIVATE_MASK = (1 << PRIVATE) - 1
SGI_MASK = (1 << SGIS) - 1
_BYTES = ((IPRIORITYR, ITARGETSR), (ITARGETSR, ICFGR), (CPENDSGIR, SPENDSGIR + 0x10))
"""Ranges that byte accesses reach too (4.1.4)."""


_NOTHING = IDLE, SPURIOUS


class Bits:
    """A bit for each interrupt ID, the private ones banked by CPU."""

    __slots__ = ("private", "shared")

    def __init__(self, cpus: int, private: int = 0) -> None:
        self.shared = 0
        self.private = [private] * cpus

    def of(self, cpu: int) -> int:
        """All bits as ``cpu`` sees them."""
        return self.shared | self.private[cpu]

    def change(self, cpu: int, ones: int, zeros: int = 0) -> None:
        """Set the bits of ``ones`` and clear those of ``zeros``, the private ones in the bank of ``cpu``."""
        self.private[cpu] = (self.private[cpu] | ones & PRIVATE_MASK) & ~zeros
        self.shared = (self.shared | ones & ~PRIVATE_MASK) & ~zeros


class Distributor:
    """The registers at GICD, and the interrupt lines.

    ``changed`` is called after anything that may change what a CPU interface sees.
    """

    STATE = (
        *("ctlr", "group", "enabled", "latched", "level", "active", "edge"),
        *("priority", "private_priority", "targets", "sgi_sources"),
    )
    """What a snapshot holds."""

    def __init__(self, shape: Shape, requester: Requester, changed: Callable[[], None]) -> None:
        self.shape = shape
        self._requester = requester
        self._changed = changed
        self._existing = (1 << shape.interrupts) - 1
        cpus = shape.cpus
        self.ctlr = 0
        self.group = Bits(cpus)
        # SGIs are always enabled, as in the GIC-400 (4.3.5 leaves the choice).
        self.enabled = Bits(cpus, SGI_MASK)
        self.latched = Bits(cpus)
        """Pending by an edge or by a write to ISPENDR."""
        self.level = Bits(cpus)
        """The interrupt lines."""
        self.active = Bits(cpus)
        self.edge = Bits(cpus, SGI_MASK)
        self.priority = bytearray(shape.interrupts)
        self.private_priority = [bytearray(PRIVATE) for _ in range(cpus)]
        # On a uniprocessor every SPI goes to the one CPU (4.3.12).
        self.targets = bytearray([int(cpus == 1)]) * shape.interrupts
        self.sgi_sources = [[0] * SGIS for _ in range(cpus)]
        """For each CPU and SGI, the CPUs that sent it, as a mask."""

    # -- lines -----------------------------------------------------------------------------------------
    def set_line(self, interrupt: int, level: bool, cpu: int = 0) -> None:
        """Drive the line of an interrupt, of a private one that of ``cpu``."""
        bit = 1 << interrupt
        if level == bool(self.level.of(cpu) & bit):
            return
        self.level.change(cpu, bit if level else 0, bit if not level else 0)
        if level and self.edge.of(cpu) & bit:
            self.latched.change(cpu, bit)
        self._changed()

    # -- what CPU interfaces do --------------------------------------------------------------------------
    def pending(self, cpu: int) -> int:
        """The bits of interrupts that are pending, active ones too (3.2.4)."""
        return self.latched.of(cpu) | self.level.of(cpu) & ~self.edge.of(cpu)

    def best(self, cpu: int) -> tuple[int, int]:
        """Priority and ID of the highest priority interrupt that is forwarded to ``cpu``, or
        (:data:`IDLE`, :data:`SPURIOUS`). Of equal priorities the lowest ID is the one."""
        latched, level, edge, enabled = self.latched, self.level, self.edge, self.enabled
        pending = latched.shared | latched.private[cpu]  # as pending() has it
        lines = level.shared | level.private[cpu]
        if lines:
            pending |= lines & ~edge.of(cpu)
        candidates = pending and pending & enabled.of(cpu)
        if not candidates:
            return _NOTHING
        group = self.group.of(cpu)
        forwarded = (group if self.ctlr & ENABLE_GROUP1 else 0) | (~group if self.ctlr & ENABLE_GROUP0 else 0)
        candidates &= ~self.active.of(cpu) & forwarded
        priority, found = IDLE, SPURIOUS
        while candidates:
            interrupt = (candidates & -candidates).bit_length() - 1
            candidates &= candidates - 1
            if interrupt >= PRIVATE and not self.targets[interrupt] >> cpu & 1:
                continue
            own = self.priority_of(interrupt, cpu)
            if own < priority:
                priority, found = own, interrupt
        return priority, found

    def priority_of(self, interrupt: int, cpu: int) -> int:
        """The priority of an interrupt, its Secure view."""
        table = self.private_priority[cpu] if interrupt < PRIVATE else self.priority
        return table[interrupt]

    def in_group1(self, interrupt: int, cpu: int) -> bool:
        """Whether the interrupt is in Group 1."""
        return bool(self.group.of(cpu) >> interrupt & 1)

    def source_of(self, interrupt: int, cpu: int) -> int:
        """The CPU that sent an SGI to ``cpu``, the lowest of several; 0 for other interrupts."""
        sources = self.sgi_sources[cpu][interrupt] if interrupt < SGIS else 0
        return (sources & -sources).bit_length() - 1 if sources else 0

    def acknowledge(self, interrupt: int, cpu: int) -> None:
        """Make a pending interrupt active; an SGI that others sent too stays pending as well."""
        bit = 1 << interrupt
        if interrupt < SGIS:
            sources = self.sgi_sources[cpu]
            sources[interrupt] &= sources[interrupt] - 1
            self.latched.change(cpu, 0, 0 if sources[interrupt] else bit)
        else:
            self.latched.change(cpu, 0, bit)
        self.active.change(cpu, bit)
        self._changed()

    def deactivate(self, interrupt: int, cpu: int) -> None:
        """Make an interrupt inactive."""
        self.active.change(cpu, 0, 1 << interrupt)
        self._changed()

    # -- registers ---------------------------------------------------------------------------------------
    def _access(self, offset: int, size: int, value: int | None) -> tuple[int, bool]:
        """Who accesses, and whether this is a Non-secure access; raises NotModelledError for its width."""
        byte = size == 1 and any(start <= offset < end for start, end in _BYTES)
        if not byte and (size != 4 or offset & 3):
            raise not_modelled("GIC distributor (GICD)", describe_access(offset, size, value))
        cpu = self._requester.cpu
        return cpu.index, self.shape.security and not cpu.secure

    def read(self, offset: int, size: int) -> int:
        """Read a register; reserved ones read as zero (4.1.1)."""
        cpu, non_secure = self._access(offset, size, None)
        if IGROUPR <= offset < IPRIORITYR:
            return self._array(offset, cpu, non_secure) >> 8 * (offset & 0x7C) & 0xFFFF_FFFF
        if IPRIORITYR <= offset < ICFGR or CPENDSGIR <= offset < SPENDSGIR + 0x10:
            return sum(self._read_byte(offset + n, cpu, non_secure) << 8 * n for n in range(size))
        if ICFGR <= offset < ICFGR + 0x100:
            first = (offset - ICFGR) * 4
            edges = (self.edge.of(cpu) & self._visible(cpu, non_secure)) >> first
            return sum((edges >> n & 1) << 2 * n + 1 for n in range(16))
        if offset == CTLR:
            return self.ctlr >> 1 if non_secure else self.ctlr
        if offset == TYPER:
            shape = self.shape
            return shape.security << 10 | shape.cpus - 1 << 5 | shape.interrupts // 32 - 1
        if offset == IIDR:
            return self.shape.distributor_identification
        if offset >= IDENTIFICATION and offset < 0x1000:
            return PERIPHERAL_AND_COMPONENT_ID[(offset - IDENTIFICATION) >> 2]
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register; reserved and read-only ones ignore it."""
        cpu, non_secure = self._access(offset, size, value)
        if IGROUPR <= offset < ISENABLER:
            if not non_secure:
                self._write_group(offset, cpu, value)
        elif ISENABLER <= offset < IPRIORITYR:
            ones = (value << 8 * (offset & 0x7C)) & self._visible(cpu, non_secure)
            self._write_array(offset & ~0x7F, cpu, ones)
        elif IPRIORITYR <= offset < ICFGR or CPENDSGIR <= offset < SPENDSGIR + 0x10:
            for n in range(size):
                self._write_byte(offset + n, cpu, value >> 8 * n & 0xFF, non_secure)
        elif ICFGR <= offset < ICFGR + 0x100:
            self._configure((offset - ICFGR) * 4, cpu, value, non_secure)
        elif offset == SGIR:
            self._generate(cpu, value, non_secure)
        elif offset == CTLR:
            if non_secure:
                self.ctlr = self.ctlr & ENABLE_GROUP0 | (value & 1) << 1
            else:
                self.ctlr = value & (ENABLE_GROUP0 | ENABLE_GROUP1)
        self._changed()

    def _visible(self, cpu: int, non_secure: bool) -> int:
        """The interrupts whose bits an access reaches: a Non-secure one not those of Group 0 (4.1.6)."""
        return self._existing & (self.group.of(cpu) if non_secure else -1)

    def _array(self, offset: int, cpu: int, non_secure: bool) -> int:
        visible = self._visible(cpu, non_secure)
        base = offset & ~0x7F
        if base == IGROUPR:
            return 0 if non_secure else self.group.of(cpu) & visible
        if base in (ISENABLER, ICENABLER):
            return self.enabled.of(cpu) & visible
        if base in (ISPENDR, ICPENDR):
            return self.pending(cpu) & visible
        return self.active.of(cpu) & visible

    def _write_array(self, base: int, cpu: int, ones: int) -> None:
        """Write a register of a bit array: ``ones`` are the bits written as 1, at their interrupts."""
        if base == ISENABLER:
            self.enabled.change(cpu, ones)
        elif base == ICENABLER:
            self.enabled.change(cpu, 0, ones & ~SGI_MASK)
        elif base == ISPENDR:
            self.latched.change(cpu, ones & ~SGI_MASK)
        elif base == ICPENDR:
            self.latched.change(cpu, 0, ones & ~SGI_MASK)
        elif base == ISACTIVER:
            self.active.change(cpu, ones)
        elif base == ICACTIVER:
            self.active.change(cpu, 0, ones)

    def _write_group(self, offset: int, cpu: int, value: int) -> None:
        """IGROUPR is the one array whose zeros mean something."""
        window = (0xFFFF_FFFF << 8 * (offset & 0x7C)) & self._existing
        ones = value << 8 * (offset & 0x7C) & window
        self.group.change(cpu, ones, window & ~ones)

    def _read_byte(self, offset: int, cpu: int, non_secure: bool) -> int:
        if offset >= CPENDSGIR:
            interrupt = (offset - CPENDSGIR) & 0xF
            return self.sgi_sources[cpu][interrupt] if self._reaches(interrupt, cpu, non_secure) else 0
        interrupt = offset & 0x3FF
        if not self._reaches(interrupt, cpu, non_secure):
            return 0
        if offset < ITARGETSR:
            priority = self.priority_of(interrupt, cpu)
            return priority << 1 & 0xFF if non_secure else priority
        if self.shape.cpus == 1:  # RAZ/WI in a uniprocessor implementation
            return 0
        return 1 << cpu if interrupt < PRIVATE else self.targets[interrupt]

    def _reaches(self, interrupt: int, cpu: int, non_secure: bool) -> bool:
        return bool(self._visible(cpu, non_secure) >> interrupt & 1)

    def _write_byte(self, offset: int, cpu: int, value: int, non_secure: bool) -> None:
        interrupt = (offset - CPENDSGIR) & 0xF if offset >= CPENDSGIR else offset & 0x3FF
        if not self._reaches(interrupt, cpu, non_secure):
            return
        if offset >= CPENDSGIR:
            sources = self.sgi_sources[cpu]
            existing = (1 << self.shape.cpus) - 1
            if offset >= SPENDSGIR:
                sources[interrupt] |= value & existing
            else:
                sources[interrupt] &= ~value
            bit = 1 << interrupt
            self.latched.change(cpu, bit if sources[interrupt] else 0, 0 if sources[interrupt] else bit)
        elif offset < ITARGETSR:
            if non_secure:  # a Non-secure priority is the lower half of the range (3.5.3)
                value = 0x80 | value >> 1
            table = self.private_priority[cpu] if interrupt < PRIVATE else self.priority
            table[interrupt] = value & self.shape.priority_mask
        elif interrupt >= PRIVATE and self.shape.cpus > 1:
            self.targets[interrupt] = value & (1 << self.shape.cpus) - 1

    def _configure(self, first: int, cpu: int, value: int, non_secure: bool) -> None:
        """ICFGR: Int_config<1> says edge. SGIs are edge-triggered; PPIs are level-sensitive and fixed,
        as in the GIC-400 (4.3.13 leaves that choice)."""
        if first < PRIVATE:
            return
        window = 0xFFFF << first & self._visible(cpu, non_secure)
        ones = sum((value >> 2 * n + 1 & 1) << n for n in range(16)) << first & window
        self.edge.change(cpu, ones, window & ~ones)

    def _generate(self, cpu: int, value: int, non_secure: bool) -> None:
        """SGIR (4.3.15): send an SGI to the CPUs that TargetListFilter and CPUTargetList name."""
        everyone = (1 << self.shape.cpus) - 1
        own = 1 << cpu
        chosen = {0: value >> 16 & everyone, 1: everyone & ~own, 2: own}.get(value >> 24 & 3, 0)
        interrupt = value & 0xF
        for target in range(self.shape.cpus):
            if not chosen >> target & 1:
                continue
            if self.shape.security:
                # A Non-secure access sends Group 1 SGIs only, a Secure one those that NSATT names.
                wanted = non_secure or bool(value >> 15 & 1)
                if self.in_group1(interrupt, target) != wanted:
                    continue
            self.sgi_sources[target][interrupt] |= own
            self.latched.change(target, 1 << interrupt)
            self._requester.sent(target)
