"""Exception entry: the one place that turns a guest exception into architectural state.

Routing, vectors, preferred return addresses and syndromes are those of DDI 0406C B1.8 and B1.9
(the TakeXXXException(), EnterHypMode() and EnterMonitorMode() pseudocode) and of WriteHSR() in
B3.13. Names of conditions are the pseudocode's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hypgen.arch import itstate
from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ExceptionClass, Vector
from hypgen.arch.psr import Mode
from hypgen.emulator.entering import SCR_EA, SCR_FIQ, SCR_IRQ, enter_hyp, enter_monitor, enter_pl1
from hypgen.emulator.exceptions import (
    AsynchronousAbort,
    Breakpoint,
    DataAbort,
    GuestException,
    HypervisorCall,
    HypTrap,
    Interrupt,
    PrefetchAbort,
    SecureMonitorCall,
    SupervisorCall,
    Undefined,
    VirtualInterrupt,
)
from hypgen.emulator.faults import Fault, FaultKind, long_status, short_status
from hypgen.emulator.syndrome import load_store_syndrome

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

SCR_SCD = cp15.SCR.field("SCD").mask
SCR_HCE = cp15.SCR.field("HCE").mask
HCR_TGE = cp15.HCR.field("TGE").mask
HCR_TSC = cp15.HCR.field("TSC").mask
HCR_IMO = cp15.HCR.field("IMO").mask
HCR_FMO = cp15.HCR.field("FMO").mask
HCR_AMO = cp15.HCR.field("AMO").mask
HDCR_TDE = cp15.HDCR.field("TDE").mask
TTBCR_EAE = cp15.TTBCR.field("EAE").mask
_IPA_REPORTED = frozenset({FaultKind.TRANSLATION, FaultKind.ACCESS_FLAG})
"""Stage 2 faults that write HPFAR; it is UNKNOWN after others that were not met while stage 1 was walked
(B4.1.62). The strict machine makes it so; without strict rules HPFAR always helps, as in QEMU."""


def take(cpu: Cpu, exception: GuestException, pc: int, length: int = 4) -> None:
    """Take ``exception``, raised by the ``length``-byte instruction at ``pc``.

    Calls that the machine's firmware answers leave no trace but its results. Every exception that
    is taken is recorded by ``cpu.system.exception_entered``.
    """
    _TAKE[type(exception)](cpu, exception, pc, length)


def _take_undefined(cpu: Cpu, exception: Undefined, pc: int, length: int) -> None:
    """TakeUndefInstrException()."""
    if cpu.is_hyp:
        enter_hyp(cpu, exception, pc, pc, Vector.UNDEFINED, syndrome=(ExceptionClass.UNKNOWN, 0, length))
    elif _traps_general(cpu):
        enter_hyp(cpu, exception, pc, pc, Vector.HYP_TRAP, syndrome=(ExceptionClass.UNKNOWN, 0, length))
    else:
        link = pc + (2 if cpu.t else 4)  # also after a T32 instruction of 32 bits
        enter_pl1(cpu, exception, pc, Mode.UND, Vector.UNDEFINED, link=link, preferred=pc)


def _take_svc(cpu: Cpu, exception: SupervisorCall, pc: int, length: int) -> None:
    """TakeSVCException()."""
    after = pc + length
    cpu.it = itstate.advance(cpu.it)
    syndrome = (ExceptionClass.SVC, exception.imm, length)
    if cpu.is_hyp:
        enter_hyp(cpu, exception, pc, after, Vector.SUPERVISOR_CALL, syndrome)
    elif _traps_general(cpu):
        enter_hyp(cpu, exception, pc, after, Vector.HYP_TRAP, syndrome)
    else:
        enter_pl1(cpu, exception, pc, Mode.SVC, Vector.SUPERVISOR_CALL, link=after, preferred=after)


def _take_hvc(cpu: Cpu, exception: HypervisorCall, pc: int, length: int) -> None:
    """HVC's operation and TakeHVCException()."""
    if cpu.secure:
        _take_undefined(cpu, Undefined("HVC is UNDEFINED in Secure state"), pc, length)
    elif cpu.mode == Mode.USR:
        _take_undefined(cpu, Undefined("HVC is UNDEFINED in User mode"), pc, length)
    elif not cpu.coproc.values["SCR"] & SCR_HCE:
        # From Hyp mode this is UNPREDICTABLE, and UNDEFINED is one of the outcomes.
        _take_undefined(cpu, Undefined("HVC is UNDEFINED because SCR.HCE is 0"), pc, length)
    elif cpu.system.firmware_answers("hvc", exception.imm):
        _go_on(cpu, pc + length)
    else:
        vector = Vector.SUPERVISOR_CALL if cpu.is_hyp else Vector.HYP_TRAP
        syndrome = (ExceptionClass.HVC, exception.imm, length)
        enter_hyp(cpu, exception, pc, pc + length, vector, syndrome)


