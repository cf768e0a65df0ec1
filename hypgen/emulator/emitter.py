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
from hypgen.emulator.rewriting import ASKED, OVERFLOW, VIEWS, Text, rewrite, stores, test

if TYPE_CHECKING:
    from hypgen.emulator.block import Block
    from hypgen.emulator.blocks import Runner

MASK32 = 0xFFFF_FFFF
_REGISTER_NAME = re.compile(r"(?<![\w.])r\d+\b")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")

_FLAGS = {
    "fx": (("fx = 0 if cpu.z else cpu.n << 31 | 1",), ("cpu.n = fx >> 31", "cpu.z = 0 if fx else 1")),
    "c": (("c = cpu.c",), ("cpu.c = 1 if c else 0",)),
    "vp": (("vp = 0", "vq = vs = cpu.v << 31"), (f"cpu.v = {OVERFLOW}",)),
}
"""By variable: the lines that fetch a flag, and those that put it back."""
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
        self._objects: dict[str, object] = {}
        self._lines: list[str] = []
        self._ends: set[str] = set()
        self._places: list[tuple[int, tuple[int, int, int]]] = []
        self._texts = {
            id(block): [self._rewritten(block, index) for index in range(block.length)]
            for trace in traces
            for block in trace
        }
        self._calls = False
        self._loops = False
        self._written = _assigned(text for texts in self._texts.values() for text in texts)
        self._named = _names(text for texts in self._texts.values() for text in texts)

    def _rewritten(self, block: Block, index: int) -> Text | Op:
        """An instruction as text, or the closure that must be called."""
        op = block.plain[index]
        pc = block.address_of(index)
        if self._runner.system.observer is not None and stores(op):  # the strict rules are told of each
            self._slow.add(pc)
        slow = pc in self._slow
        text = rewrite(op, self._thumb, slow, self._objects)
        if text is None or (slow and text.target is not None):
            return op
        return text

    def emit(self) -> tuple[str, dict[str, object]]:
        """The statements of the function, whose parameter is ``most``, and the objects that they name."""
        several = len(self._traces) > 1
        word = "if"
        # The hottest are asked for first, and the head, which may be entered once only, after its equals.
        for number, trace in sorted(enumerate(self._traces), key=lambda one: (one[1][0].heat, one[0] == 0)):
            if several:
                self._lines.append(f"  {word} b == {number}:")
                word = "elif"
            self._trace(trace, "   " if several else "  ")
        if several:
            starts = ", ".join(str(trace[0].va) for trace in self._traces)
            self._lines += [" else:", f"  pc = ({starts})[b]"]
        elif self._loops:
            self._lines += [" else:", f"  pc = {self._traces[0][0].va}"]
        may_raise = self._calls or bool(self._places)
        fetches, stores = self._transfers()
        prologue = [*fetches, *self._limits(may_raise)]
        body = self._lines if may_raise else [line[1:] for line in self._lines]
        epilogue = [
            *(_CATCH if may_raise else ()),
            *stores,
            *(_FAILED if may_raise else ()),
            *(("runner.place = None",) if self._calls else ()),
            "r[15] = pc",
            "cpu.count = base + done",
            *(line for end in sorted(self._ends) for line in _ENDS[end]),
        ]
        missing = {len(prologue) + line + _FIRST_LINE: place for line, place in self._places}
        return "\n".join([*prologue, *body, *epilogue]), self._objects | {"missing": missing}

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
        for name, (fetch, store) in _FLAGS.items():
            if name in self._named:
                if name not in fresh:
                    fetches += [f"if {_NEITHER}: return", *fetch] if name == "fx" else fetch
                stores += store if name in self._written else ()
        views = [name for name in VIEWS if name in self._named]
        if views:
            fetches += ["views = system.passing", *(f"{name} = views.{VIEWS[name]}" for name in views)]
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
                read.update(_NAME.findall(right))
                fresh.update(set(_NAME.findall(left)) - read)
        return fresh

    def _limits(self, may_raise: bool) -> list[str]:
        """The lines from behind the fetches to the first of the body."""
        longest = max(sum(block.length for block in trace) for trace in self._traces)
        nothing = [*sorted(self._ends), *(["failure"] if may_raise else [])]
        lines, loop = [f"if most < {longest}: return", "done, base = 0, cpu.count"], "while True:"
        if self._loops or self._calls:
            lines, loop = [*lines, f"most -= {longest}"], "while done <= most:"
        if nothing:
            lines.append(" = ".join([*nothing, "None"]))
        if len(self._traces) > 1:
            lines.append("b = 0")
        if may_raise:
            lines += [f"pc = {self._traces[0][0].va}", "try:"]
        return [*lines, f" {loop}" if may_raise else loop]

    # -- traces --------------------------------------------------------------------------------------
    def _trace(self, trace: Sequence[Block], indent: str) -> None:
        done, compared = 0, False
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
                    compared = False
                    continue
                slow = text.accesses and pc in self._slow
                asks = slow and text.condition is None and ASKED in text.lines
                if asks:
                    self._asking(block, index, text.lines, done, indent)
                else:
                    if slow:
                        self._prepare(block, index, done, indent)
                    self._instruction(block, index, text, done, compared, indent)
                if text.compares is not None:
                    compared = text.compares and text.condition is None
                done += 1
                if slow and not asks:
                    self._look_up(block, index, done, indent)
                if text.target is not None:
                    self._branch(block, text, done, compared, following, indent)
                elif last and following is None:
                    self._go(block.next, done, indent)

    def _asking(self, block: Block, index: int, lines: Sequence[str], done: int, indent: str) -> None:
        """The lines of a load or store that may have to ask a device: only then can anything come of it."""
        at = lines.index(ASKED) + 1
        inner = next((at + count for count, line in enumerate(lines[at:]) if line[0] != " "), len(lines))
        self._lines += [indent + line for line in lines[:at]]
        self._prepare(block, index, done, indent + " ")
        self._lines += [indent + line for line in lines[at:]]
        self._look_up(block, index, done + 1, indent + (" " if inner == len(lines) else ""))

    def _instruction(
        self, block: Block, index: int, text: Text, done: int, compared: bool, indent: str
    ) -> None:
        """The lines of an instruction; those of a conditional branch are written with the branch."""
        if text.condition is not None and text.target is not None and not text.lines:
            return
        if text.condition is not None:
            self._lines.append(f"{indent}if {test(text.condition, compared)}:")
            indent += " "
        place = (block.address_of(index), done, block.itstates[index] if block.itstates else 0)
        may_miss = text.misses or (text.accesses and place[0] not in self._slow)
        for line in text.lines or ("pass",):
            if may_miss and ("[address" in line or "pack" in line or "raise" in line):
                self._places.append((len(self._lines), place))
            self._lines.append(indent + line)

    def _branch(
        self, block: Block, text: Text, done: int, compared: bool, following: int | None, indent: str
    ) -> None:
        """Go where a branch leads; ``following`` is the address of the next block of the trace."""
        target = text.target
        if text.condition is None:
            if target != following:
                self._go(target, done, indent)
            return
        if not text.lines:
            taken: int | str | None = target
            otherwise: int | str | None = block.next
            condition = test(text.condition, compared)
            if target == following:
                taken, otherwise, condition = block.next, target, f"not ({condition})"
            self._lines.append(f"{indent}if {condition}:")
            self._go(taken, done, indent + " ")
        else:  # its lines opened the condition
            self._go(target, done, indent + " ")
            otherwise = block.next
        if otherwise != following:
            self._go(otherwise, done, indent)

    def _go(self, target: int | str | None, done: int, indent: str) -> None:
        """Go to an address, in the region or out of it."""
        if done:
            self._lines.append(f"{indent}done += {done}")
        if isinstance(target, int):
            number = self._starts.get(target)
            if number is None:
                self._lines.append(f"{indent}pc = {target}; break")
            else:
                self._lines.append(indent + self._goto(number))
            return
        for address, number in self._starts.items():
            if address in self._returns:
                self._lines.append(f"{indent}if target == {address}:")
                self._lines.append(f"{indent} {self._goto(number)}")
        self._lines.append(f"{indent}pc = target; break")

    def _goto(self, number: int) -> str:
        self._loops = True
        return "continue" if len(self._traces) == 1 else f"b = {number}; continue"

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
        leave = f"done += {done}; pc = {after}; break"
        if block.itstates and index + 1 < block.length:
            leave = f"cpu.it = {block.itstates[index + 1]}; {leave}"
        self._lines.append(f"{indent}if system.attention: {leave}")

    def _call(self, block: Block, index: int, op: Op, done: int, indent: str) -> None:
        self._prepare(block, index, done, indent)
        name = f"op_{len(self._objects)}"
        self._objects[name] = op
        registers = sorted({name[1:] for name in self._named if _REGISTER_NAME.fullmatch(name)}, key=int)
        stores = [f"r[{number}] = r{number}" for number in registers if f"r{number}" in self._written]
        fetches = [f"r{number} = r[{number}]" for number in registers]
        for flag, (fetch, store) in _FLAGS.items():
            if flag in self._named:
                stores += store if flag in self._written else ()
                fetches += fetch
        lines = [*stores, f"{name}()"]
        if "fx" in self._named:
            lines += [f"if {_NEITHER}:", *(f" {line}" for line in self._leaving(block, index))]
        lines += fetches
        self._lines += [indent + line for line in lines]
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
        self._lines.append(f"{indent}done += {done}; pc = {block.next}; {end} = {name}; break")

    def _placed(self, block: Block, index: int) -> tuple[int, int, int]:
        return (
            block.address_of(index),
            block.length_of(index),
            block.itstates[index] if block.itstates else 0,
        )


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
                found.update(_NAME.findall(line))
            if text.condition is not None:
                for compared in (False, True):
                    found.update(_NAME.findall(test(text.condition, compared)))
    return found


def _assigned(texts: Iterable[Text | Op]) -> set[str]:
    """Every name that the lines of instructions assign."""
    found: set[str] = set()
    for text in texts:
        if isinstance(text, Text):
            for line in text.lines:
                found.update(_NAME.findall(line.partition(" = ")[0]))
    return found
