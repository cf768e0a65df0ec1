"""The options of ``--explore``, and how far it has come, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hypgen.machine.exploring import Bound

Explore = Annotated[
    bool,
    typer.Option("--explore", help="Play every legal outcome of the run, and tell which end otherwise."),
]
Outcomes = Annotated[
    int, typer.Option("--outcomes", metavar="N", help="With --explore: play so many outcomes at most.", min=1)
]
OUTCOMES = 256
EVERY = 5.0
"""Seconds between two lines of progress where there is no terminal."""


def bound(explore: bool, outcomes: int) -> Bound | None:
    """What is explored at most, if that is asked for."""
    if not explore:
        return None
    from hypgen.machine.exploring import Bound

    return Bound(outcomes=outcomes)


def _lines() -> Callable[[int, int], None]:
    last = monotonic()

    def told(done: int, left: int) -> None:
        nonlocal last
        if monotonic() - last >= EVERY:
            last = monotonic()
            print(f"exploring: {done} outcomes played, {left} waiting", file=sys.stderr, flush=True)

    return told


@contextmanager
def progress(shown: bool) -> Iterator[Callable[[int, int], None]]:
    """How many outcomes were played, of those that are known so far: as a bar on a terminal, and elsewhere in
    a line every few seconds."""
    if not shown:
        yield lambda done, left: None
        return
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("exploring"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("outcomes"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, left: bar.update(task, completed=done, total=done + left)
