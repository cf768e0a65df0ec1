"""Executing a case in the core."""

from __future__ import annotations

from hypgen.arch.cores import CORES
from hypgen.arch.psr import Mode
from hypgen.emulator.blocks import Block, Runner
from hypgen.emulator.coprocessor import Coprocessors
from hypgen.emulator.cp15 import RegisterFile
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.emulator.memory import DeviceWindow, Dram, PhysicalMemory, Window
from hypgen.emulator.not_modelled import not_modelled
from hypgen.emulator.system import Stop, System
from hypgen.emulator.unknown import Unknown
from hypgen.units import PhysAddr, Span
from tests.emulator.differential.case import (
    BANKED,
    CONTROLS,
    GENERAL,
    GROUP_SIZE,
    RAM_END,
    SCRATCH_SIZE,
    TABLES,
    VECTOR_BASES,
    Case,
    Outcome,
    Raised,
)
from tests.emulator.differential.tables import FIXED, table_content

EXTERNAL = 0x10
LIMIT = 200
"""Instructions after which a case is no case: it loops."""
_CORE = CORES["cortex-a15"]
_VECTORS = frozenset(base + slot for base in VECTOR_BASES.values() for slot in range(0, 0x20, 4))
_UNKNOWN = Unknown(1)


class _Elsewhere:
    """Memory that QEMU has and a case must not touch."""

    def read(self, offset: int, size: int) -> int:
        raise not_modelled("reading what is not the case's")

    def write(self, offset: int, size: int, value: int) -> None:
        raise not_modelled("writing what is not the case's")


def _machine(case: Case) -> tuple[Cpu, Runner, PhysicalMemory, list[ExceptionTaken]]:
    memory = PhysicalMemory()
    group = Span.sized(PhysAddr(case.base), GROUP_SIZE)
    tables = Dram("tables", 0x1000, _UNKNOWN)
    tables.fill(0, table_content())
    memory.add_window(Window("tables", Span.sized(PhysAddr(TABLES), 0x1000), tables))
    memory.add_window(Window("case", group, Dram("case", GROUP_SIZE, _UNKNOWN)))
    for start, end in (
        (0, TABLES),
        (TABLES + 0x1000, case.base),
        (case.base + GROUP_SIZE, RAM_END),
    ):
        span = Span.sized(PhysAddr(start), end - start)
        memory.add_device(DeviceWindow("elsewhere", span, _Elsewhere()))
    memory.write(case.base, case.memory)
    cpu = Cpu(0)
    values = RegisterFile(_UNKNOWN, 0, _CORE.registers)
    cpu.coproc = Coprocessors(cpu, values)
    exceptions: list[ExceptionTaken] = []
    System(cpu, memory, exceptions)
    values.update(FIXED)
    values.update({name: case.registers[name] for name in CONTROLS})
    for index, name in enumerate(GENERAL):
        cpu.r[index] = case.registers[name]
    for name in BANKED:
        cpu.write_banked(name, case.registers[name])
    cpu.write_banked("LR_mon", case.registers["PC"])
    cpu.write_banked("SPSR_mon", case.registers["CPSR"])
    cpu.write_cpsr(case.registers["CPSR"])
    cpu.system.registers_set()
    cpu.r[15] = case.registers["PC"]
    runner = Runner(cpu)
    runner.set_breakpoints(_VECTORS)
    return cpu, runner, memory, exceptions


def execute(case: Case) -> Outcome | int | None:
    """What the case leaves; or the address of an instruction that it must not have; None for no case.

    That is one which the core refuses as UNPREDICTABLE or not modelled, or reaches what is not the
    case's.
    """
    cpu, runner, memory, exceptions = _machine(case)
    scratch = range(case.base, case.base + SCRATCH_SIZE)
    code = range(case.pc, case.pc + sum(map(len, case.instructions)))
    thumb = cpu.t
    strange: list[int] = []

    def see(cpu: Cpu, block: Block) -> None:
        if block.va in scratch or (block.va in code and cpu.t != thumb):
            strange.append(block.va)

    runner.hooks.append(see)
    stop: Stop = runner.run(LIMIT)
    if stop.kind == "limit" or strange:
        return None  # it loops, or executes what are no instructions of it
    if stop.kind != "until":
        return cpu.r[15]
    taken = exceptions[-1]
    fetched = taken.kind == "PrefetchAbort" and taken.pc - case.base not in range(GROUP_SIZE)
    if fetched and taken.pc < RAM_END:
        return None
    content = memory.read(case.base, GROUP_SIZE)
    if content[SCRATCH_SIZE:] != case.memory[SCRATCH_SIZE:]:
        return None  # it has changed its code, and need not see that
    raised = _raised(case, cpu, taken)
    if raised.fault == EXTERNAL and (taken.far & 3 or taken.far < RAM_END):
        return taken.pc  # QEMU names the aligned address; or has a device there
    registers = dict(zip(GENERAL[:8], cpu.r, strict=False))
    for name in (*GENERAL[8:], *BANKED, "LR_mon", "SPSR_mon"):
        registers[name] = cpu.read_banked(name)
    registers |= {"CPSR": cpu.cpsr(), "vector": cpu.r[15]}
    registers |= {name: cpu.coproc.values[name] for name in CONTROLS}
    return Outcome(registers, content[:SCRATCH_SIZE], raised, cpu.count)


def _raised(case: Case, cpu: Cpu, taken: ExceptionTaken) -> Raised:
    fault = 0
    if taken.kind == "DataAbort":
        bank = "_S" if cpu.secure else "_NS"
        fault = (taken.hsr if taken.hsr is not None else cpu.coproc.values[f"DFSR{bank}"]) & 0x3F
    at, encoding = case.pc, ""
    for content, name in zip(case.instructions, case.names, strict=True):
        if at == taken.pc:
            encoding = name
        at += len(content)
    secure = taken.from_mode == Mode.MON or not case.registers["SCR"] & 1
    return Raised(taken.kind, fault, encoding, taken.pc, taken.hsr, taken.from_mode, secure)


def mode_of(case: Case) -> str:
    """The mode and state of a case, for people."""
    cpsr = case.registers["CPSR"]
    state = "T32" if cpsr >> 5 & 1 else "A32"
    secure = "" if case.registers["SCR"] & 1 else "Secure "
    return f"{secure}{Mode(cpsr & 0x1F).name} {state}"
