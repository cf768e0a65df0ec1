"""The text of a function that executes the hot blocks of a region.

A region is a set of blocks of one page that branch to each other, cut into *traces*: blocks that
follow each other and are entered at the first only. The function looks like this:

    def instruction(most):                      # most: instructions that it may complete
     r0 = r[0]; ...                             # the registers that it names; flags likewise
     try:
      while done <= most:                       # room for the longest trace
       if b == 0:                               # a trace
        address = r1 & 0xFFFFFFFF
        r2 = RW[address & 0xFFFFF003][address >> 2 & 0x3FF]
        ...
        if fx:                                  # bne
         done += 4; b = 1; continue
        done += 4; pc = 0x80001234; break
     except Exception as error: ...             # a look-up that missed, or what a called instruction raised
     r[0] = r0; ...                             # what was written
     r[15] = pc; cpu.count += done

Whatever happens, it leaves the CPU between two instructions, with the count of those completed. So a look-up
that misses ends it *before* that instruction: the table of lines says which one that is, and the runner
executes it as a closure. What cannot be rewritten is called, with the registers put back before and
fetched again after it; the runner is told the place first. What ends a block otherwise than by a branch
is called last of all.

What is emitted can be read with ``Regions.listing``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hypgen.emulator.dataside import MISSES
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.knowing import CARRIED, STALE, Known, device_of
from hypgen.emulator.rewriting import DIFFERENCE, NAME, VIEWS, Text, rewrite, stores
from hypgen.emulator.traces import Region, Thought, Traces
from hypgen.emulator.variables import NEITHER, REGISTER_NAME, Variables

if TYPE_CHECKING:
    from hypgen.emulator.block import Block
    from hypgen.emulator.blocks import Runner

_ENDS = {
    "call": ("if call is not None: call()",),
    "tail": (
        "if tail is not None:",
        " runner.place, op = tail",
        " op()",
        " cpu.count += 1",
        " runner.place = None",
    ),
}
"""By variable: what comes last of all, when an instruction that was not rewritten ends a block."""


Missing = Mapping[int, tuple[int, int, int]]
"""By the number of a line that may miss: the address of its instruction, how many instructions of its trace
are completed before it, and its ITSTATE."""


def settle(error: Exception, missing: Missing) -> tuple[int, int, int] | None:
    """The instruction whose look-up missed; None of an error that is something else."""
    if not isinstance(error, MISSES) or error.__traceback__ is None:
        return None
    return missing.get(error.__traceback__.tb_lineno)


_CATCH = (
    "except Exception as error:",
    " failure, missed = error, settle(error, missing)",
)
_FAILED = (
    "if failure is not None:",
    " if missed is None: raise failure",
    " r[15], before, cpu.it = missed",
    " done += before",
    " failure = runner.place = None",
    " cpu.count = base + done",
    " runner.missed(block, r[15], done)",
    " return",
)
"""What follows the body of a function in which something may raise, around the lines that put back."""


class Emitter:
    """Writes the function of a region: its traces, the first of which begins at the region's head.

    ``slow`` are addresses of loads and stores that are not worth a look-up, such as those of devices;
    ``returns`` addresses behind calls, where a computed branch may lead.
    """

    def __init__(
        self,
        traces: Sequence[Sequence[Block]],
        thumb: bool,
        slow: frozenset[int],
        returns: frozenset[int],
        runner: Runner,
    ) -> None:
        self._runner = runner
        self._traces = traces
        self._returns = returns
        self._thumb = thumb
        self._told = runner.system.observer is not None
        views = runner.system.context.views
        self._registers = frozenset((*views.read_registers, *views.write_registers))
        self._slow = set(slow)
        self._begin()

    def _begin(self) -> None:
        """Take the instructions as text, and think as much as may hold between traces."""
        self._called: dict[str, object] = {}
        """What the lines of instructions name."""
        texts = {
            id(block): [self._rewritten(block, index) for index in range(block.length)]
            for trace in self._traces
            for block in trace
        }
        self._variables = Variables(text for one in texts.values() for text in one)
        self._region = Region(
            self._traces,
            texts,
            {trace[0].va: number for number, trace in enumerate(self._traces)},
            frozenset(self._slow),
            self._registers,
            self._returns,
            self._variables,
            self._runner,
        )
        self._thought = Thought(self._variables.may_be_stale, [Known(), *[None] * (len(self._traces) - 1)])

    def _rewritten(self, block: Block, index: int) -> Text | Op:
        """An instruction as text, or the closure that must be called."""
        op = block.plain[index]
        pc = block.address_of(index)
        if self._told and stores(op):  # the strict rules are told of each
            self._slow.add(pc)
        slow = pc in self._slow
        text = rewrite(op, self._thumb, slow, self._called)
        if text is None or (slow and text.target is not None):
            return op
        return text

    def emit(self) -> tuple[str, dict[str, object]]:
        """The statements of the function, whose parameter is ``most``, and the objects that they name."""
        while self._again():
            pass
        written, traces, lines = self._written, self._region.traces, self._written.lines
        if len(traces) > 1:
            starts = ", ".join(str(trace[0].va) for trace in traces)
            lines += [" else:", f"  pc = ({starts})[b]"]
        elif written.loops:
            turns = self._thought.turns.get(0, 0)
            lines += [" else:", *([f"  done += {turns}"] if turns else []), f"  pc = {traces[0][0].va}"]
        may_raise = written.calls or bool(written.places)
        fetches, stores = self._transfers()
        prologue = [*fetches, *self._limits(may_raise)]
        body = written.lines if may_raise else [line[1:] for line in written.lines]
        epilogue = [
            *(_CATCH if may_raise else ()),
            *_settling(written.lazy),
            *stores,
            *(_FAILED if may_raise else ()),
            *(("runner.place = None",) if written.calls else ()),
            "r[15] = pc",
            "cpu.count = base + done",
            *(line for end in sorted(written.ends) for line in _ENDS[end]),
        ]
        before = len(prologue) + _FIRST_LINE
        objects = written.objects
        objects["missing"] = {before + line: place for line, place in written.places}
        if written.lazy:
            objects["lazy"] = {before + line: stale for line, stale in written.lazy.items()}
        if self._thought.boundary:
            objects["carried"] = CARRIED
        return "\n".join([*prologue, *body, *epilogue]), objects

    def _again(self) -> bool:
        """Write all traces with what is known at their starts; whether less is than was thought, or devices
        are accessed that were not known of."""
        thought = self._thought
        before = thought.said()
        written = self._written = Traces(self._region, thought, self._called)
        if written.to_devices:
            self._slow |= written.to_devices
            self._begin()
            return True
        if len(thought.boundary) < 2:
            thought.boundary = frozenset()
        thought.turns = {number: turns[-1] for number, turns in written.led_back.items()}
        if len(self._region.traces) == 1 and len(set(written.led_back.get(0, ()))) != 1:
            thought.turns = {}
        thought.kept = {number: frozenset(written.asked[number]) for number in thought.turns}
        return before != thought.said()

    def _transfers(self) -> tuple[list[str], list[str]]:
        """The lines that fetch what the body has in local variables, and those that put it back.

        A register that is seldom named in a function without a loop stays where it is.
        """
        counts = Counter(name for line in self._written.lines for name in REGISTER_NAME.findall(line))
        direct = set()
        if not self._written.loops and not self._written.calls:
            direct = {
                name for name, uses in counts.items() if uses < (4 if name in self._variables.written else 2)
            }
            self._written.lines = [_directly(line, direct) for line in self._written.lines]
        fetches, stores = [], []
        fresh = self._set_first()
        for name in sorted(counts.keys() - direct, key=lambda one: int(one[1:])):
            if name not in fresh:
                fetches.append(f"{name} = r[{name[1:]}]")
            if name in self._variables.written:
                stores.append(f"r[{name[1:]}] = {name}")
        flags, back = self._variables.flags(self._thought.boundary, fresh)
        if "fx" in self._variables.named and "fx" not in fresh:
            fetches.append(f"if {NEITHER}: return")
        fetches += flags
        stores += back
        head = self._thought.starting[0]
        assert head is not None
        devices = [device_of(name) for name in sorted(head.devices | self._thought.kept.get(0, frozenset()))]
        names = {name for line in (*self._written.lines, *devices) for name in NAME.findall(line)}
        views = [name for name in VIEWS if name in names]
        if views:
            fetches += [
                "views = system.passing",
                *(f"{name} = views.{VIEWS[name]}" for name in views),
                *devices,
            ]
        return fetches, stores

    def _set_first(self) -> set[str]:
        """The variables that the head's first instructions set, before one reads them or may end all."""
        fresh: set[str] = set()
        read: set[str] = set()
        for text in self._region.texts[id(self._region.traces[0][0])]:
            if not isinstance(text, Text) or text.condition is not None or text.target is not None:
                break
            if text.accesses or text.misses:
                break
            for line in text.lines:
                left, _, right = line.partition(" = ")
                read.update(NAME.findall(right))
                fresh.update(set(NAME.findall(left)) - read)
            if text.compares:
                fresh |= STALE - read
        return fresh

    def _limits(self, may_raise: bool) -> list[str]:
        """The lines from behind the fetches to the first of the body."""
        longest = max(sum(block.length for block in trace) for trace in self._region.traces)
        nothing = [*sorted(self._written.ends), *(["failure"] if may_raise else [])]
        lines, loop = [f"if most < {longest}: return", "done, base = 0, cpu.count"], "while True:"
        if self._written.loops or self._written.calls:
            lines, loop = [*lines, f"most -= {longest}"], "while done <= most:"
        if self._thought.turns.get(0) and len(self._region.traces) == 1:
            loop = f"for done in range(0, most + 1, {self._thought.turns[0]}):"
        if nothing:
            lines.append(" = ".join([*nothing, "None"]))
        if len(self._region.traces) > 1:
            lines.append("b = 0")
        if may_raise:
            lines.append("try:")
        return [*lines, f" {loop}" if may_raise else loop]


def _settling(lazy: Mapping[int, Iterable[str]]) -> list[str]:
    """The lines that assign, in an error's handler, the flags that are stale on the line of the error."""
    names = sorted({name for stale in lazy.values() for name in stale})
    if not names:
        return []
    values = {"c": "vp >= vq"}
    return [
        " stale = lazy.get(error.__traceback__.tb_lineno, ())",
        *(f" if {name!r} in stale: {name} = {values.get(name, DIFFERENCE)}" for name in names),
    ]


def _directly(line: str, names: set[str]) -> str:
    """The line with some registers where the CPU has them."""
    return REGISTER_NAME.sub(lambda found: f"r[{found[0][1:]}]" if found[0] in names else found[0], line)


_FIRST_LINE = 3
"""The number of the first line of a body in the source that ``closures.compiled`` makes of it."""
