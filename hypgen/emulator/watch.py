"""Watchpoints: data accesses, by virtual address, that stop a run before they are made.

While there are none, an access costs nothing more. Pages that hold one are kept out of the fast path
of :mod:`hypgen.emulator.dataside`, so that every access to them asks here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

from hypgen.emulator.memory import PAGE_SHIFT
from hypgen.units import VirtAddr

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu

WatchKind = Literal["read", "write", "access"]


class Watchpoint(NamedTuple):
    """Data accesses to ``size`` bytes at virtual address ``start``, in whatever regime they are made."""

    start: int
    size: int = 4
    kind: WatchKind = "write"

    def sees(self, va: int, size: int, write: bool) -> bool:
        """Whether an access touches the bytes in the way that is watched."""
        if va >= self.start + self.size or va + size <= self.start:
            return False
        return self.kind == "access" or (self.kind == "write") == write


class WatchHit(Exception):  # noqa: N818  # a state of the machine, reported as a stop
    """An access that is watched is about to be made; nothing of the instruction has happened."""

    def __init__(self, point: Watchpoint, va: int, size: int, write: bool) -> None:
        verb = "write" if write else "read"
        super().__init__(f"watched {verb} of {size} {'byte' if size == 1 else 'bytes'} at {VirtAddr(va)}")
        self.point = point


class Watchpoints:
    """The watchpoints of a machine, which all of its CPUs share."""

    __slots__ = ("hit", "pages", "passed", "points")

    def __init__(self) -> None:
        self.points: tuple[Watchpoint, ...] = ()
        self.pages: frozenset[int] = frozenset()
        """Virtual pages (address >> 12) that hold a watched byte."""
        self.passed: tuple[int, int, int] | None = None
        """The instruction that a run stopped at last, which the next run passes: CPU, address, count."""
        self.hit: Watchpoint | None = None
        """The one that stopped the last run."""

    def replace(self, points: Iterable[Watchpoint]) -> None:
        """Watch ``points`` and nothing else. What passed fast before must be forgotten by the caller."""
        self.points = tuple(points)
        self.pages = frozenset(
            page
            for point in self.points
            for page in range(point.start >> PAGE_SHIFT, (point.start + point.size - 1 >> PAGE_SHIFT) + 1)
        )

    def check(self, cpu: Cpu, va: int, size: int, write: bool) -> None:
        """Raise WatchHit if the access is watched, unless the run goes on from just this one."""
        for point in self.points:
            if point.sees(va, size, write):
                if self.passed == (cpu.index, cpu.system.current_pc(), cpu.count):
                    return
                raise WatchHit(point, va, size, write)

    def stopped(self, cpu: Cpu, hit: WatchHit) -> None:
        """The run stops, with the CPU put back to before the instruction that was about to access."""
        self.hit = hit.point
        self.passed = (cpu.index, cpu.r[15], cpu.count)
