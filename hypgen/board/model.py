"""What a board is: the contents of a board file, as frozen values.

A file's data is checked against these classes and then by :mod:`hypgen.board.checks`;
:func:`hypgen.board.load.load_board` does both, so a :class:`Board` that it gives is consistent.
Boards differ in data only: no code knows a board by its name.

The docstring under an attribute is also its description in ``hypgen schema board``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import PrivateAttr

from hypgen.arch.registers import MPIDR
from hypgen.board.block import Block
from hypgen.board.confidence import Note, dotted
from hypgen.board.firmware import Firmware, Secondaries
from hypgen.board.interrupts import Gic, Timers
from hypgen.board.memory import ImagePlacement, MemoryRegion, Region
from hypgen.board.values import (
    Affinity,
    CoreCount,
    Frequency,
    Physical,
    RegisterShift,
    Size,
    Spi,
)
from hypgen.documents import KeyPath, Place
from hypgen.errors import Location
from hypgen.units import PhysAddr, Span


class Cluster(Block):
    """Cores that share MPIDR.Aff1."""

    id: Affinity
    """MPIDR.Aff1 of the cores."""
    cores: CoreCount
    """How many cores the cluster has; their MPIDR.Aff0 counts from 0."""
    model: str | None = None
    """Core model, where it is not the board's."""


class Cpus(Block):
    """The CPUs; the first core of the first cluster is the boot CPU."""

    model: str
    """Core model, such as cortex-a15; it decides the ID registers."""
    clusters: tuple[Cluster, ...]
    """The clusters, that of the boot CPU first."""

    @property
    def count(self) -> int:
        """How many CPUs the board has."""
        return sum(cluster.cores for cluster in self.clusters)

    @property
    def mpidrs(self) -> tuple[int, ...]:
        """MPIDR of every CPU, the boot CPU first, in the Multiprocessing Extensions' format (MP = 1)."""
        aff0, aff1 = MPIDR.field("Aff0"), MPIDR.field("Aff1")
        return tuple(
            MPIDR.bit("MP") | aff1.put(0, cluster.id) | aff0.put(0, core)
            for cluster in self.clusters
            for core in range(cluster.cores)
        )

    @property
    def models(self) -> tuple[str, ...]:
        """Core model of every CPU, in the order of :attr:`mpidrs`."""
        return tuple(cluster.model or self.model for cluster in self.clusters for _ in range(cluster.cores))


class Entry(Block):
    """The state in which firmware hands over: what an image may rely on, and what it must not."""

    mode: Literal["hyp", "secure-svc", "svc"]
    """Mode of the first instruction: Hyp, Supervisor in Secure state, or in Non-secure state."""
    hyp_mmu: bool = False
    """Whether the Hyp stage 1 MMU is on."""
    tlb: Literal["unknown", "clean"] = "unknown"
    """Whether firmware promises that the TLB holds no entry."""
    caches: Literal["unknown", "clean"] = "unknown"
    """Whether firmware promises that the caches hold no line."""


class Console(Block):
    """The UART that messages go to."""

    compatible: Literal[
        "arm,pl011",
        "fsl,imx21-uart",
        "ns16550a",
        "renesas,scif",
        "samsung,exynos4210-uart",
        "snps,dw-apb-uart",
    ]
    """What the registers are, as a device tree says it."""
    physical: Physical
    """Address of the first register; below 4 GiB, as it is used with the MMU off."""
    size: Size
    """Bytes of the register block."""
    reg_shift: RegisterShift = 0
    """log2 of the distance between two registers (ns16550a, snps,dw-apb-uart)."""
    reg_io_width: Literal[1, 4] = 4
    """Bytes of one access to a register."""
    input_clock: Frequency | None = None
    """Frequency of the clock that the UART divides, in Hz."""
    baud: Frequency | None = None
    """Bits per second; without it firmware's setting stays."""
    interrupt: Spi | None = None
    """SPI number of its interrupt; without it the UART interrupts nobody."""

    @property
    def span(self) -> Span[PhysAddr]:
        """Range of physical addresses of the registers."""
        return Span.sized(self.physical, self.size)


@dataclass(frozen=True)
class Origin:
    """Where a board came from: its file, the place of every value, and the notes on values."""

    file: str = ""
    name: str = ""
    places: Mapping[KeyPath, Place] = field(default_factory=dict)
    notes: Mapping[KeyPath, Note] = field(default_factory=dict)


class Board(Block):
    """A board: CPUs, memory, devices, and the contract with its firmware."""

    title: str
    """What the board is, in a few words."""
    sources: tuple[str, ...]
    """Where the facts in the file are from."""
    cpus: Cpus
    """The CPUs."""
    memory: tuple[MemoryRegion, ...]
    """Memory that can hold an image."""
    regions: tuple[Region, ...] = ()
    """What else is at which address; a smaller region may lie inside a larger one."""
    image: ImagePlacement
    """Where images go."""
    entry: Entry
    """The state at an image's first instruction."""
    console: Console
    """The UART for messages."""
    gic: Gic | None = None
    """The interrupt controller, where it is a GIC."""
    timers: Timers
    """The Generic Timer's interrupts."""
    firmware: Firmware
    """What stays resident."""
    secondaries: Secondaries
    """How the other CPUs start."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def name(self) -> str:
        """The board's name: that of its file, without the suffix."""
        return self._origin.name

    @property
    def file(self) -> str:
        """The file that the board was read from, as messages show it."""
        return self._origin.file

    @property
    def notes(self) -> dict[str, Note]:
        """What the file says about how well a value is known, by dotted path."""
        return {dotted(path): note for path, note in self._origin.notes.items()}

    @property
    def assumptions(self) -> dict[str, str]:
        """The values that no public source establishes: dotted path (``entry.mode``) to reason."""
        return {path: note.reason for path, note in self.notes.items() if note.confidence == "assumed"}

    def locate(self, path: str) -> Location:
        """The place in the file of a dotted path (``memory.0.alias``), or of the nearest thing around it."""
        keys: KeyPath = tuple(int(key) if key.isdecimal() else key for key in path.split("."))
        while keys and keys not in self._origin.places:
            keys = keys[:-1]
        place = self._origin.places.get(keys)
        return place.value if place else Location(self.file)

    def region(self, name: str) -> MemoryRegion:
        """The memory region of this name; raises KeyError when there is none."""
        for one in self.memory:
            if one.name == name:
                return one
        raise KeyError(name)
