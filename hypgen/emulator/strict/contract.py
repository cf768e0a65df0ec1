"""What the entry contract promises, as the rules ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple


def _everything(address: int) -> bool:
    return True


class Stack(NamedTuple):
    """Addresses of stacks, ``each`` bytes for one CPU."""

    start: int
    end: int
    each: int


@dataclass(frozen=True)
class StateTerms:
    """What the STATE rules hold an image to. ``public`` are addresses of functions, ``preserves`` the
    registers that an HVC from PL1 leaves alone (``r4``; ``lr``, ``banked`` for SP, LR and SPSR of the PL1
    modes, ``d8-d15``); ``torn_down`` maps addresses where Hyp mode must be torn down to the vectors that
    must be back (None: any), ``same`` are addresses where the registers of Hyp mode must be the same each
    time."""

    stacks: Sequence[Stack] = ()
    public: frozenset[int] = frozenset()
    preserves: Sequence[str] = ()
    torn_down: Mapping[int, int | None] = field(default_factory=dict)
    same: frozenset[int] = frozenset()

    @cached_property
    def marks(self) -> frozenset[int]:
        """The addresses at which something is to be judged, each time that the run comes there."""
        return self.public | self.same | self.torn_down.keys()


@dataclass
class Contract:
    """``tlb_clean`` and ``caches_clean`` are promises of the state at the image's first instruction;
    ``initialised`` tells whether memory at a physical address was in order then; ``assumptions`` are the
    board values that rest on no public source, by dotted path. ``pedantic`` asks for the rules that count
    only where a profile wants them."""

    tlb_clean: bool = False
    caches_clean: bool = False
    assumptions: Mapping[str, str] = field(default_factory=dict)
    initialised: Callable[[int], bool] = _everything
    pedantic: bool = False
    coherent: bool = True
    """Whether firmware has put each CPU into the coherency domain (ACTLR.SMP), as it does for Non-secure
    images."""
    state: StateTerms = field(default_factory=StateTerms)
    """What the STATE rules ask for."""
    reached: set[int] = field(default_factory=set)
    """The marks of ``state`` that some CPU came to."""

    def resting_on(self, path: str) -> tuple[str, ...]:
        """The path as a finding lists it, if its value is an assumption."""
        return (path,) if path in self.assumptions else ()
