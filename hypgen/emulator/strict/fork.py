"""A CPU in two minds: runs on from one state under old and under new register values, and compares.

The two branches run in copies of the CPU, on memory that is copied when they touch it, one instruction
at a time. Each goes to its next context synchronisation event or exception entry, from where on the
new values hold in both; then the branch that is behind follows until both are at the same instruction
in the same mode. From there they must go the same way until nothing differs but what is dead: state
that the next exception entry overwrites, and that nothing has read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING

from hypgen.emulator.blocks import Runner
from hypgen.emulator.coprocessor import Coprocessors
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.emulator.memory import Dram, Page, PhysicalMemory, Window
from hypgen.emulator.state import capture, reinstate
from hypgen.emulator.system import System

if TYPE_CHECKING:
    from hypgen.arch.register import Register
    from hypgen.emulator.dataside import Views
    from hypgen.emulator.faults import Fault
    from hypgen.emulator.translation import Regime, Translation

MOST_INSTRUCTIONS = 256
"""Instructions that a branch executes at most before it is said not to converge."""
SYNDROMES = frozenset(
    {
        *("ELR_hyp", "SPSR_hyp", "HSR", "HIFAR", "HDFAR", "HPFAR"),
        *("SPSR_svc", "SPSR_abt", "SPSR_und", "LR_abt", "LR_und"),
        *("IFSR_S", "IFSR_NS", "IFAR_S", "IFAR_NS", "DFSR_S", "DFSR_NS", "DFAR_S", "DFAR_NS"),
    }
)
"""What the next exception entry overwrites."""


class Meeting(Enum):
    """Whether two branches come to the same."""

    MET = "they do"
    APART = "they do not"
    UNDECIDED = f"they cannot be shown to converge within {MOST_INSTRUCTIONS} instructions"


class _CopiedDram(Dram):
    """DRAM whose pages are copies of another's, made when they are first touched."""

    __slots__ = ("_original",)

    def __init__(self, original: Dram) -> None:
        super().__init__(original.name, original.size, original.unknown, original.writable)
        self._original = original

    def page(self, index: int) -> Page:
        """Page number ``index``, as it was in the original when it was first asked for."""
        page = self._pages.get(index)
        if page is None:
            page = self._pages[index] = Page(bytes(self._original.page(index).data), self.writable)
        return page


class _Watcher:
    """The observer of a branch: it only sees context synchronisation events."""

    def __init__(self, synchronised: Callable[[], None]) -> None:
        self.pending: Mapping[str, object] = {}
        self.unsettled: Mapping[str, object] = {}
        self.touched: Mapping[int, object] = {}
        self.synchronised = synchronised

    def loaded(self, va: int, size: int, outcome: Translation, views: Views | None) -> bool:
        """Loads may pass."""
        return True

    def port(self, outcome: Translation) -> Callable[[int, int, bytes], None]:
        """Nobody is told of stores."""
        return lambda va, offset, data: None

    def register_written(self, stored: str, old: int, new: int) -> None:
        """Not looked at."""

    def register_assigned(self, row: Register, stored: str, value: int) -> None:
        """Not looked at."""

    def addressed(self, name: str, value: int) -> None:
        """Not looked at."""

    def operation(self, row: Register, value: int) -> None:
        """Not looked at."""

    def unpredictable(self, sentence: str) -> None:
        """Not looked at."""

    def device_stored(self, va: int) -> None:
        """Not looked at."""

    def follows_devices(self) -> bool:
        """Stores to devices may pass."""
        return False

    def exclusive(self, va: int, size: int, load: bool) -> None:
        """Not looked at."""

    def unaligned(self, va: int, write: bool) -> None:
        """Not looked at."""

    def crossing(self, va: int, size: int, write: bool) -> None:
        """Not looked at."""

    def barrier(self, kind: str, option: int) -> None:
        """Not looked at."""

    def translated(self, va: int, outcome: Translation | Fault, access: str, regime: Regime) -> bool:
        """Not looked at."""
        return True

    def marked(self, va: int) -> None:
        """Not looked at."""

    def fetched(self, va: int, size: int, outcome: Translation) -> None:
        """Not looked at."""

    def vectoring(self, stored: str) -> None:
        """Not looked at."""

    def exception_taken(self, kind: str) -> None:
        """Not looked at."""

    def started(self, by: int) -> None:
        """Not looked at."""

    def event_sent(self) -> None:
        """Not looked at."""

    def interrupt_sent(self, target: int) -> None:
        """Not looked at."""

    def woken(self, address: int) -> bool:
        """Not looked at."""
        return False

    def register_read(self, name: str) -> None:
        """Not looked at."""

    def register_accessed(self, row: Register) -> None:
        """Not looked at."""

    def capture(self) -> object:
        """Nothing."""
        return None

    def reinstate(self, captured: object) -> None:
        """Nothing."""


