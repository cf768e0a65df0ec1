"""The world switch: the guests' memory as data, what a virtual CPU holds, and the values that confine it.

Two guests share one memory map of IPAs, each with memory of its own behind it, and differ in all else:
instruction set, stage 1 table format, VMID. ``docs/scenarios/world.md`` tells the whole story.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hypgen.arch import psr, registers
from hypgen.arch.exceptions import ExceptionClass
from hypgen.board.model import Board
from hypgen.plan import stage2
from hypgen.plan.idmap import VMALLOC_START
from hypgen.plan.layout import PlannedSection, SectionRow
from hypgen.plan.mappings import HypTables
from hypgen.plan.registers import compose
from hypgen.plan.stage2 import GuestMapping, GuestPermission, Stage2Format, Stage2Tables
from hypgen.units import IPA, PAGE_SIZE, PhysAddr, Span, VirtAddr, align_up

WORD = 4

# -- guests ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GuestPage:
    """A run of pages of a guest's memory: the first one's offset in it, and what stage 2 lets it do."""

    offset: int
    pages: int
    permission: GuestPermission
    purpose: str


GUEST_RAM = IPA(0x0020_0000)
"""IPA of a guest's memory. Both stage 1 formats map it with one descriptor: a section, or a 2 MiB block."""
GUEST_PAGES = (
    GuestPage(0x0000, 4, "rwx", "vectors and code"),
    GuestPage(0x4000, 2, "rw", "stage 1 tables"),
    GuestPage(0x6000, 1, "rw", "data and stacks"),
    GuestPage(0x7000, 1, "none", "given when it is asked for"),
    GuestPage(0x8000, 1, "r", "read-only until written to"),
    GuestPage(0x9000, 1, "none", "one more stage 1 table, given when it is walked"),
)
"""What a guest's memory is for. ``none`` and ``r`` change while it runs."""
GUEST_SIZE = 0xA000
GUEST_SHARED = GuestPage(GUEST_SIZE, 1, "rw", "shared by the guests")
"""A page that all guests have when they run at the same time: the last of guest 0's memory."""
GUEST_HIGH = IPA(0x80_0020_0000)
"""With 40-bit IPAs the memory is seen a second time from here, through the second page of the root."""
GUEST_GIC = IPA(0x0100_0000)
"""IPA at which a guest finds its GIC CPU interface, which is GICV: GICC_DIR is in its second page."""
GUEST_DEVICE = IPA(0x0100_8000)
"""IPA of the device that is emulated: nothing is mapped there."""
GUESTS = ("arm", "thumb")
"""The guests, by the instruction set of their payload; virtual CPU n is that of guest n, and n its index."""
GIC_PAGES = 2


def guest_mappings(
    board: Board, shape: Stage2Format, memory: PhysAddr, shared: PhysAddr | None = None
) -> tuple[GuestMapping, ...]:
    """What stage 2 gives to a guest whose memory is at ``memory``, a true physical address; ``shared`` is
    that of the page :data:`GUEST_SHARED`, if there is one."""
    found = [
        GuestMapping(
            Span.sized(IPA(GUEST_RAM + one.offset), one.pages * PAGE_SIZE),
            PhysAddr(memory + one.offset),
            one.permission,
            one.purpose,
        )
        for one in GUEST_PAGES
    ]
    if shared is not None:
        ours: Span[IPA] = Span.sized(IPA(GUEST_RAM + GUEST_SHARED.offset), PAGE_SIZE)
        found.append(GuestMapping(ours, shared, GUEST_SHARED.permission, GUEST_SHARED.purpose))
    if board.gic is not None:
        gic: Span[IPA] = Span.sized(GUEST_GIC, GIC_PAGES * PAGE_SIZE)
        found.append(GuestMapping(gic, PhysAddr(board.gic.virtual_cpu), "device", "GICV"))
    if shape.ipa_bits == 40:
        again: Span[IPA] = Span.sized(GUEST_HIGH, GUEST_PAGES[0].pages * PAGE_SIZE)
        found.append(GuestMapping(again, memory, "r", "vectors and code, once more"))
    return tuple(found)


