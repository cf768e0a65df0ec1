"""MSR (immediate), If-Then and hints (DDI 0406C A5.2.11, A6.2.5), memory hints and barriers (A5.7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.bits import ror32
from hypgen.emulator.execute.closures import Op, close
from hypgen.emulator.execute.registry import binds
from hypgen.emulator.execute.status_register import msr, writes_more_than_flags

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu


@binds("MSR (immediate)", ends_block=writes_more_than_flags)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    imm32 = ror32(insn["imm12"] & 0xFF, insn["imm12"] >> 8 << 1)  # ARMExpandImm
    return msr(cpu, insn, lambda: imm32)


@binds(
    "NOP",
    "IT",  # what it does is in the ITSTATE with which the instructions after it are decoded
    "Unallocated hint",
    "PLD (literal)",
    "PLD, PLDW (immediate)",
    "PLD, PLDW (register)",
    "PLI (immediate, literal)",
    "PLI (register)",
    "Unallocated memory hint (immediate)",
    "Unallocated memory hint (register)",
)
def _(_cpu: Cpu, _insn: Insn, _pc: int) -> Op:
    return close("pass")  # without architectural effect


@binds("YIELD", "WFE", "WFI", "SEV", "DBG", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    name = insn.heading.lower()

    def hint() -> None:
        cpu.hint(name)

    return hint


@binds("DMB", "DSB", "ISB", ends_block=lambda insn: insn.heading == "ISB")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    kind, option = insn.heading.lower(), insn["option"]

    def barrier() -> None:
        cpu.barrier(kind, option)

    return barrier


@binds("CLREX")
def _(cpu: Cpu, _insn: Insn, _pc: int) -> Op:
    def clrex() -> None:
        cpu.system.clear_exclusive()

    return clrex
