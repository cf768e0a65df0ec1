"""A CPU interface: priority masking, preemption, acknowledge and end of interrupt (IHI 0048B 4.4).

The virtual CPU interface (5.5) is the same hardware over another source of interrupts, so one class
is both: GICC over the Distributor, GICV over the List registers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hypgen.machine.devices.gic.shape import (
    ACK_CTL,
    CBPR,
    ENABLE_GROUP0,
    ENABLE_GROUP1,
    EOI_MODE,
    EOI_MODE_NS,
    FIQ_EN,
    IDLE,
    NON_SECURE_TO_SECURE,
    SPURIOUS,
    group_mask,
    lowest,
)
from hypgen.machine.devices.signals import Signal

CTLR = 0x0000
PMR = 0x0004
BPR = 0x0008
IAR = 0x000C
EOIR = 0x0010
RPR = 0x0014
HPPIR = 0x0018
ABPR = 0x001C
AIAR = 0x0020
AEOIR = 0x0024
AHPPIR = 0x0028
APR = 0x00D0
NSAPR = 0x00E0
IIDR_OFFSET = 0x00FC
DIR = 0x1000

LAST_INTERRUPT = 1019
_NS_ENABLES, _NS_BYPASS = ENABLE_GROUP1 | EOI_MODE_NS, 1 << 7 | 1 << 8
"""What a Non-secure access reaches of CTLR (4.4.1): EnableGrp1 and EOImodeNS, which it has one bit lower, and
FIQBypDisGrp1 and IRQBypDisGrp1, two bits lower."""
FIQ_BYPASS_DISABLE = 1 << 5 | 1 << 7
"""FIQBypDisGrp0 and FIQBypDisGrp1: with either the legacy FIQ input is taken to be cut off."""
_ALIASES = {AIAR: IAR, AEOIR: EOIR, AHPPIR: HPPIR}


class Source(Protocol):
    """Where an interface's interrupts come from."""

    def best(self) -> tuple[int, int]:
        """Priority and ID of the highest priority pending interrupt, or (IDLE, SPURIOUS)."""

    def in_group1(self, interrupt: int) -> bool:
        """Whether an interrupt is in Group 1."""

    def source_of(self, interrupt: int) -> int:
        """The CPU that sent an SGI; 0 for other interrupts."""

    def acknowledge(self, interrupt: int) -> None:
        """Make a pending interrupt active."""

    def deactivate(self, interrupt: int, counted: bool) -> None:
        """Make an interrupt inactive; ``counted`` when software will miss it if it is not there."""


