"""Blocks: straight runs of instructions, decoded once, and the loop that executes them.

A block begins where something jumped to and ends at the first instruction that may jump or change
the context, at the end of its page, or at :data:`LONGEST`. It is bound to the virtual address that
its instructions compute with and belongs to the physical page whose bytes it was decoded from; a
store to those bytes drops it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import length_hint
from typing import TYPE_CHECKING

from hypgen.decode.table import decode_a32
from hypgen.emulator import entry
from hypgen.emulator.exceptions import GuestException
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.registry import Unpredictable, bind, bind_word, ends_block
from hypgen.emulator.memory import OFFSET_MASK, Page
from hypgen.emulator.not_modelled import not_modelled
from hypgen.emulator.system import Stop, System
from hypgen.emulator.watch import WatchHit
from hypgen.errors import NotModelledError

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu

LONGEST = 64
"""Most instructions in a block."""
MASK32 = 0xFFFF_FFFF

Hook = Callable[["Cpu", "Block"], None]
"""Called before a block executes, with the CPU as it is then."""


class Block:
    """Closures of consecutive instructions at ``va``; ``next`` is the address after the last.

    ``offsets`` gives, for each instruction, its distance from ``va``.
    """

    __slots__ = ("_runner", "end", "length", "next", "offsets", "ops", "pa", "page", "start", "va")

    def __init__(self, runner: Runner, va: int, pa: int, page: Page, ops: tuple[Op, ...]) -> None:
        self._runner = runner
        self.va = va
        self.pa = pa
        self.page = page
        self.ops = ops
        self.length = len(ops)
        self.offsets: Sequence[int] = range(0, 4 * self.length, 4)
        self.start = pa & OFFSET_MASK
        self.end = self.start + 4 * self.length
        self.next = va + 4 * self.length & MASK32

    def forget(self) -> None:
        """The bytes it was decoded from are about to change."""
        self._runner.forget(self)


class LockUp(Exception):  # noqa: N818  # a state of the machine, reported as a stop
    """An exception whose vector takes the same exception again, for ever."""


class Runner:
    """Executes one CPU. What it decoded is kept by virtual and physical address across contexts."""

    __slots__ = (
        "_bound",
        "_entering",
        "_running",
        "_steps",
        "_stopped_at",
        "_taken_away",
        "breakpoints",
        "cpu",
        "hooks",
        "system",
    )

    def __init__(self, cpu: Cpu) -> None:
        self.cpu = cpu
        self.system: System = cpu.system
        self.system.current_pc = self.current_pc
        self.system.cut = self.cut
        self.breakpoints: frozenset[int] = frozenset()
        self.hooks: list[Hook] = []
        self._bound: dict[tuple[int, int], Block] = {}
        self._stopped_at: tuple[int, int] | None = None
        """Address and count at which a breakpoint ended the last run."""
        self._entering: int | None = None
        """Address of the instruction whose exception is being entered."""
        self._running: Block | None = None
        self._steps: Iterable[Op] = iter(())
        self._taken_away = 0
        """Instructions of the running block that :meth:`cut` has taken away."""

    # -- finding and making blocks -------------------------------------------------------------------
    def _find(self, longest: int) -> Block:
        """The block at the PC, of at most ``longest`` instructions; raises PrefetchAbort."""
        cpu, system = self.cpu, self.system
        va = cpu.r[15]
        if cpu.t or cpu.j:
            raise not_modelled("execution in Thumb state")
        page, pa = system.accesses.fetch(va)
        block = self._bound.get((va, pa))
        if block is not None and block.length <= longest:
            return block
        block = self._make(va, pa, page, longest)
        if longest == LONGEST:
            self._bound[va, pa] = block
            if not page.code:
                for peer in system.peers:
                    peer.forget_writable()
            page.code.append(block)
        return block

    def _make(self, va: int, pa: int, page: Page, longest: int) -> Block:
        cpu, words = self.cpu, page.words
        ops: list[Op] = []
        at, index = va, (pa & OFFSET_MASK) >> 2
        while index < len(words) and len(ops) < longest and (not ops or at not in self.breakpoints):
            word = words[index]
            insn = decode_a32(word)
            if insn is None:
                ops.append(bind_word(cpu, word, at))
                break
            if word == _BRANCH_TO_SELF:
                ops.append(self._endless(at))
                break
            ops.append(bind(cpu, insn, at))
            if ends_block(insn):
                break
            at = at + 4 & MASK32
            index += 1
        return Block(self, va, pa, page, tuple(ops))

    def _endless(self, va: int) -> Op:
        """``b .``, which only an interrupt leaves: the CPU waits as for one."""

        def op() -> None:
            self.cpu.r[15] = va
            self.cpu.waiting = "loop"
            self.system.attention = True

        return op

    def forget(self, block: Block) -> None:
        """Drop a block, wherever it may be found."""
        self._bound.pop((block.va, block.pa), None)
        self.system.forget_blocks()

    def set_breakpoints(self, addresses: Iterable[int]) -> None:
        """Stop before the instructions at ``addresses``: no block spans one of them, and none that
        begins at one is found without asking."""
        self.breakpoints = frozenset(addresses)
        self._bound.clear()
        self.system.forget_blocks()

    # -- running -------------------------------------------------------------------------------------
    def _index(self, block: Block) -> int:
        """Which instruction of the running block is being executed."""
        return block.length - length_hint(self._steps) - self._taken_away - 1

    def current_pc(self) -> int:
        """Address of the instruction that is being executed, or of the next one between two."""
        if self._entering is not None:
            return self._entering
        block = self._running
        if block is None:
            return self.cpu.r[15]
        return block.va + block.offsets[self._index(block)] & MASK32

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
        left = length_hint(self._steps)
        if block is None or not left:
            return
        for _ in self._steps:
            pass
        self._taken_away = left
        self.cpu.count -= left  # the whole block will be added
        self.cpu.r[15] = block.va + block.offsets[block.length - left] & MASK32

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
                if not (self.hooks or system.observing):
                    self._chase(limit - LONGEST)
                    if system.attention:
                        continue
                va = cpu.r[15]
                if va in self.breakpoints and (va, cpu.count) != self._stopped_at:
                    self._stopped_at = va, cpu.count
                    return Stop("until", f"reached {va:#010x}")
                self._stopped_at = None
                self._advance(min(limit - cpu.count, LONGEST))
        except LockUp as lock_up:
            return Stop("lock-up", str(lock_up))
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
        self.cpu.count = self.executed()
        self._running = self._entering = None
        self._taken_away = 0
        self.cpu.r[15] = pc

    def _chase(self, limit: int) -> None:
        """Execute blocks that were found before, until one was not, or something wants attention."""
        cpu, system = self.cpu, self.system
        r = cpu.r
        while cpu.count <= limit:
            block = system.blocks.get(r[15] | cpu.t)
            if block is None:
                break
            r[15] = block.next
            self._running = block
            steps = self._steps = iter(block.ops)
            try:
                for op in steps:
                    op()
            except GuestException as exception:
                self._raised(exception)
            else:
                cpu.count += block.length
            if system.attention:
                break
        self._running = None

    def _advance(self, most: int) -> None:
        """Find the block at the PC and execute it, or ``most`` instructions of it. While the strict
        rules watch a write that is not synchronised, one instruction at a time."""
        cpu, system = self.cpu, self.system
        self._running = None
        va = cpu.r[15]
        try:
            block = self._find(1 if system.observing else most)
        except GuestException as exception:
            self._take(exception, va)
            return
        if most == LONGEST and not system.observing and va not in self.breakpoints:
            system.blocks[va | cpu.t] = block
        for hook in self.hooks:
            hook(cpu, block)
        cpu.r[15] = block.next
        self._running = block
        steps = self._steps = iter(block.ops)
        try:
            for op in steps:
                op()
        except GuestException as exception:
            self._raised(exception)
        else:
            cpu.count += block.length
        self._running = None

    def _raised(self, exception: GuestException) -> None:
        """An instruction of the running block raised: count those before it and enter the exception."""
        pc = self.current_pc()
        self.cpu.count = self.executed()
        self._running = None
        self._taken_away = 0
        semihosting = self.system.semihosting
        if semihosting is not None and semihosting(self.cpu, exception, pc):
            self.cpu.count += 1
            self.cpu.r[15] = pc + (2 if self.cpu.t else 4) & MASK32
            return
        self._entering = pc
        self._take(exception, pc)
        self._entering = None

    def _take(self, exception: GuestException, pc: int) -> None:
        """Enter the exception, unless it is the one whose vector this is; raises LockUp."""
        cpu, system = self.cpu, self.system
        last = system.last_exception
        entry.take(cpu, exception, pc)
        taken = system.last_exception
        if (
            last is not None
            and taken is not None
            and taken is not last
            and (taken.pc, taken.count, taken.vector_pc) == (last.vector_pc, last.count, last.vector_pc)
            and taken.from_mode == taken.to_mode == last.to_mode
        ):
            raise LockUp(f"{taken.kind} at its own vector {pc:#010x}, for ever: {taken.why}")

    def _attend(self) -> Stop | None:
        """See what wanted attention; the stop that it asks for, if any."""
        cpu, system = self.cpu, self.system
        self._taken_away = 0
        stop = system.stop
        if stop is not None:  # what else there is will be seen when the run goes on
            system.stop = None
            return stop
        system.attention = False
        exception = system.interrupts.deliverable() if system.interrupted else None
        if cpu.waiting:
            if exception is None and not system.may_proceed():
                return self.waits()
            cpu.waiting = ""
        if exception is not None:
            pc = self._entering = cpu.r[15]
            self._take(exception, pc)
            self._entering = None
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

_BRANCH_TO_SELF = 0xEAFF_FFFE
"""``b .`` in A32, unconditional."""
