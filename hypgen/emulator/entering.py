"""Into Hyp mode, Monitor mode or a PL1 mode: EnterHypMode(), EnterMonitorMode() and what the others share.

DDI 0406C B1.8.3 and B1.9; the value of HSR is WriteHSR()'s (B3.13). Where an exception goes is
:mod:`hypgen.emulator.entry`'s business.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from hypgen.arch import psr
from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import HIGH_VECTORS, ExceptionClass, Vector
from hypgen.arch.psr import Mode
from hypgen.emulator.exceptions import (
    AsynchronousAbort,
    DataAbort,
    ExceptionTaken,
    GuestException,
    PrefetchAbort,
    Undefined,
)

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu

SCR_NS = cp15.SCR.field("NS").mask
SCR_IRQ = cp15.SCR.field("IRQ").mask
SCR_FIQ = cp15.SCR.field("FIQ").mask
SCR_EA = cp15.SCR.field("EA").mask
SCTLR_V = cp15.SCTLR.field("V").mask
SCTLR_TE = cp15.SCTLR.field("TE").mask
SCTLR_EE = cp15.SCTLR.field("EE").mask
HSCTLR_TE = cp15.HSCTLR.field("TE").mask
HSCTLR_EE = cp15.HSCTLR.field("EE").mask
HSR_EC = cp15.HSR.field("EC")
HSR_IL = cp15.HSR.field("IL").mask
HSR_ISS = cp15.HSR.field("ISS")
ISS_ISV = 1 << 24
"""ISS of a Data Abort: the instruction syndrome in it is valid."""

_CONDITION_CLASSES = frozenset(
    {
        ExceptionClass.WFI_WFE,
        ExceptionClass.CP15_MCR_MRC,
        ExceptionClass.CP15_MCRR_MRRC,
        ExceptionClass.CP14_MCR_MRC,
        ExceptionClass.CP14_LDC_STC,
        ExceptionClass.COPROCESSOR,
        ExceptionClass.CP10_MRC,
        ExceptionClass.BXJ,
        ExceptionClass.CP14_MRRC,
    }
)
"""Classes whose ISS holds CV and COND: EC<5:4> is 0b00 and EC is not 0 (WriteHSR())."""
_FETCHES = frozenset({ExceptionClass.PREFETCH_ABORT_LOWER, ExceptionClass.PREFETCH_ABORT_HYP})
_NO_LENGTH = _FETCHES | {ExceptionClass.UNKNOWN}
"""Classes for which HSR.IL is not valid and UNK/SBZP: zero here, as QEMU has it for ARMv7 (ARMv8 made
it RES1). For Data Aborts the same holds unless ISS.ISV is 1 (WriteHSR())."""
_STATUS, _DEBUG_EVENT = 0x3F, 0b100010
"""IFSC of the Prefetch Abort that BKPT makes: IL is as free as for others there, and one, as QEMU has it."""
_DATA_ABORTS = frozenset({ExceptionClass.DATA_ABORT_LOWER, ExceptionClass.DATA_ABORT_HYP})
_CV_ALWAYS = 1 << 24 | 0xE << 20
"""CV = 1, COND = AL: what a trapped instruction that passed its condition check may report."""
_CONDITION = 0xF << 20


Syndrome = tuple[int, int, int]
"""Exception class, ISS, and the length of the instruction in bytes."""


@lru_cache(maxsize=1024)
def hsr(syndrome: Syndrome, condition: int = _CV_ALWAYS) -> int:
    """The value that WriteHSR() gives HSR; ``condition`` is what CV and COND hold where there are such."""
    ec, iss, length = syndrome
    has_length = ec not in _NO_LENGTH and not (ec in _DATA_ABORTS and not iss & ISS_ISV)
    il = HSR_IL if (has_length and length == 4) or (ec in _FETCHES and iss & _STATUS == _DEBUG_EVENT) else 0
    if ec in _CONDITION_CLASSES:
        iss |= condition
    return HSR_EC.put(0, ec) | il | HSR_ISS.put(0, iss)


_A, _I, _F, _T, _E = psr.A.mask, psr.I.mask, psr.F.mask, psr.T.mask, psr.E.mask
_A_I_F = _A | _I | _F
# With the Virtualization Extensions CPSR.A is always set, CPSR.F needs no SCR.FW.
_MASKS = {
    Mode.SVC: _I,
    Mode.UND: _I,
    Mode.ABT: _A | _I,
    Mode.IRQ: _A | _I,
    Mode.FIQ: _A_I_F,
}
"""What entry to a PL1 mode masks."""
_SCR_ROUTES = SCR_EA | SCR_FIQ | SCR_IRQ
_HSCTLR_STATE = HSCTLR_TE | HSCTLR_EE


def _state(sctlr: int) -> int:
    """The instruction set and endianness of handlers, as the CPSR has them."""
    return (_T if sctlr & SCTLR_TE else 0) | (_E if sctlr & SCTLR_EE else 0)


@cache
def _hyp_control(routes: int, state: int) -> tuple[int, int]:
    """Which of A, I and F entry to Hyp mode keeps, and the CPSR bits that it sets."""
    keep = (_A if routes & SCR_EA else 0) | (_F if routes & SCR_FIQ else 0) | (_I if routes & SCR_IRQ else 0)
    control = (_T if state & HSCTLR_TE else 0) | (_E if state & HSCTLR_EE else 0)
    return keep, _A_I_F & ~keep | control | int(Mode.HYP)


def enter_hyp(
    cpu: Cpu,
    exception: GuestException,
    pc: int,
    preferred: int,
    vector: Vector,
    syndrome: Syndrome | None,
    far: int | None = None,
) -> None:
    """EnterHypMode()."""
    values = cpu.coproc.values
    written = None
    if syndrome is not None:
        condition = _CV_ALWAYS
        if cpu.t and cpu.system.observer is not None:
            # A T32 instruction may report CV = 0; COND is UNKNOWN then, and ITSTATE has it (B3.13.6).
            condition = values.unknown("HSR") & _CONDITION
        written = values["HSR"] = hsr(syndrome, condition)
    from_mode, spsr = cpu.mode, cpu.cpsr()
    base = cpu.system.vector_base("HVBAR")
    keep, control = _hyp_control(values["SCR"] & _SCR_ROUTES, values["HSCTLR"] & _HSCTLR_STATE)
    cpu.j = cpu.it = 0
    cpu.switch(spsr & keep | control)
    cpu.enter_hyp(spsr, preferred & 0xFFFF_FFFF)
    _branch(cpu, exception, base, vector, from_mode, pc, preferred, written, far)


def enter_monitor(
    cpu: Cpu,
    exception: GuestException,
    pc: int,
    vector: Vector,
    link: int,
    preferred: int,
    far: int | None = None,
) -> None:
    """EnterMonitorMode()."""
    values = cpu.coproc.values
    from_mode, spsr = cpu.mode, cpu.cpsr()
    base = cpu.system.vector_base("MVBAR")
    if from_mode == Mode.MON:
        values["SCR"] &= ~SCR_NS
        cpu.system.forget_switches()
    cpu.j = cpu.it = 0
    cpu.switch(_A_I_F | _state(values["SCTLR_S"]) | Mode.MON)
    cpu.spsr = spsr
    cpu.r[14] = link & 0xFFFF_FFFF
    _branch(cpu, exception, base, vector, from_mode, pc, preferred, None, far)


def enter_pl1(
    cpu: Cpu,
    exception: GuestException,
    pc: int,
    mode: Mode,
    vector: Vector,
    link: int,
    preferred: int,
    far: int | None = None,
) -> None:
    """Entry to Supervisor, Undefined, Abort, IRQ or FIQ mode."""
    values = cpu.coproc.values
    from_mode, spsr = cpu.mode, cpu.cpsr()
    if from_mode == Mode.MON:
        values["SCR"] &= ~SCR_NS
        cpu.system.forget_switches()
        cpu.change_mode(Mode.SVC)  # Secure from here on, whichever PL1 mode follows
    bank = "_S" if cpu.secure else "_NS"
    base = cpu.system.vector_base("VBAR" + bank)
    sctlr = values["SCTLR" + bank]
    if sctlr & SCTLR_V:
        base = HIGH_VECTORS
    cpu.j = cpu.it = 0
    cpu.switch(spsr & _A_I_F | _MASKS[mode] | _state(sctlr) | mode)
    cpu.spsr = spsr
    cpu.r[14] = link & 0xFFFF_FFFF
    _branch(cpu, exception, base, vector, from_mode, pc, preferred, None, far)


def _branch(
    cpu: Cpu,
    exception: GuestException,
    base: int,
    vector: Vector,
    from_mode: int,
    pc: int,
    preferred: int,
    written: int | None,
    far: int | None,
) -> None:
    """Branch to the vector and record the exception."""
    cpu.r[15] = target = (base + vector) & 0xFFFF_FFFF
    kind = type(exception)
    why = _WHY.get(kind)
    cpu.system.exception_entered(
        _record(
            ExceptionTaken,
            (
                cpu.index,
                int(vector),
                kind.__name__,
                from_mode,
                cpu.mode,
                written,
                far,
                pc,
                preferred & 0xFFFF_FFFF,
                target,
                cpu.count,
                "" if why is None else why(exception),
            ),
        )
    )


_record = tuple.__new__
"""Makes an :class:`ExceptionTaken` of its fields in order, at a third of what the class itself takes."""


def _said(exception: Undefined | AsynchronousAbort) -> str:
    return exception.why


def _of_fault(exception: PrefetchAbort | DataAbort) -> str:
    return exception.fault.why or exception.fault.kind.value


_WHY: dict[type[GuestException], Callable[[Any], str]] = {
    Undefined: _said,
    AsynchronousAbort: _said,
    PrefetchAbort: _of_fault,
    DataAbort: _of_fault,
}
"""What people are told of an exception, by its class."""
