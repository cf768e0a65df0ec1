"""A thousand switches: the floating-point unit on demand, and VMIDs that run out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from hypgen.arch.exceptions import ExceptionClass
from hypgen.verdict.check import expect, same
from hypgen.verdict.guests.exits import is_class
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

SWITCHES, ROLLOVERS = 1000, 3
"""What the scenario of many switches must come to."""


def _lazily(seen: Observation) -> str:
    entered = sum(bool(one.root) for one in seen.worlds.entries)
    trapped = sum(is_class(ExceptionClass.COPROCESSOR)(one) for one in seen.worlds.taken if one.to_hyp)
    expect(trapped < entered, "every entry switched the floating-point unit")
    return f"{entered} entries of guests, {trapped} of which used the unit"


def _switches(seen: Observation) -> str:
    """Guests really changed places: entries whose guest is not that of the entry before."""
    order = [one.root for one in seen.worlds.entries if one.root]
    switches = sum(one != other for one, other in pairwise(order))
    expect(switches >= SWITCHES, f"the guests changed places {switches} times, expected {SWITCHES}")
    return f"the guests changed places {switches} times"


def _rollover(seen: Observation) -> str:
    """VMIDs ran out, were all invalidated by TLBIALLNSNHIS, and began anew from 1."""
    vmids = [one.vmid for one in seen.worlds.entries if one.root]
    starts = [number for number, (one, other) in enumerate(pairwise(vmids), 1) if other < one]
    expect(len(starts) >= ROLLOVERS, f"VMIDs began anew {len(starts)} times, expected {ROLLOVERS}")
    orders = [one.order for one in seen.worlds.entries if one.root]
    for start in starts:
        same("the VMID before a rollover and that after it", (vmids[start - 1], vmids[start]), (255, 1))
        between = range(orders[start - 1], orders[start] + 1)
        done = {one.name for one in seen.worlds.operations if one.order in between}
        expect("TLBIALLNSNHIS" in done, "VMIDs began anew without TLBIALLNSNHIS")
    return f"VMIDs began anew {len(starts)} times, after TLBIALLNSNHIS"


SWITCHING: Mapping[str, Body] = {
    "vfp.lazy": _lazily,
    "switches": _switches,
    "vmid.rollover": _rollover,
}
"""Checks of the scenario that does little else."""
