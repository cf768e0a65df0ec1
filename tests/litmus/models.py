"""Random programs that the rules are held to by models of the machine which know nothing of the rules.

A model draws a program by its seed and says which of its accesses have a hazard: may see something else than
in program order. The strict rules must report an error where there is one and only there, and some legal
outcome must end otherwise there and only there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Generic, NamedTuple, TypeVar

from hypgen.errors import Severity
from tests.litmus import litmus
from tests.litmus.explored import explored
from tests.litmus.litmus import Case, Prepare

P = TypeVar("P")


class Model(NamedTuple, Generic[P]):
    """What draws a program and its hazards by a seed, what makes it a case, and what makes the machine."""

    drawn: Callable[[int], tuple[P, Collection[object]]]
    case: Callable[[P], Case]
    prepare: Prepare


def report_hazards(model: Model[P], seeds: Iterable[int]) -> int:
    """Assert that the rules report the programs with a hazard and no others; gives how many have one."""
    hazardous = 0
    for seed in seeds:
        program, hazards = model.drawn(seed)
        found = litmus.run(model.case(program), model.prepare)
        errors = {one.rule for one in found if one.severity is Severity.ERROR}
        assert bool(errors) == bool(hazards), (seed, program, errors, hazards)
        hazardous += bool(hazards)
    return hazardous


def play_hazards(model: Model[P], seeds: Iterable[int], felt: Collection[object] = ()) -> None:
    """Assert that an outcome ends otherwise in the programs that have a hazard, and in no others; ``felt``
    are the hazards of which something comes, if not of all."""
    for seed in seeds:
        program, hazards = model.drawn(seed)
        found = explored(model.case(program), model.prepare)
        assert not found.bounded
        hazardous = any(one in felt for one in hazards) if felt else bool(hazards)
        assert found.diverged == hazardous, (seed, program, hazards)
