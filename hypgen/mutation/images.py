"""The images whose mutants are judged: made, listed and judged in whatever process is asked.

Everything here takes an :class:`Image`, a few words that every process makes the same image from, and keeps
what it made.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
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
from hypgen.verdict.profile import load_profile


@dataclass(frozen=True)
class Image:
    """Which image: that of a scenario for a board, or a file of the user's; ``profile`` says how findings
    count."""

    board: str
    scenario: str
    templates: Path | None = None
    file: Path | None = None
    profile: str = "default"

    def __str__(self) -> str:
        return f"{Path(self.board).stem} {self.scenario}"


@dataclass(frozen=True)
class Prepared:
    """An image's mutants. ``digest`` tells it from others, ``missing`` says why the board has no such image;
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
class Made:
    """An image, its mutants by their keys, and what it executes."""

    subject: Subject
    mutants: dict[str, Mutant]
    prepared: Prepared
    executed: Mapping[int, Executed]


_MADE: dict[Image, Made] = {}


def prepare(image: Image) -> Made:
    """Make an image, and list its mutants."""
    if image not in _MADE:
        _MADE[image] = _make(image)
    return _MADE[image]


def keep(made: Made) -> Prepared:
    """Keep an image that another process has made."""
    _MADE[made.prepared.image] = made
    return made.prepared


def _make(image: Image) -> Made:
    from hypgen.pipeline.building import compile_image
    from hypgen.pipeline.inputs import read_file
    from hypgen.pipeline.templates import portable
    from hypgen.plan.options import PlanOptions
    from hypgen.plan.scenarios import load_scenario
    from hypgen.render.sources import template_directories

    board = load_board(image.board)
    scenario = load_scenario(image.scenario, image.templates)
    missing = scenario.missing(board)
    if missing:
        nothing = Prepared(image, missing=missing)
        return Made(Subject(board, scenario, b"", str(image), ()), {}, nothing, {})
    plan, marks = None, Marks()
    profile = load_profile(image.profile)
    if image.file is not None:
        subject = Subject(board, scenario, read_file(image.file), str(image), (), profile)
    else:
        options = PlanOptions(scenario=scenario.name)
        made = compile_image(board, templates=image.templates, options=options, embed=False)
        # Places are named as in outputs: what was judged holds wherever hypgen is called.
        known = portable(template_directories(made.plan, image.templates))
        lines = tuple((address, known(place)) for address, place in made.image.lines)
        sources = [replace(one, line_map=tuple(map(known, one.line_map))) for one in made.sources]
        subject = Subject(board, scenario, made.elf, str(image), lines, profile)
        plan, marks = made.plan, marks_of(sources)
    code, writes, instructions = reached(subject)
    constants = {one.name: one.value for one in plan.named_constants} if plan else {}
    listed = _by_key(_mutants(subject, code, plan, marks, writes))
    prepared = Prepared(
        image,
        _digest(subject),
        instructions,
        tuple(listed.values()),
        (*(deviations(constants, writes) if plan else ()), *marks.surplus()),
        forms=marks.form,
    )
    return Made(subject, listed, prepared, code)


def _digest(subject: Subject) -> str:
    """What tells what is judged from anything else: the image, the board, what the scenario asks for and how
    findings count. The same bytes under another entry contract are another question."""
    scenario = json.dumps(asdict(subject.scenario), sort_keys=True, default=sorted)
    asked = (subject.board.model_dump_json(), scenario, subject.profile.digest)
    return hashlib.sha256(subject.elf + "".join(asked).encode()).hexdigest()


def _by_key(mutants: Iterable[Mutant]) -> dict[str, Mutant]:
    """Mutants by their keys. Of class 1 each place of a function is its own; what else has one key, as the
    code of a second image has, is looked at in the last that has it."""
    found: dict[str, Mutant] = {}
    copies: Counter[tuple[str, str]] = Counter()
    for one in mutants:
        function = one.key, one.symbol.partition("+")[0]
        place = replace(one, copy=copies[function]) if one.kind == 1 else one
        copies[function] += 1
        found[place.key] = place
    return found


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


class Batch(NamedTuple):
    """Mutants to be looked at in an image, by their keys; ``glance`` says whether one way of running the
    image is enough for now, ``explored`` that every legal outcome is to be played."""

    image: Image
    keys: tuple[str, ...]
    glance: bool = False
    explored: bool = False


class Judged(NamedTuple):
    """What came of a mutant in an image, or what exploring it shows; ``wrong`` is what is wrong with the
    unmutated image."""

    image: Image
    key: str
    result: Result
    wrong: tuple[str, ...] = ()
    explored: bool = False


def judge_batch(batch: Batch) -> Iterator[Judged]:
    """What comes of each mutant of a batch. A process keeps the machines of the image that it had last."""
    judge, mutants = _judge_of(batch.image, batch.keys), prepare(batch.image).mutants
    if batch.explored:  # which counts for what survives in an image that is clean
        for key in batch.keys:
            yield Judged(batch.image, key, judge.explore(mutants[key]), explored=True)
        return
    problems = judge.problems()
    for key in batch.keys:
        if problems:
            yield Judged(batch.image, key, Result(NOT_EXECUTED), problems)
        else:
            yield Judged(batch.image, key, (judge.glance if batch.glance else judge.judge)(mutants[key]))


def _judge_of(image: Image, keys: tuple[str, ...]) -> Judge:
    """What judges mutants of an image. Only states before what some of them change are kept."""
    if (image, keys) not in _JUDGES:
        _JUDGES.clear()
        made = prepare(image)
        mutants = [made.mutants[key] for key in keys]
        wanted = {one.site for one in mutants}
        sites = {site: one.places for site, one in made.executed.items() if site in wanted}
        _JUDGES[image, keys] = Judge(
            made.subject, sites, wanted - {one.site for one in mutants if one.in_place}
        )
    return _JUDGES[image, keys]


@cache
def _witness_of(image: Image, program: str) -> Witness:
    return Witness(program, prepare(image).subject)


def witness_task(task: tuple[Image, str, str]) -> tuple[str, bool | None]:
    """Whether QEMU notices a mutant, by its key."""
    image, key, program = task
    return key, _witness_of(image, program).notices(prepare(image).mutants[key])
