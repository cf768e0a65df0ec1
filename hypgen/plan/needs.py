"""What scenarios need of a board, and why a board does not have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hypgen.board.model import Board
from hypgen.plan.interrupts import controller_of


class Lack(NamedTuple):
    """Why a board cannot run a scenario, in a sentence, and the key of the board file that says so."""

    reason: str
    key: str


def _gich(board: Board) -> Lack | None:
    return None if board.gic is not None else Lack("the board has no GIC, and so no List registers", "gic")


def _controller(board: Board) -> Lack | None:
    if controller_of(board).kind != "none":
        return None
    reason = "the board has no interrupt controller that is known here, by which a guest could be interrupted"
    return Lack(reason, "gic")


def _held_cpus(board: Board) -> Lack | None:
    if board.secondaries.method != "psci":
        return None
    reason = "PSCI keeps this board's secondary CPUs off: none of them waits where software could release it"
    return Lack(reason, "secondaries.method")


def _other_cpus(board: Board) -> Lack | None:
    return Lack("the board has one CPU", "cpus.clusters") if board.cpus.count == 1 else started(board)


def _started_cpus(board: Board) -> Lack | None:
    return _other_cpus(board) or apart(board)


def apart(board: Board) -> Lack | None:
    """Whether the other CPUs, if there are any, come to the image when they are started, and not before."""
    if board.secondaries.method != "together" or board.cpus.count == 1:
        return None
    reason = "all CPUs enter the image at once: none of them is started by the one before it"
    return Lack(reason, "secondaries.method")


def started(board: Board) -> Lack | None:
    """Whether firmware starts the other CPUs, if there are any."""
    if board.secondaries.method != "none" or board.cpus.count == 1:
        return None
    reason = "nobody starts the board's other CPUs: secondaries.method is none"
    return Lack(reason, "secondaries.method")


def way(board: Board) -> Lack | None:
    """Whether there is a way to Hyp mode from where firmware hands over."""
    if board.entry.mode != "svc":
        return None
    reason = (
        "the board is entered in Non-secure SVC mode, from where nobody comes to Hyp mode; the scenario "
        "way-svc says so and stops"
    )
    return Lack(reason, "entry.mode")


NEEDS: Mapping[str, Callable[[Board], Lack | None]] = {
    "gich": _gich,
    "held-cpus": _held_cpus,
    "interrupt-controller": _controller,
    "other-cpus": _other_cpus,
    "started-cpus": _started_cpus,
}
"""What a row may name. Every scenario with guests needs an interrupt controller."""
