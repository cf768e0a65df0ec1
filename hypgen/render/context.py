"""What a template sees: plain values of the plan, and functions that write assembly text.

The values are copies in small frozen classes: a template cannot reach the plan or the board itself.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from hypgen.arch import registers
from hypgen.board.firmware import Psci
from hypgen.board.model import Board
from hypgen.plan import embedding
from hypgen.plan.host import GICD_SGIR, PlannedHost
from hypgen.plan.image import TRAMPOLINE, Constant, ImagePlan
from hypgen.plan.interfaces import Interface
from hypgen.plan.interfaces import constants as interface_constants
from hypgen.plan.interrupts import controller_of
from hypgen.plan.mappings import Table
from hypgen.plan.registers import affinity
from hypgen.plan.scenarios import Scenario
from hypgen.render.limits import ValueRefusedError
from hypgen.render.tables import TableView, table_view
from hypgen.render.world import world_context

T = TypeVar("T")

COMMENT_COLUMN = 48
"""Where comments begin in the sources."""

_NUMBERS = ("STEP_", "_SHIFT", "_CAPACITY")
"""Beginning and ends of the names of constants that are written in decimal."""


@dataclass(frozen=True)
class BoardView:
    """``board`` in templates."""

    name: str
    title: str


@dataclass(frozen=True)
class UartView:
    """``uart`` in templates."""

    compatible: str
    physical: str
    reg_io_width: int


@dataclass(frozen=True)
class SectionView:
    """``idmap`` in templates: the addresses of a section, as text."""

    virtual: str
    load: str
    physical: str


@dataclass(frozen=True)
class StepView:
    """One step of the host part."""

    number: int
    name: str
    intent: str


@dataclass(frozen=True)
class WayView:
    """``way`` in templates: how firmware enters the image, and what Secure software must prepare."""

    mode: str
    hyp_mmu: bool
    has_gic: bool
    has_frequency: bool


@dataclass(frozen=True)
class InterruptsView:
    """``interrupts`` in templates: the controller's kind, which is also the file below ``interrupts/``, and
    what makes an FIQ (:mod:`hypgen.plan.interrupts`)."""

    kind: str
    fast: str


@dataclass(frozen=True)
class InterfaceView:
    """One of ``interfaces`` in templates: an HVC interface that the image answers besides its own calls.

    Its handlers are in ``hvc/<name>.inc``; ``symbol`` begins the names of its ``constants``, ``label`` ends
    those of its routines.
    """

    name: str
    symbol: str
    label: str
    constants: tuple[str, ...]


@dataclass(frozen=True)
class HostView:
    """``host_mmu`` in templates, false where the host part's MMU stays off: its tables, the load address of
    its identity page, and whether it moves from the memory's alias to its own window."""

    tables: tuple[TableView, ...]
    load: str
    moves: bool


@dataclass(frozen=True)
class SecondariesView:
    """``secondaries`` in templates: how the other CPUs are started. ``address`` is what is written to
    release CPU 0, ``clear`` what takes it back, ``sgir`` the GIC's GICD_SGIR, where that wakes a CPU.
    ``cpu_off`` and ``cpu_on`` are PSCI's, where firmware offers both by SMC; otherwise zero."""

    method: str
    function: int
    conduit: str
    immediate: int
    address: int
    stride: int
    wake: str
    clear: int
    sgir: int
    cpu_off: int
    cpu_on: int