def _take_smc(cpu: Cpu, exception: SecureMonitorCall, pc: int, length: int) -> None:
    """SMC's operation and TakeSMCException()."""
    values = cpu.coproc.values
    if cpu.mode == Mode.USR:
        _take_undefined(cpu, Undefined("SMC is UNDEFINED in User mode"), pc, length)
    elif not cpu.secure and not cpu.is_hyp and values["HCR"] & HCR_TSC:
        enter_hyp(cpu, exception, pc, pc, Vector.HYP_TRAP, (ExceptionClass.SMC, 0, length))
    elif values["SCR"] & SCR_SCD and (not cpu.secure or cpu.system.observer is not None):
        # UNPREDICTABLE in Secure state: UNDEFINED with strict rules, without them not disabled, as in QEMU.
        _take_undefined(cpu, Undefined("SMC is UNDEFINED because SCR.SCD is 1"), pc, length)
    elif cpu.system.firmware_answers("smc", exception.imm):
        _go_on(cpu, pc + length)
    else:
        after = pc + length
        cpu.it = itstate.advance(cpu.it)
        enter_monitor(cpu, exception, pc, Vector.SUPERVISOR_CALL, link=after, preferred=after)


def _go_on(cpu: Cpu, after: int) -> None:
    """Firmware has answered a call: execution goes on behind it."""
    cpu.r[15] = after & 0xFFFF_FFFF
    cpu.it = itstate.advance(cpu.it)


def _take_prefetch_abort(cpu: Cpu, exception: PrefetchAbort, pc: int, length: int) -> None:
    """TakePrefetchAbortException()."""
    _abort(cpu, exception, exception.fault, pc, Vector.PREFETCH_ABORT, pc + 4, length)


def _take_data_abort(cpu: Cpu, exception: DataAbort, pc: int, length: int) -> None:
    """TakeDataAbortException()."""
    if exception.loaded:
        _keep_loaded(cpu, exception.loaded, cpu.system.instruction(pc))
    _abort(cpu, exception, exception.fault, pc, Vector.DATA_ABORT, pc + 8, length)


def _keep_loaded(cpu: Cpu, words: Sequence[int], insn: Insn | None) -> None:
    """Put what LDM, POP or LDRD had loaded before the abort into its registers, but for the base and the PC.

    The manual makes them UNKNOWN (B1.9.8, Effects of data-aborted instructions); QEMU has them so.
    """
    if insn is None:
        return
    if "register_list" in insn:
        numbers = [number for number in range(15) if insn["register_list"] >> number & 1]
    elif insn.heading.startswith("LDRD"):
        numbers = [insn["Rt"], insn.fields.get("Rt2", insn["Rt"] + 1)]
    else:
        return  # VLDM, which has kept its own, and RFE
    for number, word in zip(numbers, words, strict=False):
        if number != insn.fields.get("Rn"):
            cpu.r[number] = word


