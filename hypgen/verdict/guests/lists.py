"""Virtual interrupts by the List registers of GICH."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.arch.exceptions import Vector
from hypgen.verdict.check import expect, same
from hypgen.verdict.guests.exits import GUESTS, roots
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body


def _found(step: str, what: str, interrupts: int) -> Body:
    """A check that each guest found what a step is about, having been left by so many IRQs at least."""

    def body(seen: Observation) -> str:
        told = [one for one in seen.journal if one.name.endswith(f".{step}") and one.got == one.expected]
        same(f"the number of guests that found {what}", len(told), len(GUESTS))
        for number, root in enumerate(roots(seen)):
            came = sum(one.root == root and one.one.slot == Vector.IRQ for one in seen.worlds.taken)
            expect(came >= interrupts, f"guest {number} was left by {came} IRQs, expected {interrupts}")
        return f"{what}: in each guest"

    return body


LISTED: Mapping[str, Body] = {
    "gich.priority": _found("lists", "virtual interrupts in the order of their priorities", 0),
    "gich.linked": _found("linked", "its timer's interrupt once more when it had ended the first", 2),
    "gich.maintenance": _found("maintained", "one more virtual interrupt after a maintenance interrupt", 3),
}
"""Checks of the scenario with virtual interrupts by GICH."""
