"""The plan of an image: :func:`plan_image` turns a board into everything that is decided before code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from hypgen import resources
from hypgen.board.model import Board
from hypgen.errors import Diagnostic, InputError
from hypgen.plan import host, registers, runtime_maps, structures, world
from hypgen.plan.host import PlannedHost
from hypgen.plan.hvc import load_hvc_numbers
from hypgen.plan.idmap import FOUR_GIB, VMALLOC_START, LinearMap
from hypgen.plan.interfaces import Interface
from hypgen.plan.interrupts import map_controller
from hypgen.plan.layout import (
    BOOT_TABLES,
    STACK_STRIDE,
    PlannedSection,
    insert_row,
    place_sections,
    scenario_row,
    section_rows,
)
from hypgen.plan.mappings import HypTables, PlannedTables
from hypgen.plan.options import PlanOptions
from hypgen.plan.scenarios import Scenario, load_scenario
from hypgen.plan.stage2 import Stage2Format
from hypgen.plan.styles import DEFAULT_STYLE, FALLBACK_STYLE, InitStyle, load_style
from hypgen.plan.world import PlannedWorld
from hypgen.units import BLOCK_SIZE, PAGE_SIZE, LoadAddr, VirtAddr

ENTRY_SYMBOL = "_start"


@dataclass(frozen=True)
class PlannedStack:
    """One CPU's Hyp stack: a page, at virtual addresses as the Hyp MMU is on when it is used.

    The page below ``bottom`` is mapped to nothing: a stack that grows too far ends in a Data Abort.
    """

    cpu: int
    mpidr: int
    bottom: VirtAddr
    top: VirtAddr


@dataclass(frozen=True)
class Constant:
    """A number that templates use by name, and what it means."""

    name: str
    value: int
    meaning: str


@dataclass(frozen=True)
class ImagePlan:
    """Everything that is decided before there is code. Two equal plans render to the same text."""

    board: Board
    options: PlanOptions
    scenario: Scenario
    style: InitStyle
    linear: LinearMap
    sections: tuple[PlannedSection, ...]
    tables: PlannedTables
    boot_tables: PlannedTables | None
    registers: dict[str, int]
    stacks: tuple[PlannedStack, ...]
    named_constants: tuple[Constant, ...]
    console_virtual: VirtAddr
    unmapped_virtual: VirtAddr
    world: PlannedWorld | None = None
    interfaces: tuple[Interface, ...] = ()
    """The HVC interfaces that the image answers besides the calls of every image."""
    host: PlannedHost | None = None

    @property
    def entry_symbol(self) -> str:
        """The symbol of the first instruction."""
        return ENTRY_SYMBOL

    @property
    def entry_address(self) -> LoadAddr:
        """Where firmware jumps to: the *load* address of the entry, as its CPU has the MMU off."""
        return self.section_of(ENTRY_SYMBOL).load

    @cached_property
    def constants(self) -> dict[str, int]:
        """The numbers that templates use, by name."""
        return {one.name: one.value for one in self.named_constants}

    @property
    def anchors(self) -> dict[str, VirtAddr]:
        """Symbols whose VA the plan has computed with; the link must give each the same."""
        return {one.anchor: one.virtual for one in self.sections if one.anchor}

    def section(self, name: str) -> PlannedSection:
        """The section called ``name``; raises KeyError."""
        for one in self.sections:
            if one.name == name:
                return one
        raise KeyError(name)

    def section_of(self, anchor: str) -> PlannedSection:
        """The section that begins with the symbol ``anchor``; raises KeyError."""
        for one in self.sections:
            if one.anchor == anchor:
                return one
        raise KeyError(anchor)


def plan_image(
    board: Board, options: PlanOptions | None = None, *, templates: Path | None = None
) -> ImagePlan:
    """Plan the image for ``board``; raises InputError when the board's values leave no right image.

    ``templates`` is a directory of the user's own, whose ``hvc.yaml`` is used when it has one.
    """
    options = options or PlanOptions()
    scenario = load_scenario(options.scenario, templates)
    lacks = scenario.lacks(board)
    if lacks:
        said = f"there is no image of the scenario {scenario.name!r} for this board: "
        raise InputError(
            [Diagnostic("SCN-003", f"{said}{one.reason}", board.locate(one.key)) for one in lacks]
        )
    board = options.on(scenario.on(board))
    linear = LinearMap.of(board)
    style = _style(options, scenario, board, templates)
    if style is None:
        try:
            return _planned(board, linear, options, scenario, load_style(DEFAULT_STYLE, templates), templates)
        except InputError as collision:
            if [one.code for one in collision.diagnostics] != ["PLAN-005"]:
                raise
            style = replace(load_style(FALLBACK_STYLE, templates), chosen=collision.diagnostics[0].sentence)
    return _planned(board, linear, options, scenario, style, templates)


def _style(
    options: PlanOptions, scenario: Scenario, board: Board, templates: Path | None
) -> InitStyle | None:
    """The style that somebody asks for: the command line, the scenario, or the board file."""
    wanted = options.init_style or scenario.init_style
    if wanted:
        return load_style(wanted, templates)
    named = board.image.init_style
    if named is None:
        return None
    place = board.locate("image.init_style")
    return load_style(named, templates, below=Path(board.file).parent, place=place)


def _planned(
    board: Board,
    linear: LinearMap,
    options: PlanOptions,
    scenario: Scenario,
    style: InitStyle,
    templates: Path | None,
) -> ImagePlan:
    """The plan in one init style; raises InputError PLAN-005 where that style's identity page has no room."""
    apart = style.identity == "boot"
    shape = Stage2Format(scenario.ipa_bits) if scenario.ipa_bits else None
    rows = [
        *section_rows(board.cpus.count, options.room),
        *(world.section_rows(board, shape) if shape else ()),
    ]
    for row in (
        *([BOOT_TABLES] if apart else ()),
        *(scenario_row(name, permission) for name, permission in scenario.sections.items()),
    ):
        insert_row(rows, row)
    if scenario.host_mmu:
        rows = host.section_rows(rows)
    if scenario.runtime_maps:
        rows = runtime_maps.section_rows(rows)
    sections = place_sections(linear, rows)
    at = {one.name: one for one in sections}
    hyp = HypTables(linear)
    for name in (".hyp.text", ".hyp.rodata", ".hyp.data"):
        hyp.create_hyp_mappings(at[name].virtual, at[name].span.end, at[name].permission, name)
    for name, permission in scenario.sections.items():
        hyp.create_hyp_mappings(at[name].virtual, at[name].span.end, permission, name)
    stacks = tuple(
        PlannedStack(cpu, mpidr, VirtAddr(top - PAGE_SIZE), VirtAddr(top))
        for cpu, mpidr in enumerate(board.cpus.mpidrs)
        for top in [at[".hyp.stacks"].virtual + (cpu + 1) * STACK_STRIDE]
    )
    for stack in stacks:
        hyp.create_hyp_mappings(stack.bottom, stack.top, "rw", f"stack of CPU {stack.cpu}")
    idmap = at[".idmap.text"]
    boot = _boot_tables(linear, at, hyp) if apart else None
    if boot is None:
        hyp.create_hyp_idmap(idmap.load, idmap.load + idmap.budget, idmap.name)
    elif style.name == "fault" and hyp.lookup(idmap.load) is not None:
        raise InputError.at(
            "PLAN-005",
            f"{idmap.name} must not be mapped at its load address {idmap.load} in this init style, but "
            f"that is a runtime address of {hyp.lookup(idmap.load)}",
            board.locate("image.virtual_base"),
            "choose another image.virtual_base, or the init style trampoline",
        )
    console = _map_console(board, hyp)
    controller = map_controller(board, hyp)
    guests = world.plan_world(board, hyp, sections, shape, scenario.all_cpus) if shape else None
    kernel = host.plan_host(linear, sections, console, scenario.all_cpus) if scenario.host_mmu else None
    if scenario.runtime_maps:
        runtime_maps.map_tables(hyp, sections)
    tables = hyp.build(at[".hyp.tables"].physical)
    if len(tables.data) > at[".hyp.tables"].budget:
        raise InputError.at(
            "PLAN-008",
            f"the translation tables need {len(tables.data) // PAGE_SIZE} pages, the layout has "
            f"{at['.hyp.tables'].budget // PAGE_SIZE}",
            board.locate("image"),
        )
    unmapped = at[".boot.text"].virtual - PAGE_SIZE
    while hyp.lookup(unmapped) is not None:
        unmapped -= PAGE_SIZE
    hvc = load_hvc_numbers(_hvc_file(templates), scenario.answers)
    named = {
        **_second(linear, sections, scenario, templates),
        **registers.values(board.image),
        **_trampoline(idmap, boot),
        "STUB_LOAD": (int(at[".stub.text"].load), "load address of hyp_stub_vectors"),
        **structures.CONSTANTS,
        "ROUNDS": (scenario.rounds, "how often the host part goes through the steps"),
        **{step.symbol: (step.number, step.intent) for step in scenario.steps},
        **hvc.constants,
        **_addresses(board, linear, console, VirtAddr(unmapped), sections[-1].span.end - sections[0].virtual),
        **controller,
        **(guests.constants if guests else {}),
        **(kernel.constants if kernel else {}),
        **({**runtime_maps.constants(), **runtime_maps.places(hyp)} if scenario.runtime_maps else {}),
    }
    fixed = {name: named[f"{name}_VALUE"][0] for name in ("HMAIR0", "HMAIR1", "HTCR")}
    return ImagePlan(
        board,
        options,
        scenario,
        style,
        linear,
        sections,
        tables,
        boot,
        {
            "HTTBR": int(tables.root),
            **fixed,
            "HSCTLR": named["HSCTLR_ON"][0],
            "HSCTLR.off": named["HSCTLR_OFF"][0],
            "HVBAR.stub": int(at[".stub.text"].load),
            "HVBAR.init": int(idmap.load),
            "HVBAR.runtime": int(at[".hyp.text"].virtual),
        },
        stacks,
        tuple(Constant(name, value, meaning) for name, (value, meaning) in named.items()),
        console,
        VirtAddr(unmapped),
        guests,
        tuple(hvc.interfaces[name] for name in hvc.answered),
        kernel,
    )


