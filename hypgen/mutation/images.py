"""The images whose mutants are judged: made, listed and judged in whatever process is asked.

Everything here takes an :class:`Image`, a few words that every process makes the same image from, and keeps
what it made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hypgen.board.load import load_board
from hypgen.mutation.barriers import barrier_mutants
from hypgen.mutation.bench import Executed, Subject, reached
from hypgen.mutation.code import code_of
from hypgen.mutation.controls import control_mutants
from hypgen.mutation.descriptors import HARDENING, descriptor_mutants
from hypgen.mutation.form import Marks, marks_of
from hypgen.mutation.intent import deviations
from hypgen.mutation.judging import NOT_EXECUTED, Judge, Result
from hypgen.mutation.mutant import Mutant, Written
from hypgen.mutation.witness import Witness
from hypgen.plan.image import ImagePlan


@dataclass(frozen=True)
class Image:
    """Which image: that of a scenario for a board, or a file of the user's."""

    board: str
    scenario: str
    templates: Path | None = None
    file: Path | None = None

    def __str__(self) -> str:
        return f"{Path(self.board).stem} {self.scenario}"


@dataclass(frozen=True)
class Prepared:
    """An image's mutants. ``digest`` is of its bytes, ``missing`` says why the board has no such image;
    ``cost`` is the number of instructions of a run; ``deviations`` are intent checks that fail."""

    image: Image
    digest: str = ""
    cost: int = 0
    mutants: tuple[Mutant, ...] = ()
    deviations: tuple[str, ...] = ()
    missing: str = ""
    forms: dict[str, str] = field(default_factory=dict)
    """The manual's section by the place of each line that is there for form."""


@dataclass(frozen=True)
class _Made:
    subject: Subject
    mutants: dict[str, Mutant]
    prepared: Prepared
    executed: Mapping[int, Executed]


def prepare(image: Image) -> Prepared:
    """Make an image, and list its mutants."""
    return _make(image).prepared


@cache
def _make(image: Image) -> _Made:
    """Make an image and list its mutants."""
    from hypgen.pipeline.building import compile_image
    from hypgen.pipeline.inputs import read_file
    from hypgen.plan.options import PlanOptions
    from hypgen.plan.scenarios import load_scenario

    board = load_board(image.board)
    scenario = load_scenario(image.scenario, image.templates)
    missing = scenario.missing(board)
    if missing:
        nothing = Prepared(image, missing=missing)
        return _Made(Subject(board, scenario, b"", str(image), ()), {}, nothing, {})
    plan, marks = None, Marks()
    if image.file is not None:
        subject = Subject(board, scenario, read_file(image.file), str(image), ())
    else:
        options = PlanOptions(scenario=scenario.name)
        made = compile_image(board, templates=image.templates, options=options, embed=False)
        subject = Subject(board, scenario, made.elf, str(image), tuple(made.image.lines))
        plan, marks = made.plan, marks_of(made.sources)
    code, writes, instructions = reached(subject)
    constants = {one.name: one.value for one in plan.named_constants} if plan else {}
    listed = {one.key: one for one in _mutants(subject, code, plan, marks, writes)}
    prepared = Prepared(
        image,
        hashlib.sha256(subject.elf).hexdigest(),
        instructions,
        tuple(listed.values()),
        (*(deviations(constants, writes) if plan else ()), *marks.surplus()),
        forms=marks.form,
    )
    return _Made(subject, listed, prepared, code)


def _mutants(
    subject: Subject,
    executed: dict[int, Executed],
    plan: ImagePlan | None,
    marks: Marks,
    writes: Iterable[Written],
) -> Iterator[Mutant]:
    """Every mutant of an image; without its plan, those of descriptors are left out."""
    code = code_of(subject.image, executed)
    for one in barrier_mutants(code):
        if one.place not in marks.probes:
            yield one
    constants = {one.name: one.value for one in plan.named_constants} if plan else {}
    yield from control_mutants(code, constants, {one.address: one.value for one in writes})
    if plan is None or subject.image.big_endian:
        return
    first = next((one for one in code if subject.image.symbolize(one.address) == "hyp_init"), None)
    if first is None:
        return
    yield from descriptor_mutants(subject.image, first.address, "hyp_tables", plan.tables)
    if plan.boot_tables is not None:
        yield from descriptor_mutants(
            subject.image, first.address, "hyp_boot_tables", plan.boot_tables, HARDENING
        )


_JUDGES: dict[tuple[Image, tuple[str, ...]], Judge] = {}


class Task(NamedTuple):
    """A mutant to be looked at in an image, by its key; ``all_keys`` are those that will be, ``glance`` says
    whether one way of running the image is enough for now."""

    image: Image
    key: str
    all_keys: tuple[str, ...]
    glance: bool = False


def judge_task(task: Task) -> tuple[str, Result, tuple[str, ...]]:
    """What comes of a mutant in an image, by the mutant's key, and what is wrong with the unmutated image.

    A process keeps the machines of the image that it had last.
    """
    judge, mutant = _judge_of(task.image, task.all_keys), _make(task.image).mutants[task.key]
    problems = judge.problems()
    if problems:
        return task.key, Result(NOT_EXECUTED), problems
    return task.key, judge.glance(mutant) if task.glance else judge.judge(mutant), ()


def _judge_of(image: Image, keys: tuple[str, ...]) -> Judge:
    """What judges mutants of an image. Only states before what some of them change are kept."""
    if (image, keys) not in _JUDGES:
        _JUDGES.clear()
        made = _make(image)
        wanted = {made.mutants[key].site for key in keys}
        sites = {site: one.places for site, one in made.executed.items() if site in wanted}
        _JUDGES[image, keys] = Judge(made.subject, sites)
    return _JUDGES[image, keys]


def explore_task(task: Task) -> tuple[str, Result]:
    """What exploring a mutant that survived shows, by its key."""
    judge = _judge_of(task.image, task.all_keys)
    return task.key, judge.explore(_make(task.image).mutants[task.key])


@cache
def _witness_of(image: Image, program: str) -> Witness:
    return Witness(program, _make(image).subject)


def witness_task(task: tuple[Image, str, str]) -> tuple[str, bool | None]:
    """Whether QEMU notices a mutant, by its key."""
    image, key, program = task
    return key, _witness_of(image, program).notices(_make(image).mutants[key])