def _take_breakpoint(cpu: Cpu, exception: Breakpoint, pc: int, length: int) -> None:
    """BKPT without halting debug: a Prefetch Abort that reports a debug event (C3.1)."""
    fault = Fault(FaultKind.DEBUG, pc, why=f"BKPT #{exception.imm:#x}")
    _abort(cpu, exception, fault, pc, Vector.PREFETCH_ABORT, pc + 4, length)


def _take_hyp_trap(cpu: Cpu, exception: HypTrap, pc: int, length: int) -> None:
    """TakeHypTrapException(), or with the same syndrome from Hyp mode itself (HCPTR) UNDEFINED."""
    vector = Vector.UNDEFINED if cpu.is_hyp else Vector.HYP_TRAP
    enter_hyp(cpu, exception, pc, pc, vector, (exception.ec, exception.iss, length))


def _take_interrupt(cpu: Cpu, exception: Interrupt, pc: int, length: int) -> None:
    """TakePhysicalIRQException() and TakePhysicalFIQException(); ``pc`` is the next instruction."""
    values = cpu.coproc.values
    fiq = exception.fiq
    vector = Vector.FIQ if fiq else Vector.IRQ
    if values["SCR"] & (SCR_FIQ if fiq else SCR_IRQ):
        enter_monitor(cpu, exception, pc, vector, link=pc + 4, preferred=pc)
    elif cpu.is_hyp or (not cpu.secure and values["HCR"] & (HCR_FMO if fiq else HCR_IMO)):
        enter_hyp(cpu, exception, pc, pc, vector, syndrome=None)
    else:
        enter_pl1(cpu, exception, pc, Mode.FIQ if fiq else Mode.IRQ, vector, link=pc + 4, preferred=pc)


def _take_virtual_interrupt(cpu: Cpu, exception: VirtualInterrupt, pc: int, length: int) -> None:
    """TakeVirtualIRQException() and TakeVirtualFIQException()."""
    mode, vector = (Mode.FIQ, Vector.FIQ) if exception.fiq else (Mode.IRQ, Vector.IRQ)
    enter_pl1(cpu, exception, pc, mode, vector, link=pc + 4, preferred=pc)


def _take_asynchronous_abort(cpu: Cpu, exception: AsynchronousAbort, pc: int, length: int) -> None:
    """TakeDataAbortException() for an asynchronous abort, and TakeVirtualAbortException().

    The fault address registers are UNKNOWN then: they keep what they held.
    """
    fault = Fault(FaultKind.ASYNCHRONOUS, 0, why=exception.why)
    if exception.virtual:
        _report_pl1(cpu, fault, fetch=False, secure=False)
        enter_pl1(cpu, exception, pc, Mode.ABT, Vector.DATA_ABORT, link=pc + 8, preferred=pc)
    else:
        _abort(cpu, exception, fault, pc, Vector.DATA_ABORT, pc + 8, length)


