"""What templates of the world switch see besides: the guests, their tables, and lists of registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypgen.arch import registers
from hypgen.board.model import Board
from hypgen.plan import guest_exits, vcpu, world
from hypgen.plan.scenarios import Scenario
from hypgen.plan.world import PlannedGuest, PlannedWorld
from hypgen.render.limits import ValueRefusedError
from hypgen.render.tables import TableView, table_view
from hypgen.units import PAGE_SIZE


@dataclass(frozen=True)
class GuestView:
    """One of ``guests`` in templates; ``gap`` are the bytes behind its tables that belong to them."""

    number: int
    name: str
    memory: int
    root_low: int
    level3: int
    tables: tuple[TableView, ...]
    gap: int


@dataclass(frozen=True)
class Stage2View:
    """``stage2`` in templates."""

    ipa_bits: int
    level: int
    root_pages: int
    padding: int


def world_context(board: Board, scenario: Scenario, planned: PlannedWorld) -> dict[str, object]:
    """What the templates below ``world/`` may use, by name."""
    shape = planned.format
    names = [step.name for step in scenario.steps]
    return {
        "gic": board.gic is not None,
        "guests": tuple(_guest(one) for one in planned.guests),
        "stage2": Stage2View(shape.ipa_bits, shape.level, shape.root_pages, planned.padding),
        "cp15_pairs": tuple(one for one in vcpu.CP15 if registers.BY_NAME[one].width == 64),
        "cp15_words": tuple(one for one in vcpu.CP15 if registers.BY_NAME[one].width == 32),
        "list_registers": vcpu.LIST_REGISTERS,
        "condition_flags": guest_exits.CONDITION_FLAGS,
        "emulated_cp15": guest_exits.EMULATED_CP15,
        "step_names": tuple(names),
        "vcpu_symbols": tuple(name for name in planned.constants if name[5:] in vcpu.VCPU),
        "guest_step": _guest_step(names),
        "first_steps": tuple(
            next(step.symbol for step in scenario.steps if step.name.startswith(f"{one.name}."))
            for one in planned.guests
        ),
    }


def _guest_step(names: list[str]) -> Callable[[str, str], int]:
    def guest_step(guest: str, step: str) -> int:
        """The number of a guest's step, counted from its first."""
        own = [name for name in names if name.startswith(f"{guest}.")]
        if f"{guest}.{step}" not in own:
            raise ValueRefusedError(f"the scenario has no step {guest}.{step}")
        return own.index(f"{guest}.{step}")

    return guest_step


def _guest(one: PlannedGuest) -> GuestView:
    tables = tuple(
        table_view(table.level, table.physical, table.ipa, table.entries) for table in one.tables.tables
    )
    gap = world.MOST_TABLE_PAGES * PAGE_SIZE - len(one.tables.data)
    root = int(one.tables.root) & 0xFFFF_FFFF
    return GuestView(one.number, one.name, int(one.memory), root, int(one.level3), tables, gap)
