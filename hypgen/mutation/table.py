"""Judging mutants, in several processes, and the table of what came of them.

A mutant is killed by a rule (an error that the unmutated image does not have), or by a check of the
scenario that fails; else it survived. The functional run of each stands beside it: whether it ends
otherwise than that of the unmutated image, which is all that a functional emulator could notice.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypgen.board.load import load_board
from hypgen.errors import Location, Severity
from hypgen.machine.loader import read_image
from hypgen.machine.machine import Machine
from hypgen.mutation.mutants import Mutant, executed, mutants, patched
from hypgen.plan.scenarios import load_scenario
from hypgen.verdict.check import Outcome
from hypgen.verdict.observation import declared_scenario
from hypgen.verdict.verdict import judge_image

FORMAT = "hypgen-mutation-1"
LIMIT = 400_000
"""Instructions of one run."""
_JUDGES = frozenset({"strict", "unknown"})


@dataclass(frozen=True)
class Result:
    """What came of a mutant: ``by`` is ``rule``, ``check`` or ``survived``, ``names`` are theirs."""

    key: str
    change: str
    instruction: str
    symbol: str
    location: str
    by: str
    names: tuple[str, ...]
    functional: bool


@dataclass(frozen=True)
class Table:
    """The results of one image."""

    board: str
    scenario: str
    results: Sequence[Result]

    @property
    def survived(self) -> list[Result]:
        """Those that nothing killed."""
        return [one for one in self.results if one.by == "survived"]

    @property
    def score(self) -> float:
        """Killed mutants, as a part of all."""
        return 1 - len(self.survived) / len(self.results) if self.results else 1.0


def build_table(
    board: str,
    elf: bytes,
    name: str,
    jobs: int,
    state: Path,
    *,
    fresh: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
    lines: Sequence[tuple[int, Location]] = (),
) -> Table:
    """Judge every mutant of ``elf``. Results are kept in ``state``, and taken from there if of this image."""
    image = read_image(elf, name, lines)
    described = load_board(board)
    reached, _ = executed(load_scenario(declared_scenario(elf, name), None).on(described), image, LIMIT)
    every = list(mutants(image, reached))
    known = {} if fresh else _read(state, elf)
    todo = [one for one in every if one.key not in known]
    done = len(every) - len(todo)
    progress(done, len(every))
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        running = {pool.submit(_judge, board, elf, name, one): one for one in todo}
        for future in as_completed(running):
            result = future.result()
            known[result.key] = result
            _write(state, elf, known)
            done += 1
            progress(done, len(every))
    results = [known[one.key] for one in every]
    return Table(described.name, declared_scenario(elf, name), results)


def _judge(board: str, elf: bytes, name: str, mutant: Mutant) -> Result:
    described = load_board(board)
    image = read_image(elf, name)
    changed = patched(elf, image, mutant)
    verdict = judge_image(described, changed, name)
    rules = tuple(dict.fromkeys(one.rule for one in verdict.findings if one.severity is Severity.ERROR))
    checks = tuple(
        one.name for one in verdict.checks if one.outcome is Outcome.FAIL and one.name not in _JUDGES
    )
    unknown = tuple(
        one.name for one in verdict.checks if one.outcome is Outcome.FAIL and one.name == "unknown"
    )
    by, names = (
        ("rule", rules) if rules else ("check", checks or unknown) if checks or unknown else ("survived", ())
    )
    return Result(
        mutant.key,
        mutant.change,
        mutant.instruction,
        mutant.symbol,
        str(mutant.location or ""),
        by,
        names,
        _ends(board, changed, name) != _ends(board, elf, name),
    )


@cache
def _ends(board: str, elf: bytes, name: str) -> tuple[object, ...]:
    """How a functional run ends: the stop, the exceptions, the console."""
    described = load_scenario(declared_scenario(elf, name), None).on(load_board(board))
    machine = Machine(described, mode="functional")
    machine.start(read_image(elf, name))
    result = machine.run(limit=LIMIT)
    taken = tuple((one.cpu, one.slot, one.hsr, one.pc) for one in machine.exceptions)
    return result.stop.kind, result.stop.pc, taken, machine.console


# -- keeping results -----------------------------------------------------------------------------------
def _read(state: Path, elf: bytes) -> dict[str, Result]:
    try:
        data = json.loads(state.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if data.get("format") != FORMAT or data.get("image") != _hash(elf):
        return {}
    return {one["key"]: Result(**{**one, "names": tuple(one["names"])}) for one in data["results"]}


def _write(state: Path, elf: bytes, known: dict[str, Result]) -> None:
    data = {"format": FORMAT, "image": _hash(elf), "results": [asdict(one) for one in known.values()]}
    state.parent.mkdir(parents=True, exist_ok=True)
    beside = state.with_suffix(".new")
    beside.write_text(json.dumps(data, indent=1), "utf-8")
    beside.replace(state)


def _hash(elf: bytes) -> str:
    return hashlib.sha256(elf).hexdigest()


# -- showing them ----------------------------------------------------------------------------------------
def as_json(table: Table) -> dict[str, Any]:
    """The table as plain data."""
    return {
        "format": FORMAT,
        "board": table.board,
        "scenario": table.scenario,
        "score": round(table.score, 4),
        "counts": _counts(table),
        "results": [asdict(one) for one in table.results],
    }


def _counts(table: Table) -> dict[str, int]:
    found = {kind: sum(one.by == kind for one in table.results) for kind in ("rule", "check", "survived")}
    return {**found, "functional": sum(one.functional for one in table.results)}


def _rows(table: Table) -> Iterator[tuple[str, ...]]:
    yield "place", "instruction", "change", "killed by", "functional"
    for one in table.results:
        killed = ", ".join(one.names) if one.names else one.by.upper()
        yield (
            one.location or one.symbol,
            one.instruction,
            one.change,
            killed,
            "noticed" if one.functional else "-",
        )


def as_text(table: Table) -> str:
    """The table in columns, and a line that sums up."""
    rows = list(_rows(table))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([*lines, "", summary(table)])


def summary(table: Table) -> str:
    """One line: how many mutants, what killed them, and the score."""
    counts = _counts(table)
    return (
        f"{table.board}: {table.scenario}: {len(table.results)} mutants: {counts['rule']} killed by a rule, "
        f"{counts['check']} by a check, {counts['survived']} survived; score {table.score:.0%}; a functional "
        f"run notices {counts['functional']}"
    )


def as_html(table: Table) -> str:
    """The table as a page."""
    head, *body = _rows(table)
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    rows = "\n".join(
        f'<tr class="{one.by}">' + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for one, row in zip(table.results, body, strict=True)
    )
    style = "table{border-collapse:collapse}td,th{padding:2px 8px;text-align:left}.survived{background:#fcc}"
    title = html.escape(f"Mutants of {table.board}, {table.scenario}")
    return (
        "<!doctype html>\n<html><head><meta charset='utf-8'>"
        f"<title>{title}</title><style>{style}</style></head>\n"
        f"<body><h1>{title}</h1><p>{html.escape(summary(table))}</p>\n<table><tr>{cells}</tr>\n{rows}\n"
        "</table></body></html>\n"
    )