def _abort(
    cpu: Cpu, exception: GuestException, fault: Fault, pc: int, vector: Vector, link: int, length: int
) -> None:
    """What the abort exceptions share: where to, and which syndrome registers say why."""
    values = cpu.coproc.values
    fetch = vector is Vector.PREFETCH_ABORT
    far = None if fault.kind is FaultKind.ASYNCHRONOUS else fault.va
    if fault.external and values["SCR"] & SCR_EA:
        _report_pl1(cpu, fault, fetch, secure=True)
        enter_monitor(cpu, exception, pc, vector, link=link, preferred=pc, far=far)
        return
    from_hyp = cpu.is_hyp
    to_hyp = from_hyp or (
        not cpu.secure
        and (
            fault.stage2
            or (fault.kind is FaultKind.DEBUG and values["HDCR"] & HDCR_TDE)
            or (fault.kind is FaultKind.ASYNCHRONOUS and values["HCR"] & HCR_AMO)
            or (cpu.mode == Mode.USR and values["HCR"] & HCR_TGE)
        )
    )
    if not to_hyp:
        _report_pl1(cpu, fault, fetch, cpu.secure)
        enter_pl1(cpu, exception, pc, Mode.ABT, vector, link=link, preferred=pc, far=far)
        return
    status = long_status(fault) | fault.on_walk << 7
    if fetch:
        ec = ExceptionClass.PREFETCH_ABORT_HYP if from_hyp else ExceptionClass.PREFETCH_ABORT_LOWER
        values["HIFAR"] = _ifar(cpu, fault, "HIFAR")
    else:
        ec = ExceptionClass.DATA_ABORT_HYP if from_hyp else ExceptionClass.DATA_ABORT_LOWER
        status |= fault.write << 6 | fault.maintenance << 8
        if far is not None:
            values["HDFAR"] = fault.va
        if fault.stage2 and not fault.on_walk and not fault.maintenance:
            status |= _load_store_syndrome(cpu, pc)
    if fault.stage2 and fault.ipa is not None:
        known = cpu.system.observer is None or fault.on_walk or fault.kind in _IPA_REPORTED
        values["HPFAR"] = fault.ipa >> 12 << 4 if known else values.unknown("HPFAR")
    syndrome = (ec, status, length)
    enter_hyp(cpu, exception, pc, pc, vector if from_hyp else Vector.HYP_TRAP, syndrome, far=far)


def _ifar(cpu: Cpu, fault: Fault, name: str) -> int:
    """What an abort of a fetch writes to an IFAR: UNKNOWN on a debug event, where QEMU writes zero."""
    if fault.kind is not FaultKind.DEBUG:
        return fault.va
    return cpu.coproc.values.unknown(name) if cpu.system.observer is not None else 0


def _load_store_syndrome(cpu: Cpu, pc: int) -> int:
    insn = cpu.system.instruction(pc)
    return load_store_syndrome(insn) if insn is not None else 0


def _report_pl1(cpu: Cpu, fault: Fault, fetch: bool, secure: bool) -> None:
    """Write DFSR and DFAR, or IFSR and IFAR, of the security state that takes the abort."""
    values = cpu.coproc.values
    bank = "_S" if secure else "_NS"
    if values["TTBCR" + bank] & TTBCR_EAE:
        status = 1 << 9 | long_status(fault)
    else:
        code = short_status(fault)
        status = (code & 0xF) | (code >> 4) << 10
        status |= fault.domain << 4  # of IFSR, where these bits are UNK/SBZP, as QEMU has it
    if fetch:
        values["IFSR" + bank] = status
        values["IFAR" + bank] = _ifar(cpu, fault, "IFAR" + bank)
    else:
        values["DFSR" + bank] = status | fault.write << 11 | fault.maintenance << 13
        if fault.kind is not FaultKind.ASYNCHRONOUS:  # DFAR is UNKNOWN then
            values["DFAR" + bank] = fault.va


def _traps_general(cpu: Cpu) -> bool:
    """Whether HCR.TGE takes this Non-secure User mode exception to Hyp mode."""
    return cpu.mode == Mode.USR and not cpu.secure and bool(cpu.coproc.values["HCR"] & HCR_TGE)


_TAKE: dict[type[GuestException], Callable[[Cpu, Any, int, int], None]] = {
    Undefined: _take_undefined,
    SupervisorCall: _take_svc,
    HypervisorCall: _take_hvc,
    SecureMonitorCall: _take_smc,
    PrefetchAbort: _take_prefetch_abort,
    DataAbort: _take_data_abort,
    Breakpoint: _take_breakpoint,
    HypTrap: _take_hyp_trap,
    Interrupt: _take_interrupt,
    VirtualInterrupt: _take_virtual_interrupt,
    AsynchronousAbort: _take_asynchronous_abort,
}
"""The closed union, and what each member becomes."""
