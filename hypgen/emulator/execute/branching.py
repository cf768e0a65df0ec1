"""Writing the PC: the manual's BranchWritePC, BXWritePC, LoadWritePC and ALUWritePC (DDI 0406C A2.3.1).

All of them are for ARM and Thumb state: ThumbEE and Jazelle are not modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.emulator.execute.registry import Unpredictable

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

PC = 15
"""The number of the PC among the core registers."""


def pc_operand(pc: int, thumb: bool = False) -> int:
    """What an instruction at ``pc`` reads from R15 (A2.3). ARMv7 stores the same (PCStoreValue)."""
    return (pc + (4 if thumb else 8)) & 0xFFFF_FFFF


def literal_base(pc: int, thumb: bool) -> int:
    """Align(PC, 4): what an address is relative to, when the base register is the PC."""
    return pc_operand(pc, thumb) & ~3


def link(insn: Insn, pc: int) -> int:
    """What a branch with link puts into LR: the next address, in Thumb state with bit 0 set."""
    return (pc + insn.length) & 0xFFFF_FFFF | insn.thumb


def branch_write_pc(cpu: Cpu, address: int) -> None:
    """Continue at ``address`` in the current instruction set; the low bits are ignored."""
    cpu.r[15] = address & ~1 if cpu.t else address & ~3


def bx_write_pc(cpu: Cpu, address: int) -> None:
    """Continue at ``address``, in Thumb state if bit 0 is set. LoadWritePC is the same in ARMv7.

    Raises Unpredictable for an ARM address that is not word-aligned.
    """
    if address & 1:
        cpu.t = 1
        cpu.r[15] = address ^ 1
    elif address & 2:
        raise Unpredictable(
            f"branch to {address:#010x}: bits <1:0> of an interworking address are 0b10 (BXWritePC)"
        )
    else:
        cpu.t = 0
        cpu.r[15] = address


def alu_write_pc(cpu: Cpu, address: int) -> None:
    """Continue at the result of a data-processing instruction: interworks in ARM state only."""
    if cpu.t:
        cpu.r[15] = address & ~1
    else:
        bx_write_pc(cpu, address)
