"""Random programs beside a model of their own: one line of memory, one data cache, mappings that differ.

The model follows DDI 0406C A3.5.7 and B2.2.9 with sets, without knowing how the rules do. A world is what
memory holds, what the cache holds, and which accesses and operations have not been performed yet. The cache
evicts, cleans and, through a cacheable mapping, allocates by itself. Operations by address are performed in
program order with accesses through the cache, and in any order with others, until a DMB or DSB. A load that
may see anything but what program order gives is a hazard.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pytest

from tests.litmus.litmus import DATA, Case, Rig, prepared
from tests.litmus.models import Model, play_hazards, report_hazards

ON, OFF = 0x30C5_187D, 0x30C5_1879
"""HSCTLR with M, C and I, and without C."""
VIEWS = {"cached": "r0", "uncached": "r3"}
"""How a word is accessed, and the register that holds the address."""
OPERATIONS = {"DCCMVAC": (True, False), "DCIMVAC": (False, True), "DCCIMVAC": (True, True), "DCCMVAU": None}
"""Whether an operation cleans, and whether it invalidates, to the Point of Coherency."""
DRAWN = (
    *("store cached", "store cached", "store uncached", "store uncached"),
    *("load cached", "load cached", "load uncached", "load uncached"),
    *OPERATIONS,
    *("DCCMVAC", "DCCIMVAC", "DCIMVAC"),
    *("dsb", "dsb", "dmb", "dsb ishst", "isb", "C off", "C on"),
)
Content = tuple[int, int]
Step = tuple[str, int]
"""What is done, and to which of the two words."""
FIRST: Content = (0x11, 0x22)


class Store(NamedTuple):
    """A store past the cache."""

    word: int
    value: int


class Clean(NamedTuple):
    """What an operation that was performed has sent to memory."""

    content: Content


class World(NamedTuple):
    """One possibility; ``waiting`` has not been performed yet, in program order: operations by name."""

    memory: Content
    line: Content | None = None
    dirty: bool = False
    waiting: tuple[Store | Clean | str, ...] = ()

    def waits(self, kind: type) -> bool:
        """Whether one of a kind waits."""
        return any(isinstance(one, kind) for one in self.waiting)


def patched(content: Content, word: int, value: int) -> Content:
    """The content with one word replaced."""
    return (value, content[1]) if word == 0 else (content[0], value)


def performed(world: World, what: Store | Clean | str) -> Iterator[World]:
    """What comes of one that was waiting."""
    if isinstance(what, Store):
        yield world._replace(memory=patched(world.memory, *what))
    elif isinstance(what, Clean):
        yield world._replace(memory=what.content)
    elif OPERATIONS[what] is None or world.line is None:
        yield world
    else:
        clean, invalidate = OPERATIONS[what]
        kept = None if invalidate else world.line
        after = world._replace(line=kept, dirty=False)
        if not (clean and world.dirty):
            yield after
        if world.dirty:  # DCIMVAC may clean, or not
            yield after._replace(waiting=(*world.waiting, Clean(world.line)))


def by_itself(world: World, allocates: bool) -> Iterator[World]:
    """What may happen next, without an instruction."""
    if world.line is not None:
        if not world.dirty:
            yield world._replace(line=None)
        elif not world.waits(Clean):
            yield world._replace(memory=world.line, dirty=False)
    elif allocates and not world.waits(Clean):
        yield world._replace(line=world.memory)
    kinds = set()
    for index, what in enumerate(world.waiting):
        if type(what) not in kinds:  # those of a kind in order, and none in order with another kind's
            kinds.add(type(what))
            rest = world.waiting[:index] + world.waiting[index + 1 :]
            yield from performed(world._replace(waiting=rest), what)


class Memory:
    """All worlds that are possible."""

    def __init__(self) -> None:
        self.now = FIRST
        self.cached = True
        self.worlds = {World(FIRST)}
        self.settle()

    def settle(self) -> None:
        """Add what may happen without an instruction."""
        todo = list(self.worlds)
        while todo:
            for one in by_itself(todo.pop(), self.cached):
                if one not in self.worlds:
                    self.worlds.add(one)
                    todo.append(one)

    def perform(self, what: str, word: int, value: int) -> bool:
        """An instruction; whether it meets a hazard."""
        hazard = False
        kind, _, view = what.partition(" ")
        through = self.cached and view == "cached"
        if kind in ("store", "load") and through:
            self.keep(lambda one: not one.waits(str))
        if kind == "store":
            self.now = patched(self.now, word, value)
            self.worlds = {self.stored(one, word, value, through) for one in self.worlds}
        elif kind == "load":
            hazard = {self.seen(one, through)[word] for one in self.worlds} != {self.now[word]}
        elif what in OPERATIONS:
            self.worlds = {one._replace(waiting=(*one.waiting, what)) for one in self.worlds}
        elif what in ("dsb", "dmb"):
            self.keep(lambda one: not one.waiting)
        elif what == "dsb ishst":
            self.keep(lambda one: not one.waits(Store))
        elif kind == "C":
            self.keep(lambda one: not one.waits(Store))
            self.cached = view == "on"
        self.settle()
        return hazard

    def keep(self, possible: Callable[[World], bool]) -> None:
        """Go on with the worlds in which something has been performed."""
        self.worlds = {one for one in self.worlds if possible(one)}

    @staticmethod
    def stored(one: World, word: int, value: int, through: bool) -> World:
        """A world after a store."""
        if not through:
            return one._replace(waiting=(*one.waiting, Store(word, value)))
        return one._replace(line=patched(Memory.seen(one, True), word, value), dirty=True)

    @staticmethod
    def seen(one: World, through: bool) -> Content:
        """What a load sees: of what is on its way to memory a load past the cache sees the stores of its
        own kind, and one through it what was cleaned."""
        if through and one.line is not None:
            return one.line
        content = one.memory
        for what in one.waiting:
            if isinstance(what, Clean) and through:
                content = what.content
            elif isinstance(what, Store) and not through:
                content = patched(content, *what)
        return content


def drawn(seed: int) -> tuple[list[Step], list[int]]:
    """A program, and the places of the loads in it that meet a hazard."""
    choose = random.Random(seed)
    memory, steps, hazards = Memory(), list[Step](), list[int]()
    for number in range(choose.randint(3, 10)):
        what, word = choose.choice(DRAWN), int(choose.random() < 0.4)
        steps.append((what, word))
        if memory.perform(what, word, 0x40 + number):
            hazards.append(number)
    return steps, hazards


def case(steps: Sequence[Step]) -> Case:
    """The litmus test of a program."""
    lines = ["ldr r0, =DATA", "ldr r3, =DATA_NC", f"ldr r7, ={ON:#x}", f"ldr r8, ={OFF:#x}"]
    for number, (what, word) in enumerate(steps):
        kind, _, view = what.partition(" ")
        at = f"[{VIEWS.get(view)}, #{4 * word}]"
        if kind == "store":
            lines += [f"mov r1, #{0x40 + number:#x}", f"str r1, {at}"]
        elif kind == "load":
            lines.append(f"ldr r4, {at}")
        elif kind == "C":
            lines += [f"set HSCTLR, {'r7' if view == 'on' else 'r8'}", "isb"]
        else:
            lines.append(f"{what} r0" if what in OPERATIONS else what)
    return Case("model", "drawn", "\n".join(lines), [], "", mmu=True)


def with_words(one: Case) -> Rig:
    """The machine of a case, with the words of the line that are there at first."""
    rig = prepared(one)
    rig.words(DATA, FIRST)
    return rig


MODEL = Model(drawn, case, with_words)


@pytest.mark.slow
@pytest.mark.parametrize("start", [0, 150])
def test_the_rules_report_the_programs_in_which_a_load_has_a_hazard(start: int):
    assert 10 < report_hazards(MODEL, range(start, start + 150)) < 140


@pytest.mark.slow
@pytest.mark.parametrize("start", [1000, 1040])
def test_an_outcome_ends_otherwise_where_a_load_has_a_hazard(start: int):
    play_hazards(MODEL, range(start, start + 40))
