"""All mutants of the shipped templates: which images render each, and in which one something kills it.

A mutant is a change to a template's line. It is looked at in one scenario after another, those that killed
it the last time first and then those that run fastest, until something kills it: in one way of running each,
and what survives that in all of them.
What survives then did so in every scenario of every board that executes it. Where one board alone is asked
about, what survives there is looked at in images of the others: only what none of them needs is redundant.
What was judged is kept as it comes, so a run that was stopped goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from math import ceil
from pathlib import Path

from hypgen.mutation.images import (
    Batch,
    Image,
    Prepared,
    judge_batch,
    keep,
    prepare,
    witness_task,
)
from hypgen.mutation.judging import EQUIVALENT, NOT_EXECUTED, SURVIVED, Result
from hypgen.mutation.mutant import Mutant
from hypgen.mutation.order import FIRST, likely, unkilled
from hypgen.mutation.store import Store
from hypgen.mutation.workers import Workers, workers

GROUP = 8
"""Images that are looked at together."""
FEWEST = 8
"""Mutants of an image that one process judges at least in a row: it runs the image unmutated before."""
_EXPLORED = " | explored"
"""What the keys of kept results end with that exploring gave."""


@dataclass(frozen=True)
class Row:
    """A mutant and what came of it. ``where`` are the images that have it, in the order in which they were
    looked at, ``likely`` how many of them are tried one by one, as one of these will kill it, and none if it
    is expected to be equivalent; ``seen_in`` is the last, which killed it if anything did. ``form`` is the
    manual's section that shows the instruction; ``explored`` whether all its outcomes were played, ``qemu``
    whether QEMU noticed it, None where it was not run."""

    mutant: Mutant
    where: tuple[str, ...]
    result: Result | None = None
    seen_in: str = ""
    form: str = ""
    explored: bool = False
    qemu: bool | None = None
    likely: int = 1


@dataclass(frozen=True)
class Campaign:
    """The rows of several images, and what is wrong with these unmutated; ``profile`` is the one by which
    findings counted."""

    boards: tuple[str, ...]
    scenarios: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: dict[str, tuple[str, ...]]
    missing: dict[str, str]
    profile: str = "default"

    def elsewhere(self, row: Row) -> bool:
        """Whether a mutant was killed in an image of a board that is not asked about."""
        killed = row.result is not None and row.result.killed
        return killed and row.seen_in.partition(" ")[0] not in self.boards


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
    others: Sequence[Image] = (),
    progress: Progress = lambda done, total, what: None,
) -> Campaign:
    """Judge every mutant of ``images`` until each is killed or has survived everywhere.

    ``state`` is a file that keeps what was judged; results of the same bytes by the same hypgen are taken
    from there unless ``fresh``. ``explored`` has every legal outcome of survivors played, ``qemu`` is a
    program in which mutants are run as well. What survives in all ``images`` is looked at in
    ``others``, which are of other boards. Raises InputError when an image cannot be made.
    """
    store = Store(state, fresh)
    with workers(jobs) as making:
        listed = {one.prepared.image: keep(one) for one in making.each(prepare, images)}
    prepared = [listed[image] for image in images]
    problems = {str(one.image): one.deviations for one in prepared if one.deviations}
    made = {str(one.image): one for one in sorted(prepared, key=_priority) if not one.missing}
    rows = _merged(made.values())
    with workers(jobs) as judging:
        ahead = _expected(made, store, rows, explored)
        for glance in (True, False):
            for group in _groups(made, rows, glance):
                batches = [*ahead, *_batches(made, group, store, rows, glance, jobs)]
                ahead = []
                progress(_decided(rows), len(rows), str(batches[0].image) if batches else "")
                problems |= _judge(batches, made, store, rows, judging, progress)
        _look_elsewhere(_known_elsewhere(others, rows), rows, store, jobs, progress)
        if explored:
            _explore_survivors(rows, made, store, judging, progress)
        _look_elsewhere(_rendered_elsewhere(others, rows), rows, store, jobs, progress)
        if qemu:
            _ask_witness(rows, made, qemu, judging, progress)
        progress(len(rows), len(rows), "")
    return Campaign(
        tuple(dict.fromkeys(Path(one.board).stem for one in images)),
        tuple(dict.fromkeys(one.image.scenario for one in made.values())),
        tuple(rows.values()),
        problems,
        {str(one.image): one.missing for one in prepared if one.missing},
        Path(images[0].profile).stem,
    )


def _judge(
    batches: Sequence[Batch],
    made: Mapping[str, Prepared],
    store: Store,
    rows: dict[str, Row],
    judging: Workers,
    progress: Progress,
) -> dict[str, tuple[str, ...]]:
    """Judge, keep and note what came of each mutant; gives what is wrong with unmutated images. Of exploring
    it is kept for later."""
    problems = {}
    for judged in judging.stream(judge_batch, batches):
        name = str(judged.image)
        if judged.explored:
            store.put(made[name].digest, f"{judged.key}{_EXPLORED}", judged.result)
            continue
        if judged.wrong:
            problems[name] = judged.wrong
        else:
            store.put(made[name].digest, judged.key, judged.result)
        _note(rows, judged.key, judged.result, name)
        progress(_decided(rows), len(rows), name)
    return problems


def _look_elsewhere(
    wanted: Mapping[Image, Sequence[str]], rows: dict[str, Row], store: Store, jobs: int, progress: Progress
) -> None:
    """Look at mutants in images of other boards, those of them that the images have."""
    if not wanted:
        return
    progress(_decided(rows), len(rows), "other boards")
    with workers(jobs) as making:
        prepared = [keep(one) for one in making.each(prepare, wanted)]
    made = {str(one.image): one for one in sorted(prepared, key=_priority) if not one.missing}
    for name, one in made.items():
        listed = {mutant.key for mutant in one.mutants}
        for key in listed.intersection(wanted[one.image]):
            rows[key] = replace(rows[key], where=(*rows[key].where, name))
    with workers(jobs) as judging:
        for name in made:
            left = {name: [key for key, row in rows.items() if _undecided(row) and name in row.where]}
            _judge(
                _batches(made, left, store, rows, glance=False, jobs=jobs),
                made,
                store,
                rows,
                judging,
                progress,
            )


def _known_elsewhere(others: Sequence[Image], rows: dict[str, Row]) -> dict[Image, list[str]]:
    """What survived, by the images of other boards whose scenarios killed it the last time."""
    left = {key: likely(row.mutant) for key, row in rows.items() if _undecided(row)}
    found = {one: [key for key, names in left.items() if one.scenario in names] for one in others}
    return {one: keys for one, keys in found.items() if keys}


def _rendered_elsewhere(others: Sequence[Image], rows: dict[str, Row]) -> dict[Image, list[str]]:
    """What survived and is not equivalent, by the images of other boards that were not looked at, of the
    scenarios that render it."""
    left = {
        key: {name.rpartition(" ")[2] for name in row.where}
        for key, row in rows.items()
        if _undecided(row) and row.result is not None and row.result.by == SURVIVED
    }
    found = {
        one: [key for key, names in left.items() if one.scenario in names and str(one) not in rows[key].where]
        for one in others
    }
    return {one: keys for one, keys in found.items() if keys}


Keys = Mapping[str, Sequence[str]]
"""The keys of mutants that are looked at, by the name of the image."""


def _groups(made: Mapping[str, Prepared], rows: dict[str, Row], glance: bool) -> Iterator[Keys]:
    """Which mutants are looked at in which images, group after group; each has those that are not decided by
    then, so that what is killed does not depend on who is quicker.

    At first a ``glance``: at each mutant in the images that will likely kill it, one by one, and then in all
    others. What survives all of them is judged in every way in which each image is verified.
    """

    def left(name: str, places: Callable[[Row], slice]) -> list[str]:
        return [key for key, row in rows.items() if _undecided(row) and name in row.where[places(row)]]

    if glance:
        for place in range(max((row.likely for row in rows.values()), default=0)):
            one = partial(_likely_at, place)
            yield {name: left(name, one) for name in made}
    names = iter(made)
    while group := tuple(islice(names, GROUP)):
        yield {name: left(name, lambda row: slice(row.likely if glance else 0, None)) for name in group}


def _expected(
    made: Mapping[str, Prepared], store: Store, rows: dict[str, Row], explored: bool
) -> list[Batch]:
    """Of what is expected to be equivalent, all that shows that it is: it is judged in every way, and
    explored, in all images that have it, at once. What takes longest comes first."""
    batches = []
    for key, row in rows.items():
        for one in (made[name] for name in row.where if not row.likely and _undecided(row)):
            known = store.get(one.digest, key)
            if known is None or known.glanced:
                batches.append((one.cost, Batch(one.image, (key,))))
            if explored and store.get(one.digest, f"{key}{_EXPLORED}") is None:
                batches.append((one.cost, Batch(one.image, (key,), explored=True)))
    return [batch for _, batch in sorted(batches, key=lambda one: -one[0])]


def _likely_at(place: int, row: Row) -> slice:
    return slice(place, min(place + 1, row.likely))


def _batches(
    made: Mapping[str, Prepared],
    group: Keys,
    store: Store,
    rows: dict[str, Row],
    glance: bool,
    jobs: int,
) -> list[Batch]:
    """What is to be judged of a group, that which takes longest first; what is known is noted at once."""
    left: dict[str, list[str]] = {}
    for name, keys in group.items():
        for key in keys:
            known = store.get(made[name].digest, key)
            if known is None or (known.glanced and not glance):
                left.setdefault(name, []).append(key)
            else:
                _note(rows, key, known, name)
    work = {name: len(keys) * made[name].cost for name, keys in left.items()}
    share = sum(work.values()) / jobs
    batches = []
    for name, keys in left.items():
        size = max(FEWEST, ceil(len(keys) / ceil(work[name] / share)))
        parts = [tuple(keys[start : start + size]) for start in range(0, len(keys), size)]
        batches += [(len(part) * made[name].cost, Batch(made[name].image, part, glance)) for part in parts]
    return [batch for _, batch in sorted(batches, key=lambda one: -one[0])]


def _priority(one: Prepared) -> tuple[bool, int]:
    """Images that are made to notice mutants come first, then those that run fastest."""
    return one.image.scenario != FIRST, one.cost


def _explore_survivors(
    rows: dict[str, Row], made: Mapping[str, Prepared], store: Store, judging: Workers, progress: Progress
) -> None:
    """Have every outcome of what survived played: in the image of each that runs fastest, and if none ends
    otherwise there, in all others that have it side by side. The first in order of those that do counts."""
    order = sorted(made, key=lambda name: made[name].cost)
    for places in (slice(1), slice(1, None)):
        asked = {
            key: [name for name in order if name in row.where][places]
            for key, row in rows.items()
            if _unexplored(row)
        }
        found = {
            (name, key): known
            for key, names in asked.items()
            for name in names
            if (known := store.get(made[name].digest, f"{key}{_EXPLORED}"))
        }
        left = [(name, key) for key, names in asked.items() for name in names if (name, key) not in found]
        left.sort(key=lambda one: -made[one[0]].cost)
        progress(_decided(rows), len(rows), "exploring")
        batches = [Batch(made[name].image, (key,), explored=True) for name, key in left]
        for judged in judging.stream(judge_batch, batches):
            name = str(judged.image)
            store.put(made[name].digest, f"{judged.key}{_EXPLORED}", judged.result)
            found[name, judged.key] = judged.result
            progress(_decided(rows), len(rows), f"{name}, exploring")
        for key, names in asked.items():
            results = [found[name, key] for name in names]
            ends = [one for one in results if one.by != EQUIVALENT] or results[-1:]
            if ends:
                rows[key] = replace(rows[key], result=ends[0], explored=True)


def _unexplored(row: Row) -> bool:
    """Whether it survived, and no outcome of it is known that ends otherwise."""
    if row.result is None or row.form:
        return False
    return row.result.by == EQUIVALENT or (row.result.by == SURVIVED and not row.explored)


def _ask_witness(
    rows: dict[str, Row], made: Mapping[str, Prepared], qemu: str, judging: Workers, progress: Progress
) -> None:
    """Run mutants in QEMU, in the image in which they were looked at last."""
    for name, one in made.items():
        tasks = [
            (one.image, key, qemu)
            for key, row in rows.items()
            if row.mutant.kind < 3 and row.seen_in == name and row.mutant.words
        ]
        progress(_decided(rows), len(rows), f"{name}, in QEMU")
        for key, noticed in judging.each(witness_task, tasks):
            rows[key] = replace(rows[key], qemu=noticed)


def _merged(made: Iterable[Prepared]) -> dict[str, Row]:
    """The rows by key, in the order of their places."""
    found: dict[str, tuple[Mutant, str, list[Image]]] = {}
    for one in made:
        for mutant in one.mutants:
            _, _, images = found.setdefault(mutant.key, (mutant, one.forms.get(mutant.place, ""), []))
            images.append(one.image)
    rows = {key: _row(*parts) for key, parts in found.items()}
    return dict(sorted(rows.items(), key=lambda item: _order(item[1].mutant)))


def _row(mutant: Mutant, form: str, images: Sequence[Image]) -> Row:
    """A row with its images in the order in which they are looked at."""
    first = [str(one) for name in likely(mutant) for one in images if one.scenario == name]
    where = tuple(dict.fromkeys((*first, *map(str, images))))
    return Row(mutant, where, form=form, likely=0 if unkilled(mutant) else max(1, len(first)))


def _order(mutant: Mutant) -> tuple[int, str, int, str]:
    location = mutant.location
    return mutant.kind, location.file if location else "", location.line if location else 0, mutant.key


def _undecided(row: Row) -> bool:
    """Whether another image may still kill it. What is there for form need not be needed."""
    return row.mutant.kind < 3 and (row.result is None or not (row.result.killed or row.form))


def _decided(rows: dict[str, Row]) -> int:
    return sum(not _undecided(row) for row in rows.values())


def _note(rows: dict[str, Row], key: str, result: Result, name: str) -> None:
    """Note what came of a mutant in an image. Of several that kill it, the first in order counts, and of
    several that do not the last."""
    row, known = rows[key], rows[key].result
    if known is not None and (result.by == NOT_EXECUTED or (known.killed and not result.killed)):
        return
    if known is not None and (known.killed, known.glanced) == (result.killed, result.glanced):
        later = row.where.index(name) > row.where.index(row.seen_in)
        if later == result.killed and known.by != NOT_EXECUTED:
            return
    noticed = result.functional or bool(known and known.functional)
    rows[key] = replace(row, result=replace(result, functional=noticed), seen_in=name)
