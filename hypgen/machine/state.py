"""The whole state of a machine's CPUs as plain data, by architectural names.

Registers that are banked by security state appear once for each: ``SCTLR_S`` and ``SCTLR_NS``. All
numbers are integers; JSON has no hexadecimal ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hypgen.arch import registers as cp15
from hypgen.arch.psr import MODES
from hypgen.arch.register import Register
from hypgen.emulator.cp15 import NON_SECURE, SECURE
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.machine.results import RunResult

if TYPE_CHECKING:
    from hypgen.machine.machine import Machine

CORE_NAMES = (*(f"r{number}" for number in range(13)), "sp", "lr", "pc")
"""The core registers of the current mode, in the order of their numbers."""
VFP_NAMES = tuple(f"d{number}" for number in range(32))
"""The doubleword registers of the Advanced SIMD and Floating-point Extensions."""


def system_registers() -> Iterator[tuple[str, Register]]:
    """The stored name and the row of every system register that holds a value, in the table's order."""
    for name, row in cp15.BY_NAME.items():
        if row.operation:
            continue
        if row.banked:
            yield name + SECURE, row
            yield name + NON_SECURE, row
        else:
            yield name, row


def cpu_state(cpu: Cpu, power: str) -> dict[str, object]:
    """One CPU: ``core`` registers of its mode, ``cpsr``, ``banked`` ones with all SPSRs, ``system`` and
    ``vfp`` registers; ``power`` is ``on``, ``off`` or ``held``."""
    mode = MODES.get(cpu.mode)
    return {
        "index": cpu.index,
        "power": power,
        "waiting": cpu.waiting,
        "instructions": cpu.count,
        "mode": mode.suffix if mode is not None else cpu.mode,
        "secure": cpu.secure,
        "core": {name: cpu.r[number] for number, name in enumerate(CORE_NAMES)},
        "cpsr": cpu.cpsr(),
        "banked": {name: cpu.read_banked(name) for name in BANKED_NAMES},
        "system": {name: cpu.coproc.read(name) for name, _ in system_registers()},
        "vfp": {name: cpu.extension.read(name) for name in VFP_NAMES},
    }


def machine_state(machine: Machine, result: RunResult) -> dict[str, object]:
    """Every CPU, why the run stopped, and how many instructions it took."""
    stop = result.stop
    return {
        "format": 1,
        "board": machine.board.name,
        "mode": machine.mode,
        "stop": {"kind": stop.kind, "sentence": stop.sentence, "pc": stop.pc, "cpu": stop.cpu},
        "instructions": result.instructions,
        "exceptions": machine.exceptions_dropped + len(machine.exceptions),
        "cpus": [cpu_state(cpu, machine.scheduler.power(cpu.index).value) for cpu in machine.cpus],
    }