def template_context(plan: ImagePlan, *, embedded: bool = False) -> dict[str, object]:
    """Everything that the templates may use, by name.

    ``embedded`` is for the object that is linked into other people's firmware, at addresses that the
    plan does not know.
    """
    board, idmap = plan.board, plan.section(".idmap.text")
    psci = board.firmware.psci
    by_smc = psci is not None and psci.conduit == "smc"
    return {
        "board": BoardView(board.name, board.title),
        "uart": UartView(board.console.compatible, str(board.console.physical), board.console.reg_io_width),
        "idmap": SectionView(
            *(["where it is linked"] * 3)
            if embedded
            else (str(idmap.virtual), str(idmap.load), str(idmap.physical))
        ),
        "embedded": embedded,
        "entry": str(plan.entry_address),
        "way": WayView(
            board.entry.mode, board.entry.hyp_mmu, board.gic is not None, bool(board.timers.frequency)
        ),
        "interrupts": _interrupts(board, embedded),
        "mpidrs": tuple(affinity(mpidr) for mpidr in board.cpus.mpidrs),
        "tables": tuple(_table(one) for one in plan.tables.tables),
        "boot_tables": tuple(_table(one) for one in plan.boot_tables.tables) if plan.boot_tables else (),
        "trampoline": str(TRAMPOLINE) if plan.boot_tables else "",
        "scenario": plan.scenario.name,
        "answers": tuple(one.name for one in plan.interfaces),
        "interfaces": tuple(map(_interface, plan.interfaces)),
        "mixed_modes": plan.scenario.mixed_modes,
        "all_cpus": plan.scenario.all_cpus,
        "secondaries": _secondaries(board, plan.host),
        "host_mmu": _host(plan),
        "runtime_maps": plan.scenario.runtime_maps,
        "step_names": tuple(step.name for step in plan.scenario.steps),
        "steps": tuple(StepView(step.number, step.name, step.intent) for step in plan.scenario.steps),
        "step_symbols": tuple(step.symbol for step in plan.scenario.steps),
        "isa": board.image.isa,
        "thumb": board.image.isa == "thumb",
        # A slot of a vector table has four bytes in either instruction set.
        "branch": "b.w     " if board.image.isa == "thumb" else "b       ",
        "big": board.image.endian == "big",
        "caches": board.image.caches,
        "address_translation": plan.options.address_translation,
        # An image that owns Hyp mode answers HVC itself: only firmware behind SMC is still there.
        "system_off": psci.functions.get("system_off") if psci is not None and by_smc else None,
        "stacks_size": plan.section(".hyp.stacks").budget,
        "tables_size": len(plan.tables.data),
        "host_stack_size": plan.section(".host.stack").budget,
        **(world_context(board, plan.scenario, plan.world) if plan.world else {}),
        **_functions(
            plan.scenario,
            _constants(plan, embedded),
            big_endian=board.image.endian == "big",
        ),
    }


def _constants(plan: ImagePlan, embedded: bool) -> tuple[Constant, ...]:
    """The plan's constants; the object has some of its own, and others in place of the plan's."""
    own = embedding.constants(plan) if embedded else ()
    return tuple({one.name: one for one in (*plan.named_constants, *own)}.values())


def _interface(one: Interface) -> InterfaceView:
    names = tuple(interface_constants({one.name: one}))
    return InterfaceView(one.name, one.symbol, one.name.replace("-", "_"), names)


def _interrupts(board: Board, embedded: bool) -> InterruptsView:
    """The board's controller; none in the object for other firmware, which knows what to do with its own."""
    controller = controller_of(board)
    return InterruptsView("none", "none") if embedded else InterruptsView(controller.kind, controller.fast)


def _host(plan: ImagePlan) -> HostView | None:
    if plan.host is None:
        return None
    tables = tuple(_table(one) for one in plan.host.tables.tables)
    return HostView(tables, str(plan.section(".host.idmap").load), plan.host.moves)


def _secondaries(board: Board, host: PlannedHost | None) -> SecondariesView:
    """How the other CPUs are started; zero stands for what the method does not have. Addresses are as the
    host part uses them: virtual where it has its MMU on."""
    at = host.device if host and host.devices else int
    secondaries, psci = board.secondaries, board.firmware.psci
    method, smc = secondaries.method, secondaries.smc
    pen, table = secondaries.pen, secondaries.spin_table
    held = pen or table
    return SecondariesView(
        method,
        psci.functions["cpu_on"] if psci and method == "psci" else smc.function if smc else 0,
        psci.conduit if psci else "smc",
        smc.immediate if smc else 0,
        at(pen.write) if pen else at(table.release_address) if table else 0,
        held.stride if held else 0,
        held.wake if held else "none",
        at(pen.clear) if pen and pen.clear else 0,
        at(board.gic.distributor + GICD_SGIR) if board.gic and held and held.wake == "interrupt" else 0,
        *(_hotplug(psci) if psci is not None else (0, 0)),
    )


