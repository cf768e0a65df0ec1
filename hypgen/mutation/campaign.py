"""All mutants of the shipped templates: which images render each, and in which one something kills it.

A mutant is a change to a template's line. It is looked at in one scenario after another, those that run
fastest first, until something kills it; what survives did so in every scenario of every board that
executes it. What was judged is kept as it comes, so a run that was stopped goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import hypgen
from hypgen.board.load import load_board
from hypgen.mutation.barriers import barrier_mutants
from hypgen.mutation.bench import Executed, Subject, reached
from hypgen.mutation.code import code_of
from hypgen.mutation.controls import control_mutants
from hypgen.mutation.descriptors import descriptor_mutants
from hypgen.mutation.form import Marks, marks_of
from hypgen.mutation.intent import deviations
from hypgen.mutation.judging import NOT_EXECUTED, Judge, Result
from hypgen.mutation.mutant import Mutant, Written
from hypgen.plan.image import ImagePlan

FORMAT = "hypgen-mutation-2"


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
    ``cost`` grows with the time of a run; ``deviations`` are intent checks that fail."""

    image: Image
    digest: str = ""
    cost: float = 0
    mutants: tuple[Mutant, ...] = ()
    deviations: tuple[str, ...] = ()
    missing: str = ""
    forms: dict[str, str] = field(default_factory=dict)
    """The manual's section by the place of each line that is there for form."""


@dataclass(frozen=True)
class Row:
    """A mutant and what came of it. ``where`` are the images that have it, in the order in which they were
    looked at; ``seen_in`` is the last, which killed it if anything did. ``form`` is the manual's section
    that shows the instruction."""

    mutant: Mutant
    where: tuple[str, ...]
    result: Result | None = None
    seen_in: str = ""
    form: str = ""


@dataclass(frozen=True)
class Campaign:
    """The rows of several images, and what is wrong with these unmutated."""

    boards: tuple[str, ...]
    scenarios: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: dict[str, tuple[str, ...]]
    missing: dict[str, str]


Progress = Callable[[int, int, str], None]
"""Told how many mutants are decided, of how many, and in which image the next are looked at."""


