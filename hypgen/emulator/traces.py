"""The lines of the traces of a region, one after the other.

A *trace* is blocks that follow each other and are entered at the first only. What is known at its start, and
how the flags are there, is a :class:`Thought`, which whoever writes all traces corrects until it holds.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hypgen.emulator.calls import Place, calling
from hypgen.emulator.exceptions import GuestException
from hypgen.emulator.execute.closures import Op, caused_by
from hypgen.emulator.knowing import STALE, Known, device_of
from hypgen.emulator.rewriting import ASKED, Text
from hypgen.emulator.variables import NEITHER, Variables

if TYPE_CHECKING:
    from hypgen.emulator.block import Block
    from hypgen.emulator.blocks import Runner

MASK32 = 0xFFFF_FFFF
_MAY_MISS = re.compile(r"\b[RW][BHW]\[|pack|raise")
_KNOWN = re.compile(r"\b[RW]W\[(\d+) &")
"""The look-up of a word at an address that is known."""
_DEVICE = re.compile(r"\b(?:RS|WT)_\d+\b")
_NEGATED = re.compile(r"not \w+")


class Region(NamedTuple):
    """What is written: ``traces``, the first of which begins at the head, and ``texts``, the instructions of
    each block by its identity. ``starts`` are the numbers of the traces by their addresses."""

    traces: Sequence[Sequence[Block]]
    texts: Mapping[int, Sequence[Text | Op]]
    starts: Mapping[int, int]
    slow: frozenset[int]
    """Addresses of loads and stores that are not worth a look-up, such as those of devices."""
    registers: Container[int]
    """Addresses at which words were loaded from devices or stored to them."""
    returns: frozenset[int]
    """Addresses behind calls, where a computed branch may lead."""
    variables: Variables
    runner: Runner


@dataclass
class Thought:
    """What is thought to hold between traces, and is less each time that they were written."""

    boundary: frozenset[str]
    """The variables of flags that are stale between two traces, and before and behind all."""
    starting: list[Known | None]
    """What is known at the start of each trace."""
    turns: dict[int, int] = field(default_factory=dict)
    """By the number of a trace that is a loop, the instructions of a turn, or 0."""
    kept: dict[int, frozenset[str]] = field(default_factory=dict)
    """By the number of a trace that is a loop, the variables of devices that hold at its start."""

    def said(self) -> tuple[object, ...]:
        """All of it as values that can be compared."""
        starts = [known and (known.constants.copy(), known.devices.copy()) for known in self.starting]
        return self.boundary, self.turns, self.kept, starts


class Traces:
    """The lines of the traces of ``region``, and what they name; ``thought`` comes to be what they leave."""

    def __init__(self, region: Region, thought: Thought, called: Mapping[str, object]) -> None:
        self._region = region
        self._thought = thought
        self.objects: dict[str, object] = dict(called)
        """What the lines name."""
        self.lines: list[str] = []
        self.ends: set[str] = set()
        """The variables of what is called last of all."""
        self.places: list[tuple[int, tuple[int, int, int]]] = []
        """Lines that may miss, by their indices, and what
        :data:`hypgen.emulator.emitter.Missing` says of them."""
        self.lazy: dict[int, frozenset[str]] = {}
        """By the index of a line, the variables of flags that are stale where it raises."""
        self.to_devices: set[int] = set()
        """Addresses of instructions whose look-ups cannot but miss, as they are of a device's register."""
        self.calls = self.loops = False
        self.led_back: dict[int, list[int]] = {}
        """By the number of a trace, the instructions before each jump from it to its own start."""
        self.asked: dict[int, set[str]] = {number: set() for number in range(len(region.traces))}
        """By the number of a trace, the variables of devices in it."""
        self._write()

    def _write(self) -> None:
        several, word = len(self._region.traces) > 1, "if"
        # The hottest are asked for first, and the head, which may be entered once only, after its equals.
        numbered = enumerate(self._region.traces)
        for number, trace in sorted(numbered, key=lambda one: (one[1][0].coolness, one[0] == 0)):
            known = self._thought.starting[number]
            if known is None:  # nobody was seen to go there yet
                continue
            if several:
                self.lines.append(f"  {word} b == {number}:")
                word = "elif"
            self._trace(number, trace, known.copy(), "   " if several else "  ")

    def _trace(self, number: int, trace: Sequence[Block], known: Known, indent: str) -> None:
        """Write one trace, at whose start ``known`` holds; in a loop of its own if it leads back there."""
        self._number, self._known = number, known
        known.stale = set(self._thought.boundary)
        known.devices |= self._thought.kept.get(number, frozenset())
        turns = self._thought.turns.get(number, 0)
        self._inner = turns > 0 and len(self._region.traces) > 1
        if self._inner:
            self.lines.append(f"{indent}for done in range(done, most + 1, {turns}):")
            self._blocks(trace, indent + " ")
            self.lines += [f"{indent}else: done += {turns}", f"{indent}if b < 0: break"]
        else:
            self._blocks(trace, indent)

    def _blocks(self, trace: Sequence[Block], indent: str) -> None:
        done = 0
        for position, block in enumerate(trace):
            following = trace[position + 1].va if position + 1 < len(trace) else None
            texts = self._region.texts[id(block)]
            for index, text in enumerate(texts):
                pc, last = block.address_of(index), index == block.length - 1
                if not isinstance(text, Text):
                    if last:
                        self._last_call(block, index, text, done, indent)
                        return
                    self._call(block, index, text, done, indent)
                    done += 1
                    continue
                slow = text.accesses and pc in self._region.slow
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
        known, start = self._known, len(self.lines)
        self.lines += [indent + line for line in known.before(text)]
        lazy = self._lazily(known)
        lines = known.executed(text.lines)
        self.asked[self._number].update(name for line in lines for name in _DEVICE.findall(line))
        at = lines.index(ASKED) + 1
        inner = next((at + count for count, line in enumerate(lines[at:]) if line[0] != " "), len(lines))
        self.lines += [indent + line for line in lines[:at]]
        self._prepare(block, index, done, indent + " ")
        self.lines += [indent + line for line in lines[at:inner]]
        self.lines += [f"{indent} {device_of(name)}" for name in sorted(known.devices)]
        if inner == len(lines):
            self._look_up(block, index, done + 1, indent + " ")
        else:
            self.lines += [indent + line for line in lines[inner:]]
            self._look_up(block, index, done + 1, indent)
        self.lazy |= dict.fromkeys(range(start, len(self.lines)), lazy) if lazy else {}

    def _instruction(self, block: Block, index: int, text: Text, done: int, indent: str) -> None:
        """The lines of an instruction; those of a conditional branch are written with the branch."""
        if text.condition is not None and text.target is not None and not text.lines:
            return
        known = self._known
        before = known.before(text)  # and then the condition, which is asked of what is stale by then
        needed = [] if text.condition is None else known.needs(text.condition)
        self.lines += [indent + line for line in (*before, *needed)]
        start, place = (
            len(self.lines),
            (block.address_of(index), done, block.itstates[index] if block.itstates else 0),
        )
        may_miss = text.misses or (text.accesses and place[0] not in self._region.slow)
        lazy = self._lazily(known) if may_miss or text.accesses else frozenset()
        if text.condition is not None:
            self.lines.append(f"{indent}if {known.test(text.condition)}:")
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
                self.places.append((len(self.lines), place))
                word = _KNOWN.search(line)
                if word is not None and int(word[1]) in self._region.registers:
                    self.to_devices.add(place[0])
            self.lines.append(indent + line)
        self.lazy |= dict.fromkeys(range(start, len(self.lines)), lazy) if lazy else {}

    def _lazily(self, known: Known) -> frozenset[str]:
        """The variables of flags that are stale where something may be raised, and are not at an end."""
        self._thought.boundary &= known.stale
        return frozenset(known.stale - self._thought.boundary)

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
            self.lines += [indent + line for line in known.needs(text.condition)]
            condition = known.test(text.condition)
            if target == following:
                taken, otherwise = block.next, target
                condition = (
                    condition.removeprefix("not ") if _NEGATED.fullmatch(condition) else f"not ({condition})"
                )
            self.lines.append(f"{indent}if {condition}:")
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
        self.lines += [indent + line for line in self._ending()]
        if isinstance(target, int):
            self.lines += [indent + line for line in self._to(target, done)]
            return
        if done:
            self.lines.append(f"{indent}done += {done}")
        for address in self._region.starts:
            if address in self._region.returns:
                self.lines.append(f"{indent}if target == {address}:")
                self.lines += [f"{indent} {line}" for line in self._to(address, 0)]
        self.lines.append(f"{indent}pc = target; {self._break}")

    def _to(self, target: int, done: int) -> list[str]:
        """The lines that go to a known address, with what is to be known there."""
        number = self._region.starts.get(target)
        more = [f"done += {done}"] if done else []
        if number is None:
            return [*more, f"pc = {target}; {self._break}"]
        self.loops = True
        known = self._known
        kept = self._thought.kept.get(number, frozenset())
        lines = [device_of(name) for name in sorted(kept - known.devices)]
        known = known.copy()
        for name in ("vp", "vq"):
            known.constants.pop(name, None)
        start = self._thought.starting[number]
        if start is None:
            self._thought.starting[number] = Known(known.constants, known.devices)
        else:
            start.meet(known)
        if number == self._number:
            self.led_back.setdefault(number, []).append(done)
            if done and self._thought.turns.get(number) == done:
                return [*lines, "continue"]
            if self._inner:
                return [*lines, *more, "break"]
        if len(self._region.traces) == 1:
            return [*lines, *more, "continue"]
        return [*lines, *more, f"b = {number}; {'break' if self._inner else 'continue'}"]

    @property
    def _break(self) -> str:
        """The statements that end the function."""
        return "b = -1; break" if self._inner else "break"

    def _ending(self) -> list[str]:
        """The lines behind which the flags are as they are between two traces."""
        self._thought.boundary &= self._known.stale
        return self._known.settled(self._known.stale - self._thought.boundary)

    # -- calls ---------------------------------------------------------------------------------------
    def _place(self, block: Block, index: int) -> str:
        """The name of the place of an instruction that is called."""
        itstate = block.itstates[index] if block.itstates else 0
        name = f"at_{len(self.objects)}"
        self.objects[name] = Place(block.address_of(index), block.length_of(index), itstate)
        return name

    def _prepare(self, block: Block, index: int, done: int, indent: str) -> None:
        """Make the count exact and the place known before something is called."""
        self.calls = True
        self.lines += [
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
        self.lines.append(f"{indent}if system.attention: {leave}")

    def _call(self, block: Block, index: int, op: Op, done: int, indent: str) -> None:
        self.lines += [indent + line for line in self._ending()]
        self._prepare(block, index, done, indent)
        name = f"op_{len(self.objects)}"
        self.objects[name] = op
        variables = self._region.variables
        flags, back = variables.flags(self._thought.boundary)
        stores = [
            *(
                f"r[{number}] = r{number}"
                for number in variables.registers
                if f"r{number}" in variables.written
            ),
            *back,
        ]
        fetches = [*(f"r{number} = r[{number}]" for number in variables.registers), *flags]
        lines = [*stores, f"{name}()"]
        if "fx" in variables.named:
            lines += [f"if {NEITHER}:", *(f" {line}" for line in self._leaving(block, index))]
        lines += fetches
        self.lines += [indent + line for line in lines]
        self._known.forget(self._thought.boundary)
        self._look_up(block, index, done + 1, indent)

    def _leaving(self, block: Block, index: int) -> list[str]:
        """Lines that end the function after a call, with nothing to be put back."""
        lines = ["cpu.count += 1", f"r[15] = {block.address_of(index + 1)}", "runner.place = None", "return"]
        if block.itstates:
            lines.insert(0, f"cpu.it = {block.itstates[index + 1]}")
        return lines

    def _last_call(self, block: Block, index: int, op: Op, done: int, indent: str) -> None:
        exception = caused_by(op)
        name = f"tail_{len(self.objects)}"
        place = Place(*self._placed(block, index))
        if isinstance(exception, GuestException):
            end, self.objects[name] = "call", calling(self._region.runner, place, exception)
        else:
            end, self.objects[name] = "tail", (place, op)
        self.ends.add(end)
        self.lines += [indent + line for line in self._ending()]
        self.lines.append(f"{indent}done += {done}; pc = {block.next}; {end} = {name}; {self._break}")

    def _placed(self, block: Block, index: int) -> tuple[int, int, int]:
        return (
            block.address_of(index),
            block.length_of(index),
            block.itstates[index] if block.itstates else 0,
        )