TRAMPOLINE = VirtAddr(VMALLOC_START + 16 * BLOCK_SIZE)
"""VA of the identity page in both tables, where a style has two: above the linear map and the console."""


def _boot_tables(linear: LinearMap, at: dict[str, PlannedSection], runtime: HypTables) -> PlannedTables:
    """The tables that hold the identity page, and the trampoline in these and in the runtime's."""
    idmap, boot = at[".idmap.text"], HypTables(linear)
    boot.create_hyp_idmap(idmap.load, idmap.load + idmap.budget, idmap.name)
    for one in (boot, runtime):
        one.create_hyp_trampoline(TRAMPOLINE, idmap.load)
    return boot.build(at[".hyp.boot_tables"].physical)


def _second(
    linear: LinearMap, sections: Sequence[PlannedSection], scenario: Scenario, templates: Path | None
) -> dict[str, tuple[int, str]]:
    """Where the second image begins, if there is one: behind this one, at its load address."""
    if not scenario.second:
        return {}
    if load_scenario(scenario.second, templates).second:
        sentence = (
            f"scenario {scenario.name!r}: the second image, {scenario.second!r}, has a second one itself"
        )
        raise InputError.at("SCN-002", sentence, None, "one image can be loaded behind another, and no more")
    load = linear.virt_to_idmap(VirtAddr(sections[-1].span.end), PAGE_SIZE, "the second image")
    return {"SECOND_LOAD": (int(load), "load address of the second image's first instruction")}


