"""Regions: hot blocks that branch to each other, executed by one generated function.

When a block is hot, those are gathered that it leads to by branches whose targets are known, in the same
page and the same instruction set, and that have been executed about as often. One page, one mapping: so
nothing has to be looked up between two of them. They are cut into traces, which
:mod:`hypgen.emulator.emitter` writes into a function; what was compiled once in this process is not
compiled again for another machine that executes the same code.

A region holds as long as all of its blocks do: whoever forgets one drops the functions that it is
part of. A load or store whose look-ups keep missing (a device, a page that holds code) is called instead.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hypgen.emulator.execute.closures import compiled
from hypgen.emulator.memory import PAGE_SHIFT

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypgen.emulator.block import Block
    from hypgen.emulator.blocks import Runner

MOST_BLOCKS = 16
MOST_INSTRUCTIONS = 256
"""What one function may hold."""
SHORT, LENGTHENED = 12, 40
"""Instructions of what may be written more than once, and by how many it may make a trace longer."""
ENOUGH_MISSES, ENOUGH_GAIN = 8, 64
"""A function that missed so often must have executed so many instructions for each miss."""


class Exit(NamedTuple):
    """How a block ends: the address it branches to, if that is known; whether it may go on behind; whether it
    leaves a return address; and whether the branch is all there is under its condition."""

    target: int | None
    falls: bool
    calls: bool
    bare: bool


class Regions:
    """The generated functions of one CPU's hot code."""

    __slots__ = ("_runner", "_slow")

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._slow: frozenset[int] = frozenset()
        """Addresses of loads and stores that are called."""

    def grow(self, head: Block) -> bool:
        """Give a hot block its region; False if a function would only call one closure."""
        from hypgen.emulator.emitter import Emitter, settle

        cpu, system = self._runner.cpu, self._runner.system
        thumb = bool(cpu.t)
        if head.tail is not None or not _worth_while(head, thumb):
            return False
        members, exits = _gather(head, system.blocks, cpu.t, self._runner.hot)
        traces = _traces(head, members, exits)
        returns = frozenset(block.next for block in members.values() if exits[block.va].calls)
        body, objects = Emitter(traces, thumb, self._slow, returns, self._runner).emit()
        objects |= {"cpu": cpu, "r": cpu.r, "system": system, "runner": self._runner, "block": head}
        objects["settle"] = settle
        head.region = _compiled(body, tuple(objects))(**objects)
        for block in members.values():
            block.regions.append(head)
            block.begin_anew(self._runner.hot)
        return True

    @staticmethod
    def listing(head: Block) -> str:
        """The text of a block's generated function, for whoever wonders what it does."""
        if head.region is None:
            return ""
        return "".join(linecache.getlines(head.region.__code__.co_filename))

    def drop(self, block: Block) -> None:
        """A block does not hold any more: neither do the functions that it is part of."""
        for head in (block, *block.regions):
            head.region = None
            head.heat, head.earlier = self._runner.hot, 0
        block.regions.clear()

    def missed(self, head: Block, pc: int, done: int) -> None:
        """A look-up at ``pc`` missed in the function of ``head``, which executed ``done`` instructions."""
        head.misses += 1
        head.gained += done
        if head.misses >= ENOUGH_MISSES:
            if head.gained < head.misses * ENOUGH_GAIN:
                self._slow |= {pc}
                head.region = None
                head.heat = 1
            head.misses = head.gained = 0


@lru_cache(maxsize=4096)
def _compiled(body: str, names: tuple[str, ...]) -> Callable[..., Any]:
    return compiled(body, names, "most")


def _worth_while(head: Block, thumb: bool) -> bool:
    from hypgen.emulator.rewriting import rewrite

    return head.length > 1 or rewrite(head.plain[0], thumb, False, {}) is not None


def exit_of(block: Block, thumb: bool) -> Exit:
    """How a block ends."""
    from hypgen.emulator.rewriting import rewrite

    text = rewrite(block.plain[-1], thumb, False, {})
    if text is None:
        return Exit(None, False, False, False)
    conditional = text.condition is not None
    return Exit(
        text.target if isinstance(text.target, int) else None,
        text.target is None or conditional,
        text.target is not None and any(line.startswith("r14 = ") for line in text.lines),
        conditional and not text.lines,
    )