# -- a virtual CPU ------------------------------------------------------------------------------------
CP15 = (
    *("TTBR0", "TTBR1", "PAR"),
    *("SCTLR", "CPACR", "TTBCR", "DACR", "MAIR0", "MAIR1", "AMAIR0", "AMAIR1", "CSSELR", "CONTEXTIDR"),
    *(
        "TPIDRURW",
        "TPIDRURO",
        "TPIDRPRW",
        "DFSR",
        "IFSR",
        "ADFSR",
        "AIFSR",
        "DFAR",
        "IFAR",
        "VBAR",
        "CNTKCTL",
    ),
)
"""CP15 registers that PL1 can change and that are neither trapped nor banked away: each world has its own.
The first three have 64 bits. PRRR and NMRR are MAIR0 and MAIR1. ACTLR, c15, set/way operations, the
performance monitors and debug are trapped; FCSEIDR is RAZ/WI; the physical timer is the host's."""
LIST_REGISTERS = 4
BANKS = ("svc", "abt", "und", "irq")
"""Modes with SP, LR and SPSR of their own; FIQ mode has r8 to r12 besides."""

VCPU_SHIFT = 10
"""log2 of the bytes of a context: virtual CPU n's is at ``world_vcpus + (n << 10)``."""


def _words() -> Iterator[tuple[str, int, str]]:
    """Every field of a context in order: name, words, meaning."""
    yield from ((f"R{number}", 1, f"r{number} (r8 to r12: not FIQ mode's)") for number in range(13))
    yield "PC", 1, "where it goes on: ELR_hyp"
    yield "PSR", 1, "its CPSR: SPSR_hyp"
    yield "SP_USR", 1, "SP of User and System mode"
    yield "LR_USR", 1, "LR of User, System and Hyp mode"
    for mode in BANKS:
        yield f"SP_{mode.upper()}", 1, f"SP_{mode}"
        yield f"LR_{mode.upper()}", 1, f"LR_{mode}"
        yield f"SPSR_{mode.upper()}", 1, f"SPSR_{mode}"
    yield from ((f"R{number}_FIQ", 1, f"r{number}_fiq") for number in range(8, 13))
    yield from ((f"{name}_FIQ", 1, f"{name}_fiq") for name in ("SP", "LR", "SPSR"))
    for name in CP15:
        yield name, registers.BY_NAME[name].width // 32, name
    yield "CNTV_CVAL", 2, "when its timer is due, in its own time"
    yield "CNTVOFF", 2, "physical time at which its own began"
    yield "CNTV_CTL", 1, "its timer's control"
    yield "GICH_VMCR", 1, "its GIC CPU interface: masks and enables"
    yield "GICH_APR", 1, "its active priorities"
    yield from ((f"GICH_LR{number}", 1, "a virtual interrupt") for number in range(LIST_REGISTERS))
    yield "FPEXC", 1, "FPEXC"
    yield "FPSCR", 1, "FPSCR"
    yield "VFP", 64, "d0 to d31"
    yield "HOST", 1, "the context of the host whom it interrupts"
    yield "ROOT", 2, "PA of its stage 2 root, without a VMID"
    yield "LEVEL3", 1, "VA of the stage 2 level 3 table of its memory"
    yield "VMID", 1, "its VMID, if GENERATION is the present one"
    yield "GENERATION", 1, "the generation of VMIDs that VMID belongs to; 0: it has none"
    yield "HCR", 1, "HCR while it runs: its virtual exceptions are in here"
    yield "VMPIDR", 1, "what it reads as MPIDR"
    yield "ACTLR", 1, "what it reads as ACTLR, which is trapped"
    yield "DEVICE", 4, "registers of the emulated device"
    yield "EXIT_HSR", 1, "HSR at its last exit"
    yield "EXIT_FAR", 1, "HDFAR or HIFAR at its last exit, if that was a fault"
    yield "EXIT_FIPA", 1, "the IPA of that fault, as HPFAR has it: IPA<39:12> in <31:4>"
    yield "EXIT_IRQ", 1, "the interrupt that was acknowledged at its last exit"


def _offsets() -> dict[str, tuple[int, int, str]]:
    found, offset = {}, 0
    for name, words, meaning in _words():
        found[name] = (offset, words, meaning)
        offset += words * WORD
    assert offset <= 1 << VCPU_SHIFT
    return found


VCPU = _offsets()
"""A context's fields by name: offset in bytes, words, and meaning. The host's has the same layout."""

