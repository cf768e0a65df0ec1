"""Executing a case in the core."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import accumulate

from hypgen.arch import registers as cp15
from hypgen.arch.cores import CORES
from hypgen.arch.psr import Mode
from hypgen.emulator.block import Block
from hypgen.emulator.blocks import HOT, Runner
from hypgen.emulator.coprocessor import Coprocessors
from hypgen.emulator.cp15 import RegisterFile, row_of
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.emulator.exceptions import ExceptionTaken, GuestException
from hypgen.emulator.memory import DeviceWindow, Dram, Page, PhysicalMemory, Window
from hypgen.emulator.not_modelled import not_modelled
from hypgen.emulator.performance import REGISTERS as COUNTERS
from hypgen.emulator.performance import Performance
from hypgen.emulator.system import Stop, System
from hypgen.emulator.timers import LINES, Clock, Timers
from hypgen.emulator.timers import REGISTERS as TIMERS
from hypgen.emulator.translation import Regime, Translation, judge
from hypgen.emulator.unknown import Unknown
from hypgen.errors import NotModelledError
from hypgen.units import PAGE_SIZE, PhysAddr, Span
from tests.emulator.differential import known
from tests.emulator.differential.case import (
    BANKED,
    CODE_OFFSET,
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
from tests.emulator.differential.harness import INPUTS, OUTPUTS, START
from tests.emulator.differential.state import ALL_COUNTERS, FAR_AHEAD, NEVER
from tests.emulator.differential.tables import shared

SCR_SCD = cp15.SCR.bit("SCD")
HCR_TSC = cp15.HCR.bit("TSC")
SINCE_RESET = 1 << 28
"""Time that has passed when a case begins: what it compares with is at once earlier, or far ahead."""
LIMIT = 200
"""Instructions after which a case is no case: it loops."""
SPSRS = tuple(name for name in BANKED_NAMES if name.startswith("SPSR"))
PSR_IL = 1 << 20
"""Reserved in an ARMv7 PSR. In QEMU an exception return from one that has it comes to ARMv8's Illegal
Execution state."""
_CORE = CORES["cortex-a15"]
_VECTORS = frozenset(base + slot for base in VECTOR_BASES.values() for slot in range(0, 0x20, 4))
_UNKNOWN = Unknown(1)
_IDENTIFICATION = {**_CORE.registers, "MPIDR": 0x8000_0000}


def _nowhere(level: bool) -> None:
    """Where the lines of the timers go: QEMU's interrupt controller is off."""


class _Elsewhere:
    """Memory that QEMU has and a case must not touch."""

    def read(self, offset: int, size: int) -> int:
        raise not_modelled("reading what is not the case's")

    def write(self, offset: int, size: int, value: int) -> None:
        raise not_modelled("writing what is not the case's")


