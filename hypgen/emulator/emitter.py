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

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hypgen.emulator.calls import Place, calling
from hypgen.emulator.dataside import MISSES
from hypgen.emulator.exceptions import GuestException
from hypgen.emulator.execute.closures import Op, caused_by
from hypgen.emulator.knowing import CARRIED, STALE, Known, assigned, device_of
from hypgen.emulator.rewriting import ASKED, DIFFERENCE, NAME, OVERFLOW, VIEWS, Text, rewrite, stores, test

if TYPE_CHECKING:
    from hypgen.emulator.block import Block
    from hypgen.emulator.blocks import Runner

MASK32 = 0xFFFF_FFFF
_REGISTER_NAME = re.compile(r"(?<![\w.])r\d+\b")
_MAY_MISS = re.compile(r"\b[RW][BHW]\[|pack|raise")
_DEVICE = re.compile(r"\b(?:RS|WT)_\d+\b")
_NEGATED = re.compile(r"not \w+")

_RESULT = (("fx = 0 if cpu.z else cpu.n << 31 | 1",), ("cpu.n = fx >> 31", "cpu.z = 0 if fx else 1"), {"fx"})
_FLAGS = {
    "fx": _RESULT,
    "c": (("c = cpu.c",), ("cpu.c = 1 if c else 0",), {"c"}),
    "vp": (("vp = 0", "vq = vs = cpu.v << 31"), (f"cpu.v = {OVERFLOW}",), {"vp"}),
}
"""By variable: the lines that fetch a flag, unless all of these are assigned first, and those that put it
back if one of these was assigned."""
_STALE_FLAGS = {
    "fx": _RESULT,
    "vp": (
        ("vp, vq = carried[cpu.c][cpu.v]",),
        ("cpu.c = 1 if vp >= vq else 0", f"cpu.v = {OVERFLOW.replace('vs', 'vp - vq')}"),
        {"c", "vp"},
    ),
}
"""The same where C and V are what ``vp`` and ``vq`` say."""
_NEITHER = "cpu.n and cpu.z"
"""Flags that no result gives, so that ``fx`` cannot hold them: then closures execute."""


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
        self._slow = set(slow)
        self._starts = {trace[0].va: number for number, trace in enumerate(traces)}
        self._called: dict[str, object] = {}
        """What the lines of instructions name."""
        self._texts = {
            id(block): [self._rewritten(block, index) for index in range(block.length)]
            for trace in traces
            for block in trace
        }
        self._written = _assigned(text for texts in self._texts.values() for text in texts)
        self._named = _names(text for texts in self._texts.values() for text in texts)
        self._boundary = frozenset(("c", "vs")) if {"c", "vp"} <= self._named else frozenset()
        """The variables of flags that are stale between two traces, and before and behind all."""
        self._starting: list[Known | None] = [Known(), *[None] * (len(traces) - 1)]
        """What is known at the start of each trace."""
        self._turns: dict[int, int] = {}
        """By the number of a trace that is a loop, the instructions of a turn, or 0."""
        self._kept: dict[int, frozenset[str]] = {}
        """By the number of a trace that is a loop, the variables of devices that hold at its start."""
        self._begin()

    def _rewritten(self, block: Block, index: int) -> Text | Op:
        """An instruction as text, or the closure that must be called."""
        op = block.plain[index]
        pc = block.address_of(index)
        if self._runner.system.observer is not None and stores(op):  # the strict rules are told of each
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
        several = len(self._traces) > 1
        if several:
            starts = ", ".join(str(trace[0].va) for trace in self._traces)
            self._lines += [" else:", f"  pc = ({starts})[b]"]
        elif self._loops:
            turns = self._turns.get(0, 0)
            self._lines += [
                " else:",
                *([f"  done += {turns}"] if turns else []),
                f"  pc = {self._traces[0][0].va}",
            ]
        may_raise = self._calls or bool(self._places)
        fetches, stores = self._transfers()
        prologue = [*fetches, *self._limits(may_raise)]
        body = self._lines if may_raise else [line[1:] for line in self._lines]
        epilogue = [
            *(_CATCH if may_raise else ()),
            *_settling(self._lazy),
            *stores,
            *(_FAILED if may_raise else ()),
            *(("runner.place = None",) if self._calls else ()),
            "r[15] = pc",
            "cpu.count = base + done",
            *(line for end in sorted(self._ends) for line in _ENDS[end]),
        ]
        before = len(prologue) + _FIRST_LINE
        self._objects["missing"] = {before + line: place for line, place in self._places}
        if self._lazy:
            self._objects["lazy"] = {before + line: stale for line, stale in self._lazy.items()}
        if self._boundary:
            self._objects["carried"] = CARRIED
        return "\n".join([*prologue, *body, *epilogue]), self._objects

    def _again(self) -> bool:
        """Write all traces with what is known at their starts; whether less is than was thought."""
        before = self._thought()
        self._begin()
        several, word = len(self._traces) > 1, "if"
        # The hottest are asked for first, and the head, which may be entered once only, after its equals.
        for number, trace in sorted(enumerate(self._traces), key=lambda one: (one[1][0].heat, one[0] == 0)):
            known = self._starting[number]
            if known is None:  # nobody was seen to go there yet
                continue
            if several:
                self._lines.append(f"  {word} b == {number}:")
                word = "elif"
            self._trace(number, trace, known.copy(), "   " if several else "  ")
        if len(self._boundary) < 2:
            self._boundary = frozenset()
        self._turns = {number: turns[-1] for number, turns in self._led_back.items()}
        if not several and len(set(self._led_back.get(0, ()))) != 1:
            self._turns = {}
        self._kept = {number: frozenset(self._asked[number]) for number in self._turns}
        return before != self._thought()

    def _thought(self) -> tuple[object, ...]:
        """All that is thought to hold between traces."""
        starts = [known and (known.constants.copy(), known.devices.copy()) for known in self._starting]
        return self._boundary, self._turns, self._kept, starts

    def _begin(self) -> None:
        """Nothing is written yet."""
        self._objects: dict[str, object] = dict(self._called)
        self._lines: list[str] = []
        self._ends: set[str] = set()
        self._places: list[tuple[int, tuple[int, int, int]]] = []
        self._lazy: dict[int, frozenset[str]] = {}
        self._calls = self._loops = False
        self._led_back: dict[int, list[int]] = {}
        self._asked: dict[int, set[str]] = {number: set() for number in range(len(self._traces))}

    def _transfers(self) -> tuple[list[str], list[str]]:
        """The lines that fetch what the body has in local variables, and those that put it back.

        A register that is seldom named in a function without a loop stays where it is.
        """
        counts = Counter(name for line in self._lines for name in _REGISTER_NAME.findall(line))
        direct = set()
        if not self._loops and not self._calls:
            direct = {name for name, uses in counts.items() if uses < (4 if name in self._written else 2)}
            self._lines = [_directly(line, direct) for line in self._lines]
        fetches, stores = [], []
        fresh = self._set_first()
        for name in sorted(counts.keys() - direct, key=lambda one: int(one[1:])):
            if name not in fresh:
                fetches.append(f"{name} = r[{name[1:]}]")
            if name in self._written:
                stores.append(f"r[{name[1:]}] = {name}")
        flags, back = self._flags(fresh)
        if "fx" in self._named and "fx" not in fresh:
            fetches.append(f"if {_NEITHER}: return")
        fetches += flags
        stores += back
        head = self._starting[0]
        assert head is not None
        devices = [device_of(name) for name in sorted(head.devices | self._kept.get(0, frozenset()))]
        names = {name for line in (*self._lines, *devices) for name in NAME.findall(line)}
        views = [name for name in VIEWS if name in names]
        if views:
            fetches += [
                "views = system.passing",
                *(f"{name} = views.{VIEWS[name]}" for name in views),
                *devices,
            ]
        return fetches, stores

    def _flags(self, fresh: Iterable[str] = ()) -> tuple[list[str], list[str]]:
        """The lines that fetch the flags, but those that need not be, and the lines that put them back."""
        fetches: list[str] = []
        stores: list[str] = []
        for name, (fetch, store, written) in (_STALE_FLAGS if self._boundary else _FLAGS).items():
            if name in self._named:
                fetches += () if written <= set(fresh) else fetch
                stores += store if self._written & written else ()
        return fetches, stores

    def _set_first(self) -> set[str]:
        """The variables that the head's first instructions set, before one reads them or may end all."""
        fresh: set[str] = set()
        read: set[str] = set()
        for text in self._texts[id(self._traces[0][0])]:
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
        longest = max(sum(block.length for block in trace) for trace in self._traces)
        nothing = [*sorted(self._ends), *(["failure"] if may_raise else [])]
        lines, loop = [f"if most < {longest}: return", "done, base = 0, cpu.count"], "while True:"
        if self._loops or self._calls:
            lines, loop = [*lines, f"most -= {longest}"], "while done <= most:"
        if self._turns.get(0) and len(self._traces) == 1:
            loop = f"for done in range(0, most + 1, {self._turns[0]}):"
        if nothing:
            lines.append(" = ".join([*nothing, "None"]))
        if len(self._traces) > 1:
            lines.append("b = 0")
        if may_raise:
            lines.append("try:")
        return [*lines, f" {loop}" if may_raise else loop]

    # -- traces --------------------------------------------------------------------------------------
    def _trace(self, number: int, trace: Sequence[Block], known: Known, indent: str) -> None:
        """Write one trace, at whose start ``known`` holds; in a loop of its own if it leads back there."""
        self._number, self._known = number, known
        known.stale = set(self._boundary)
        known.devices |= self._kept.get(number, frozenset())
        turns = self._turns.get(number, 0)
        self._inner = turns > 0 and len(self._traces) > 1
        if self._inner:
            self._lines.append(f"{indent}for done in range(done, most + 1, {turns}):")
            self._blocks(trace, indent + " ")
            self._lines += [f"{indent}else: done += {turns}", f"{indent}if b < 0: break"]
        else:
            self._blocks(trace, indent)

    def _blocks(self, trace: Sequence[Block], indent: str) -> None:
        done = 0
        for position, block in enumerate(trace):
            following = trace[position + 1].va if position + 1 < len(trace) else None
            texts = self._texts[id(block)]
            for index, text in enumerate(texts):
                pc, last = block.address_of(index), index == block.length - 1
                if not isinstance(text, Text):
                    if last:
                        self._last_call(block, index, text, done, indent)
                        return
                    self._call(block, index, text, done, indent)
                    done += 1
                    continue
                slow = text.accesses and pc in self._slow
                if slow and text.condition is None and ASKED in text.lines:
                    self._asking(block, index, text, done, indent)
                else:
                    if slow:
                        self._prepare(block, index, done, indent)
                    self._instruction(block, index, text, done, indent)
                    if slow:
                        self._known.devices.clear()
                        self._look_up(block, index, done + 1, indent)
                done += 1
                if text.target is not None:
                    self._branch(block, text, done, following, indent)
                elif last and following is None:
                    self._go(block.next, done, indent)

    def _asking(self, block: Block, index: int, text: Text, done: int, indent: str) -> None:
        """The lines of a load or store that may have to ask a device: only then can anything come of it."""
        known, start = self._known, len(self._lines)
        self._lines += [indent + line for line in known.before(text)]
        lazy = self._lazily(known)
        lines = known.executed(text.lines)
        self._asked[self._number].update(name for line in lines for name in _DEVICE.findall(line))
        at = lines.index(ASKED) + 1
        inner = next((at + count for count, line in enumerate(lines[at:]) if line[0] != " "), len(lines))
        self._lines += [indent + line for line in lines[:at]]
        self._prepare(block, index, done, indent + " ")
        self._lines += [indent + line for line in lines[at:inner]]
        self._lines += [f"{indent} {device_of(name)}" for name in sorted(known.devices)]
        if inner == len(lines):
            self._look_up(block, index, done + 1, indent + " ")
        else:
            self._lines += [indent + line for line in lines[inner:]]
            self._look_up(block, index, done + 1, indent)
        self._lazy |= dict.fromkeys(range(start, len(self._lines)), lazy) if lazy else {}

    def _instruction(self, block: Block, index: int, text: Text, done: int, indent: str) -> None:
        """The lines of an instruction; those of a conditional branch are written with the branch."""
        if text.condition is not None and text.target is not None and not text.lines:
            return
        known = self._known
        before = known.before(text)  # and then the condition, which is asked of what is stale by then
        needed = [] if text.condition is None else known.needs(text.condition)
        self._lines += [indent + line for line in (*before, *needed)]
        start, place = (
            len(self._lines),
            (block.address_of(index), done, block.itstates[index] if block.itstates else 0),
        )
        may_miss = text.misses or (text.accesses and place[0] not in self._slow)
        lazy = self._lazily(known) if may_miss or text.accesses else frozenset()
        if text.condition is not None:
            self._lines.append(f"{indent}if {known.test(text.condition)}:")
            indent += " "
            known = known.copy()
        lines = known.executed(text.lines)
        known.after(text)
        if text.condition is not None:
            if text.compares is not None:
                lines += known.settled(STALE)
            if text.target is None:
                self._known.meet(known)
            else:
                self._taken = known
        for line in lines or ([] if text.condition is None else ["pass"]):
            if may_miss and _MAY_MISS.search(line):
                self._places.append((len(self._lines), place))
            self._lines.append(indent + line)
        self._lazy |= dict.fromkeys(range(start, len(self._lines)), lazy) if lazy else {}

    def _lazily(self, known: Known) -> frozenset[str]:
        """The variables of flags that are stale where something may be raised, and are not at an end."""
        self._boundary &= known.stale
        return frozenset(known.stale - self._boundary)

    def _branch(self, block: Block, text: Text, done: int, following: int | None, indent: str) -> None:
        """Go where a branch leads; ``following`` is the address of the next block of the trace."""
        target = text.target
        if text.condition is None:
            if target != following:
                self._go(target, done, indent)
            return
        known = self._known
        if not text.lines:
            taken: int | str | None = target
            otherwise: int | str | None = block.next
            self._lines += [indent + line for line in known.needs(text.condition)]
            condition = known.test(text.condition)
            if target == following:
                taken, otherwise = block.next, target
                condition = (
                    condition.removeprefix("not ") if _NEGATED.fullmatch(condition) else f"not ({condition})"
                )
            self._lines.append(f"{indent}if {condition}:")
            self._known = known.copy()
            self._go(taken, done, indent + " ")
        else:  # its lines opened the condition
            self._known = self._taken
            self._go(target, done, indent + " ")
            otherwise = block.next
        self._known = known
        if otherwise != following:
            self._go(otherwise, done, indent)

    def _go(self, target: int | str | None, done: int, indent: str) -> None:
        """Go to an address, in the region or out of it."""
        if isinstance(target, str):
            target = self._known.constants.get(target, target)
        self._lines += [indent + line for line in self._ending()]
        if isinstance(target, int):
            self._lines += [indent + line for line in self._to(target, done)]
            return
        if done:
            self._lines.append(f"{indent}done += {done}")
        for address in self._starts:
            if address in self._returns:
                self._lines.append(f"{indent}if target == {address}:")
                self._lines += [f"{indent} {line}" for line in self._to(address, 0)]
        self._lines.append(f"{indent}pc = target; {self._break}")

    def _to(self, target: int, done: int) -> list[str]:
        """The lines that go to a known address, with what is to be known there."""
        number = self._starts.get(target)
        more = [f"done += {done}"] if done else []
        if number is None:
            return [*more, f"pc = {target}; {self._break}"]
        self._loops = True
        known = self._known
        kept = self._kept.get(number, frozenset())
        lines = [device_of(name) for name in sorted(kept - known.devices)]
        known = known.copy()
        for name in ("vp", "vq"):
            known.constants.pop(name, None)
        start = self._starting[number]
        if start is None:
            self._starting[number] = Known(known.constants, known.devices)
        else:
            start.meet(known)
        if number == self._number:
            self._led_back.setdefault(number, []).append(done)
            if done and self._turns.get(number) == done:
                return [*lines, "continue"]
            if self._inner:
                return [*lines, *more, "break"]
        if len(self._traces) == 1:
            return [*lines, *more, "continue"]
        return [*lines, *more, f"b = {number}; {'break' if self._inner else 'continue'}"]

    @property
    def _break(self) -> str:
        """The statements that end the function."""
        return "b = -1; break" if self._inner else "break"

    def _ending(self) -> list[str]:
        """The lines behind which the flags are as they are between two traces."""
        self._boundary &= self._known.stale
        return self._known.settled(self._known.stale - self._boundary)

    # -- calls ---------------------------------------------------------------------------------------
    def _place(self, block: Block, index: int) -> str:
        """The name of the place of an instruction that is called."""
        itstate = block.itstates[index] if block.itstates else 0
        name = f"at_{len(self._objects)}"
        self._objects[name] = Place(block.address_of(index), block.length_of(index), itstate)
        return name

    def _prepare(self, block: Block, index: int, done: int, indent: str) -> None:
        """Make the count exact and the place known before something is called."""
        self._calls = True
        self._lines += [
            f"{indent}cpu.count = base + done" + (f" + {done}" if done else ""),
            f"{indent}runner.place = {self._place(block, index)}",
        ]

    def _look_up(self, block: Block, index: int, done: int, indent: str) -> None:
        """Leave after a call that something wants attention for."""
        after = block.address_of(index) + block.length_of(index) & MASK32
        known = self._known.copy()
        leave = "; ".join([*self._ending(), f"done += {done}", f"pc = {after}", self._break])
        self._known = known
        if block.itstates and index + 1 < block.length:
            leave = f"cpu.it = {block.itstates[index + 1]}; {leave}"
        self._lines.append(f"{indent}if system.attention: {leave}")

    def _call(self, block: Block, index: int, op: Op, done: int, indent: str) -> None:
        self._lines += [indent + line for line in self._ending()]
        self._prepare(block, index, done, indent)
        name = f"op_{len(self._objects)}"
        self._objects[name] = op
        registers = sorted({name[1:] for name in self._named if _REGISTER_NAME.fullmatch(name)}, key=int)
        flags, back = self._flags()
        stores = [
            *(f"r[{number}] = r{number}" for number in registers if f"r{number}" in self._written),
            *back,
        ]
        fetches = [*(f"r{number} = r[{number}]" for number in registers), *flags]
        lines = [*stores, f"{name}()"]
        if "fx" in self._named:
            lines += [f"if {_NEITHER}:", *(f" {line}" for line in self._leaving(block, index))]
        lines += fetches
        self._lines += [indent + line for line in lines]
        self._known.forget(self._boundary)
        self._look_up(block, index, done + 1, indent)

    def _leaving(self, block: Block, index: int) -> list[str]:
        """Lines that end the function after a call, with nothing to be put back."""
        lines = ["cpu.count += 1", f"r[15] = {block.address_of(index + 1)}", "runner.place = None", "return"]
        if block.itstates:
            lines.insert(0, f"cpu.it = {block.itstates[index + 1]}")
        return lines

    def _last_call(self, block: Block, index: int, op: Op, done: int, indent: str) -> None:
        exception = caused_by(op)
        name = f"tail_{len(self._objects)}"
        place = Place(*self._placed(block, index))
        if isinstance(exception, GuestException):
            end, self._objects[name] = "call", calling(self._runner, place, exception)
        else:
            end, self._objects[name] = "tail", (place, op)
        self._ends.add(end)
        self._lines += [indent + line for line in self._ending()]
        self._lines.append(f"{indent}done += {done}; pc = {block.next}; {end} = {name}; {self._break}")

    def _placed(self, block: Block, index: int) -> tuple[int, int, int]:
        return (
            block.address_of(index),
            block.length_of(index),
            block.itstates[index] if block.itstates else 0,
        )


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
    return _REGISTER_NAME.sub(lambda found: f"r[{found[0][1:]}]" if found[0] in names else found[0], line)


_FIRST_LINE = 3
"""The number of the first line of a body in the source that ``closures.compiled`` makes of it."""


def _names(texts: Iterable[Text | Op]) -> set[str]:
    """Every name in the lines and conditions of instructions."""
    found: set[str] = set()
    for text in texts:
        if isinstance(text, Text):
            for line in text.lines:
                found.update(NAME.findall(line))
            if text.condition is not None:
                found.update(NAME.findall(test(text.condition, False)))
            if text.compares:
                found |= STALE
    return found


def _assigned(texts: Iterable[Text | Op]) -> set[str]:
    """Every name that the lines of instructions assign."""
    found: set[str] = set()
    for text in texts:
        if isinstance(text, Text):
            found |= assigned(text.lines)
            if text.compares:
                found |= STALE
    return found
