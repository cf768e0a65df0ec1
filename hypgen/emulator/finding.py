"""Where the blocks of a CPU come from: found again by virtual and physical address, or decoded.

What was decoded is kept across contexts, until a store changes the bytes that it was decoded from.
Breakpoints and marks cut blocks: none spans one of them. Instructions that are executed one by one, while the
strict rules watch a write that is not synchronised, are blocks of their own and kept apart from the others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from hypgen.emulator.block import LONGEST, Block, Key, Tail
from hypgen.emulator.decoding import crosses, decode_a32_code, decode_t32_code
from hypgen.emulator.memory import OFFSET_MASK, Page
from hypgen.emulator.not_modelled import not_modelled

if TYPE_CHECKING:
    from hypgen.emulator.blocks import Runner
    from hypgen.emulator.cpu import Cpu
    from hypgen.emulator.system import System

MOST = 8192
"""Most blocks that a CPU remembers: code that runs on through all of memory would else fill the host's."""
MASK32 = 0xFFFF_FFFF


class Runaway(Exception):  # noqa: N818  # a state of the machine, reported as a stop
    """Execution in a page that holds nothing but zeros: nobody has put code there."""


class Finder:
    """The blocks of the CPU of ``runner``, who is told of each that does not hold any more."""

    __slots__ = ("_bound", "_runner", "_single", "breakpoints", "cpu", "ends", "marks", "system")

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.cpu: Cpu = runner.cpu
        self.system: System = runner.cpu.system
        self.breakpoints: frozenset[int] = frozenset()
        self.marks: frozenset[int] = frozenset()
        """Addresses at which the strict rules are told of each fetch."""
        self.ends: frozenset[int] = frozenset()
        """Breakpoints and marks: no block spans one of them, and none that begins at one is found unasked."""
        self._bound: dict[Key, Block] = {}
        self._single: dict[Key, Block] = {}
        """Instructions that were executed one by one."""

    def find(self, longest: int) -> Block:
        """The block at the PC, of at most ``longest`` instructions, or of one while the strict rules want to
        see each; raises PrefetchAbort."""
        cpu, system = self.cpu, self.system
        va = cpu.r[15]
        if cpu.j:
            raise not_modelled("execution in Jazelle or ThumbEE state")
        page, pa = system.accesses.fetch(va)
        if system.observing:
            longest = 1
        if not cpu.t:
            block = self._bound.get((va, pa))
            if (
                block is not None
                and block.page is page
                and block.length <= longest
                and page.words[block.start >> 2]
            ):
                return block
        if not page.words[(pa & OFFSET_MASK) >> 2] and not any(page.words):
            raise Runaway(f"execution has run away: the page at {pa & ~OFFSET_MASK:#010x} is all zeros")
        key = va | cpu.t, pa
        tail = self._tail(va, pa, page) if cpu.t else None
        block = self._bound.get(key)
        if block is None or block.length > longest:
            block = self._single.get(key) if longest == 1 else None
        if block is not None and block.page is page and block.tail == tail and not (cpu.t and cpu.it):
            return block
        if cpu.t:
            decoded = decode_t32_code(cpu, pa, page, tail, longest, self.ends)
        else:
            decoded = decode_a32_code(cpu, pa, page, longest, self.ends)
        block = Block(self.forget, key, page, decoded, self._runner.hot, tail)
        if not (cpu.it and cpu.t):
            if longest == LONGEST:
                self._keep(block, self._bound)
            elif longest == 1:
                self._keep(block, self._single)
        return block

    def _keep(self, block: Block, where: dict[Key, Block]) -> None:
        """Remember a block until a store changes what it was decoded from, or it is one of too many."""
        if len(where) >= MOST:
            for old in tuple(islice(where.values(), MOST // 2)):
                self._drop(old)
        known = where.get(block.key)
        if known is not None:  # which was decoded from another page, or its second half was
            self._drop(known)
        where[block.key] = block
        self._hang(block.page, block)
        if block.tail is not None:
            self._hang(block.tail[0], Tail(block))

    def _drop(self, block: Block) -> None:
        block.page.code.remove(block)
        self.forget(block)

    def _hang(self, page: Page, code: Block | Tail) -> None:
        if not page.code:
            for peer in self.system.peers:
                peer.forget_writable(page)
        page.hold(code)

    def _tail(self, va: int, pa: int, page: Page) -> tuple[Page, int] | None:
        """Where the rest of a T32 instruction is that crosses the end of its page; raises PrefetchAbort."""
        if not crosses(pa, page):
            return None
        return self.system.accesses.fetch(va + 2 & MASK32)

    def forget(self, block: Block) -> None:
        """Drop a block, wherever it may be found."""
        for where in (self._bound, self._single):
            if where.get(block.key) is block:
                del where[block.key]
        self._runner.forgotten(block)

    def set_breakpoints(self, addresses: Iterable[int], marks: frozenset[int] = frozenset()) -> None:
        """Stop before the instructions at ``addresses``, and tell the strict rules of those at ``marks``."""
        before = self.ends
        self.breakpoints = frozenset(addresses)
        self.marks = marks
        self.ends = self.breakpoints | marks
        new = sorted(self.ends - before)
        # A block that ended at what is none any more is as good as a longer one.
        for block in [one for one in self._bound.values() if _reaches(one, new)]:
            self._drop(block)
        self.system.forget_blocks()


def _reaches(block: Block, addresses: Sequence[int]) -> bool:
    """Whether a block begins at or spans one of the sorted ``addresses``."""
    at = bisect_left(addresses, block.va)
    return at < len(addresses) and addresses[at] < block.va + block.size
