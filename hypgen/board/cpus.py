"""A board with another number or model of CPUs than its file has, as emulators' ``-smp`` and ``-cpu``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch.cores import CORES
from hypgen.errors import InputError

if TYPE_CHECKING:
    from hypgen.board.model import Board

LARGEST = 8
"""CPUs: GICv2 tells no more apart (IHI 0048B 1.1)."""


def with_model(board: Board, model: str) -> Board:
    """The board with every CPU of one model. Raises InputError BOARD-014 for a model without data."""
    if model not in CORES:
        known = ", ".join(sorted(CORES))
        raise InputError.at("BOARD-014", f"there is no data of the CPU model {model!r}, only of {known}")
    clusters = tuple(cluster.model_copy(update={"model": None}) for cluster in board.cpus.clusters)
    cpus = board.cpus.model_copy(update={"model": model, "clusters": clusters})
    return board.model_copy(update={"cpus": cpus})


def with_cpus(board: Board, count: int) -> Board:
    """The board with ``count`` CPUs: its first ones, or more in its last cluster.

    Raises InputError BOARD-012 for a number that no GICv2 serves.
    """
    if not 1 <= count <= LARGEST:
        raise InputError.at(
            "BOARD-012",
            f"{count} CPUs: a machine has 1 to {LARGEST}, as many as GICv2 tells apart",
            board.locate("cpus.clusters"),
        )
    clusters = []
    for cluster in board.cpus.clusters:
        cores = min(cluster.cores, count)
        if cores:
            clusters.append(cluster.model_copy(update={"cores": cores}))
        count -= cores
    clusters[-1] = clusters[-1].model_copy(update={"cores": clusters[-1].cores + count})
    return board.model_copy(update={"cpus": board.cpus.model_copy(update={"clusters": tuple(clusters)})})
