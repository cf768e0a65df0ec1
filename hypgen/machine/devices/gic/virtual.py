"""Virtual interrupts of one CPU: GICH with its List registers, and the GICV over them (IHI 0048B 5)."""

from __future__ import annotations

from collections.abc import Callable

from hypgen.bits import Field
from hypgen.machine.devices.gic.cpu_interface import CpuInterface
from hypgen.machine.devices.gic.shape import IDLE, SGIS, SPURIOUS
from hypgen.machine.devices.signals import Signal

HCR = 0x000
VTR = 0x004
VMCR = 0x008
MISR = 0x010
EISR0 = 0x020
ELRSR0 = 0x030
APR = 0x0F0
LR0 = 0x100

LIST_REGISTERS = 4
VTR_VALUE = 0x9000_0000 | LIST_REGISTERS - 1
"""Five bits of priority, five of preemption, and the number of List registers (5.3.2)."""

HCR_EN = 1 << 0
HCR_UIE = 1 << 1
HCR_LRENPIE = 1 << 2
HCR_NPIE = 1 << 3
HCR_GROUP_EVENTS = 0xF0
"""VGrp0EIE, VGrp0DIE, VGrp1EIE, VGrp1DIE: interrupts while GICV_CTLR enables or disables a group."""
HCR_EOI_COUNT = Field("EOICount", 31, 27)
HCR_IMPLEMENTED = HCR_EOI_COUNT.mask | 0xFF
MISR_EOI = 1 << 0

LR_VIRTUAL = Field("VirtualID", 9, 0)
LR_PHYSICAL = Field("PhysicalID", 19, 10)
LR_CPU = Field("CPUID", 12, 10)
LR_EOI = 1 << 19
LR_PRIORITY = Field("Priority", 27, 23)
LR_STATE = Field("State", 29, 28)
LR_GROUP1 = 1 << 30
LR_HW = 1 << 31
LR_IMPLEMENTED = 0xFF8F_FFFF
PENDING = 0b01
ACTIVE = 0b10

VMCR_CONTROL = 0x21F
"""The bits of GICV_CTLR, at their places in VMCR."""
VMCR_ABP = Field("VMABP", 20, 18)
VMCR_BP = Field("VMBP", 23, 21)
VMCR_PRIORITY_MASK = Field("VMPriMask", 31, 27)

PRIORITY_SHIFT = 3
"""Virtual priorities have five bits: bits 7 to 3 of the architecture's eight."""
LEAST_BINARY_POINT = 2


