"""Access to the PSRs and the banked registers (DDI 0406C B9.3): MRS, MSR, CPS, SETEND.

MSR (immediate) is bound in ``hints``, the twin of the file with its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch import psr
from hypgen.arch.banked import BANKED_REGISTERS
from hypgen.arch.psr import MODES, Mode
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.exception_return import in_user_or_system, write_cpsr_by_instruction
from hypgen.emulator.execute.registry import Unpredictable, binds, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

_READABLE = ~(psr.EXECUTION_STATE_MASK | psr.RESERVED)
"""MRS reads the CPSR with the execution state bits other than E masked out (B9.3.8)."""

_KEPT_IN_SPSR = 1 << 20
"""Of the reserved bits, UNK/SBZP, what an SPSR keeps as written: QEMU does, and an SPSR may."""


@binds("MRS")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d = cpu.r, insn["Rd"]

    def mrs_cpsr() -> None:
        r[d] = cpu.cpsr() & _READABLE

    def mrs_spsr() -> None:
        _check_spsr(cpu)
        r[d] = cpu.spsr

    return mrs_spsr if insn["R"] else mrs_cpsr


def _check_spsr(cpu: Cpu) -> None:
    if in_user_or_system(cpu):
        raise Unpredictable("User and System mode have no SPSR: MRS and MSR of it are UNPREDICTABLE")


def writes_more_than_flags(insn: Insn) -> bool:
    """Whether MSR writes a byte of the CPSR that holds state of the CPU: E, the masks or the mode."""
    return not insn["R"] and bool(insn["mask"] & 0b0011)


def msr(cpu: Cpu, insn: Insn, operand: Callable[[], int]) -> Op:
    """MSR of what ``operand`` gives, to the bytes of the CPSR or SPSR that the mask selects."""
    byte_mask = psr.byte_mask(insn["mask"])
    spsr_mask = byte_mask & ~(psr.RESERVED & ~_KEPT_IN_SPSR)
    flags = psr.byte_mask(insn["mask"] & 0b1000) & psr.APSR_MASK
    ge = bool(insn["mask"] & 0b0100)

    def msr_spsr() -> None:
        """SPSRWriteByInstr (B1.3.3)."""
        _check_spsr(cpu)
        value = operand()
        if spsr_mask & psr.M.mask and psr.M.get(value) not in MODES:
            raise Unpredictable(
                f"writing {psr.M.get(value):#04x} to SPSR.M, which is no mode, is UNPREDICTABLE"
            )
        cpu.spsr = cpu.spsr & ~spsr_mask | value & spsr_mask

    def msr_cpsr() -> None:
        write_cpsr_by_instruction(cpu, operand(), byte_mask)

    def msr_apsr() -> None:
        value = operand()
        if flags:
            cpu.n, cpu.z, cpu.c = psr.N.get(value), psr.Z.get(value), psr.C.get(value)
            cpu.v, cpu.q = psr.V.get(value), psr.Q.get(value)
        if ge:
            cpu.ge = psr.GE.get(value)

    if insn["R"]:
        return msr_spsr
    return msr_cpsr if writes_more_than_flags(insn) else msr_apsr


@binds("MSR (register)", ends_block=writes_more_than_flags)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, n = cpu.r, insn["Rn"]
    return msr(cpu, insn, lambda: r[n])


_IN_HYP_OR_MONITOR = frozenset({Mode.HYP, Mode.MON})


def check_banked_access(cpu: Cpu, name: str) -> None:
    """BankedRegisterAccessValid and SPSRaccessValid (B9.2.3), whose refusals are all UNPREDICTABLE.

    NSACR.RFR, which could forbid FIQ mode's registers, is 0 with the Virtualization Extensions.
    """
    mode, (register, _, bank) = cpu.mode, name.rpartition("_")
    if mode == Mode.USR:
        why = "MRS and MSR (Banked register) are UNPREDICTABLE in User mode"
    elif name == "ELR_hyp":
        why = "" if mode in _IN_HYP_OR_MONITOR else "it can be named in Hyp and Monitor mode only"
    elif bank == "hyp":
        why = "" if mode == Mode.MON else "it can be named in Monitor mode only"
    elif bank == "mon" and not cpu.secure:
        why = "Monitor mode's registers cannot be named in Non-secure state"
    elif bank == MODES[mode].suffix or (bank == "usr" and _shared_with_user(register, mode)):
        why = "it is the register that the current mode uses itself"
    else:
        why = ""
    if why:
        refuse(cpu, f"access to {name} from {MODES[mode].suffix} mode is UNPREDICTABLE: {why}")


def _shared_with_user(register: str, mode: int) -> bool:
    """Whether ``mode`` uses User mode's ``register`` (table B1-2): r8 to r12, SP or LR."""
    if register == "SP":
        return mode == Mode.SYS
    if register == "LR":
        return mode in (Mode.SYS, Mode.HYP)
    return mode != Mode.FIQ


@binds("MRS (Banked register)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, name = cpu.r, insn["Rd"], BANKED_REGISTERS[insn["R"], insn["M"], insn["M1"]]

    def mrs_banked() -> None:
        check_banked_access(cpu, name)
        r[d] = cpu.read_banked(name)

    return mrs_banked


@binds("MSR (Banked register)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, n, name = cpu.r, insn["Rn"], BANKED_REGISTERS[insn["R"], insn["M"], insn["M1"]]

    def msr_banked() -> None:
        check_banked_access(cpu, name)
        cpu.write_banked(name, r[n])

    return msr_banked


@binds("CPS", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    masks = sum(field.mask for field in (psr.A, psr.I, psr.F) if insn[field.name])
    enable, disable = insn["imod"] == 0b10, insn["imod"] == 0b11
    changed = (masks if enable or disable else 0) | (psr.M.mask if insn["M"] else 0)
    wanted = (masks if disable else 0) | insn["mode"]

    def cps() -> None:
        if cpu.mode != Mode.USR:  # a NOP there
            write_cpsr_by_instruction(cpu, wanted, changed)

    return cps


@binds("SETEND", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    big_endian = psr.E.put(0, insn["E"])

    def setend() -> None:
        cpu.write_cpsr(cpu.cpsr() & ~psr.E.mask | big_endian)

    return setend