# -- numbers of the guests' calls ---------------------------------------------------------------------
GUEST_CALLS = {
    "REPORT": (0x6700, "r0 = step, r1 = what it gave, r2 = what it should give"),
    "YIELD": (0x6701, "let the other guest run"),
    "INJECT": (0x6702, "r0 = bits of HCR to set: a virtual exception"),
    "SERVED": (0x6703, "r0 = bits of HCR to clear: the exception was served"),
    "TICK": (0x6704, "r0 = ticks after which the hypervisor takes the CPU away"),
    "LIST": (0x6705, "r0 = number, r1 = value of a List register"),
    "OFFSET": (0x6708, "r0 = 0 or 1: the low or high word of CNTVOFF"),
    "ABORT": (0x6709, "a virtual asynchronous abort shall be pending"),
    "STUCK": (0x6707, "r0 = LR of an exception that the guest does not expect"),
    "DONE": (0x6706, "the guest has nothing more to do"),
}
"""HVC immediates of a guest. They are a space of their own: whose call an HVC is, VTTBR.VMID says."""
EXITS = {
    "HVC": (1, "HVC"),
    "WAIT": (2, "WFI or WFE"),
    "ABORT": (3, "a data access that stage 2 refuses"),
    "FETCH": (4, "a fetch that stage 2 refuses"),
    "IRQ": (5, "a physical interrupt"),
    "FIQ": (6, "a physical FIQ"),
    "UNKNOWN": (7, "a trap that nothing here knows"),
}
"""Why world_enter returns to the host."""


def _iss(
    crn: int | None = None, crm: int | None = None, opc1: int | None = None, opc2: int | None = None
) -> tuple[int, int]:
    """ISS of a trapped MCR or MRC as a mask and a value: what is not given may be anything (table B3-22)."""
    fields = ((opc2, 17, 7), (opc1, 14, 7), (crn, 10, 15), (crm, 1, 15))
    given = [(value, shift, width) for value, shift, width in fields if value is not None]
    mask = sum(width << shift for _, shift, width in given)
    return mask, sum(value << shift for value, shift, _ in given)


EMULATED_CP15 = (
    (*_iss(1, 0, 0, 1), "ACTLR: a value of its own"),
    (*_iss(7, 6, 0, 2), "DCISW"),
    (*_iss(7, 10, 0, 2), "DCCSW"),
    (*_iss(7, 14, 0, 2), "DCCISW"),
    (*_iss(9, 12, 0), "performance monitors: control"),
    (*_iss(9, 13, 0), "performance monitors: counts"),
    (*_iss(9, 14, 0), "performance monitors: interrupts"),
    (*_iss(14, 2, 0), "the PL1 physical timer"),
    (*_iss(15), "c15: IMPLEMENTATION DEFINED"),
)
"""CP15 registers that trap and are known: mask and value of ISS, meaning. All but the first four read as
zero and ignore writes; those of set/way become maintenance of all that the guest has."""

_CONDITIONS = (
    lambda n, z, c, v: z,
    lambda n, z, c, v: c,
    lambda n, z, c, v: n,
    lambda n, z, c, v: v,
    lambda n, z, c, v: c and not z,
    lambda n, z, c, v: n == v,
    lambda n, z, c, v: n == v and not z,
    lambda n, z, c, v: True,
)
"""cond<3:1>: EQ, CS, MI, VS, HI, GE, GT, AL."""
CONDITION_FLAGS = tuple(
    sum(
        1 << flags
        for flags in range(16)
        if _CONDITIONS[cond >> 1](*(bool(flags >> n & 1) for n in (3, 2, 1, 0))) != (cond & 1 and cond != 15)
    )
    for cond in range(16)
)
"""ConditionPassed() (A8.3) as a table: bit NZCV of the entry for cond<3:0> says whether it holds."""

_GUEST_HCR = ("VM", "SWIO", "FMO", "IMO", "AMO", "FB", "TWI", "TWE", "TSC", "TIDCP", "TAC", "TSW")
"""HCR while a guest runs: as in KVM, less TVM, which KVM drops once the guest's caches are on. BSU is
Inner Shareable. SWIO makes an invalidation by set/way clean too, FB broadcasts what a guest does locally."""
INNER_SHAREABLE_BARRIERS = 0b01
UNMASKED_PL1 = psr.A.mask | psr.I.mask | psr.F.mask
_MASK32 = 0xFFFF_FFFF


