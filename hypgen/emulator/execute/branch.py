"""Branches (DDI 0406C A5.5, A6.2, A6.3.4; each under its name in A8.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import Mode
from hypgen.arch.registers import HSTR
from hypgen.emulator.exceptions import HypTrap
from hypgen.emulator.execute.branching import PC, branch_write_pc, bx_write_pc, link, literal_base, pc_operand
from hypgen.emulator.execute.closures import Op, close
from hypgen.emulator.execute.registry import binds

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = 0xFFFF_FFFF


def _target(insn: Insn, pc: int) -> int:
    return pc_operand(pc, insn.thumb) + insn["imm32"] & MASK


@binds("B", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    return close("r[15] = target", r=cpu.r, target=_target(insn, pc))


@binds("BL (immediate)", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    body = "r[14] = next_address\nr[15] = target"
    return close(body, r=cpu.r, target=_target(insn, pc), next_address=link(insn, pc))


@binds("BLX (immediate)", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    target = literal_base(pc, insn.thumb) + insn["imm32"] & MASK
    r, other_state, next_address = cpu.r, int(not insn.thumb), link(insn, pc)

    def blx() -> None:
        r[14] = next_address
        cpu.t = other_state
        r[15] = target

    return blx


@binds("BX", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    m, pc_value = insn["Rm"], pc_operand(pc, insn.thumb)
    body = f"bx_write_pc(cpu, {'pc' if m == PC else 'r[m]'})"
    return close(body, cpu=cpu, r=cpu.r, m=m, pc=pc_value, bx_write_pc=bx_write_pc)


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
    body = "bx_write_pc(cpu, r[m])\nr[14] = next_address"
    return close(body, cpu=cpu, r=cpu.r, m=insn["Rm"], next_address=link(insn, pc), bx_write_pc=bx_write_pc)


@binds("CBNZ, CBZ", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    zero = "" if insn["op"] else "not "
    return close(f"if {zero}r[n]: r[15] = target", r=cpu.r, n=insn["Rn"], target=_target(insn, pc))


@binds("TBB, TBH", ends_block=True)
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, n, m, pc_value = cpu.r, insn["Rn"], insn["Rm"], pc_operand(pc, thumb=True)
    load, shift = (cpu.mem.load16, 1) if insn["H"] else (cpu.mem.load8, 0)

    def table_branch() -> None:
        table = pc_value if n == PC else r[n]
        halfwords = load(table + (r[m] << shift) & MASK)
        branch_write_pc(cpu, pc_value + 2 * halfwords & MASK)

    return table_branch
