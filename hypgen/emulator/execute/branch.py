"""Branches (DDI 0406C A5.5; each under its name in A8.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import Mode
from hypgen.arch.registers import HSTR
from hypgen.bits import sign_extend
from hypgen.emulator.exceptions import HypTrap
from hypgen.emulator.execute.branching import PC, bx_write_pc, pc_operand
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.registry import binds

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = 0xFFFF_FFFF


def _target(insn: Insn, pc: int) -> int:
    return pc_operand(pc) + sign_extend(insn["imm24"] << 2, 26) & MASK


@binds("B", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, target = cpu.r, _target(insn, pc)

    def b() -> None:
        r[15] = target

    return b


@binds("BL (immediate)", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, target, link = cpu.r, _target(insn, pc), pc + 4 & MASK

    def bl() -> None:
        r[14] = link
        r[15] = target

    return bl


@binds("BLX (immediate)", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, target, link = cpu.r, _target(insn, pc) + (insn["H"] << 1) & MASK, pc + 4 & MASK

    def blx() -> None:
        r[14] = link
        cpu.t = 1
        r[15] = target

    return blx


@binds("BX", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, m, pc_value = cpu.r, insn["Rm"], pc_operand(pc)

    def bx() -> None:
        bx_write_pc(cpu, pc_value if m == PC else r[m])

    return bx


@binds("BXJ", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, m, tjdbx = cpu.r, insn["Rm"], HSTR.field("TJDBX").mask

    def bxj() -> None:
        if not cpu.secure and cpu.mode != Mode.HYP and cpu.coproc.values["HSTR"] & tjdbx:
            raise HypTrap(ExceptionClass.BXJ, m)
        # Jazelle is the trivial implementation, where JMCR.JE is never 1 and BXJ is BX (A2.10.2).
        bx_write_pc(cpu, r[m])

    return bxj


@binds("BLX (register)", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, m, link = cpu.r, insn["Rm"], pc + 4 & MASK

    def blx_register() -> None:
        target = r[m]
        r[14] = link
        bx_write_pc(cpu, target)

    return blx_register