def constants(board: Board, shape: Stage2Format) -> dict[str, tuple[int, str]]:
    """The numbers that the templates of the world switch use, by name, each with its meaning."""
    hcr = compose(registers.HCR, BSU=INNER_SHAREABLE_BARRIERS, **dict.fromkeys(_GUEST_HCR, 1))
    given = stage2.leaf(PhysAddr(0), "rw", 3)
    off = {"CP15BEN": 1}
    normal = {"I": 1, "C": 1, "M": 1, **off}
    rows = {
        "VCPU_SHIFT": (VCPU_SHIFT, "log2 of the bytes of a context"),
        **{f"VCPU_{name}": (offset, meaning) for name, (offset, _, meaning) in VCPU.items()},
        "VCPU_COUNT": (len(GUESTS), "virtual CPUs"),
        **{f"GUEST_{name}": row for name, row in GUEST_CALLS.items()},
        **{f"EXIT_{name}": row for name, row in EXITS.items()},
        "VTCR_VALUE": (shape.vtcr, f"{shape.ipa_bits}-bit IPAs from level {shape.level}"),
        "HCR_GUEST": (hcr, "stage 2, physical exceptions to Hyp mode, traps"),
        "HCR_VI": (registers.HCR.bit("VI"), "a virtual IRQ is pending"),
        "HCR_VF": (registers.HCR.bit("VF"), "a virtual FIQ is pending"),
        "HCR_VA": (registers.HCR.bit("VA"), "a virtual asynchronous abort is pending"),
        "HSTR_GUEST": (
            compose(registers.HSTR, T15=1, TTEE=1, TJDBX=1),
            "trap c15, ThumbEE and Jazelle",
        ),
        "HCPTR_GUEST": (
            compose(registers.HCPTR, TTA=1, TCP10=1, TCP11=1),
            "trap trace registers, and the floating-point unit until it is used",
        ),
        "HCPTR_VFP": (registers.HCPTR.bit("TCP10") | registers.HCPTR.bit("TCP11"), "the floating-point unit"),
        "HDCR_GUEST": (
            compose(registers.HDCR, TPM=1, TPMCR=1, TDRA=1, TDOSA=1, TDA=1),
            "trap the performance monitors and debug",
        ),
        "CNTHCTL_GUEST": (compose(registers.CNTHCTL, PL1PCTEN=1), "the physical timer traps"),
        "TIMER_ENABLE": (registers.CNTV_CTL.bit("ENABLE"), "a timer's control: on"),
        "TIMER_IMASK": (registers.CNTV_CTL.bit("IMASK"), "a timer's control: without an interrupt"),
        "FPEXC_EN": (registers.FPEXC.bit("EN"), "the floating-point unit is on"),
        "GUEST_SCTLR": (compose(registers.SCTLR, **off), "SCTLR of a reset: MMU and caches off"),
        "GUEST_SCTLR_ON": (compose(registers.SCTLR, **normal), "the guest's MMU and caches on"),
        "GUEST_SCTLR_THUMB": (
            compose(registers.SCTLR, TE=1, **normal),
            "the same, exceptions in Thumb state",
        ),
        "GUEST_PSR": (psr.Mode.SVC | UNMASKED_PL1, "Supervisor mode, everything masked"),
        "PSR_T": (psr.T.mask, "Thumb state"),
        "PSR_E": (psr.E.mask, "big-endian data"),
        "PSR_ABORT": (psr.Mode.ABT | psr.A.mask | psr.I.mask, "Abort mode, aborts and IRQ masked"),
        "PSR_LOST": (
            psr.M.mask | psr.EXECUTION_STATE_MASK | psr.E.mask,
            "what an exception sets anew: mode, state, IT, endianness",
        ),
        "EMULATED_SET_WAY": (1, "the first row of world_emulated that is maintenance by set/way"),
        "EMULATED_ZERO": (4, "the first row that reads as zero"),
        "EMULATED_COUNT": (len(EMULATED_CP15), "rows"),
        "SCTLR_TE": (registers.SCTLR.bit("TE"), "exceptions are taken in Thumb state"),
        "SCTLR_EE": (registers.SCTLR.bit("EE"), "exceptions are taken big-endian"),
        "TTBCR_EAE": (registers.TTBCR.bit("EAE"), "the Long-descriptor format"),
        "FSR_EXTERNAL_SHORT": (0x008, "IFSR, DFSR: synchronous external abort, Short-descriptor format"),
        "FSR_EXTERNAL_LONG": (0x210, "the same, Long-descriptor format"),
        "DFSR_WNR": (registers.DFSR.bit("WnR"), "DFSR: a store"),
        "GUEST_RAM": (int(GUEST_RAM), "IPA of a guest's memory"),
        "GUEST_SIZE": (GUEST_SIZE, "bytes of a guest's memory"),
        "GUEST_TABLES": (GUEST_PAGES[1].offset, "offset of its stage 1 tables"),
        "GUEST_DATA": (GUEST_PAGES[2].offset, "offset of its data"),
        "GUEST_LATER": (GUEST_PAGES[3].offset, "offset of a page that stage 2 does not map at first"),
        "GUEST_RDONLY": (GUEST_PAGES[4].offset, "offset of a page that stage 2 lets it read at first"),
        "GUEST_WALKED": (
            GUEST_PAGES[5].offset,
            "offset of a stage 1 table that stage 2 does not map at first",
        ),
        "GUEST_SHARED": (GUEST_SHARED.offset, "offset of the page that guests on two CPUs share"),
        "GUEST_WALKED_VA": (0x00E0_0000, "VA that this table resolves"),
        "GUEST_ALIAS": (0x0080_0000, "VA at which its stage 1 shows its memory again, read-only"),
        "GUEST_HIGH_VA": (0x00C0_0000, "VA at which its stage 1 shows the high IPAs"),
        "GUEST_WINDOW": (0x00A0_0000, "VA at which its stage 1 shows its memory again, read and write"),
        "GUEST_ACTLR": (0x40, "ACTLR of a guest: SMP, as a kernel expects it"),
        "GUEST_NOWHERE": (0x0060_0000, "a VA that its stage 1 does not map"),
        "GUEST_GIC": (int(GUEST_GIC), "IPA and VA of its GIC CPU interface"),
        "GUEST_DEVICE": (int(GUEST_DEVICE), "IPA and VA of the emulated device"),
        "GUEST_CPACR": (0xF << 20, "CPACR: the floating-point unit is for everyone"),
        "STAGE2_GIVEN_LOW": (given & _MASK32, "a stage 2 page that may be read and written: low word"),
        "STAGE2_GIVEN_HIGH": (given >> 32, "high word"),
        "PHYSICAL_HIGH": (int(board.region(board.image.memory).physical) >> 32, "PA<39:32> of the image"),
        "EC_WAIT": (ExceptionClass.WFI_WFE, "HSR.EC: WFI or WFE"),
        "EC_CP15": (ExceptionClass.CP15_MCR_MRC, "HSR.EC: MCR or MRC to CP15"),
        "EC_VFP": (ExceptionClass.COPROCESSOR, "HSR.EC: the floating-point unit"),
        "DFSC_ASYNCHRONOUS": (0b010001, "ISS.DFSC: an asynchronous external abort"),
        "EC_PAIR": (ExceptionClass.CP15_MCRR_MRRC, "HSR.EC: MCRR or MRRC to CP15"),
        "EC_CP14": (ExceptionClass.CP14_MCR_MRC, "HSR.EC: MCR or MRC to CP14"),
        "EC_SMC": (ExceptionClass.SMC, "HSR.EC: SMC"),
        "EC_HVC": (ExceptionClass.HVC, "HSR.EC: HVC"),
        "EC_FETCH": (ExceptionClass.PREFETCH_ABORT_LOWER, "HSR.EC: a fetch of the guest"),
        "EC_DATA": (ExceptionClass.DATA_ABORT_LOWER, "HSR.EC: a data access of the guest"),
        "HSR_IL": (registers.HSR.field("IL").mask, "the instruction has 32 bits"),
        "CNTP_CVAL_ISS": (
            2 << 16 | 14 << 1,
            "ISS of MRRC p15, 2, Rt, Rt2, c14 without Rt, Rt2 and direction",
        ),
        "PAIR_MASK": (0xF << 16 | 0xF << 1, "those fields of ISS: opc1, CRm"),
    }
    if board.gic is not None:
        rows |= {
            "TIMER_HYP_ID": (board.timers.hyp + 16, "interrupt of the Hyp timer"),
            "TIMER_VIRTUAL_ID": (board.timers.virtual + 16, "interrupt of the virtual timer"),
            "MAINTENANCE_ID": (board.gic.maintenance_interrupt + 16, "maintenance interrupt of GICH"),
        }
    else:
        rows |= {
            "TIMER_HYP_ID": (board.timers.hyp, "line of the Hyp timer"),
            "TIMER_VIRTUAL_ID": (board.timers.virtual, "line of the virtual timer"),
        }
    return rows