def _trampoline(idmap: PlannedSection, boot: PlannedTables | None) -> dict[str, tuple[int, str]]:
    root = int(boot.root) if boot else 0
    return {
        "IDMAP_LOAD": (int(idmap.load), "load address of the identity page"),
        "TRAMPOLINE_VA": (int(TRAMPOLINE), "its VA in both tables"),
        "TRAMPOLINE_OFFSET": ((TRAMPOLINE - idmap.virtual) % FOUR_GIB, "that VA - link address, modulo 2^32"),
        "BOOT_TABLES_LOW": (root & 0xFFFF_FFFF, "PA of the boot tables: low word"),
        "BOOT_TABLES_HIGH": (root >> 32, "high word"),
    }


def _hvc_file(templates: Path | None) -> Path:
    """The ``hvc.yaml`` that counts: the user's, or hypgen's own."""
    found = [one / "hvc.yaml" for one in resources.directories("templates", templates)]
    return next((one for one in found if one.is_file()), found[-1])


def _map_console(board: Board, hyp: HypTables) -> VirtAddr:
    """Map the UART at the first VA above the linear map, keeping its offset within the page."""
    uart = board.console
    if uart.physical + uart.size > FOUR_GIB:
        raise InputError.at(
            "PLAN-009",
            f"the UART at PA {uart.physical} is above 4 GiB, but messages are needed with the MMU off",
            board.locate("console.physical"),
        )
    start = VirtAddr(VMALLOC_START + uart.physical % PAGE_SIZE)
    hyp.create_hyp_io_mappings(start, start + uart.size, uart.physical, "console")
    return start


