"""What a run did, as text: JSON lines for programs, and QEMU's ``-d exec,cpu,int`` format for diffs.

Pure functions from an event to text, and the :class:`Tracer` that writes the events of a machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypgen.arch import psr
from hypgen.arch.psr import MODES, Mode
from hypgen.emulator.exceptions import ExceptionTaken

if TYPE_CHECKING:
    from hypgen.emulator.block import Block
    from hypgen.emulator.cpu import Cpu
    from hypgen.machine.machine import Machine

Symbolize = Callable[[int], str]
"""Gives the ``symbol+offset`` of an address; LoadedImage.symbolize is one."""

_QEMU_EXCEPTIONS = {
    "Undefined": (1, "Undefined Instruction"),
    "SupervisorCall": (2, "SVC"),
    "PrefetchAbort": (3, "Prefetch Abort"),
    "DataAbort": (4, "Data Abort"),
    "Breakpoint": (7, "Breakpoint"),
    "HypervisorCall": (11, "Hypervisor Call"),
    "HypTrap": (12, "Hypervisor Trap"),
    "SecureMonitorCall": (13, "Secure Monitor Call"),
}
"""QEMU's number and name of each kind of exception (target/arm/cpu.h, EXCP_*)."""
_QEMU_INTERRUPTS = {0x18: (5, "IRQ"), 0x1C: (6, "FIQ")}
"""The same for interrupts, by vector offset."""


@dataclass(frozen=True, slots=True)
class BlockExecuted:
    """A basic block about to run on ``cpu``: its address and the state before its first instruction.

    ``count`` is how many instructions the CPU had executed before; ``registers`` are r0 to r15 of the
    current mode, r15 being the block's address.
    """

    cpu: int
    pc: int
    count: int
    registers: Sequence[int]
    cpsr: int


def block_json(block: BlockExecuted, symbolize: Symbolize | None = None) -> str:
    """One line of JSON for a block; numbers are decimal, as JSON has no other."""
    event: dict[str, object] = {
        "event": "block",
        "cpu": block.cpu,
        "count": block.count,
        "pc": block.pc,
        "cpsr": block.cpsr,
        "r": list(block.registers),
    }
    if symbolize is not None:
        event["symbol"] = symbolize(block.pc)
    return json.dumps(event)


def exception_json(taken: ExceptionTaken, symbolize: Symbolize | None = None) -> str:
    """One line of JSON for an exception entry; ``hsr`` and ``far`` are null where entry wrote none."""
    event: dict[str, object] = {
        "event": "exception",
        "cpu": taken.cpu,
        "count": taken.count,
        "kind": taken.kind,
        "slot": taken.slot,
        "from": _mode_name(taken.from_mode),
        "to": _mode_name(taken.to_mode),
        "hsr": taken.hsr,
        "far": taken.far,
        "pc": taken.pc,
        "preferred_return": taken.preferred_return,
        "vector_pc": taken.vector_pc,
    }
    if symbolize is not None:
        event["symbol"] = symbolize(taken.pc)
        event["return_symbol"] = symbolize(taken.preferred_return)
    return json.dumps(event)


def block_qemu(block: BlockExecuted, symbolize: Symbolize | None = None) -> str:
    """A block as QEMU logs it with ``-d exec,cpu``: a Trace line, then the registers, then the PSR."""
    symbol = f" {symbolize(block.pc)}" if symbolize is not None else ""
    lines = [f"Trace {block.cpu}: {block.count} [{block.cpsr:08x}/{block.pc:08x}]{symbol}"]
    for first in range(0, 16, 4):
        four = enumerate(block.registers[first : first + 4], first)
        lines.append(" ".join(f"R{number:02d}={value:08x}" for number, value in four))
    lines.append(_psr_qemu(block.cpsr))
    return "\n".join(lines)


def exception_qemu(taken: ExceptionTaken, secure: bool = False) -> str:
    """An exception entry as QEMU logs it with ``-d int``; ``secure`` is the state that it came from."""
    number, name = _QEMU_INTERRUPTS.get(taken.slot) or _QEMU_EXCEPTIONS[taken.kind]
    source, target = (_exception_level(mode, secure) for mode in (taken.from_mode, taken.to_mode))
    lines = [f"Taking exception {number} [{name}] on CPU {taken.cpu}", f"...from EL{source} to EL{target}"]
    if taken.hsr is not None:
        lines.append(f"...with ESR 0x{taken.hsr >> 26:x}/0x{taken.hsr:x}")
    return "\n".join(lines)


def _psr_qemu(value: int) -> str:
    flags = "".join(field.name if field.get(value) else "-" for field in (psr.N, psr.Z, psr.C, psr.V))
    return f"PSR={value:08x} {flags} {'T' if psr.T.get(value) else 'A'} {_mode_name(psr.M.get(value))}32"


def _mode_name(mode: int) -> str:
    known = MODES.get(mode)
    return known.suffix if known is not None else f"{mode:#04x}"


def _exception_level(mode: int, secure: bool) -> int:
    """The exception level at which QEMU runs a mode, with EL3 using AArch32."""
    if mode == Mode.USR:
        return 0
    if mode == Mode.HYP:
        return 2
    return 3 if secure or mode == Mode.MON else 1


class Tracer:
    """Writes a line (or, in QEMU's format, some) to ``write`` for every block and exception of a machine."""

    def __init__(self, machine: Machine, write: Callable[[str], object], qemu: bool = False) -> None:
        self._machine = machine
        self._write = write
        self._qemu = qemu
        self._secure = [cpu.secure for cpu in machine.cpus]
        machine.hooks.append(self._block)
        machine.on_exception.append(self._exception)

    def _symbolize(self) -> Symbolize | None:
        image = self._machine.image
        return image.symbolize if image is not None and image.symbols else None

    def _block(self, cpu: Cpu, block: Block) -> None:
        self._secure[cpu.index] = cpu.secure
        event = BlockExecuted(cpu.index, block.va, cpu.count, (*cpu.r[:15], block.va), cpu.cpsr())
        self._write((block_qemu if self._qemu else block_json)(event, self._symbolize()) + "\n")

    def _exception(self, taken: ExceptionTaken) -> None:
        if self._qemu:
            text = exception_qemu(taken, self._secure[taken.cpu])
        else:
            text = exception_json(taken, self._symbolize())
        self._write(text + "\n")
