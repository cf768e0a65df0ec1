"""What a board is: the contents of a board file, as frozen values.

A file's data is checked against these classes and then by :mod:`hypgen.board.checks`;
:func:`hypgen.board.load.load_board` does both, so a :class:`Board` that it gives is consistent.
Boards differ in data only: no code knows a board by its name.

The docstring under an attribute is also its description in ``hypgen schema board``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, PrivateAttr, WithJsonSchema
from pydantic_core import PydanticCustomError

from hypgen.arch.registers import MPIDR
from hypgen.board.confidence import Note, dotted
from hypgen.board.values import (
    NUMBER_SCHEMA,
    Affinity,
    CoreCount,
    Frequency,
    InterruptCount,
    PageLoad,
    PageOffset,
    PagePhysical,
    PageSize,
    PageVirtual,
    Physical,
    Ppi,
    PriorityBits,
    RegisterShift,
    Size,
    SmcImmediate,
    Spi,
    Stride,
    Word,
)
from hypgen.documents import KeyPath, Place
from hypgen.errors import Location
from hypgen.units import PhysAddr, Span

PSCI_FUNCTIONS = (
    "psci_version",
    "cpu_suspend",
    "cpu_off",
    "cpu_on",
    "affinity_info",
    "migrate",
    "migrate_info_type",
    "system_off",
    "system_reset",
)
"""Functions of the Power State Coordination Interface (ARM DEN 0022), spelled as in device trees."""


def _psci_function(name: str) -> str:
    if name not in PSCI_FUNCTIONS:
        raise PydanticCustomError("choice", "not a PSCI function", {"expected": ", ".join(PSCI_FUNCTIONS)})
    return name


PsciFunctions = Annotated[
    dict[Annotated[str, AfterValidator(_psci_function)], Word],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"enum": list(PSCI_FUNCTIONS)},
            "additionalProperties": NUMBER_SCHEMA,
        }
    ),
]


class Block(BaseModel):
    """Base of every block of a board file: frozen, no unknown keys, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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


class Alias(Block):
    """A second, low window on the start of a memory region, for CPUs with their MMU off."""

    address: PageLoad
    """Where the window starts; the region's first byte is seen there."""
    size: PageSize
    """Bytes in the window; it may end before the region does."""
    coherent: bool
    """Whether a cache line read through one window is the same line as through the other."""

    @property
    def span(self) -> Span[PhysAddr]:
        """The window's range of addresses on the bus."""
        return Span.sized(PhysAddr(self.address), self.size)


class MemoryRegion(Block):
    """Memory that holds what CPUs execute and access."""

    name: str
    """Name of the region, for image.memory and for messages."""
    kind: Literal["ram", "rom"]
    """Whether it can be written."""
    physical: PagePhysical
    """Its true address: what HTTBR and descriptors name."""
    size: PageSize
    """Bytes in the region."""
    alias: Alias | None = None
    """Its low window, where there is one."""

    @property
    def span(self) -> Span[PhysAddr]:
        """The region's range of physical addresses."""
        return Span.sized(self.physical, self.size)


class Region(Block):
    """Something else at an address, which messages name when an image goes there by mistake.

    With ``compatible`` it is a device that the machine models.
    """

    name: str
    """What lies there, as messages say it."""
    kind: Literal["device", "rom", "reserved"]
    """Registers, read-only memory, or addresses that images must leave alone."""
    physical: Physical
    """Where it starts."""
    size: Size
    """Bytes in it."""
    compatible: (
        Literal["arm,cci-400", "arm,vexpress-scc", "arm,vexpress-sysreg", "brcm,bcm2836-l1-intc"] | None
    ) = None
    """What the registers are, where the machine has a model of them."""

    @property
    def span(self) -> Span[PhysAddr]:
        """Its range of physical addresses."""
        return Span.sized(self.physical, self.size)


class ImagePlacement(Block):
    """Where an image is loaded, and at which virtual addresses it is linked."""

    memory: str
    """Name of the memory region that holds the image."""
    offset: PageOffset
    """Where the image starts, in bytes from the region's start and from that of its alias."""
    virtual_base: PageVirtual
    """Virtual address of the region's first byte (the PAGE_OFFSET of a Linux kernel)."""
    init_style: str | None = None
    """Init style: its name, or the path of its directory from the board file; else the plan chooses."""
    isa: Literal["arm", "thumb"] = "arm"
    """Instruction set of the image, and of Hyp mode's exceptions (HSCTLR.TE)."""
    endian: Literal["little", "big"] = "little"
    """Byte order of its data and translation tables (HSCTLR.EE); big gives a BE8 image."""
    caches: Literal["on", "inherit", "off"] = "on"
    """HSCTLR.C and I when the Hyp MMU comes on: both set, as SCTLR has them in PL1, or both clear."""
    wxn: bool = False
    """HSCTLR.WXN: what Hyp mode may write it may not execute, whatever the descriptor says."""


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


