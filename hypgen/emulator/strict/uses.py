"""What the loads of a CPU are for, found out once for each load and each way back from its function."""

from __future__ import annotations

from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT
from hypgen.emulator.strict.dependence import Dependence, dependence
from hypgen.emulator.strict.polling import Loop, Way, feeds, is_unused, loop_of
from hypgen.emulator.strict.returning import Frame
from hypgen.emulator.system import System
from hypgen.emulator.translation import Translation

_DEEP = 3
"""Functions that are left, one after another, to find what becomes of a value."""


class Uses:
    """What the loads of one CPU are for."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._known: dict[tuple[int, ...], Loop | Way] = {}
        """By physical and virtual address of a load, and by where its function and its callers return to."""
        self._fed: dict[tuple[int, int, int], bool | None] = {}
        """By physical and virtual address of a load, and by the address of what may use it."""
        self._unused: dict[tuple[int, int], bool] = {}
        """By physical and virtual address of a load, whether nothing comes of it."""
        self._bound: dict[tuple[int, ...], Dependence] = {}
        """By physical and virtual address of a load, and by returns, the stores that depend on it."""
        self.returns: tuple[int, ...] = ()
        """Where the function and its callers return to that made the last load asked for, as far as its value
        was followed there."""

    def of_load(self) -> Loop:
        """What the load is for that the CPU makes now."""
        pc = self._system.current_pc()
        found = self._of(pc, ())
        self.returns = ()
        if isinstance(found, Loop):
            return found
        frame = Frame(self._system.cpu.r, self._word)
        while isinstance(found, Way) and len(self.returns) < _DEEP:
            target = frame.after(found.passed)
            if target is None or target & 1 != self._system.cpu.t:
                break
            self.returns += (target & ~1,)
            found = self._of(pc, self.returns)
        return found if isinstance(found, Loop) else found.otherwise

    def is_unused(self) -> bool:
        """Whether nothing comes of the load that the CPU makes now."""
        pc = self._system.current_pc()
        key = self._physical(pc), pc
        if key not in self._unused:
            self._unused[key] = is_unused(self._system.instruction, pc)
        return self._unused[key]

    def feeds(self, load: int, user: int) -> bool | None:
        """Whether the address that the instruction at ``user`` accesses is made of what the load read; None
        if the way from one to the other is not known."""
        key = self._physical(load), load, user
        if key not in self._fed:
            self._fed[key] = feeds(self._system.instruction, load, user)
        return self._fed[key]

    def stores_behind(self, load: int, returns: tuple[int, ...]) -> Dependence:
        """The stores that come after the load at an address without a barrier; its function and its callers
        return to ``returns``."""
        key = (self._physical(load), load, *returns)
        if key not in self._bound:
            self._bound[key] = dependence(self._system.instruction, load, returns)
        return self._bound[key]

    def _of(self, pc: int, returns: tuple[int, ...]) -> Loop | Way:
        key = (self._physical(pc), pc, *returns)
        if key not in self._known:
            self._known[key] = loop_of(self._system.instruction, pc, returns)
        return self._known[key]

    def _physical(self, pc: int) -> int:
        fetched = self._system.context.fetched.get(pc >> PAGE_SHIFT)
        if fetched is not None:
            return fetched[0].pa & ~OFFSET_MASK | pc & OFFSET_MASK
        where = self._system.translate(pc, fetch=True)
        return int(where.pa) if isinstance(where, Translation) else pc

    def _word(self, va: int) -> int | None:
        where = self._system.translate(va)
        return self._system.memory.read32(int(where.pa)) if isinstance(where, Translation) else None