def _hotplug(psci: Psci) -> tuple[int, int]:
    """PSCI's CPU_OFF and CPU_ON, or zeros. By HVC no firmware answers once the image has Hyp mode."""
    functions = psci.functions
    if psci.conduit != "smc" or not {"cpu_off", "cpu_on"} <= set(functions):
        return 0, 0
    return functions["cpu_off"], functions["cpu_on"]


def _functions(
    scenario: Scenario, named: Iterable[Constant], *, big_endian: bool = False
) -> dict[str, Callable[..., str]]:
    constants = {one.name: one for one in named}
    steps = {step.name: step for step in scenario.steps}

    def equ(*names: str) -> str:
        lines = []
        for name in names:
            one = _known(name, constants, "constant")
            number = name.startswith(_NUMBERS[:1]) or name.endswith(_NUMBERS[1:])
            value = str(one.value) if number or one.value < 10 else f"0x{one.value:x}"
            lines.append(_commented(f"        .equ    {name}, {value}", one.meaning, indented=0))
        return "\n".join(lines)

    return {
        "equ": equ,
        "read": _read,
        "write": _write,
        "operate": _operate,
        "to_le": lambda register, size=4: _reversed(register, size, before=True) if big_endian else "",
        "from_le": lambda register, size=4: _reversed(register, size, before=False) if big_endian else "",
        "function": lambda name: f"        .global {name}\n        .type   {name}, %function\n{name}:",
        "object": lambda name: f"        .global {name}\n        .type   {name}, %object\n{name}:",
        # Without the type of a function, as HVBAR takes an address and no instruction set: no bit 0.
        "vector_table": lambda name: f"        .global {name}\n{name}:",
        "end_vector_table": lambda name: f"        .size   {name}, . - {name}",
        "end_function": lambda name: f"        .size   {name}, . - {name}",
        "end_object": lambda name: f"        .size   {name}, . - {name}",
        "commented": lambda text, comment: _commented(text, comment),
        "hex": _hex,
        "symbol": lambda step: _known(step, steps, "step").symbol,
        "intent": lambda step: _known(step, steps, "step").intent,
    }


def _reversed(register: str, size: int, *, before: bool) -> str:
    """A line that turns a word or halfword round: before the next instruction, or after the last one."""
    turn = "rev" if size == 4 else "rev16"
    line = _commented(f"{turn:7} {register}, {register}", "little-endian, unlike this code's data")
    return f"{line}\n        " if before else f"\n        {line}"


def _table(table: Table) -> TableView:
    return table_view(table.level, table.physical, table.virtual, table.entries)


def _hex(value: int, digits: int = 8) -> str:
    if not 0 <= digits <= 16:
        raise ValueRefusedError(f"hex() writes up to 16 digits, not {digits}")
    return f"0x{int(value):0{int(digits)}x}"


def _read(register: str, *targets: str, note: str = "") -> str:
    """MRC or MRRC."""
    return _access(register, targets, write=False, note=note)


def _write(register: str, *sources: str, note: str = "") -> str:
    """MCR or MCRR."""
    return _access(register, sources, write=True, note=note)


def _operate(name: str, argument: str = "r0", note: str = "") -> str:
    """MCR to an operation such as TLBIALLH, which ignores the register unless it says otherwise."""
    return _access(name, (argument,), write=True, note=note)


def _access(register: str, core: tuple[str, ...], *, write: bool, note: str) -> str:
    row = _known(register, registers.BY_NAME, "system register")
    try:
        text = row.syntax(write=write, registers=core)
    except ValueError as error:
        raise ValueRefusedError(str(error)) from None
    mnemonic, operands = text.split(" ", 1)
    return _commented(f"{mnemonic:8}{operands}", f"{row.name}, {note}" if note else row.name)


def _commented(text: str, comment: str, indented: int = 8) -> str:
    """``text``, which the template has indented, with a comment in the column where comments begin."""
    column = COMMENT_COLUMN - indented
    return f"{text:{column}}@ {comment}" if len(text) < column else f"{text} @ {comment}"


def _known(name: str, known: Mapping[str, T], kind: str) -> T:
    """``known[name]``; refuses a name that is not there, and says which is near."""
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueRefusedError(f"there is no {kind} {name!r}{hint}")
    return known[name]
