"""A machine that begins again under another filling of everything UNKNOWN, as if it had just been made.

An image is verified by several runs of the same bytes. What was decoded, bound and compiled in one is kept
for the next, so far as the bytes that it was decoded from are the same again; all other state is what the
constructor of :class:`hypgen.machine.machine.Machine` gives, drawn from the new filling.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT, Dram, Page
from hypgen.emulator.strict.contract import StateTerms
from hypgen.emulator.unknown import Inversion, Seed
from hypgen.machine.reset import reset
from hypgen.machine.secondaries import releases
from hypgen.machine.snapshot import Snapshots
from hypgen.units import PAGE_SIZE

if TYPE_CHECKING:
    from hypgen.board.model import Board
    from hypgen.machine.loader import LoadedImage
    from hypgen.machine.machine import Machine


class Renewal:
    """How ``machine``, in which nothing was loaded yet, begins again."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._ranges = tuple(machine.memory.ranges)
        self._hooks = [(hooks, tuple(hooks)) for hooks in _hooks(machine)]
        self._snapshots = Snapshots(machine)
        self._made = self._snapshots.take()

    @property
    def possible(self) -> bool:
        """Whether the memory map is still that of the board: the loader has put memory in place of no ROM."""
        return self._ranges == tuple(self.machine.memory.ranges)

    def begin(self, image: LoadedImage, seed: Seed, complement: bool | Inversion, schedule_seed: int) -> None:
        """Begin with ``image``, as a machine that is made with these seeds and then given it.

        Raises InputError RUN-004 where the image does not lie in memory.
        """
        machine = self.machine
        for cpu in machine.cpus:
            cpu.system.clear_exclusive()
        machine.unknown.refill(seed, complement)
        for hooks, made in self._hooks:
            hooks[:] = made
        machine.image = None
        machine.contract.state, machine.contract.pedantic = StateTerms(), False
        self._empty(image)
        self._snapshots.reinstate(self._made)
        machine.scheduler.reseed(schedule_seed)
        for cpu in machine.cpus:
            reset(cpu, machine.board, machine.entry_mode, machine.unknown, machine.memory)
        for index, release in releases(machine.description, machine.bus, machine.cpus).items():
            machine.scheduler.hold(index, release)
        machine.start(image)

    def _empty(self, image: LoadedImage) -> None:
        """Have memory as nobody has touched it, but for pages with code: those as the loader leaves them."""
        memory = self.machine.memory
        kept: list[tuple[Dram, int, Page]] = []
        for dram in dict.fromkeys(window.dram for window in memory.windows):
            with_code = {index: page for index, page in dram.touched.items() if page.code}
            dram.touched.clear()
            dram.touched.update(with_code)
            kept += [(dram, index, page) for index, page in with_code.items()]
        memory.forget_pages()
        loaded = _loaded(self.machine, image) if kept else {}
        for dram, index, page in kept:
            content = bytearray(dram.filling(index))
            for offset, piece in loaded.get((dram, index), ()):
                content[offset : offset + len(piece)] = piece
            page.replace(content)


_idle: list[Renewal] = []
"""The machine that was used last, if nobody uses it."""


@contextmanager
def renewed(
    board: Board, image: LoadedImage, seed: Seed, complement: bool | Inversion, schedule_seed: int
) -> Iterator[Machine]:
    """A strict machine of ``board`` at the first instruction of ``image``: the last one again, if it is of
    this board. It is nobody's any more when the context is left. Raises InputError RUN-004."""
    found = _idle.pop() if _idle else None
    if found is None or found.machine.board is not board or not found.possible:
        from hypgen.machine.machine import Machine

        found = Renewal(Machine(board))
    found.begin(image, seed, complement, schedule_seed)
    yield found.machine
    _idle[:] = [found]  # not where something was raised, which may have left it in the middle of anything


def _hooks(machine: Machine) -> Iterator[list[Any]]:
    """The lists of what is called when something happens in a machine."""
    yield machine.hooks
    for cpu in machine.cpus:
        system = cpu.system
        yield from (system.on_exception, system.on_register_write, system.on_return, system.on_operation)


def _loaded(machine: Machine, image: LoadedImage) -> dict[tuple[Dram, int], list[tuple[int, bytes]]]:
    """What the loader puts into each page of memory: offsets in the page, and bytes."""
    found: dict[tuple[Dram, int], list[tuple[int, bytes]]] = {}
    for segment in image.segments:
        content = bytes(segment.data).ljust(segment.size, b"\0")
        for address, piece in _by_page(int(segment.load), content):
            window = machine.memory.window(address)
            if window is not None:
                index = address - window.span.start + window.offset >> PAGE_SHIFT
                found.setdefault((window.dram, index), []).append((address & OFFSET_MASK, piece))
    return found


def _by_page(address: int, content: bytes) -> Iterator[tuple[int, bytes]]:
    done = 0
    while done < len(content):
        here = address + done
        count = PAGE_SIZE - (here & OFFSET_MASK)
        yield here, content[done : done + count]
        done += count