def _gather(
    head: Block, blocks: Mapping[int, Block], state: int, hot: int
) -> tuple[dict[int, Block], dict[int, Exit]]:
    """The blocks of the region of ``head`` by their addresses, in the order in which they were found."""
    members = {head.va: head}
    exits: dict[int, Exit] = {}
    size = head.length
    for block in _growing(members):
        found = exits[block.va] = exit_of(block, bool(state))
        for address in (found.target, block.next if found.falls or found.calls else None):
            if address is None or address in members or len(members) == MOST_BLOCKS:
                continue
            other = blocks.get(address | state)
            if (
                other is None
                or other.va >> PAGE_SHIFT != head.va >> PAGE_SHIFT
                or other.page is not head.page
            ):
                continue
            executed = hot - other.coolness
            if other.tail is None and executed * 8 >= hot and size + other.length <= MOST_INSTRUCTIONS:
                members[address] = other
                size += other.length
    return members, exits


def _growing(members: Mapping[int, Block]) -> Iterator[Block]:
    """The values of a mapping that grows meanwhile."""
    done = 0
    while done < len(members):
        yield list(members.values())[done]
        done += 1


def _traces(
    head: Block, members: Mapping[int, Block], exits: Mapping[int, Exit]
) -> Sequence[Sequence[Block]]:
    """The region as traces: a block that only the one before leads to follows it. A loop of two of them, the
    second of which is entered from elsewhere, too, has that once more at the end of the first."""
    entered: dict[int, int] = dict.fromkeys(members, 0)
    entered[head.va] = 2  # from outside, and by whoever returns
    for block in members.values():
        end = exits[block.va]
        for address, weight in ((end.target, 1), (block.next, int(end.falls) + 2 * end.calls)):
            if address in entered:
                entered[address] += weight
    traces: list[list[Block]] = []
    placed: set[int] = set()
    for start in members.values():
        if start.va in placed:
            continue
        trace = [start]
        placed.add(start.va)
        while (following := _following(trace[-1], members, exits, entered, placed)) is not None:
            trace.append(following)
            placed.add(following.va)
        traces.append(trace)
    closed = [[*trace, *_closing(trace, traces, exits)] for trace in traces]
    short = {trace[0].va: trace for trace in closed if _once_only(trace, exits)}
    return [_lengthened(trace, short, members, exits) for trace in closed]


def _once_only(trace: Sequence[Block], exits: Mapping[int, Exit]) -> bool:
    """Whether a trace is short and does not lead back into itself: others may have it at their end."""
    inside = {block.va for block in trace}
    led = {address for block in trace for address in (exits[block.va].target, block.next)}
    last = exits[trace[-1].va]
    again = led & inside - {block.va for block in trace[1:]} or last.target in inside
    return not again and sum(block.length for block in trace) <= SHORT


def _lengthened(
    trace: Sequence[Block],
    short: Mapping[int, Sequence[Block]],
    members: Mapping[int, Block],
    exits: Mapping[int, Exit],
) -> Sequence[Block]:
    """The trace with short ones behind it that it most often leads to, which saves a jump to them."""
    whole, more = [*trace], LENGTHENED
    while True:
        choices = _choices(whole[-1], exits)
        following = min((members[one] for one in choices if one in members), key=_coolness, default=None)
        behind = None if following is None else short.get(following.va)
        if behind is None or behind[0] in whole:
            return whole
        more -= sum(block.length for block in behind)
        if more < 0:
            return whole
        whole += behind


def _closing(
    trace: Sequence[Block], traces: Iterable[Sequence[Block]], exits: Mapping[int, Exit]
) -> Sequence[Block]:
    """The trace behind the end of one, if it leads back to its start: the rest of a loop."""
    end, start = exits[trace[-1].va], trace[0].va
    if end.falls and not end.calls and trace[-1].next != start:
        for other in traces:
            if other[0].va == trace[-1].next and exits[other[-1].va].target == start:
                return other
    return ()


def _following(
    block: Block,
    members: Mapping[int, Block],
    exits: Mapping[int, Exit],
    entered: Mapping[int, int],
    placed: set[int],
) -> Block | None:
    """The block that goes on a trace after ``block``: the hotter one of two."""
    choices = _choices(block, exits)
    free = [one for one in choices if one in members and one not in placed and entered[one] == 1]
    return min((members[one] for one in free), key=_coolness, default=None)


def _choices(block: Block, exits: Mapping[int, Exit]) -> Sequence[int]:
    """The addresses at which a trace may go on behind a block."""
    end = exits[block.va]
    choices = [block.next] if end.falls else []
    if end.target is not None and (end.bare or not end.falls):
        choices.append(end.target)
    return choices


def _coolness(block: Block) -> int:
    return block.coolness