class Gic(Block):
    """A Generic Interrupt Controller with the Virtualization Extensions (IHI 0048B)."""

    version: Literal[2]
    """Architecture version."""
    distributor: PagePhysical
    """Address of the Distributor (GICD)."""
    distributor_size: PageSize = 0x1000
    """Bytes of the Distributor's registers."""
    cpu_interface: PagePhysical
    """Address of the CPU interface (GICC)."""
    cpu_interface_size: PageSize = 0x2000
    """Bytes of the CPU interface; GICC_DIR is in its second page."""
    hypervisor: PagePhysical
    """Address of the virtual interface control registers (GICH)."""
    hypervisor_size: PageSize = 0x2000
    """Bytes of the virtual interface control registers."""
    virtual_cpu: PagePhysical
    """Address of the virtual CPU interface (GICV)."""
    virtual_cpu_size: PageSize = 0x2000
    """Bytes of the virtual CPU interface."""
    maintenance_interrupt: Ppi
    """PPI number of the maintenance interrupt."""
    interrupts: InterruptCount = 512
    """How many interrupt IDs there are, the 32 private ones of a CPU included."""
    priority_bits: PriorityBits = 5
    """Implemented bits of a priority."""
    security_extensions: bool = True
    """Whether interrupts are in groups that Non-secure software cannot all reach."""

    @property
    def spans(self) -> dict[str, Span[PhysAddr]]:
        """Range of physical addresses of each register block, by its key in the file."""
        return {
            "distributor": Span.sized(self.distributor, self.distributor_size),
            "cpu_interface": Span.sized(self.cpu_interface, self.cpu_interface_size),
            "hypervisor": Span.sized(self.hypervisor, self.hypervisor_size),
            "virtual_cpu": Span.sized(self.virtual_cpu, self.virtual_cpu_size),
        }


class Timers(Block):
    """The Generic Timer: PPI numbers of its interrupts, and its frequency."""

    frequency: Frequency | None = None
    """CNTFRQ in Hz, where it is known."""
    secure_physical: Ppi
    """PPI number of the Secure PL1 physical timer."""
    physical: Ppi
    """PPI number of the Non-secure PL1 physical timer."""
    virtual: Ppi
    """PPI number of the virtual timer."""
    hyp: Ppi
    """PPI number of the Non-secure PL2 physical timer."""


class Psci(Block):
    """The Power State Coordination Interface that firmware offers (ARM DEN 0022)."""

    version: Literal["0.1", "0.2", "1.0", "1.1"]
    """Version of the interface."""
    conduit: Literal["smc", "hvc"]
    """Instruction that calls it."""
    functions: PsciFunctions
    """Function identifier (r0) of each function offered."""


class Firmware(Block):
    """What firmware leaves resident when the image runs."""

    smc: Literal["none", "psci", "ti-monitor"]
    """Who answers an SMC."""
    psci: Psci | None = None
    """PSCI, where firmware has it."""


class SmcStart(Block):
    """A secondary CPU started by SMC: r0 = function, r1 = CPU number, r2 = 32-bit load address."""

    immediate: SmcImmediate = 0
    """The immediate of the SMC instruction."""
    function: Word
    """The function number, in r0."""


class SpinTable(Block):
    """Secondary CPUs that poll a word of memory for the address to jump to."""

    release_address: Physical
    """Address of the word, of CPU 0 where each CPU has its own."""
    stride: Stride = 0
    """Bytes from the word of one CPU to that of the next; 0 when all poll the same one."""
    wake: Literal["none", "event", "interrupt"] = "none"
    """What makes a CPU look at its word: nothing, a SEV (it waits in WFE), or an interrupt (WFI)."""


class Pen(Block):
    """Secondary CPUs that poll a register of the SoC for the address to jump to."""

    read: Physical
    """The register that a CPU polls, of CPU 0 where each CPU has its own."""
    write: Physical
    """The register that takes the address; it may set bits only."""
    clear: Physical | None = None
    """The register that clears the bits written to it, where ``write`` only sets bits."""
    stride: Stride = 0
    """Bytes from the registers of one CPU to those of the next; 0 when all poll the same one."""
    wake: Literal["none", "event", "interrupt"] = "none"
    """What makes a CPU look at its register: nothing, a SEV (it waits in WFE), or an interrupt (WFI)."""
    acknowledge: bool = False
    """Whether a CPU writes what it read back to ``read``, which clears it."""


class Secondaries(Block):
    """How the CPUs other than the boot CPU are started; firmware holds them until then."""

    method: Literal["psci", "smc", "spin-table", "pen", "together", "none"]
    """Who starts them; together when all CPUs enter the image at once, none when they stay where they are."""
    smc: SmcStart | None = None
    """The call, for method smc."""
    spin_table: SpinTable | None = None
    """The word, for method spin-table."""
    pen: Pen | None = None
    """The registers, for method pen."""


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