class VirtualInterface:
    """GICH and GICV of one CPU. ``deactivate`` makes a physical interrupt inactive, ``identification`` is
    what GICV_IIDR reads."""

    STATE = ("hcr", "lr")
    """What a snapshot holds, with that of ``registers``."""

    def __init__(self, deactivate: Callable[[int], None], identification: int) -> None:
        self._deactivate = deactivate
        self.hcr = 0
        self.lr = [0] * LIST_REGISTERS
        self.maintenance = Signal()
        mask = 0xFF << PRIORITY_SHIFT & 0xFF
        self.source = ListRegisters(self)
        self.registers = CpuInterface(
            self.source, LEAST_BINARY_POINT, mask, VMCR_CONTROL, self.update, identification, is_virtual=True
        )
        """What a guest sees as its CPU interface, and the virtual IRQ and FIQ."""

    def update(self) -> None:
        """Drive the virtual interrupts and the maintenance interrupt as the state now says."""
        self.registers.update()
        self.maintenance.set(bool(self.hcr & HCR_EN and self.misr()))

    def find(self, interrupt: int, state: int) -> int | None:
        """The first List register that has a virtual interrupt in one of the states, or None."""
        for index, entry in enumerate(self.lr):
            if LR_VIRTUAL.get(entry) == interrupt and LR_STATE.get(entry) & state:
                return index
        return None

    def deactivate(self, interrupt: int, counted: bool) -> None:
        """End a virtual interrupt, with its physical one when there is one; count one without a List
        register (5.3.1, EOICount)."""
        index = self.find(interrupt, ACTIVE)
        if index is None:
            if counted:
                count = HCR_EOI_COUNT.get(self.hcr) + 1 & 0x1F
                self.hcr = HCR_EOI_COUNT.put(self.hcr, count)
            return
        entry = self.lr[index]
        self.lr[index] = LR_STATE.put(entry, LR_STATE.get(entry) & ~ACTIVE)
        physical = LR_PHYSICAL.get(entry)
        if entry & LR_HW and SGIS <= physical < 1020:
            self._deactivate(physical)

    def eisr(self) -> int:
        """List registers whose interrupt ended and asked for a maintenance interrupt."""
        return sum(
            1 << index
            for index, entry in enumerate(self.lr)
            if not LR_STATE.get(entry) and entry & LR_EOI and not entry & LR_HW
        )

    def elrsr(self) -> int:
        """List registers that are free: no valid interrupt, and no EOI to be seen."""
        empty = sum(1 << index for index, entry in enumerate(self.lr) if not LR_STATE.get(entry))
        return empty & ~self.eisr()

    def misr(self) -> int:
        """Which maintenance interrupts are due (5.3.4)."""
        states = [LR_STATE.get(entry) for entry in self.lr]
        status = MISR_EOI if self.eisr() else 0
        if self.hcr & HCR_UIE and sum(state != 0 for state in states) < 2:
            status |= HCR_UIE
        if self.hcr & HCR_LRENPIE and HCR_EOI_COUNT.get(self.hcr):
            status |= HCR_LRENPIE
        if self.hcr & HCR_NPIE and PENDING not in states:
            status |= HCR_NPIE
        enabled0, enabled1 = self.registers.ctlr & 1, self.registers.ctlr >> 1 & 1
        events = enabled0 << 4 | (enabled0 ^ 1) << 5 | enabled1 << 6 | (enabled1 ^ 1) << 7
        return status | self.hcr & events

    # -- registers ---------------------------------------------------------------------------------------
    def read(self, offset: int) -> int:
        """Read the GICH register at ``offset``; reserved ones read as zero."""
        if offset == HCR:
            return self.hcr
        if offset == VTR:
            return VTR_VALUE
        if offset == VMCR:
            registers = self.registers
            value = registers.ctlr | VMCR_ABP.put(0, registers.abpr) | VMCR_BP.put(0, registers.bpr)
            return value | VMCR_PRIORITY_MASK.put(0, registers.pmr >> PRIORITY_SHIFT)
        if offset == MISR:
            return self.misr()
        if offset == EISR0:
            return self.eisr()
        if offset == ELRSR0:
            return self.elrsr()
        if offset == APR:
            return self.registers.active0
        index = offset - LR0 >> 2
        return self.lr[index] if 0 <= index < LIST_REGISTERS else 0

    def write(self, offset: int, value: int) -> None:
        """Write the GICH register at ``offset``; reserved and read-only ones ignore it."""
        index = offset - LR0 >> 2
        if 0 <= index < LIST_REGISTERS:
            self.lr[index] = value & LR_IMPLEMENTED
        elif offset == HCR:
            self.hcr = value & HCR_IMPLEMENTED
        elif offset == VMCR:
            registers = self.registers
            registers.ctlr = value & VMCR_CONTROL
            registers.abpr = max(VMCR_ABP.get(value), LEAST_BINARY_POINT + 1)
            registers.bpr = max(VMCR_BP.get(value), LEAST_BINARY_POINT)
            registers.pmr = VMCR_PRIORITY_MASK.get(value) << PRIORITY_SHIFT
        elif offset == APR:
            self.registers.active0 = value
        self.update()


class ListRegisters:
    """The List registers as the source of a CPU interface's interrupts."""

    __slots__ = ("_virtual",)

    def __init__(self, virtual: VirtualInterface) -> None:
        self._virtual = virtual

    def best(self) -> tuple[int, int]:
        """Of pending interrupts, not those that are active as well; of equal ones the first."""
        if not self._virtual.hcr & HCR_EN:
            return IDLE, SPURIOUS
        found = IDLE, SPURIOUS
        for entry in self._virtual.lr:
            priority = LR_PRIORITY.get(entry) << PRIORITY_SHIFT
            if LR_STATE.get(entry) == PENDING and priority < found[0]:
                found = priority, LR_VIRTUAL.get(entry)
        return found

    def in_group1(self, interrupt: int) -> bool:
        """The group that the List register says; without one GICV_AEOIR is to count it."""
        index = self._virtual.find(interrupt, PENDING | ACTIVE)
        return index is None or bool(self._virtual.lr[index] & LR_GROUP1)

    def source_of(self, interrupt: int) -> int:
        """CPUID of a virtual SGI."""
        index = self._virtual.find(interrupt, PENDING) if interrupt < SGIS else None
        return 0 if index is None else LR_CPU.get(self._virtual.lr[index])

    def acknowledge(self, interrupt: int) -> None:
        """Pending becomes active."""
        index = self._virtual.find(interrupt, PENDING)
        assert index is not None
        self._virtual.lr[index] = LR_STATE.put(self._virtual.lr[index], ACTIVE)

    def deactivate(self, interrupt: int, counted: bool) -> None:
        """End of a virtual interrupt."""
        self._virtual.deactivate(interrupt, counted)
