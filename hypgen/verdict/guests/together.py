"""Guests on two CPUs at the same time."""

from __future__ import annotations

from collections.abc import Mapping

from hypgen.verdict.check import expect, same
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.worlds import Entry


def _inside(seen: Observation, cpu: int, order: int) -> Entry | None:
    """The entry of the guest that runs on a CPU after so many exceptions of the machine."""
    entered = [one for one in seen.worlds.entries if one.cpu == cpu and one.order <= order]
    if not entered or not entered[-1].root:
        return None
    left = any(
        one.to_hyp and one.one.cpu == cpu and entered[-1].order < one.order <= order
        for one in seen.worlds.taken
    )
    return None if left else entered[-1]


def _moved(seen: Observation) -> str:
    """Each guest changed from its CPU to the other one and back, and never ran on a third."""
    ran: dict[int, list[int]] = {}
    for one in seen.worlds.entries:
        if one.root and ran.setdefault(one.root, [])[-1:] != [one.cpu]:
            ran[one.root].append(one.cpu)
    same("the CPUs that ran guests", sorted({cpu for found in ran.values() for cpu in found}), [0, 1])
    same("the CPUs on which guests ended", sorted(found[-1] for found in ran.values()), [0, 1])
    moves = {len(found) - 1 for found in ran.values()}
    expect(len(moves) == 1 and min(moves) >= 2, f"guests changed their CPU {moves} times")
    return f"each of {len(ran)} guests changed its CPU {min(moves)} times"


def _at_once(seen: Observation) -> str:
    """While one guest was inside, the other came and went, and the other way round."""
    found = {0: 0, 1: 0}
    for one in seen.worlds.entries:
        if one.root and _inside(seen, 1 - one.cpu, one.order) is not None:
            found[one.cpu] += 1
    expect(all(found.values()), "no guest was entered while the other one ran")
    return f"entered {found[0]} and {found[1]} times while the other guest ran"


def _shared_vmids(seen: Observation) -> str:
    """No guest is entered under the VMID that another guest was entered under last on another CPU."""
    last: dict[int, Entry] = {}
    for one in seen.worlds.entries:
        if not one.root:
            continue
        for other in last.values():
            expect(
                other.cpu == one.cpu or other.root == one.root or other.vmid != one.vmid,
                f"VMID {one.vmid} is given on CPU {one.cpu}, and the guest on CPU {other.cpu} has it",
            )
        last[one.cpu] = one
    return f"{len({one.vmid for one in seen.worlds.entries if one.root})} VMIDs, none on two CPUs at a time"


def _rollover_together(seen: Observation) -> str:
    """On each CPU VMIDs began anew while the other CPU's guest ran."""
    found, last = {0: 0, 1: 0}, {0: 0, 1: 0}
    for one in seen.worlds.entries:
        if not one.root:
            continue
        if one.vmid < last[one.cpu] and _inside(seen, 1 - one.cpu, one.order) is not None:
            found[one.cpu] += 1
        last[one.cpu] = one.vmid
    expect(all(found.values()), "VMIDs never ran out while the other guest ran")
    return f"VMIDs began anew {found[0]} and {found[1]} times while the other guest ran"


TOGETHER: Mapping[str, Body] = {
    "smp.moved": _moved,
    "smp.at_once": _at_once,
    "smp.vmids": _shared_vmids,
    "smp.rollover": _rollover_together,
}
"""Checks of the scenario with guests on two CPUs."""
