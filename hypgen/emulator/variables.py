"""The local variables of a function of hot code: which there are, how they are fetched and put back.

Registers are ``r0`` to ``r14``; flags are what :mod:`hypgen.emulator.rewriting` makes of them, and C and V
may be *stale* between two traces: what ``vp`` and ``vq`` say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hypgen.emulator.execute.closures import Op
from hypgen.emulator.knowing import STALE, assigned
from hypgen.emulator.rewriting import NAME, OVERFLOW, Text, test

REGISTER_NAME = re.compile(r"(?<![\w.])r\d+\b")

_RESULT = (("fx = 0 if cpu.z else cpu.n << 31 | 1",), ("cpu.n = fx >> 31", "cpu.z = 0 if fx else 1"), {"fx"})
_FLAGS = {
    "fx": _RESULT,
    "c": (("c = cpu.c",), ("cpu.c = 1 if c else 0",), {"c"}),
    "vp": (("vp = 0", "vq = vs = cpu.v << 31"), (f"cpu.v = {OVERFLOW}",), {"vp"}),
}
"""By variable: the lines that fetch a flag, unless all of these are assigned first, and those that put it
back if one of these was assigned."""
_STALE_FLAGS = {
    "fx": _RESULT,
    "vp": (
        ("vp, vq = carried[cpu.c][cpu.v]",),
        ("cpu.c = 1 if vp >= vq else 0", f"cpu.v = {OVERFLOW.replace('vs', 'vp - vq')}"),
        {"c", "vp"},
    ),
}
"""The same where C and V are what ``vp`` and ``vq`` say."""
NEITHER = "cpu.n and cpu.z"
"""Flags that no result gives, so that ``fx`` cannot hold them: then closures execute."""


class Variables:
    """The variables that some instructions name. ``texts`` are all instructions of the function."""

    def __init__(self, texts: Iterable[Text | Op]) -> None:
        texts = tuple(texts)
        self.written = _assigned(texts)
        self.named = _names(texts)
        self.registers = sorted({int(name[1:]) for name in self.named if REGISTER_NAME.fullmatch(name)})
        """The numbers of the registers that are named."""
        self.may_be_stale = frozenset(("c", "vs")) if {"c", "vp"} <= self.named else frozenset()
        """The variables of flags that may be stale between two traces."""

    def flags(self, stale: frozenset[str], fresh: Iterable[str] = ()) -> tuple[list[str], list[str]]:
        """The lines that fetch the flags, but those that need not be as ``fresh`` is assigned first, and the
        lines that put them back; ``stale`` are so before and behind all."""
        fetches: list[str] = []
        stores: list[str] = []
        for name, (fetch, store, written) in (_STALE_FLAGS if stale else _FLAGS).items():
            if name in self.named:
                fetches += () if written <= set(fresh) else fetch
                stores += store if self.written & written else ()
        return fetches, stores


def _names(texts: Iterable[Text | Op]) -> set[str]:
    """Every name in the lines and conditions of instructions."""
    found: set[str] = set()
    for text in texts:
        if isinstance(text, Text):
            for line in text.lines:
                found.update(NAME.findall(line))
            if text.condition is not None:
                found.update(NAME.findall(test(text.condition, False)))
            if text.compares:
                found |= STALE
    return found


def _assigned(texts: Iterable[Text | Op]) -> set[str]:
    """Every name that the lines of instructions assign."""
    found: set[str] = set()
    for text in texts:
        if isinstance(text, Text):
            found |= assigned(text.lines)
            if text.compares:
                found |= STALE
    return found
