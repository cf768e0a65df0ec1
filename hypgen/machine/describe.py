"""A board as the machine sees it: CPUs, memory windows, devices, entry state, firmware.

:func:`describe` is the only place where the machine reads a board file's model. What it gives is a
frozen value without behaviour; :func:`hypgen.machine.bus.build_bus` and the machine make state of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from hypgen.arch.cores import CORES, Core
from hypgen.arch.registers import BY_NAME
from hypgen.errors import InputError
from hypgen.units import PhysAddr, Span

if TYPE_CHECKING:  # the board's model costs a tenth of a second to import
    from hypgen.board.firmware import Firmware, Psci, Secondaries
    from hypgen.board.interrupts import Gic, Timers
    from hypgen.board.model import Board, Console, Entry

SECURE_MODES = frozenset({"secure-svc", "mon"})
"""Entry modes in Secure state."""
GIC_BLOCKS = {
    "distributor": "GIC distributor (GICD)",
    "cpu_interface": "GIC CPU interface (GICC)",
    "hypervisor": "GIC virtual interface control (GICH)",
    "virtual_cpu": "GIC virtual CPU interface (GICV)",
}
"""The manual's names (IHI 0048B) of a GIC's register blocks, by the board file's keys."""


@dataclass(frozen=True)
class CpuDescription:
    """CPU number ``index``; ``identification`` holds the values of its core's registers by name."""

    index: int
    core: Core
    mpidr: int
    identification: Mapping[str, int]


class WindowDescription(NamedTuple):
    """A view of memory from ``offset`` bytes on; ``coherent`` tells whether caches know it is the same."""

    name: str
    span: Span[PhysAddr]
    offset: int = 0
    coherent: bool = True


class MemoryDescription(NamedTuple):
    """One memory array of ``size`` bytes and the windows that show it, its true address first."""

    name: str
    size: int
    writable: bool
    windows: tuple[WindowDescription, ...]


class Place(NamedTuple):
    """A range of addresses with a name; ``responds`` when hardware would answer there.

    ``compatible`` names the model of a device that has one, ``interrupt`` its SPI; a ``rom`` is memory
    once something is in it.
    """

    name: str
    span: Span[PhysAddr]
    responds: bool
    compatible: str | None = None
    rom: bool = False
    interrupt: int | None = None


class MachineDescription(NamedTuple):
    """Everything that a machine is made of.

    ``places`` are the ranges that are known by name and not modelled, smaller ones before the
    larger ones around them.
    """

    board: str
    cpus: tuple[CpuDescription, ...]
    memory: tuple[MemoryDescription, ...]
    console: Console
    places: tuple[Place, ...]
    entry: Entry
    firmware: Firmware
    counter_frequency: int | None
    gic: Gic | None
    timers: Timers
    secondaries: Secondaries
    secure: bool
    """Whether the image is entered in Secure state, so that no firmware prepared the GIC for it."""
    together: bool
    """Whether all CPUs enter the image at once."""

    @property
    def psci(self) -> Psci | None:
        """The PSCI that firmware offers, or None."""
        return self.firmware.psci


def describe(board: Board, entry_mode: str | None = None) -> MachineDescription:
    """The machine that ``board`` describes, entered in ``entry_mode`` or as the board says.

    Raises InputError RUN-002 for a CPU model without data.
    """
    secure = (entry_mode or board.entry.mode) in SECURE_MODES
    return MachineDescription(
        board=board.name,
        cpus=_cpus(board, secure),
        memory=tuple(_memory(board)),
        console=board.console,
        places=_places(board),
        entry=board.entry,
        firmware=board.firmware,
        counter_frequency=board.timers.frequency,
        gic=board.gic,
        timers=board.timers,
        secondaries=board.secondaries,
        secure=secure,
        together=_together(board, secure),
    )


def _together(board: Board, secure: bool) -> bool:
    """Whether all CPUs enter the image at once: as the board says, or as nobody could start them by a call
    where the image is itself what firmware would be."""
    method = board.secondaries.method
    return method == "together" or (secure and method in ("psci", "smc"))


_SECURITY = (("ID_PFR1", "Security"), ("ID_DFR0", "CopSDbg"))
"""Fields that tell the Security Extensions, and debugging them, by register."""


def _cpus(board: Board, secure: bool) -> tuple[CpuDescription, ...]:
    found = []
    secure_state = secure or board.gic is None or board.gic.security_extensions
    for index, (mpidr, model) in enumerate(zip(board.cpus.mpidrs, board.cpus.models, strict=True)):
        core = CORES.get(model)
        if core is None:
            raise InputError.at(
                "RUN-002",
                f"the machine has no data of the CPU model {model!r}, only of {', '.join(sorted(CORES))}",
                board.locate("cpus.model"),
                "choose a model that has the same extensions, or add its identification registers",
            )
        identification = {**core.registers, **core.reset, "MPIDR": mpidr}
        cluster = mpidr & 0x00FF_FF00
        identification["L2CTLR"] = core.l2ctlr(sum(one & 0x00FF_FF00 == cluster for one in board.cpus.mpidrs))
        if board.gic is not None:
            identification["CBAR"] = core.cbar(board.gic.distributor)
        if board.timers.frequency is not None:
            # Firmware programs CNTFRQ before it hands over (DDI 0406C B8.1.1).
            identification["CNTFRQ"] = board.timers.frequency
        if not secure_state:  # as QEMU has it, which removes EL3
            for name, field in _SECURITY:
                identification[name] = BY_NAME[name].field(field).put(identification[name], 0)
        found.append(CpuDescription(index, core, mpidr, identification))
    return tuple(found)


def _memory(board: Board) -> list[MemoryDescription]:
    found = []
    for region in board.memory:
        windows = [WindowDescription(region.name, region.span)]
        if region.alias is not None:
            alias = region.alias
            windows.append(
                WindowDescription(f"{region.name} (low alias)", alias.span, coherent=alias.coherent)
            )
        found.append(MemoryDescription(region.name, region.size, region.kind == "ram", tuple(windows)))
    return found


def _places(board: Board) -> tuple[Place, ...]:
    found = []
    if board.gic is not None:
        found += [Place(GIC_BLOCKS[key], span, True) for key, span in board.gic.spans.items()]
    for region in board.regions:
        found.append(
            Place(
                region.name,
                region.span,
                region.kind != "reserved",
                region.compatible,
                region.kind == "rom",
                region.interrupt,
            )
        )
    return tuple(sorted(found, key=lambda place: (place.span.size, place.span.start)))