class Branch:
    """A copy of a CPU as it is now, before the instruction at ``pc``, with old values of some registers."""

    def __init__(self, system: System, pc: int, old: Mapping[str, int]) -> None:
        source = system.cpu
        drams: dict[Dram, _CopiedDram] = {}
        memory = PhysicalMemory()
        for window in system.memory.windows:
            dram = drams.setdefault(window.dram, _CopiedDram(window.dram))
            memory.add_window(Window(window.name, window.span, dram, window.offset, window.coherent))
        self._drams = drams
        cpu = self.cpu = Cpu(source.index)
        values = source.coproc.values.copied()
        cpu.coproc = Coprocessors(cpu, values)
        fork = System(cpu, memory, [])
        fork.ccsidr = system.ccsidr
        fork.peers = (fork,)
        reinstate(cpu, Cpu.STATE, capture(source, Cpu.STATE))
        cpu.extension.content[:] = source.extension.content
        self._new = {name: values[name] for name in old}
        values.update(old)
        self.settled = not old
        fork.observe(_Watcher(self._synchronised))
        self.runner = Runner(cpu)
        cpu.r[15] = pc
        cpu.restored()
        self.stuck = ""

    def _synchronised(self) -> None:
        if not self.settled:
            self.cpu.coproc.values.update(self._new)
            self.cpu.system.registers_set()
        self.settled = True
        self.reached = True

    reached = False
    """Whether a context synchronisation event or exception entry has happened."""

    def step(self) -> bool:
        """Execute one instruction; False when the branch cannot go on."""
        before = self.cpu.count
        taken = len(self.cpu.system.exceptions)
        stop = self.runner.run(before + 1)
        if stop.kind == "limit" or len(self.cpu.system.exceptions) > taken:
            return True
        self.stuck = stop.sentence
        return False

    def synchronise(self) -> bool:
        """Go to the next context synchronisation event or exception entry."""
        for _ in range(MOST_INSTRUCTIONS):
            if not self.step():
                return False
            if self.reached:
                return True
        return False

    @property
    def place(self) -> tuple[int, int, int]:
        """Where it is: PC, mode and instruction set."""
        return self.cpu.r[15], self.cpu.mode, self.cpu.t

    def follow(self, place: tuple[int, int, int]) -> bool:
        """Go on until it is at a place."""
        for _ in range(MOST_INSTRUCTIONS):
            if self.place == place:
                return True
            if not self.step():
                return False
        return False

    def state(self) -> dict[str, int]:
        """Every register by name."""
        cpu = self.cpu
        found = {f"r{number}": value for number, value in enumerate(cpu.r)}
        found["CPSR"] = cpu.cpsr()
        found.update({name: cpu.read_banked(name) for name in BANKED_NAMES})
        found.update(cpu.coproc.values)
        return found

    def pages(self) -> dict[tuple[str, int], bytes]:
        """Every page that was touched."""
        return {
            (dram.name, index): bytes(page.data)
            for dram in self._drams.values()
            for index, page in dram.touched.items()
        }

    def original(self, place: tuple[str, int]) -> bytes:
        """What a page held before."""
        dram = next(dram for dram in self._drams if dram.name == place[0])
        return bytes(dram.page(place[1]).data)


def converge(system: System, pc: int, old: Mapping[str, int]) -> Meeting:
    """Whether the CPU comes to the same, from before the instruction at ``pc``, whichever values it sees."""
    new_branch, old_branch = Branch(system, pc, {}), Branch(system, pc, old)
    branches = new_branch, old_branch
    if not all(branch.synchronise() for branch in branches):
        return _unmet(branches)
    if new_branch.place != old_branch.place:
        there = new_branch.place
        if not old_branch.follow(there) and not new_branch.follow(old_branch.place):
            return _unmet(branches)
    return _together(new_branch, old_branch)


def _unmet(branches: Iterable[Branch]) -> Meeting:
    """Branches did not come where they were to come: because one cannot go on, or within the bound."""
    return Meeting.APART if any(branch.stuck for branch in branches) else Meeting.UNDECIDED


def _together(one: Branch, other: Branch) -> Meeting:
    """Follow two branches that are at the same place, until nothing that is alive differs."""
    differing: list[str] = []
    for _ in range(MOST_INSTRUCTIONS):
        if one.place != other.place:
            return Meeting.APART
        first, second = one.state(), other.state()
        differing = [name for name, value in first.items() if second.get(name, value) != value]
        if not differing and _same_memory(one, other):
            return Meeting.MET
        if not (one.step() and other.step()):
            break
    if all(name in SYNDROMES for name in differing) and _same_memory(one, other):
        return Meeting.MET
    return _unmet((one, other))


def _same_memory(one: Branch, other: Branch) -> bool:
    first, second = one.pages(), other.pages()
    for place in first.keys() | second.keys():
        mine = first[place] if place in first else one.original(place)
        theirs = second[place] if place in second else other.original(place)
        if mine != theirs:
            return False
    return True
