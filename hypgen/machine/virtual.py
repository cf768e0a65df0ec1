"""Memory by virtual address, as a CPU's translation has it and without its permissions: for debuggers.

Only memory is read and written: what a device answers depends on who asks, and asking changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hypgen.emulator.cpu import Cpu
from hypgen.emulator.faults import Fault
from hypgen.emulator.memory import OFFSET_MASK
from hypgen.errors import NotModelledError
from hypgen.units import PAGE_SIZE, VirtAddr

if TYPE_CHECKING:
    from hypgen.machine.machine import Machine

MASK32 = 0xFFFF_FFFF


def read_virtual(machine: Machine, cpu: Cpu, va: int, size: int, regime: str | None = None) -> bytes:
    """``size`` bytes at ``va`` in ``regime``, as :meth:`Machine.translate` names it.

    Raises ValueError, with a sentence, where the address does not translate or no memory is.
    """
    pieces = _pieces(machine, cpu, va, size, regime)
    return b"".join(machine.memory.read(pa, count) for pa, count in pieces)


def write_virtual(machine: Machine, cpu: Cpu, va: int, content: bytes, regime: str | None = None) -> None:
    """Set memory at ``va``; writes nothing when any of it cannot be. Raises ValueError as reading does."""
    done = 0
    for pa, count in tuple(_pieces(machine, cpu, va, len(content), regime)):
        machine.memory.write(pa, content[done : done + count])
        done += count


def _pieces(machine: Machine, cpu: Cpu, va: int, size: int, regime: str | None) -> Iterator[tuple[int, int]]:
    """Physical address and size of what lies in each page."""
    while size:
        try:
            outcome = machine.translate(cpu, va, regime)
        except NotModelledError as error:
            raise ValueError(error.diagnostics[0].sentence) from None
        if isinstance(outcome, Fault):
            raise ValueError(f"{VirtAddr(va)} does not translate: {outcome.why or outcome.kind.value}")
        if machine.memory.window(outcome.pa) is None:
            there = cpu.system.what(outcome.pa)
            raise ValueError(f"{VirtAddr(va)} translates to {outcome.pa}, where there is {there}")
        count = min(size, PAGE_SIZE - (va & OFFSET_MASK))
        yield outcome.pa, count
        va = va + count & MASK32
        size -= count