# -- where it all lies --------------------------------------------------------------------------------
MOST_TABLE_PAGES = 8
"""Pages of one guest's tables at most: a root of two, two level 2, and a level 3 for its memory, its GIC,
and its memory once more; rounded up so that every root is aligned."""
DEVICES_START = VirtAddr(VMALLOC_START + 0x1_0000)
"""VA of the interrupt controller in Hyp mode, above the console's."""


@dataclass(frozen=True)
class PlannedGuest:
    """One guest: where Hyp mode sees its memory, its tables, and the one that describes its memory."""

    number: int
    name: str
    memory: VirtAddr
    tables: Stage2Tables
    level3: VirtAddr


@dataclass(frozen=True)
class PlannedWorld:
    """What an image with guests has besides: ``padding`` bytes come before the first table."""

    format: Stage2Format
    guests: tuple[PlannedGuest, ...]
    padding: int
    constants: Mapping[str, tuple[int, str]]


def section_rows(board: Board, shape: Stage2Format) -> tuple[SectionRow, ...]:
    """The sections that the world switch adds to an image."""
    contexts = (len(GUESTS) + board.cpus.count << VCPU_SHIFT) + PAGE_SIZE
    tables = len(GUESTS) * MOST_TABLE_PAGES * PAGE_SIZE + shape.root_alignment
    return (
        SectionRow(".world.text", "rx", 2 * PAGE_SIZE, "world switch, Hyp mode, MMU on", "world_vectors"),
        SectionRow(".world.rodata", "r", PAGE_SIZE, "constants of the world switch"),
        SectionRow(".world.data", "rw", align_up(contexts, PAGE_SIZE), "contexts", "world_vcpus"),
        SectionRow(".world.tables", "rw", align_up(tables, PAGE_SIZE), "stage 2 tables", "world_tables"),
        *(
            SectionRow(
                f".guest.{name}", "rw", GUEST_SIZE + PAGE_SIZE, f"memory of guest {number}", f"guest_{name}"
            )
            for number, name in enumerate(GUESTS)
        ),
    )