def run_campaign(
    images: Sequence[Image],
    state: Path,
    *,
    jobs: int = 1,
    fresh: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> Campaign:
    """Judge every mutant of ``images`` until each is killed or has survived everywhere.

    ``state`` is a file that keeps what was judged; results of the same bytes by the same hypgen are taken
    from there unless ``fresh``. Raises InputError when an image cannot be made.
    """
    store = _Store(state, fresh)
    with _workers(jobs) as each:
        prepared = list(each(_prepare, images))
        problems = {str(one.image): one.deviations for one in prepared if one.deviations}
        made = sorted((one for one in prepared if not one.missing), key=_priority)
        rows = _merged(made)
        for one in made:
            name = str(one.image)
            tasks = []
            for mutant in one.mutants:
                if not _undecided(rows[mutant.key]):
                    continue
                known = store.get(one.digest, mutant.key)
                if known is None:
                    tasks.append((one.image, mutant.key))
                else:
                    _note(rows, mutant.key, known, name)
            progress(_decided(rows), len(rows), name)
            for key, result, wrong in each(_judge, tasks):
                if wrong:
                    problems[name] = wrong
                else:
                    store.put(one.digest, key, result)
                _note(rows, key, result, name)
                progress(_decided(rows), len(rows), name)
        progress(len(rows), len(rows), "")
    return Campaign(
        tuple(dict.fromkeys(Path(one.board).stem for one in images)),
        tuple(dict.fromkeys(one.image.scenario for one in made)),
        tuple(rows.values()),
        problems,
        {str(one.image): one.missing for one in prepared if one.missing},
    )


def _priority(one: Prepared) -> tuple[bool, float]:
    """Images that are made to notice mutants come first, then those that run fastest."""
    return one.image.scenario != "uses", one.cost


def _merged(made: Sequence[Prepared]) -> dict[str, Row]:
    """The rows by key, in the order of their places."""
    found: dict[str, Row] = {}
    for one in made:
        for mutant in one.mutants:
            row = found.get(mutant.key, Row(mutant, (), form=one.forms.get(mutant.place, "")))
            found[mutant.key] = replace(row, where=(*row.where, str(one.image)))
    return dict(sorted(found.items(), key=lambda item: _order(item[1].mutant)))


def _order(mutant: Mutant) -> tuple[int, str, int, str]:
    location = mutant.location
    return mutant.kind, location.file if location else "", location.line if location else 0, mutant.key


def _undecided(row: Row) -> bool:
    """Whether another image may still kill it. What is there for form need not be needed."""
    return row.mutant.kind < 3 and (row.result is None or not (row.result.killed or row.form))


def _decided(rows: dict[str, Row]) -> int:
    return sum(not _undecided(row) for row in rows.values())


def _note(rows: dict[str, Row], key: str, result: Result, name: str) -> None:
    row = rows[key]
    if result.by != NOT_EXECUTED or row.result is None:
        noticed = result.functional or bool(row.result and row.result.functional)
        rows[key] = replace(row, result=replace(result, functional=noticed), seen_in=name)


# -- in the processes that judge -------------------------------------------------------------------------
@contextmanager
def _workers(jobs: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """Something like map, in ``jobs`` processes, which gives results as they come."""
    if jobs == 1:
        yield map
        return
    with get_context().Pool(jobs, initializer=_ignore_interrupts) as pool:
        yield pool.imap_unordered


def _ignore_interrupts() -> None:
    """The parent is interrupted as well, and ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass(frozen=True)
class _Made:
    subject: Subject
    mutants: dict[str, Mutant]
    prepared: Prepared


def _prepare(image: Image) -> Prepared:
    return _make(image).prepared


@cache
def _make(image: Image) -> _Made:
    """Make an image and list its mutants."""
    from hypgen.pipeline.building import compile_image
    from hypgen.pipeline.verifying import read_file
    from hypgen.plan.options import PlanOptions
    from hypgen.plan.scenarios import load_scenario

    board = load_board(image.board)
    scenario = load_scenario(image.scenario, image.templates)
    missing = scenario.missing(board)
    if missing:
        nothing = Prepared(image, missing=missing)
        return _Made(Subject(board, scenario, b"", str(image), ()), {}, nothing)
    plan, marks = None, Marks()
    if image.file is not None:
        subject = Subject(board, scenario, read_file(image.file), str(image), ())
    else:
        options = PlanOptions(scenario=scenario.name)
        made = compile_image(board, templates=image.templates, options=options, embed=False)
        subject = Subject(board, scenario, made.elf, str(image), tuple(made.image.lines))
        plan, marks = made.plan, marks_of(made.sources)
    code, writes = reached(subject)
    constants = {one.name: one.value for one in plan.named_constants} if plan else {}
    listed = {one.key: one for one in _mutants(subject, code, plan, marks, writes)}
    prepared = Prepared(
        image,
        hashlib.sha256(subject.elf).hexdigest(),
        sum(len(one.places) for one in code.values()),
        tuple(listed.values()),
        tuple(deviations(constants, writes)) if plan else (),
        forms=marks.form,
    )
    return _Made(subject, listed, prepared)


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
        yield from descriptor_mutants(subject.image, first.address, "hyp_boot_tables", plan.boot_tables)


_JUDGES: dict[Image, Judge] = {}


def _judge(task: tuple[Image, str]) -> tuple[str, Result, tuple[str, ...]]:
    """What comes of a mutant in an image, by the mutant's key, and what is wrong with the unmutated image.

    A process keeps the machines of the image that it had last.
    """
    image, key = task
    made = _make(image)
    if image not in _JUDGES:
        _JUDGES.clear()
        executed, _ = reached(made.subject)
        sites = {one.site: executed[one.site].places for one in made.mutants.values() if one.site in executed}
        _JUDGES[image] = Judge(made.subject, sites)
    judge = _JUDGES[image]
    problems = judge.problems()
    return key, Result(NOT_EXECUTED) if problems else judge.judge(made.mutants[key]), problems


# -- keeping results ---------------------------------------------------------------------------------------
class _Store:
    """Results in a file, a line each, written as they come."""

    def __init__(self, path: Path, fresh: bool) -> None:
        self._path = path
        self._known: dict[tuple[str, str], Result] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        tool = tool_digest()
        if not fresh and path.is_file():
            for line in path.read_text("utf-8", "replace").splitlines():
                self._read(line, tool)
        lines = [self._line(tool, *key, result) for key, result in self._known.items()]
        beside = path.with_name(f"{path.name}.new")
        beside.write_text("".join(lines), "utf-8")
        beside.replace(path)
        self._tool = tool

    def get(self, digest: str, key: str) -> Result | None:
        """What came of a mutant of an image before."""
        return self._known.get((digest, key))

    def put(self, digest: str, key: str, result: Result) -> None:
        """Keep what came of it."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(self._line(self._tool, digest, key, result))

    def _read(self, line: str, tool: str) -> None:
        try:
            one = json.loads(line)
            if (one["format"], one["hypgen"]) == (FORMAT, tool):
                result = Result(one["by"], tuple(one["names"]), one["functional"])
                self._known[one["image"], one["mutant"]] = result
        except (ValueError, KeyError, TypeError):
            return  # the line that was being written when the run was stopped

    @staticmethod
    def _line(tool: str, digest: str, key: str, result: Result) -> str:
        data = {"format": FORMAT, "hypgen": tool, "image": digest, "mutant": key, **asdict(result)}
        return json.dumps(data) + "\n"


@cache
def tool_digest() -> str:
    """What tells one hypgen from another: a changed rule may change every result."""
    digest = hashlib.sha256()
    root = Path(hypgen.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
