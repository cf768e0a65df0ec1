"""The state in which a CPU begins: that of the board's entry contract, and UNKNOWN for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch import registers as cp15
from hypgen.arch.psr import APSR_MASK, Mode
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.emulator.extension import SIZE
from hypgen.emulator.memory import PhysicalMemory
from hypgen.emulator.unknown import Unknown

if TYPE_CHECKING:
    from hypgen.board.model import Board

ENTRY_MODES = {"hyp": Mode.HYP, "svc": Mode.SVC, "secure-svc": Mode.SVC, "mon": Mode.MON}
"""Modes that an image can be entered in; the first two are Non-secure."""
SECURE_MODES = frozenset({"secure-svc", "mon"})

_MASKED = 0x1C0
"""CPSR.A, I and F: how firmware hands over."""
_HANDED_OVER = cp15.SCR.bit("NS") | cp15.SCR.bit("HCE") | cp15.SCR.bit("FW") | cp15.SCR.bit("AW")
"""SCR as firmware leaves it for a Non-secure image: HVC enabled, interrupts not taken to Monitor mode."""
_GRANTED = cp15.NSACR.bit("cp10") | cp15.NSACR.bit("cp11") | cp15.NSACR.bit("NS_SMP")
"""NSACR as firmware leaves it: the floating-point unit and ACTLR.SMP are the Non-secure state's."""
_WITHHELD = cp15.NSACR.bit("NSASEDIS") | cp15.NSACR.bit("NSD32DIS")
"""Bits of NSACR that reset clears and that no firmware sets: they would take a part of that unit away."""
_EVENT_STREAMS = {"CNTKCTL": cp15.CNTKCTL.bit("EVNTEN"), "CNTHCTL": cp15.CNTHCTL.bit("EVNTEN")}
"""Bits that reset clears and that no firmware leaves set: it would send its successor events for ever. That a
WFE may end without a reason is the schedule's (:mod:`hypgen.machine.scheduler`), so no hazard is lost."""
_DISABLED = cp15.CPACR.bit("ASEDIS") | cp15.CPACR.bit("D32DIS")
"""Bits of CPACR that reset clears (B4.1.40), no firmware sets, and would take a part of the unit away."""
_SHORT_VECTORS = cp15.FPSCR.bit("Len") | cp15.FPSCR.bit("Stride")
"""Fields of FPSCR that ask for what no CPU here has. Whoever enables the floating-point unit writes CPACR and
FPEXC alone, and relies on their being 0 from reset on, as the TRMs of Cortex-A7 and -A15 have it."""
_MMU_AND_CACHE = cp15.HSCTLR.bit("M") | cp15.HSCTLR.bit("C")

_GIGABYTE = 1 << 30
_FIRMWARE_HMAIR0 = 0x0000_04FF
"""Attr0 is Normal write-back memory, Attr1 Device."""
_NORMAL_BLOCK = 0x0000_0000_0000_0741
"""Level 1 block: AF, Inner Shareable, read and write, AttrIndx 0."""
_DEVICE_BLOCK = 0x0040_0000_0000_0645
"""Level 1 block: XN, AF, Outer Shareable, read and write, AttrIndx 1."""


def reset(cpu: Cpu, board: Board, mode: str, unknown: Unknown, memory: PhysicalMemory) -> None:
    """Put ``cpu`` into the state of an entry in ``mode``, a key of :data:`ENTRY_MODES`."""
    values = cpu.coproc.values
    values.clear()
    values["FPSCR"] &= ~_SHORT_VECTORS
    if mode not in SECURE_MODES:
        values["SCR"] = _HANDED_OVER
        values["NSACR"] = values["NSACR"] & ~_WITHHELD | _GRANTED
        for name, enabled in _EVENT_STREAMS.items():
            values[name] &= ~enabled
        values["CPACR"] &= ~_DISABLED
        if board.firmware.smc == "none":
            values["SCR"] |= cp15.SCR.bit("SCD")
    if mode == "hyp":
        values["HSCTLR"] &= ~_MMU_AND_CACHE
    elif mode == "svc":
        # Firmware hands over to Supervisor mode with the control register of a reset, and with nothing of
        # Hyp mode in the way: PL1 could not even find out.
        values["SCTLR_NS"] = cp15.SCTLR.reset.value
        values |= {"HCR": 0, "HSTR": 0, "HCPTR": cp15.HCPTR.reset.value, "HDCR": 0}
        values["VPIDR"], values["VMPIDR"] = values["MIDR"], values["MPIDR"]
    prefix = f"cpu{cpu.index}/"
    flags = unknown.word(f"{prefix}CPSR") & APSR_MASK  # the rest is the mode's (B1.9.1, TakeReset)
    cpu.write_cpsr(_MASKED | ENTRY_MODES[mode] | flags)
    for number in range(13):
        cpu.r[number] = unknown.word(f"{prefix}r{number}")
    for name in BANKED_NAMES:
        cpu.write_banked(name, unknown.word(prefix + name))
    cpu.extension.content[:] = unknown.fill(f"{prefix}extension", SIZE)
    if mode == "hyp" and board.entry.hyp_mmu:
        _enter_translated(cpu, memory)
    cpu.system.registers_set()


def enter(cpu: Cpu, entry: int, big_endian: bool = False) -> None:
    """Point ``cpu`` at an image's entry (bit 0: in Thumb state).

    For a BE8 executable its loader has prepared big-endian data: CPSR.E, and EE for exceptions, as
    QEMU's has (hw/arm/boot.c, do_cpu_reset).
    """
    cpu.r[15] = entry & ~1
    cpu.t = entry & 1
    if big_endian:
        values = cpu.coproc.values
        for name in ("SCTLR_S", "SCTLR_NS", "HSCTLR"):
            values[name] |= cp15.SCTLR.bit("EE")
        cpu.e = 1
        cpu.system.registers_set()


def _enter_translated(cpu: Cpu, memory: PhysicalMemory) -> None:
    """Hand over with the Hyp MMU on, as UEFI firmware does: 4 GB mapped one to one.

    A gigabyte that holds RAM is Normal memory, any other Device. The table, four words of 64 bits,
    is in the last page of the RAM that a 32-bit address reaches, where firmware keeps its own.
    """
    writable = [window.span for window in memory.windows if window.dram.writable]
    reached = [span for span in writable if span.start < 1 << 32]
    table = min(max(span.end for span in reached), 1 << 32) - 0x1000
    for index in range(4):
        start = index * _GIGABYTE
        holds_ram = any(span.start < start + _GIGABYTE and start < span.end for span in reached)
        block = start | (_NORMAL_BLOCK if holds_ram else _DEVICE_BLOCK)
        memory.write(table + 8 * index, block.to_bytes(8, "little"))
    values = cpu.coproc.values
    values["HTTBR"] = table
    values["HTCR"] = cp15.HTCR.res1
    values["HMAIR0"], values["HMAIR1"] = _FIRMWARE_HMAIR0, 0
    values["HSCTLR"] = cp15.HSCTLR.reset.value | _MMU_AND_CACHE | cp15.HSCTLR.bit("I")