def plan_world(
    board: Board, hyp: HypTables, sections: Iterable[PlannedSection], shape: Stage2Format, together: bool
) -> PlannedWorld:
    """Build the guests' tables and map in Hyp mode what the world switch needs. Guests that run ``together``,
    on several CPUs, share a page."""
    at = {one.name: one for one in sections}
    for name in (
        ".world.text",
        ".world.rodata",
        ".world.data",
        ".world.tables",
        *map(".guest.{}".format, GUESTS),
    ):
        hyp.create_hyp_mappings(at[name].virtual, at[name].span.end, at[name].permission, name)
    addresses = _map_devices(board, hyp)
    section = at[".world.tables"]
    root = align_up(section.physical, max(shape.root_alignment, PAGE_SIZE))
    shared = PhysAddr(at[f".guest.{GUESTS[0]}"].physical + GUEST_SHARED.offset) if together else None
    guests = []
    for number, name in enumerate(GUESTS):
        memory = at[f".guest.{name}"]
        place = PhysAddr(root + number * MOST_TABLE_PAGES * PAGE_SIZE)
        tables = stage2.build(shape, guest_mappings(board, shape, memory.physical, shared), place)
        level3 = next(one for one in tables.tables if one.level == 3 and GUEST_RAM in one.ipa)
        virtual = VirtAddr(section.virtual + level3.physical - section.physical)
        guests.append(PlannedGuest(number, name, memory.virtual, tables, virtual))
    return PlannedWorld(
        shape, tuple(guests), root - section.physical, {**constants(board, shape), **addresses}
    )


def _map_devices(board: Board, hyp: HypTables) -> dict[str, tuple[int, str]]:
    """Map the interrupt controller's registers in Hyp mode, and name the VAs."""
    rows: tuple[tuple[str, int, int, str], ...]
    if board.gic is not None:
        rows = (
            ("WORLD_GICD", int(board.gic.distributor), 1, "the GIC's Distributor"),
            ("WORLD_GICC", int(board.gic.cpu_interface), GIC_PAGES, "its CPU interface"),
            ("WORLD_GICH", int(board.gic.hypervisor), 1, "its virtual interface control"),
        )
    else:
        local = next(one for one in board.regions if one.compatible == LOCAL_CONTROLLER)
        rows = (("WORLD_LOCAL", int(local.physical), 1, "the cores' local interrupt controller"),)
    named, virtual = {}, int(DEVICES_START)
    for name, physical, pages, meaning in rows:
        hyp.create_hyp_io_mappings(virtual, virtual + pages * PAGE_SIZE, physical, meaning)
        named[name] = (virtual, f"{meaning}, a VA")
        virtual += pages * PAGE_SIZE
    return named


LOCAL_CONTROLLER = "brcm,bcm2836-l1-intc"
