"""Instructions that cause exceptions, and that return from them (DDI 0406C B9.3, A8.8).

Where an exception is taken, and whether HVC and SMC are UNDEFINED, is :mod:`hypgen.emulator.entry`'s
business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch.psr import MODES, Mode
from hypgen.emulator.exceptions import (
    Breakpoint,
    HypervisorCall,
    SecureMonitorCall,
    SupervisorCall,
    Undefined,
)
from hypgen.emulator.execute.closures import Op, causing
from hypgen.emulator.execute.exception_return import HYP, RETURN_STATE, exception_return, in_user_or_system
from hypgen.emulator.execute.registry import Unpredictable, binds

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = 0xFFFF_FFFF


@binds("SVC", ends_block=True)
def _(_cpu: Cpu, insn: Insn, _pc: int) -> Op:
    imm = insn["imm32"] & 0xFFFF  # CallSupervisor(imm32<15:0>)

    return causing(SupervisorCall(imm))


@binds("HVC", ends_block=True)
def _(_cpu: Cpu, insn: Insn, _pc: int) -> Op:
    imm = insn["imm16"]

    return causing(HypervisorCall(imm))


@binds("SMC", ends_block=True)
def _(_cpu: Cpu, insn: Insn, _pc: int) -> Op:
    imm = insn["imm4"]

    return causing(SecureMonitorCall(imm))


@binds("BKPT", ends_block=True)
def _(_cpu: Cpu, insn: Insn, _pc: int) -> Op:
    imm = insn["imm16"]

    def bkpt() -> None:
        raise Breakpoint(imm)

    return bkpt


@binds("UDF", ends_block=True)
def _(_cpu: Cpu, insn: Insn, _pc: int) -> Op:
    raise Undefined(f"UDF #{insn['imm16']:#x} is permanently UNDEFINED")


@binds("ERET", ends_block=True)
def _(cpu: Cpu, _insn: Insn, _pc: int) -> Op:
    banks, returns = cpu.banks, cpu.returns

    def eret() -> None:
        if cpu.mode == HYP:
            address, value = banks["ELR_hyp"], banks["SPSR_hyp"]
            known = returns.get(value & RETURN_STATE | HYP << 27)
            if known is None:
                exception_return(cpu, address, value)
            else:
                known(address, value)
            return
        if in_user_or_system(cpu):
            raise Unpredictable("ERET in User or System mode, which have no SPSR, is UNPREDICTABLE")
        exception_return(cpu, cpu.r[14], cpu.spsr)

    return eret


def _pair(insn: Insn) -> tuple[int, int]:
    """Distances of RFE and SRS from the base: to the lower of the two words, and to the new base."""
    increment, before = insn["U"], insn["P"]
    word_higher = increment == before
    return (0 if increment else -8) + (4 if word_higher else 0), 8 if increment else -8


@binds("RFE", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, n, writeback = cpu.r, insn["Rn"], insn["W"]
    lowest, change = _pair(insn)

    def rfe() -> None:
        if cpu.mode == Mode.HYP:
            raise Undefined("RFE is UNDEFINED in Hyp mode: only ERET returns from an exception there")
        if cpu.mode == Mode.USR:
            raise Unpredictable("RFE in User mode is UNPREDICTABLE")
        base, mem = r[n], cpu.mem
        new_pc = mem.load32_aligned(base + lowest & MASK)
        value = mem.load32_aligned(base + lowest + 4 & MASK)
        if writeback:
            r[n] = base + change & MASK
        exception_return(cpu, new_pc, value)

    return rfe


@binds("SRS")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, mode, writeback = cpu.r, insn["mode"], insn["W"]
    lowest, change = _pair(insn)
    if mode not in MODES:
        raise Unpredictable(f"SRS with the stack of mode {mode:#04x}, which is no mode, is UNPREDICTABLE")
    stack_pointer = "SP_usr" if mode == Mode.SYS else f"SP_{MODES[mode].suffix}"

    def srs() -> None:
        if cpu.mode == Mode.HYP:
            raise Undefined("SRS is UNDEFINED in Hyp mode")
        if in_user_or_system(cpu):
            raise Unpredictable("SRS in User or System mode, which have no SPSR, is UNPREDICTABLE")
        if mode == Mode.MON and not cpu.secure:
            raise Unpredictable("SRS with Monitor mode's stack in Non-secure state is UNPREDICTABLE")
        base, mem = cpu.read_banked(stack_pointer), cpu.mem
        mem.store32_aligned(base + lowest & MASK, r[14])
        mem.store32_aligned(base + lowest + 4 & MASK, cpu.spsr)
        if writeback:
            cpu.write_banked(stack_pointer, base + change & MASK)

    return srs
