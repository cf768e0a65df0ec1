"""All mutants of the shipped templates: which images render each, and in which one something kills it.

A mutant is a change to a template's line. It is looked at in one scenario after another, those that run
fastest first, until something kills it: in one way of running each, and what survives that in all of them.
What survives then did so in every scenario of every board that executes it. What was judged is kept as it
comes, so a run that was stopped goes on from there.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from hypgen.mutation.images import Image, Prepared, Task, explore_task, judge_task, prepare, witness_task
from hypgen.mutation.judging import EQUIVALENT, NOT_EXECUTED, SURVIVED, Result
from hypgen.mutation.mutant import Mutant
from hypgen.mutation.store import Store


@dataclass(frozen=True)
class Row:
    """A mutant and what came of it. ``where`` are the images that have it, in the order in which they were
    looked at; ``seen_in`` is the last, which killed it if anything did. ``form`` is the manual's section
    that shows the instruction; ``explored`` whether all its outcomes were played, ``qemu`` whether QEMU
    noticed it, None where it was not run."""

    mutant: Mutant
    where: tuple[str, ...]
    result: Result | None = None
    seen_in: str = ""
    form: str = ""
    explored: bool = False
    qemu: bool | None = None


@dataclass(frozen=True)
class Campaign:
    """The rows of several images, and what is wrong with these unmutated."""

    boards: tuple[str, ...]
    scenarios: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: dict[str, tuple[str, ...]]
    missing: dict[str, str]


Each = Callable[..., Iterator[Any]]
"""Something like map, which gives results as they come."""
Progress = Callable[[int, int, str], None]
"""Told how many mutants are decided, of how many, and in which image the next are looked at."""


def run_campaign(
    images: Sequence[Image],
    state: Path,
    *,
    jobs: int = 1,
    fresh: bool = False,
    explored: bool = False,
    qemu: str = "",
    progress: Progress = lambda done, total, what: None,
) -> Campaign:
    """Judge every mutant of ``images`` until each is killed or has survived everywhere.

    ``state`` is a file that keeps what was judged; results of the same bytes by the same hypgen are taken
    from there unless ``fresh``. ``explored`` has every legal outcome of survivors played, ``qemu`` is a
    program in which mutants are run as well. Raises InputError when an image cannot be made.
    """
    store = Store(state, fresh)
    with _workers(jobs) as each:
        prepared = list(each(prepare, images))
        problems = {str(one.image): one.deviations for one in prepared if one.deviations}
        made = sorted((one for one in prepared if not one.missing), key=_priority)
        rows = _merged(made)
        for glance in (True, False):
            for one in made:
                name = str(one.image)
                progress(_decided(rows), len(rows), name)
                for key, result, wrong in _look(one, rows, store, each, glance):
                    if wrong:
                        problems[name] = wrong
                    _note(rows, key, result, name)
                    progress(_decided(rows), len(rows), name)
        if explored:
            _explore_survivors(rows, {str(one.image): one for one in made}, each, progress)
        if qemu:
            _ask_witness(rows, {str(one.image): one for one in made}, qemu, each, progress)
        progress(len(rows), len(rows), "")
    return Campaign(
        tuple(dict.fromkeys(Path(one.board).stem for one in images)),
        tuple(dict.fromkeys(one.image.scenario for one in made)),
        tuple(rows.values()),
        problems,
        {str(one.image): one.missing for one in prepared if one.missing},
    )


def _look(
    one: Prepared, rows: dict[str, Row], store: Store, each: Each, glance: bool
) -> Iterator[tuple[str, Result, tuple[str, ...]]]:
    """Look at an image's mutants that are not decided, and keep what comes of them.

    At first a ``glance`` in each image, which kills nearly all that can be killed; what survives all of them
    is judged in every way in which each image is verified.
    """
    left = []
    for mutant in one.mutants:
        if not _undecided(rows[mutant.key]):
            continue
        known = store.get(one.digest, mutant.key)
        if known is None or (known.glanced and not glance):
            left.append(mutant.key)
        else:
            yield mutant.key, known, ()
    for key, result, wrong in each(judge_task, [Task(one.image, key, tuple(left), glance) for key in left]):
        if not wrong:
            store.put(one.digest, key, result)
        yield key, result, wrong


def _priority(one: Prepared) -> tuple[bool, int]:
    """Images that are made to notice mutants come first, then those that run fastest."""
    return one.image.scenario != "uses", one.cost


def _explore_survivors(
    rows: dict[str, Row], made: dict[str, Prepared], each: Each, progress: Progress
) -> None:
    """Have every outcome of what survived played, in each image that has it, until one ends otherwise."""
    for name, one in made.items():
        keys = tuple(key for key, row in rows.items() if name in row.where and _unexplored(row))
        progress(_decided(rows), len(rows), f"{name}, exploring")
        for key, result in each(explore_task, [Task(one.image, key, keys) for key in keys]):
            rows[key] = replace(rows[key], result=result, explored=True)


def _unexplored(row: Row) -> bool:
    """Whether it survived, and no outcome of it is known that ends otherwise."""
    if row.result is None or row.form:
        return False
    return row.result.by == EQUIVALENT or (row.result.by == SURVIVED and not row.explored)


def _ask_witness(
    rows: dict[str, Row], made: dict[str, Prepared], qemu: str, each: Each, progress: Progress
) -> None:
    """Run mutants in QEMU, in the image in which they were looked at last."""
    for name, one in made.items():
        tasks = [
            (one.image, key, qemu)
            for key, row in rows.items()
            if row.mutant.kind < 3 and row.seen_in == name and row.mutant.words
        ]
        progress(_decided(rows), len(rows), f"{name}, in QEMU")
        for key, noticed in each(witness_task, tasks):
            rows[key] = replace(rows[key], qemu=noticed)


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


# -- processes ---------------------------------------------------------------------------------------------
@contextmanager
def _workers(jobs: int) -> Iterator[Each]:
    """Something like map, in ``jobs`` processes, which gives results as they come."""
    if jobs == 1:
        yield map
        return
    with get_context().Pool(jobs, initializer=_ignore_interrupts) as pool:
        yield pool.imap_unordered


def _ignore_interrupts() -> None:
    """The parent is interrupted as well, and ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
