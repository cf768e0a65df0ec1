"""Worlds: which guest or host a CPU executes, and what each finds changed when it goes on.

The registers are compared by the machine, outside all code under test: everything that Non-secure PL1
and PL0 can see is recorded when a world is left for Hyp mode and again when it is entered. A guest runs
while HCR.VM is 1, and is known by the root of its stage 2, as its VMID changes; all else is the host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import Mode
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.emulator.faults import Fault
from hypgen.machine.devices.gic.gic import Gic
from hypgen.machine.devices.gic.virtual import LR_HW, LR_PHYSICAL, LR_STATE
from hypgen.machine.machine import Machine

EC = cp15.HSR.field("EC")
_ABORTS = (ExceptionClass.PREFETCH_ABORT_LOWER, ExceptionClass.DATA_ABORT_LOWER)
_OF_CACHES = ("DC", "IC", "BP")
"""How the names of operations of caches and branch predictors begin."""
VMID = cp15.VTTBR.field("VMID")
BADDR = cp15.VTTBR.bit("BADDR")
HCR_VM = cp15.HCR.bit("VM")
HCPTR_VFP = cp15.HCPTR.bit("TCP10") | cp15.HCPTR.bit("TCP11")
TIMER_MASK = cp15.CNTV_CTL.bit("ENABLE") | cp15.CNTV_CTL.bit("IMASK")

CP15 = (
    *("SCTLR", "CPACR", "TTBCR", "TTBR0", "TTBR1", "DACR", "MAIR0", "MAIR1", "AMAIR0", "AMAIR1", "CSSELR"),
    *("CONTEXTIDR", "TPIDRURW", "TPIDRURO", "TPIDRPRW", "DFSR", "IFSR", "ADFSR", "AIFSR", "DFAR", "IFAR"),
    *("VBAR", "PAR", "CNTKCTL"),
)
"""System registers that PL1 writes and nothing traps: part of every world."""
TIMER = ("CNTV_CTL", "CNTV_CVAL", "CNTVOFF")
"""Virtual time, which is a guest's; the host has none while guests exist."""
CONTROLS = (
    *("HCR", "HSTR", "HCPTR", "HDCR", "VTCR", "VTTBR", "VPIDR", "VMPIDR", "CNTHCTL", "CNTVOFF", "HTPIDR"),
    *("CNTHP_CTL", "CNTV_CTL"),
)
"""What confines a guest, and the timers of Hyp mode and of guests; recorded as a world is entered."""
GICH_ON = "GICH_HCR"
"""Joins :data:`CONTROLS` where there is a GIC: whether it makes virtual interrupts."""
_PRIVATE = 0xFFFF_0000
"""The numbers of PPIs, a bit each."""
GICH_VMCR, GICH_APR, GICH_LR0 = 0x008, 0x0F0, 0x100
GENERAL = tuple(f"r{number}" for number in range(13))
HIDDEN = frozenset({"SP_hyp", "ELR_hyp", "SPSR_hyp", "SP_mon", "LR_mon", "SPSR_mon"})
"""Banked registers that no world sees."""
BANKED = (
    *(name for name in BANKED_NAMES if name not in HIDDEN and not name.endswith("_usr")),
    "SP_usr",
    "LR_usr",
)
VFP = "d0 to d31"
"""Stands for the floating-point registers and FPSCR, which are compared as one."""

Registers = Mapping[str, int]
Changes = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Entry:
    """A world is entered from Hyp mode.

    ``root`` is the guest's stage 2 root, or 0 for the host; ``left`` the exception by which it had left,
    None on first entry; ``changed`` what differs since then, by name. ``values`` are all registers, on
    first entry and after an abort by stage 2 only, and ``physical`` the PA at which it begins; ``controls``
    are those of :data:`CONTROLS`, ``identity`` the CPU's own MIDR and MPIDR, ``vbar`` the world's VBAR.
    ``vfp`` says whether the floating-point registers are the world's own, ``monitor`` whether its local
    monitor is open; ``active`` are the CPU's own physical interrupts that are active, a bit each, ``linked``
    those that a List register in use names. ``order`` counts with the exceptions of the machine.
    """

    cpu: int
    root: int
    vmid: int
    left: ExceptionTaken | None
    changed: Changes
    values: Registers
    physical: int | None
    controls: Registers
    identity: tuple[int, int]
    vbar: int
    vfp: bool
    monitor: bool
    active: int
    linked: int
    order: int


@dataclass(frozen=True)
class Taken:
    """An exception ``one`` while a guest runs, with HPFAR and the guest's VBAR then.

    ``order`` counts with the exceptions of the machine.
    """

    root: int
    vmid: int
    one: ExceptionTaken
    hpfar: int
    vbar: int
    order: int

    @property
    def to_hyp(self) -> bool:
        """Whether it left the guest; otherwise it is the guest's own affair."""
        return self.one.to_mode == Mode.HYP


@dataclass(frozen=True)
class Operation:
    """A TLB or address translation operation at ``pc``; ``order`` counts with the exceptions."""

    cpu: int
    name: str
    pc: int
    order: int


@dataclass(frozen=True)
class WorldLog:
    """Everything that happened to the guests of a run, each in order."""

    entries: Sequence[Entry] = ()
    taken: Sequence[Taken] = ()
    operations: Sequence[Operation] = ()


NO_GUESTS = WorldLog()
"""What happens in a run without guests."""


@dataclass(frozen=True)
class _Left:
    exception: ExceptionTaken
    values: Registers