class _Tables:
    """The translation tables in memory, which all cases share as long as none has written to them."""

    def __init__(self) -> None:
        self._dram: Dram | None = None
        self._pages: list[Page] = []

    def dram(self) -> Dram:
        """The memory, whole again if need be."""
        if self._dram is None or self.changed:
            content = shared().content
            self._dram = Dram("tables", len(content), _UNKNOWN)
            for start in range(0, len(content), PAGE_SIZE):
                self._dram.fill(start // PAGE_SIZE, content[start : start + PAGE_SIZE])
            self._pages = list(self._dram.touched.values())
            for page in self._pages:
                page.freeze()
        return self._dram

    @property
    def changed(self) -> bool:
        """Whether a case has written to them."""
        return None in [page.frozen for page in self._pages]


_TABLES = _Tables()


class Execution:
    """A case in a machine of its own."""

    def __init__(self, case: Case, hot: int = HOT) -> None:
        self.case = case
        self.memory = memory = PhysicalMemory()
        group = Span.sized(PhysAddr(case.base), GROUP_SIZE)
        tables = Span.sized(PhysAddr(TABLES), len(shared().content))
        memory.add_window(Window("case", group, Dram("case", GROUP_SIZE, _UNKNOWN)))
        memory.add_window(Window("tables", tables, _TABLES.dram()))
        for start, end in ((0, tables.start), (tables.end, group.start), (group.end, RAM_END)):
            span = Span.sized(PhysAddr(start), end - start)
            memory.add_device(DeviceWindow("elsewhere", span, _Elsewhere()))
        self.cpu = cpu = Cpu(0)
        cpu.coproc = Coprocessors(cpu, RegisterFile(_UNKNOWN, 0, _IDENTIFICATION))
        self.exceptions: list[ExceptionTaken] = []
        System(cpu, memory, self.exceptions)
        clock = Clock()
        clock.skipped = SINCE_RESET
        self.timers = Timers(cpu.coproc.values, clock, dict.fromkeys(LINES, _nowhere))
        cpu.coproc.attach(self.timers, TIMERS)
        cpu.coproc.attach(Performance(cpu, clock.executed_by_all), COUNTERS)
        self.runner = Runner(cpu, hot)
        self.runner.finder.set_breakpoints(_VECTORS)
        self.strange: list[int] = []
        self.refused: list[int] = []
        self.last = case.pc
        """The last instruction of the block that is executed."""
        self.was_hyp = case.registers["CPSR"] & 0x1F == Mode.HYP
        self.set_up()

    def set_up(self) -> None:
        """Make the state and the memory those of the case."""
        case, cpu = self.case, self.cpu
        self.memory.write(case.base, case.memory)
        cpu.write_cpsr(0x1D3)
        cpu.coproc.values.update({name: case.registers[name] for name in CONTROLS})
        cpu.coproc.values |= {"PMCR": _CORE.reset["PMCR"], "PMOVSR": 0}
        cpu.extension.content[:] = case.extension
        for index, name in enumerate(GENERAL):
            cpu.r[index] = case.registers[name]
        for name in BANKED:
            cpu.write_banked(name, case.registers[name])
        cpu.write_banked("LR_mon", case.registers["PC"])
        cpu.write_banked("SPSR_mon", case.registers["CPSR"])
        cpu.write_cpsr(case.registers["CPSR"])
        cpu.system.registers_set()
        cpu.r[15] = case.registers["PC"]

    def touch(self) -> None:
        """Load and store, without a change, where the case may: what passes fast then does so at once."""
        case, mem = self.case, self.cpu.mem
        for page in range(case.base, case.base + GROUP_SIZE, PAGE_SIZE):
            with suppress(GuestException, NotModelledError):
                mem.store8(page, mem.load8(page))

    def watch(self) -> None:
        """Have :attr:`strange` and :attr:`refused` tell what a case must not do."""
        case, thumb = self.case, self.cpu.t
        code = range(case.base + CODE_OFFSET, case.base + CODE_OFFSET + sum(map(len, case.instructions)))
        fill = range(case.base + SCRATCH_SIZE, case.base + GROUP_SIZE)

        starts = list(accumulate(map(len, case.instructions), initial=code.start))
        expected = dict(zip(starts, (insn.itstate for insn in case.decoded()), strict=False))

        def see(cpu: Cpu, block: Block) -> None:
            self._enter(cpu.is_hyp)
            place = case.pc + block.pa - code.start
            self.last = place + block.offsets[-1]
            itstate = block.itstates[0] if block.itstates else 0
            if block.pa not in fill or (block.pa in code and (cpu.t != thumb or block.pa not in expected)):
                self.strange.append(block.va)
            elif itstate != expected.get(block.pa, itstate):
                self._check_again(block, place)

        def written(cpu: Cpu, stored: str, value: int) -> None:
            insn = case.found_at(cpu.system.current_pc())
            row = row_of(stored)
            if insn is None or insn.heading not in ("MCR", "MCRR", "VMSR (system level)", "VMSR"):
                return
            given = cpu.r[insn["Rt"]] | (cpu.r[insn["Rt2"]] << 32 if "Rt2" in insn else 0)
            if stored in COUNTERS:
                if given & ~row.writable or (row.name == "PMCR" and given & 1):
                    self.refused.append(cpu.system.current_pc())  # in QEMU they would count real time
                return
            if not _well_timed(row.name, given) or (row.name == "HDCR" and given & 31 not in ALL_COUNTERS):
                self.refused.append(cpu.system.current_pc())
            if row.name in known.KEPT_AS_WRITTEN and (given ^ value) & (row.raz | row.fixed_ones):
                self.refused.append(cpu.system.current_pc())

        def returned(cpu: Cpu) -> None:
            if any(cpu.banks[name] & PSR_IL for name in SPSRS):
                self.refused.append(self.last)

        self.runner.hooks.append(see)
        self.cpu.system.on_return.append(returned)
        self.cpu.system.on_register_write.append(written)

    def _enter(self, is_hyp: bool) -> None:
        """Refuse the last instruction if it has stepped to Hyp mode, and is one that does not in QEMU."""
        if is_hyp and not self.was_hyp:
            insn = self.case.found_at(self.last)
            if insn is not None and insn.heading in known.TO_HYP_HEADINGS:
                self.refused.append(self.last)
        self.was_hyp = is_hyp

    def _check_again(self, block: Block, place: int) -> None:
        """Refuse instructions of a block, at ``place`` of the case, that stand in another IT block than the
        case was drawn with, if such are not drawn there."""
        for offset, itstate in zip(block.offsets, block.itstates or [0] * block.length, strict=True):
            insn = self.case.found_at(place + offset, itstate)
            if insn is not None and known.avoided(insn, self.case.registers):
                self.refused.append(place + offset)

    def run(self) -> Outcome | int | None:
        """Execute until the first exception: see :func:`execute`."""
        case, cpu = self.case, self.cpu
        stop: Stop = self.runner.run(cpu.count + LIMIT)
        if self.exceptions and self.runner.hooks:
            self._enter(self.exceptions[-1].from_mode == Mode.HYP)
        if self.refused:
            return self.refused[0]
        if stop.kind == "limit" or self.strange:
            return None  # it loops, or executes what are no instructions of it
        if stop.kind != "until":
            return cpu.r[15]
        if not self.exceptions:
            return None  # it has branched to a vector
        taken = self.exceptions[-1]
        if not self._leaves_control(taken) or _TABLES.changed:
            return None
        if taken.kind == "PrefetchAbort" and taken.why.startswith("elsewhere"):
            return None  # QEMU would execute what is there
        content = self.memory.read(case.base, GROUP_SIZE)
        if content[SCRATCH_SIZE:] != case.memory[SCRATCH_SIZE:]:
            return None  # it has changed its code, and need not see that
        raised = _raised(case, cpu, taken)
        registers = self.registers() | {"vector": cpu.r[15]}
        return Outcome(registers, content[:SCRATCH_SIZE], bytes(cpu.extension.content), raised, cpu.count)

    def registers(self) -> dict[str, int]:
        """All registers that a case leaves."""
        cpu = self.cpu
        values = dict(zip(GENERAL[:8], cpu.r, strict=False))
        for name in (*GENERAL[8:], *BANKED, "LR_mon", "SPSR_mon"):
            values[name] = cpu.read_banked(name)
        values["CPSR"] = cpu.cpsr()
        values |= {name: cpu.coproc.values[name] for name in CONTROLS}
        return values | {name: self.timers.read(name) for name in CONTROLS if name in TIMERS}

    def _leaves_control(self, taken: ExceptionTaken) -> bool:
        """Whether the program that runs the cases in QEMU will get to its end of this one: its vectors are
        executed as A32 code, with their memory where it is, and SMC takes them to Monitor mode."""
        cpu, values = self.cpu, self.cpu.coproc.values
        if cpu.t or values["MVBAR"] != VECTOR_BASES["MON"]:
            return False
        if cpu.system.interrupted and cpu.system.interrupts.deliverable() is not None:
            return False
        outside = taken.vector_pc < VECTOR_BASES["MON"] and taken.vector_pc >= VECTOR_BASES["NS"]
        if outside and (values["SCR"] & SCR_SCD or (not cpu.is_hyp and values["HCR"] & HCR_TSC)):
            return False
        places = {(cpu.system.context.regime, taken.vector_pc, True)}
        places |= {(Regime.SECURE_PL1, VECTOR_BASES["MON"], True)}
        places |= {(Regime.SECURE_PL1, at, False) for at in (START, INPUTS, OUTPUTS)}
        return all(self._is_open(*place) for place in places)

    def _is_open(self, regime: Regime, va: int, fetch: bool) -> bool:
        outcome = self.cpu.system.translate(va, fetch, regime)
        refused = [judge(outcome, fetch=fetch), judge(outcome, write=True)]
        return isinstance(outcome, Translation) and outcome.pa == va and not any(refused)


def _well_timed(name: str, value: int) -> bool:
    """Whether a value of a timer's register is, as those of state.py, far from what time may be, and not so
    great that QEMU's timers would ring for ever."""
    if name.endswith("_CVAL"):
        return value < 16 or FAR_AHEAD <= value <= NEVER + FAR_AHEAD
    return name != "CNTVOFF" or value < 16 or FAR_AHEAD <= value <= 2 * FAR_AHEAD


def execute(case: Case, generated: bool = False) -> Outcome | int | None:
    """What the case leaves; or the address of an instruction that it must not have; None for no case.

    That is one which the core refuses as UNPREDICTABLE or not modelled, which writes reserved bits of a
    system register, or reaches what is not the case's. ``generated`` has a case that is one executed by
    the functions that hot code gets.
    """
    execution = Execution(case, 0 if generated else HOT)
    if generated:
        execution.touch()
    else:
        execution.watch()
    return execution.run()


def alone(case: Case, executed: int) -> Case | None:
    """The instruction that follows after so many of a case, in the state that they leave; None if it is none
    of the case's."""
    execution = Execution(case)
    if execution.runner.run(executed).kind != "limit":
        return None
    starts = list(accumulate(map(len, case.instructions), initial=case.pc))
    if execution.cpu.r[15] not in starts[:-1]:
        return None
    place = starts.index(execution.cpu.r[15])
    return replace(
        case,
        registers=case.registers | execution.registers(),
        instructions=(case.instructions[place],),
        names=(case.names[place],),
        scratch=execution.memory.read(case.base, SCRATCH_SIZE),
        extension=bytes(execution.cpu.extension.content),
    )


def _raised(case: Case, cpu: Cpu, taken: ExceptionTaken) -> Raised:
    fault = 0
    values = cpu.coproc.values
    if taken.kind == "DataAbort":
        bank = "_S" if taken.to_mode == Mode.MON or cpu.secure else "_NS"
        if taken.hsr is not None:
            fault = taken.hsr & 0x3F
        elif values[f"TTBCR{bank}"] >> 31:
            fault = values[f"DFSR{bank}"] & 0x3F
        else:
            status = values[f"DFSR{bank}"]
            fault = _LONG.get(status & 0xF | status >> 6 & 0x10, 0)
    at, insn = case.pc, None
    for content, one in zip(case.instructions, case.decoded(), strict=True):
        if at == taken.pc:
            insn = one
        at += len(content)
    if insn is None:
        insn = case.found_at(taken.pc)
    secure = taken.from_mode == Mode.MON or not case.registers["SCR"] & 1
    from_mode, to_mode = taken.from_mode, taken.to_mode
    far = taken.far if taken.kind == "DataAbort" else 0
    return Raised(taken.kind, fault, insn, taken.pc, taken.hsr, from_mode, secure, to_mode, taken.why, far)


_LONG = {0b00001: 0x21, 0b01000: known.EXTERNAL_ABORT}
"""Of the Short-descriptor format's codes those of alignment faults and external aborts."""


def mode_of(case: Case) -> str:
    """The mode and state of a case, for people."""
    cpsr = case.registers["CPSR"]
    state = "T32" if cpsr >> 5 & 1 else "A32"
    secure = "" if case.registers["SCR"] & 1 else "Secure "
    return f"{secure}{Mode(cpsr & 0x1F).name} {state}"
