"""hypgen: generates, links and proves Hyp mode (PL2) bring-up code for ARMv7-A boards.

The public names are loaded when they are first used, so that ``import hypgen`` costs nothing::

    from hypgen import Board, Machine, build, verify
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypgen.board.model import Board as Board
    from hypgen.errors import HypgenError as HypgenError
    from hypgen.machine.machine import Machine as Machine
    from hypgen.pipeline.building import build as build
    from hypgen.pipeline.verifying import verify as verify

__version__ = "0.1.0"

_HOMES = {
    "Board": "hypgen.board.model",
    "HypgenError": "hypgen.errors",
    "Machine": "hypgen.machine.machine",
    "build": "hypgen.pipeline.building",
    "verify": "hypgen.pipeline.verifying",
}
"""Where each public name lives."""

__all__ = ["Board", "HypgenError", "Machine", "build", "verify"]


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hypgen' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