class Worlds:
    """Watches the worlds of a machine."""

    STATE = ("_entries", "_taken", "_operations", "_left", "_vfp", "_known")
    """What it has seen so far."""

    def __init__(self, machine: Machine) -> None:
        self._entries: list[Entry] = []
        self._taken: list[Taken] = []
        self._operations: list[Operation] = []
        self._machine = machine
        self._left: dict[tuple[int, int], _Left] = {}
        self._vfp: dict[tuple[int, int], tuple[bytes, int]] = {}
        self._known = {0}
        controller = machine.bus.controller
        self._gic = controller if isinstance(controller, Gic) else None
        self._virtual = self._gic.virtual if self._gic is not None else ()
        machine.on_exception.append(self._exception)
        for cpu in machine.cpus:
            cpu.system.on_return.append(self._returned)
            cpu.system.on_operation.append(self._operation)

    def log(self) -> WorldLog:
        """What was seen so far."""
        return WorldLog(tuple(self._entries), tuple(self._taken), tuple(self._operations))

    def _operation(self, cpu: Cpu, name: str) -> None:
        if name.startswith(_OF_CACHES):
            return  # there are thousands, and what they do shows in memory
        pc, order = cpu.system.current_pc(), len(self._machine.exceptions)
        self._operations.append(Operation(cpu.index, name, pc, order))

    def _exception(self, taken: ExceptionTaken) -> None:
        if taken.from_mode == Mode.HYP:
            return
        cpu = self._machine.cpus[taken.cpu]
        values = cpu.coproc.values
        vmid, root = _world(values)
        if root:
            vbar, order = cpu.coproc.read("VBAR"), len(self._machine.exceptions)
            self._taken.append(Taken(root, vmid, taken, values["HPFAR"], vbar, order))
        if taken.to_mode != Mode.HYP:
            return
        key = _whose(cpu, root)
        found = self._registers(cpu, cpu.read_banked("SPSR_hyp"), cpu.elr_hyp, bool(root))
        self._left[key] = _Left(taken, found)
        if not values["HCPTR"] & HCPTR_VFP:
            self._vfp[key] = (bytes(cpu.extension.content), values["FPSCR"])

    def _returned(self, cpu: Cpu) -> None:
        if cpu.mode == Mode.HYP or cpu.secure:
            return
        values = cpu.coproc.values
        vmid, root = _world(values)
        key = _whose(cpu, root)
        left = self._left.pop(key, None)
        if left is None and root in self._known:
            return  # a return inside the world, which has not been left
        self._known.add(root)
        now = self._registers(cpu, cpu.cpsr(), cpu.r[15], bool(root))
        changed: dict[str, tuple[int, int]] = {}
        if left is not None:
            changed = {
                name: (left.values[name], value) for name, value in now.items() if left.values[name] != value
            }
        own = not values["HCPTR"] & HCPTR_VFP
        if own:
            vfp = (bytes(cpu.extension.content), values["FPSCR"])
            if self._vfp.get(key, vfp) != vfp:
                changed[VFP] = (0, 0)
        controls = {name: values[name] for name in CONTROLS}
        if self._virtual:
            controls[GICH_ON] = self._virtual[cpu.index].hcr
        aborted = left is not None and EC.get(left.exception.hsr or 0) in _ABORTS
        self._entries.append(
            Entry(
                cpu.index,
                root,
                vmid,
                left.exception if left else None,
                changed,
                now if left is None or aborted else {},
                None if left else _physical(cpu),
                controls,
                (values["MIDR"], values["MPIDR"]),
                cpu.coproc.read("VBAR"),
                own,
                cpu.system.monitor.is_open,
                *self._private(cpu.index),
                len(self._machine.exceptions),
            )
        )

    def _private(self, cpu: int) -> tuple[int, int]:
        """The private physical interrupts that are active, and those that a List register in use names."""
        if self._gic is None:
            return 0, 0
        used = [one for one in self._gic.virtual[cpu].lr if one & LR_HW and LR_STATE.get(one)]
        linked = 0
        for one in used:
            linked |= 1 << LR_PHYSICAL.get(one)
        return self._gic.distributor.active.of(cpu) & _PRIVATE, linked & _PRIVATE

    def _registers(self, cpu: Cpu, cpsr: int, pc: int, guest: bool) -> dict[str, int]:
        """Everything that a world sees, whether the CPU is in Hyp mode or has just left it."""
        found = {name: cpu.r[number] for number, name in enumerate(GENERAL)}
        if cpu.mode == Mode.FIQ:
            found |= {name: cpu.read_banked(f"{name}_usr") for name in GENERAL[8:]}
        found |= {name: cpu.read_banked(name) for name in BANKED}
        found |= {name: cpu.coproc.read(name) for name in CP15}
        if guest:
            found |= {name: cpu.coproc.read(name) for name in TIMER}
            found["CNTV_CTL"] &= TIMER_MASK
            if self._virtual:
                virtual = self._virtual[cpu.index]
                found["GICH_VMCR"], found["GICH_APR"] = virtual.read(GICH_VMCR), virtual.read(GICH_APR)
                found |= {f"GICH_LR{number}": value for number, value in enumerate(virtual.lr)}
        found["CPSR"], found["pc"] = cpsr, pc
        return found


def _world(values: Mapping[str, int]) -> tuple[int, int]:
    """VMID and stage 2 root of the guest whose registers are in place; both 0 for the host."""
    if not values["HCR"] & HCR_VM:
        return 0, 0
    return VMID.get(values["VTTBR"]), values["VTTBR"] & BADDR


def _whose(cpu: Cpu, root: int) -> tuple[int, int]:
    """Whose world it is: each CPU has one of the host's, but a guest may go on on another CPU."""
    return (0 if root else cpu.index), root


def _physical(cpu: Cpu) -> int | None:
    """Where the next instruction is."""
    found = cpu.system.translate(cpu.r[15], fetch=True)
    return None if isinstance(found, Fault) else int(found.pa)
