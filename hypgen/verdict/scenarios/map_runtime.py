"""The scenario ``map-runtime``: the Hyp tables change while Hyp mode runs on two CPUs."""

from __future__ import annotations

from hypgen.arch.exceptions import Vector
from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import in_runtime, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._host import at_virtual_addresses, mmu_on, moved, physical, tables

CHANGERS = (0, 1)
"""The CPU that changes the tables, and the one that uses them meanwhile."""


def _got(seen: Observation, step: str) -> int:
    found = [one.got for one in seen.journal if one.name == step]
    same(f"how often {step} was made", len(found), 1)
    return found[0]


def _walk(seen: Observation) -> str:
    """Walks found nothing, then the page, then its linear mapping, and nothing again."""
    frame = physical(seen, "host_pages") >> 12
    nothing = 0xFFFF_FFFF
    console = int(seen.board.console.physical) >> 12
    for step, expected in (
        ("map.absent", nothing),
        ("map.walk", frame),
        ("map.linear.walk", frame),
        ("map.io.walk", console),
        ("map.freed.walk", nothing),
    ):
        same(f"the page that {step} came to", _got(seen, step), expected)
    return f"nothing, then page 0x{frame:x} (PA 0x{frame << 12:010x}), then nothing"


def _replaced(seen: Observation) -> str:
    """Both CPUs loaded the first page's word and then the second's, at one VA."""
    words = [[_got(seen, step) for step in steps] for steps in (("map.load", "map.replace"), _PEER)]
    same("what CPU 1 loaded", words[1], words[0])
    expect(words[0][0] != words[0][1], "both pages hold the same word")
    return f"0x{words[0][0]:08x} and then 0x{words[0][1]:08x}, on both CPUs"


_PEER = ("peer.load", "peer.replaced")


def _gone(seen: Observation) -> str:
    """A load from the page that was unmapped was a Data Abort on both CPUs, at the same VA."""
    aborts = [one for one in in_runtime(seen) if one.slot == Vector.DATA_ABORT]
    same("the list of the CPUs that took a Data Abort", sorted(one.cpu for one in aborts), [*CHANGERS])
    places = {one.far for one in aborts}
    same("how many addresses they were at", len(places), 1)
    return f"a Data Abort at 0x{places.pop() or 0:08x} on each"


def _while_it_ran(seen: Observation) -> str:
    """Between hyp-init and teardown the Hyp MMU stayed on, and CPU 1 in one call of Hyp mode."""
    for cpu in CHANGERS:
        states = [HSCTLR.field("M").get(one.value) for one in writes(seen, "HSCTLR") if one.cpu == cpu]
        same(f"the list of M of CPU {cpu}", states, [0, 1, 0])
    peer = seen.virtual_of("hyp_peer")
    calls = [one for one in seen.calls if one.cpu == 1 and one.argument & ~1 == peer]  # bit 0: T32
    same("how often CPU 1 was in hyp_peer", len(calls), 1)
    return "the Hyp MMU of both CPUs stayed on, and CPU 1 in Hyp mode"


def _pool(seen: Observation) -> str:
    """Tables went back to the pool: two of four by unmapping, the rest by free_hyp_pmds."""
    same("how many tables were in use after the first went back", _got(seen, "map.pool"), 2)
    same("how many after free_hyp_pmds", _got(seen, "map.freed"), 0)
    expect(_got(seen, "map.full") != 0, "a fifth table came from a pool of four")
    return "4 tables in use, then 2, then none"


CHECKS: dict[str, Body] = {
    "host.mmu": mmu_on,
    "host.tables": tables,
    "host.moved": moved,
    "host.virtual": at_virtual_addresses,
    "map.walk": _walk,
    "map.replaced": _replaced,
    "map.gone": _gone,
    "map.running": _while_it_ran,
    "map.pool": _pool,
}
"""Every check that looks at one run."""