class CpuInterface:
    """The registers of one CPU's interface, physical or virtual, and its two signals.

    ``least_binary_point`` and ``priority_mask`` come from the implemented bits of priorities;
    ``control`` are the bits that CTLR has; ``changed`` is called after anything that may change
    what is signalled, by default :meth:`update`; ``identification`` is what IIDR reads. A virtual
    interface has one set of Active Priorities for both groups.
    """

    STATE = ("ctlr", "pmr", "bpr", "abpr", "active0", "active1", "legacy_fiq")
    """What a snapshot holds."""

    def __init__(
        self,
        source: Source,
        least_binary_point: int,
        priority_mask: int,
        control: int,
        changed: Callable[[], None] | None,
        identification: int,
        is_virtual: bool = False,
    ) -> None:
        self._source = source
        self._least = least_binary_point
        self._priority_mask = priority_mask
        self._control = control
        self._changed = changed or self.update
        self._identification = identification
        self._is_virtual = is_virtual
        self.irq = Signal()
        self.fiq = Signal()
        self.ctlr = 0
        self.pmr = 0
        self.bpr = least_binary_point
        self.abpr = least_binary_point + 1
        self.active0 = 0
        """The Active Priorities of Group 0: a bit for each group priority level."""
        self.active1 = 0
        self.legacy_fiq = False
        """The level of the CPU's own FIQ input, which the interface stands in for (2.3, "Interrupt signal
        bypass")."""

    # -- wires -------------------------------------------------------------------------------------------
    def set_legacy_fiq(self, level: bool) -> None:
        """Drive the legacy FIQ input, which reaches the CPU while the interface itself signals no FIQs."""
        self.legacy_fiq = level
        self.update()

    # -- priorities --------------------------------------------------------------------------------------
    @property
    def running(self) -> int:
        """The group priority of what is active, or IDLE."""
        return lowest(self.active0 | self.active1, self._least)

    def group_priority(self, priority: int, group1: bool) -> int:
        """The part of a priority that decides preemption (3.3.3)."""
        if group1 and not self.ctlr & CBPR:
            return priority & group_mask(self.abpr - 1)
        return priority & group_mask(self.bpr)

    def _candidate(self) -> tuple[int, int, bool] | None:
        """Priority, ID and group of the interrupt to signal, if one may be (3.2.2, 3.5)."""
        priority, interrupt = self._source.best()
        if interrupt == SPURIOUS or priority >= self.pmr:
            return None
        group1 = self._source.in_group1(interrupt)
        if not self.ctlr & (ENABLE_GROUP1 if group1 else ENABLE_GROUP0):
            return None
        running = self.running
        if running != IDLE and self.group_priority(priority, group1) >= self.group_priority(running, group1):
            return None
        return priority, interrupt, group1

    def update(self) -> None:
        """Drive the signals as the state now says."""
        candidate = self._candidate()
        if candidate is None and not (self.legacy_fiq or self.fiq.level or self.irq.level):
            return
        fast = candidate is not None and not candidate[2] and bool(self.ctlr & FIQ_EN)
        signals_fiqs = self.ctlr & ENABLE_GROUP0 and self.ctlr & FIQ_EN
        passed = self.legacy_fiq and not signals_fiqs and not self.ctlr & FIQ_BYPASS_DISABLE
        self.fiq.set(fast or bool(passed))
        self.irq.set(candidate is not None and not fast)

    # -- registers ---------------------------------------------------------------------------------------
    def read(self, offset: int, non_secure: bool = False) -> int:
        """Read the register at ``offset``; reserved ones read as zero."""
        if offset == IAR:
            return self._acknowledge(non_secure)
        if offset == HPPIR:
            return self._highest_pending(non_secure)
        if offset == CTLR:
            if not non_secure:
                return self.ctlr
            return (self.ctlr & _NS_ENABLES) >> 1 | (self.ctlr & _NS_BYPASS) >> 2
        if offset == PMR:
            return _non_secure_view(self.pmr) if non_secure else self.pmr
        if offset == BPR:
            if not non_secure:
                return self.bpr
            return min(self.bpr + 1, 7) if self.ctlr & CBPR else self.abpr
        if offset == RPR:
            running = self.running
            if running == IDLE:
                return 0xFF
            return _non_secure_view(running) if non_secure else running
        if offset == IIDR_OFFSET:
            return self._identification
        if APR <= offset < IIDR_OFFSET:
            return self._read_active(offset, non_secure)
        if non_secure:  # the aliases are Secure registers
            return 0
        if offset == ABPR:
            return self.abpr
        if offset == AIAR:
            return self._acknowledge(non_secure=True)
        if offset == AHPPIR:
            return self._highest_pending(non_secure=True)
        return 0

    def write(self, offset: int, value: int, non_secure: bool = False) -> None:
        """Write the register at ``offset``; reserved and read-only ones ignore it."""
        if offset == EOIR:
            self._end(value, non_secure)
        elif offset == DIR:
            self._deactivate(value, non_secure)
        elif offset == CTLR:
            if non_secure:
                kept = self.ctlr & ~(_NS_ENABLES | _NS_BYPASS)
                self.ctlr = kept | value << 1 & _NS_ENABLES | value << 2 & _NS_BYPASS
            else:
                self.ctlr = value & self._control
        elif offset == PMR:
            self._write_mask(value & 0xFF, non_secure)
        elif offset == BPR:
            if not non_secure:
                self.bpr = max(value & 7, self._least)
            elif not self.ctlr & CBPR:
                self.abpr = max(value & 7, self._least + 1)
        elif APR <= offset < IIDR_OFFSET:
            self._write_active(offset, value, non_secure)
        elif not non_secure:
            if offset == ABPR:
                self.abpr = max(value & 7, self._least + 1)
            elif offset == AEOIR:
                self._end(value, non_secure=True)
        self._changed()

    def _write_mask(self, value: int, non_secure: bool) -> None:
        if non_secure:
            if not self.pmr & 0x80:  # Secure software masks all Non-secure interrupts (3.5.3)
                return
            value = 0x80 | value >> 1
        self.pmr = value & self._priority_mask

    # -- the life of an interrupt ------------------------------------------------------------------------
    def _special(self, group1: bool, non_secure: bool) -> int | None:
        """The special ID that a read gives instead of an interrupt of a group that it may not take."""
        if non_secure:
            return None if group1 else SPURIOUS
        return NON_SECURE_TO_SECURE if group1 and not self.ctlr & ACK_CTL else None

    def _acknowledge(self, non_secure: bool) -> int:
        candidate = self._candidate()
        if candidate is None:
            return SPURIOUS
        priority, interrupt, group1 = candidate
        special = self._special(group1, non_secure)
        if special is not None:
            return special
        level = 1 << (self.group_priority(priority, group1) >> self._least + 1)
        if group1 and not self._is_virtual:
            self.active1 |= level
        else:
            self.active0 |= level
        read = self._source.source_of(interrupt) << 10 | interrupt
        self._source.acknowledge(interrupt)
        self._changed()
        return read

    def _highest_pending(self, non_secure: bool) -> int:
        """HPPIR: neither the mask nor what is active matters, only whether the group is enabled."""
        _, interrupt = self._source.best()
        if interrupt == SPURIOUS:
            return SPURIOUS
        group1 = self._source.in_group1(interrupt)
        if not self.ctlr & (ENABLE_GROUP1 if group1 else ENABLE_GROUP0):
            return SPURIOUS
        special = self._special(group1, non_secure)
        return self._source.source_of(interrupt) << 10 | interrupt if special is None else special

    def _splits(self, non_secure: bool) -> bool:
        """Whether EOIR only drops the priority, and DIR deactivates (4.4.1, EOImode)."""
        two_modes = bool(self._control & EOI_MODE_NS)
        return bool(self.ctlr & (EOI_MODE_NS if non_secure and two_modes else EOI_MODE))

    def _end(self, value: int, non_secure: bool) -> None:
        interrupt = value & 0x3FF
        if interrupt > LAST_INTERRUPT:
            return
        group1 = self._source.in_group1(interrupt)
        if non_secure and not group1:
            return
        if self.running == IDLE and not self._is_virtual:
            return  # UNPREDICTABLE: ignored, as in QEMU
        dropped = self._drop(group1 and not self._is_virtual)
        if not self._splits(non_secure):
            self._source.deactivate(interrupt, counted=dropped)

    def _drop(self, group1: bool) -> bool:
        """Drop the running priority; False when nothing was active."""
        if group1:
            dropped, self.active1 = bool(self.active1), self.active1 & self.active1 - 1
        else:
            dropped, self.active0 = bool(self.active0), self.active0 & self.active0 - 1
        return dropped

    def _deactivate(self, value: int, non_secure: bool) -> None:
        interrupt = value & 0x3FF
        # Without EOImode a write is UNPREDICTABLE: it is ignored, as in QEMU.
        if interrupt > LAST_INTERRUPT or not self._splits(non_secure):
            return
        if not non_secure or self._source.in_group1(interrupt):
            self._source.deactivate(interrupt, counted=True)

    # -- active priorities -------------------------------------------------------------------------------
    @property
    def _levels(self) -> int:
        """How many group priority levels there are."""
        return 1 << 7 - self._least

    def _read_active(self, offset: int, non_secure: bool) -> int:
        """APRn and NSAPRn; a Non-secure access sees those of Group 1's half of the range in APRn."""
        shift = (offset & 0xF) << 3
        if not non_secure:
            return (self.active0 if offset < NSAPR else self.active1) >> shift & 0xFFFF_FFFF
        if offset >= NSAPR:
            return 0
        return self.active1 >> self._levels // 2 >> shift & 0xFFFF_FFFF

    def _write_active(self, offset: int, value: int, non_secure: bool) -> None:
        shift = (offset & 0xF) << 3
        window = 0xFFFF_FFFF << shift
        if non_secure:
            if offset >= NSAPR:
                return
            shift += self._levels // 2
            window = (0xFFFF_FFFF << shift) & -1 << self._levels // 2
        window &= (1 << self._levels) - 1
        if non_secure or offset >= NSAPR:
            self.active1 = self.active1 & ~window | value << shift & window
        else:
            self.active0 = self.active0 & ~window | value << shift & window


def _non_secure_view(priority: int) -> int:
    """A priority as Non-secure software sees it; one of the Secure half reads as 0 (3.5.3)."""
    return priority << 1 & 0xFF if priority & 0x80 else 0
