"""Stores that table walks (:class:`UnderWay`) and instruction fetches (:class:`Fresh`) may not see yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hypgen.errors import Severity


@dataclass(slots=True)
class UnderWay:
    """A store that other observers than its own CPU's accesses may not see yet: the line as it was before.

    ``completed`` says that a DSB followed; a context synchronisation event after it ends it. ``told`` is the
    gravest that was said of the barrier which it waits for. ``everywhere`` says that the DSB reached the
    walkers of other CPUs; without that, ``settled`` says that it is over for its own CPU.
    """

    old: bytes
    pc: int
    cpu: int
    completed: bool = False
    told: Severity | None = None
    everywhere: bool = False
    settled: bool = False

    def copied(self) -> UnderWay:
        """Another of the same."""
        return UnderWay(self.old, self.pc, self.cpu, self.completed, self.told, self.everywhere, self.settled)


@dataclass(slots=True)
class Fresh:
    """Bytes of a line that the instruction side may not have: ``old`` is the line before the first store.

    ``stage`` is how far it has come to the Point of Unification, ``caches`` how far each CPU's
    instruction side has been invalidated since then.
    """

    old: bytes
    pc: int
    cpu: int
    stage: int
    caches: dict[int, int] = field(default_factory=dict)
    predictor: dict[int, int] = field(default_factory=dict)
    asked: dict[int, int] = field(default_factory=dict)
    """By CPU, the last instruction that invalidated its instruction cache, maybe too early."""
    told: bool = False
    """Whether something was said of these bytes: what else is missing follows from that."""

    def copied(self) -> Fresh:
        """Another of the same."""
        caches, predictor, asked = dict(self.caches), dict(self.predictor), dict(self.asked)
        return Fresh(self.old, self.pc, self.cpu, self.stage, caches, predictor, asked, self.told)

    def invalidated(self, cpus: Iterable[int], cache: bool, predictor: bool) -> None:
        """An operation reaches the instruction caches or predictors of CPUs; those that have come further
        since the store stay there: they hold none of the old bytes any more."""
        for stages, reached in ((self.caches, cache), (self.predictor, predictor)):
            for cpu in cpus if reached else ():
                stages.setdefault(cpu, ISSUED)


WRITTEN, CLEANING, UNIFIED = 0, 1, 2
"""Stages of :class:`Fresh`: only stored; on its way, which a DSB completes; at the Point of Unification."""
ISSUED, COMPLETED, SYNCHRONISED = 1, 2, 3
"""Stages of an instruction cache's invalidation."""