def _secure(board: Board) -> dict[str, tuple[int, str]]:
    """What Secure software prepares: the GIC and the counter's frequency, zero where a board has none."""
    gic = board.gic
    return {
        "GICD_BASE": (int(gic.distributor) if gic else 0, "the GIC's Distributor"),
        "GICC_BASE": (int(gic.cpu_interface) if gic else 0, "its CPU interfaces"),
        "COUNTER_FREQUENCY": (board.timers.frequency or 0, "Hz, for CNTFRQ"),
    }


def _addresses(
    board: Board, linear: LinearMap, console: VirtAddr, unmapped: VirtAddr, image_bytes: int
) -> dict[str, tuple[int, str]]:
    """The constants that differ between boards."""
    uart = board.console
    phys_offset = linear.phys_offset
    return {
        "IDMAP_OFFSET": (linear.idmap_offset, "load address - VA, modulo 2^32"),
        "PHYS_OFFSET_LOW": (phys_offset & 0xFFFF_FFFF, "PA - VA, modulo 2^64: low word"),
        "PHYS_OFFSET_HIGH": (phys_offset >> 32, "high word"),
        "UART_PHYSICAL": (int(uart.physical), "the UART, MMU off"),
        "UART_VIRTUAL": (int(console), "the UART, Hyp MMU on"),
        "UART_REG_SHIFT": (uart.reg_shift, "log2 of the distance between two registers"),
        **_secure(board),
        "CPU_COUNT": (board.cpus.count, "CPUs of the board"),
        "STACK_SHIFT": (STACK_STRIDE.bit_length() - 1, "log2 of the distance of two stacks: page and guard"),
        "HOST_STACK_SHIFT": (PAGE_SIZE.bit_length() - 1, "log2 of the bytes of a host stack"),
        "STACK_SIZE": (PAGE_SIZE, "bytes of a stack"),
        "IMAGE_BYTES": (image_bytes, "from the first to the last byte of the image"),
        "UNMAPPED_VA": (int(unmapped), "a VA that the Hyp tables do not map"),
    }
