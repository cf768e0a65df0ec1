"""What interrupts a CPU: its input lines, asynchronous aborts and their virtual twins.

DDI 0406C B1.8.4 and B1.8.5 (routing and masking of asynchronous exceptions), B1.8.11 (virtual
exceptions in the Virtualization Extensions), B4.1 (ISR). Nothing here is called while no line is
asserted: a change of a line, of the CPSR or of a control register asks the runner to look.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

from hypgen.arch import registers as cp15
from hypgen.arch.psr import Mode
from hypgen.emulator.exceptions import AsynchronousAbort, GuestException, Interrupt, VirtualInterrupt

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu

SCR_FIQ = cp15.SCR.bit("FIQ")
SCR_EA = cp15.SCR.bit("EA")
SCR_FW = cp15.SCR.bit("FW")
SCR_AW = cp15.SCR.bit("AW")
HCR_TGE = cp15.HCR.bit("TGE")
HCR_IMO = cp15.HCR.bit("IMO")
HCR_FMO = cp15.HCR.bit("FMO")
HCR_AMO = cp15.HCR.bit("AMO")
HCR_VI = cp15.HCR.bit("VI")
HCR_VF = cp15.HCR.bit("VF")
HCR_VA = cp15.HCR.bit("VA")
ISR_A, ISR_I, ISR_F = cp15.ISR.bit("A"), cp15.ISR.bit("I"), cp15.ISR.bit("F")


class Line(IntFlag):
    """An input of a CPU, active while its level is high. ``VIRQ`` and ``VFIQ`` come from the GIC's virtual
    CPU interface; ``ABORT`` is an asynchronous external abort, which pends until it is taken."""

    IRQ = 1
    FIQ = 2
    VIRQ = 4
    VFIQ = 8
    ABORT = 16


NONE = Line(0)
_PHYSICAL = Line.IRQ | Line.FIQ | Line.ABORT


class Interrupts:
    """The inputs of one CPU, and what the CPU would do about them now."""

    STATE = ("_lines", "why")
    """What a snapshot holds."""

    __slots__ = ("_cpu", "_lines", "why")

    def __init__(self, cpu: Cpu) -> None:
        self._cpu = cpu
        self._lines = NONE
        self.why = ""
        """What the pending asynchronous abort is about, for people."""

    def set(self, line: Line, asserted: bool) -> None:
        """Set the level of an input."""
        self._lines = self._lines | line if asserted else self._lines & ~line

    @property
    def anything(self) -> bool:
        """Whether any input is active, masked or not."""
        return bool(self._lines or self._cpu.coproc.values["HCR"] & (HCR_VI | HCR_VF | HCR_VA))

    def _virtual(self) -> Line:
        """The virtual exceptions that are pending and enabled (HCR.IMO, FMO and AMO), as if physical.

        They exist in Non-secure PL1 and PL0 only; HCR.TGE disables them.
        """
        cpu = self._cpu
        hcr = cpu.coproc.values["HCR"]
        if cpu.mode == Mode.HYP or cpu.secure or hcr & HCR_TGE:
            return NONE
        lines, found = self._lines, NONE
        if hcr & HCR_IMO and (hcr & HCR_VI or lines & Line.VIRQ):
            found |= Line.IRQ
        if hcr & HCR_FMO and (hcr & HCR_VF or lines & Line.VFIQ):
            found |= Line.FIQ
        if hcr & HCR_AMO and hcr & HCR_VA:
            found |= Line.ABORT
        return found

    def _unmasked(self) -> Line:
        """The physical exceptions that CPSR.A, I and F do not hold off in the current state.

        One that Non-secure PL1 or PL0 sends to Hyp mode is not masked there; one that any Non-secure
        mode sends to Monitor mode is masked only if SCR.FW or AW lets Non-secure code do so (B1.8.5).
        """
        cpu = self._cpu
        lines = self._lines & _PHYSICAL
        if not cpu.secure:
            scr, hcr = cpu.coproc.values["SCR"], cpu.coproc.values["HCR"]
            below = cpu.mode != Mode.HYP
            irq = below and hcr & HCR_IMO
            fiq = (below and hcr & HCR_FMO) or (scr & SCR_FIQ and not scr & SCR_FW)
            abort = (below and hcr & HCR_AMO) or (scr & SCR_EA and not scr & SCR_AW)
        else:
            irq = fiq = abort = 0
        if cpu.i and not irq:
            lines &= ~Line.IRQ
        if cpu.f and not fiq:
            lines &= ~Line.FIQ
        if cpu.a and not abort:
            lines &= ~Line.ABORT
        return lines

    def deliverable(self) -> GuestException | None:
        """The exception to take before the next instruction, or None.

        Which of several is first is IMPLEMENTATION DEFINED (B1.8.5): here the abort, FIQ, IRQ, then the
        virtual IRQ, FIQ and abort, as in QEMU.
        """
        cpu = self._cpu
        physical = self._unmasked()
        if physical & Line.ABORT:
            self._lines &= ~Line.ABORT
            return AsynchronousAbort(self.why)
        if physical:
            return Interrupt(fiq=bool(physical & Line.FIQ))
        virtual = self._virtual()
        if virtual & Line.IRQ and not cpu.i:
            return VirtualInterrupt(fiq=False)
        if virtual & Line.FIQ and not cpu.f:
            return VirtualInterrupt(fiq=True)
        if virtual & Line.ABORT and not cpu.a:
            cpu.coproc.values["HCR"] &= ~HCR_VA
            return AsynchronousAbort("HCR.VA", virtual=True)
        return None

    def ends_wfi(self) -> bool:
        """Whether WFI does not wait: something is pending, whatever CPSR.A, I and F say (B1.8.14)."""
        return bool(self._lines & _PHYSICAL or self._virtual())

    def ends_wfe(self) -> bool:
        """Whether an interrupt or abort ends WFE: one that is pending and not masked (B1.8.13)."""
        virtual, cpu = self._virtual(), self._cpu
        return bool(
            self._unmasked()
            or (virtual & Line.IRQ and not cpu.i)
            or (virtual & Line.FIQ and not cpu.f)
            or (virtual & Line.ABORT and not cpu.a)
        )

    def status(self) -> int:
        """ISR: what is pending; at Non-secure PL1 virtual ones stand for those that HCR routes to Hyp."""
        cpu = self._cpu
        lines = self._lines
        hcr = cpu.coproc.values["HCR"]
        if not cpu.secure and cpu.mode != Mode.HYP:
            virtual = self._virtual()
            routed = (
                (Line.IRQ if hcr & HCR_IMO else NONE)
                | (Line.FIQ if hcr & HCR_FMO else NONE)
                | (Line.ABORT if hcr & HCR_AMO else NONE)
            )
            lines = (lines & ~routed) | virtual
        return (
            (ISR_I if lines & Line.IRQ else 0)
            | (ISR_F if lines & Line.FIQ else 0)
            | (ISR_A if lines & Line.ABORT else 0)
        )
