"""The loop that executes blocks: runs their closures, and their regions when they are hot.

T32 instructions are decoded with the ITSTATE that an IT instruction before them gives them, so nothing
is done about it while they execute: ``cpu.it`` is 0 in a block, and is given its value where the rest
of the machine may see it, when an instruction raises or the block ends inside an IT block. A block that
begins inside one is made for that time only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import length_hint
from typing import TYPE_CHECKING

from hypgen.arch import itstate
from hypgen.emulator import entry
from hypgen.emulator.block import LONGEST, Block
from hypgen.emulator.exceptions import GuestException
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.registry import Unpredictable
from hypgen.emulator.finding import Finder, Runaway
from hypgen.emulator.lockup import LockUp, LockUps
from hypgen.emulator.regions import Regions
from hypgen.emulator.system import Stop, System
from hypgen.emulator.watch import WatchHit
from hypgen.errors import NotModelledError

if TYPE_CHECKING:
    from hypgen.emulator.calls import Place
    from hypgen.emulator.cpu import Cpu

HOT = 200
"""Executions after which a block is worth the generation of a function."""
MASK32 = 0xFFFF_FFFF

Hook = Callable[["Cpu", "Block"], None]
"""Called before a block executes, with the CPU as it is then."""


class Runner:
    """Executes one CPU. ``finder`` knows the blocks of its code."""

    STATE = ("_stopped_at",)
    """What a snapshot holds, besides that of the CPU."""

    __slots__ = (
        "_entering",
        "_running",
        "_steps",
        "_steps_taken",
        "_stopped_at",
        "_taken_away",
        "cpu",
        "finder",
        "hooks",
        "hot",
        "lock_ups",
        "place",
        "regions",
        "system",
    )

    def __init__(self, cpu: Cpu, hot: int = HOT) -> None:
        self.cpu = cpu
        self.hot = hot
        """Executions after which a block gets a generated function; 0 for at once."""
        self.regions = Regions(self)
        self.place: Place | None = None
        """The instruction that a generated function calls."""
        self.system: System = cpu.system
        self.system.current_pc = self.current_pc
        self.system.cut = self.cut
        self.finder = Finder(self)
        self.hooks: list[Hook] = []
        self._stopped_at: tuple[int, int] | None = None
        """Address and count at which a breakpoint ended the last run."""
        self._entering: int | None = None
        """Address of the instruction whose exception is being entered."""
        self._running: Block | None = None
        self._steps: Iterable[Op] = iter(())
        self._taken_away = 0
        """Instructions of the running block that :meth:`cut` has taken away."""
        self._steps_taken = 0
        """Functions that these were."""
        self.lock_ups = LockUps()

    def forgotten(self, block: Block) -> None:
        """A block does not hold any more."""
        self.regions.drop(block)
        self.system.forget_blocks()
        if self.place is not None:  # its function may hold the block: go on outside of it
            self.system.attention = True

    # -- running -------------------------------------------------------------------------------------
    def _index(self, block: Block) -> int:
        """Which instruction of the running block is being executed."""
        return block.length - length_hint(self._steps) - self._steps_taken - 1

    def current_pc(self) -> int:
        """Address of the instruction that is being executed, or of the next one between two."""
        if self._entering is not None:
            return self._entering
        if self.place is not None:
            return self.place.pc
        block = self._running
        if block is None:
            return self.cpu.r[15]
        return block.address_of(self._index(block))

    def executed(self) -> int:
        """Instructions that this CPU has completed, exact also while one is being executed."""
        block = self._running
        if block is None:
            return self.cpu.count
        return self.cpu.count + self._taken_away + self._index(block)

    def cut(self) -> None:
        """End the running block after the instruction that is being executed.

        The rest of its closures is taken away from the loop that executes them, so that what an
        access to a device sets off is seen at once, and nothing needs to be asked after each
        instruction. Whoever calls this sets ``system.attention``.
        """
        block = self._running
        steps = length_hint(self._steps)
        if block is None or not steps:
            return
        left = block.length - 1 - self._index(block)
        for _ in self._steps:
            pass
        self._steps_taken, self._taken_away = steps, left
        self.cpu.count -= left  # the whole block will be added
        self.cpu.r[15] = block.va + block.offsets[block.length - left] & MASK32
        if block.itstates:
            self.cpu.it = block.itstates[block.length - left]

    def run(self, limit: int) -> Stop:
        """Execute until something stops the CPU, or its instruction count reaches ``limit``.

        A run that goes on from a breakpoint passes it, and one of a CPU that waits, although nothing
        happened since, ends the wait.
        """
        cpu, system = self.cpu, self.system
        if cpu.waiting and not system.attention:
            cpu.waiting = ""
        try:
            while True:
                if cpu.count >= limit:
                    return Stop("limit", f"executed {limit} instructions")
                if system.attention:
                    stop = self._attend()
                    if stop is not None:
                        return stop
                if not (self.hooks or system.observing or cpu.it or system.put_off):
                    self._chase(limit - LONGEST)
                    if system.attention:
                        continue
                va = cpu.r[15]
                if va in self.finder.breakpoints and (va, cpu.count) != self._stopped_at:
                    self._stopped_at = va, cpu.count
                    return Stop("until", f"reached {va:#010x}")
                self._stopped_at = None
                self._advance(1 if system.put_off else min(limit - cpu.count, LONGEST))
        except LockUp as lock_up:
            self._entering = None  # or a snapshot that is gone back to would begin with it
            return Stop("lock-up", str(lock_up))
        except Runaway as runaway:
            return Stop("runaway", str(runaway))
        except WatchHit as hit:
            self._put_back()
            system.watchpoints.stopped(cpu, hit)
            return Stop("watch", str(hit))
        except NotModelledError as error:
            self._put_back()
            kind = "unpredictable" if isinstance(error, Unpredictable) else "not-modelled"
            return Stop(kind, error.diagnostics[0].sentence)

    def _put_back(self) -> None:
        """Leave the CPU before the instruction that was being executed, of which nothing happened."""
        pc = self.current_pc()
        self._restore_itstate()
        self.cpu.count = self.executed()
        self._running = self._entering = self.place = None
        self._taken_away = self._steps_taken = 0
        self.cpu.r[15] = pc

    def _chase(self, limit: int) -> None:
        """Execute blocks that were found before, until one was not, or something wants attention."""
        cpu, system = self.cpu, self.system
        r, end = cpu.r, limit + LONGEST
        count = cpu.count
        while count <= limit:
            block = system.blocks.get(r[15] | cpu.t)
            if block is None:
                break
            region = block.region
            if region is not None:
                try:
                    region(end - count)
                except GuestException as exception:
                    self._raised(exception)
                if system.attention:
                    break
                before, count = count, cpu.count
                if count != before:
                    continue
            elif block.heat:
                block.heat -= 1
                if not block.heat:
                    self.regions.grow(block)
            r[15] = block.next
            self._running = block
            steps = self._steps = iter(block.plain)
            try:
                for op in steps:
                    op()
            except GuestException as exception:
                self._raised(exception)
            else:
                cpu.count += block.length
            self._running = None
            count = cpu.count
            if system.attention:
                break

    def missed(self, block: Block, pc: int, done: int) -> None:
        """A generated function leaves the instruction at ``pc`` to its closure."""
        self.regions.missed(block, pc, done)
        if self.cpu.it:  # which no block that was found before begins with
            self.system.attention = True

    def _advance(self, most: int) -> None:
        """Find the block at the PC and execute it, or ``most`` instructions of it. While the strict
        rules watch a write that is not synchronised, one instruction at a time."""
        cpu, system, finder = self.cpu, self.system, self.finder
        self._running = None
        va = cpu.r[15]
        whole = most == LONGEST and not (cpu.it or system.observing)
        block = system.context.marked.get(va | cpu.t) if whole else None
        if block is None or not system.accesses.passes(va):
            try:
                block = finder.find(most)
            except GuestException as exception:
                self._take(exception, va)
                self.lock_ups.entered = cpu.count
                return
            if system.observer is not None:
                system.accesses.fetched(va, block)
            whole = most == LONGEST and not (cpu.it or system.observing)
            if whole and va not in finder.ends:
                system.blocks[va | cpu.t] = block
                if not (self.hot or self.hooks or block.region) and self.regions.grow(block):
                    return
            elif whole and va not in finder.breakpoints:
                system.context.marked[va | cpu.t] = block
        if va in finder.marks and system.observer is not None:
            system.observer.marked(va)
        for hook in self.hooks:
            hook(cpu, block)
        cpu.it = 0
        cpu.r[15] = block.next
        self._running = block
        steps = self._steps = iter(block.plain)
        try:
            for op in steps:
                op()
        except GuestException as exception:
            self._raised(exception)
        else:
            cpu.count += block.length
        self._running = None

    def _raised(self, exception: GuestException) -> None:
        """An instruction of the running block raised: enter the exception, and count it and those before."""
        pc = self.current_pc()
        length = self._restore_itstate()
        self.cpu.count = self.executed()
        self._running = self.place = None
        self._taken_away = self._steps_taken = 0
        self._entering = pc
        semihosting = self.system.semihosting
        if semihosting is not None and semihosting(self.cpu, exception, pc):
            self.cpu.r[15] = pc + length & MASK32
            self.cpu.it = itstate.advance(self.cpu.it)
        else:
            self._take(exception, pc, length)
        self._entering = None
        self.cpu.count += 1
        self.lock_ups.entered = self.cpu.count
        if self.cpu.it:
            self.system.attention = True

    def enter(self, exception: GuestException) -> None:
        """Enter the exception that an instruction is there to cause; :attr:`place` is the instruction."""
        place = self.place
        assert place is not None
        if self.system.semihosting is not None:
            self._raised(exception)
            return
        cpu = self.cpu
        self.place = None
        self._entering = place.pc
        cpu.it = place.itstate
        self._take(exception, place.pc, place.length)
        self._entering = None
        cpu.count += 1
        self.lock_ups.entered = cpu.count
        if cpu.it:
            self.system.attention = True

    def _restore_itstate(self) -> int:
        """Give the CPU the ITSTATE of the instruction that is being executed; gives its length in bytes."""
        if self.place is not None:
            self.cpu.it = self.place.itstate
            return self.place.length
        block = self._running
        if block is None:
            return 4
        index = self._index(block)
        if block.itstates:
            self.cpu.it = block.itstates[index]
        return block.length_of(index)

    def _take(self, exception: GuestException, pc: int, length: int = 4) -> None:
        """Enter the exception; raises LockUp when nothing but exceptions will ever follow."""
        system = self.system
        last = system.last_exception
        entry.take(self.cpu, exception, pc, length)
        taken = system.last_exception
        if taken is not None and taken is not last:
            self.lock_ups.taken(taken, last)
            if taken.from_mode == taken.to_mode or taken.pc == system.returned_to:
                self.lock_ups.again(taken, (self.cpu.spsr, *self.cpu.r))

    def _attend(self) -> Stop | None:
        """See what wanted attention; the stop that it asks for, if any."""
        cpu, system = self.cpu, self.system
        self._taken_away = self._steps_taken = 0
        stop = system.stop
        if stop is not None:  # what else there is will be seen when the run goes on
            system.stop = None
            return stop
        system.attention = False
        exception = None
        if system.put_off:
            system.put_off -= 1
            system.attention = True
        elif system.interrupted:
            exception = system.interrupts.deliverable()
        if cpu.waiting:
            if exception is None and not system.may_proceed():
                return self.waits()
            cpu.waiting = ""
        if exception is not None:
            pc = self._entering = cpu.r[15]
            self._take(exception, pc)
            self._entering = None
            self.lock_ups.entered = cpu.count
        return None

    def waits(self) -> Stop:
        """The stop that the wait of this CPU is, when nothing ends it."""
        return _WAITS[self.cpu.waiting](self.cpu.r[15])


_WAITS: dict[str, Callable[[int], Stop]] = {
    "wfi": lambda pc: Stop("wfi", "WFI with nothing pending that could end the wait"),
    "wfe": lambda pc: Stop("wfi", "WFE with nothing pending that could end the wait"),
    "loop": lambda pc: Stop("loop", f"branch to itself at {pc:#010x}"),
}
"""The stop that a wait is, when nothing ends it."""
