"""The scenario ``host-mmu``: the host part has its own MMU on, so that its three addresses all differ."""

from __future__ import annotations

from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body
from hypgen.verdict.scenarios._host import at_virtual_addresses, mmu_on, moved, moves, physical, tables


def _three_addresses(seen: Observation) -> str:
    """Hyp mode got each address as what it is: HVBAR a load address, then a VA; HTTBR a physical address."""
    for cpu in range(seen.cpus):
        bases = [one.value for one in writes(seen, "HVBAR") if one.cpu == cpu]
        expected = [seen.load_of("hyp_stub_vectors"), seen.load_of("hyp_init_vectors")]
        expected += [seen.virtual_of("hyp_vectors"), seen.load_of("hyp_stub_vectors")]
        same(f"the list of what CPU {cpu} had in HVBAR", bases, expected)
        roots = [hex(one.value) for one in writes(seen, "HTTBR") if one.cpu == cpu]
        same(f"the list of what CPU {cpu} had in HTTBR", roots, [hex(physical(seen, "hyp_tables"))])
    virtual, load, true = (
        seen.virtual_of("hyp_tables"),
        seen.load_of("hyp_tables"),
        physical(seen, "hyp_tables"),
    )
    placed = seen.board.image
    alias = seen.board.region(placed.memory).alias
    loaded = int(alias.address if alias else seen.board.region(placed.memory).physical)
    expect(
        (virtual != load) == (placed.virtual_base != loaded) and (load != true) == moves(seen),
        "the addresses of hyp_tables are not as far apart as the board has them",
    )
    return f"hyp_tables: VA 0x{virtual:08x}, load address 0x{load:08x}, PA 0x{true:010x}"


def _shared(seen: Observation) -> str:
    """A word that both store and load was right on both sides, on every CPU, and on its neighbour."""
    for name in ("shared.word", "shared.back", "shared.peer"):
        found = [one for one in seen.journal if one.name == name]
        same(f"the list of the CPUs of {name}", sorted(one.cpu for one in found), [*range(seen.cpus)])
        for one in found:
            same(f"{name} on CPU {one.cpu}", one.got, one.expected)
    return "Hyp mode and the host part share memory through their caches"


def _counted(seen: Observation) -> str:
    """Each line of the console was counted by whoever had the lock, so that no two CPUs had it at once."""
    counted = [one.got for one in seen.journal if one.name == "console.lines"]
    lines = seen.console.splitlines()
    last = next((n for n, line in enumerate(lines, 1) if line.startswith("cpu0 console.lines: ")), 0)
    same("the lines that were counted under the lock", counted, [last])
    return f"{last} lines, none of them lost or in another"


CHECKS: dict[str, Body] = {
    "host.mmu": mmu_on,
    "host.tables": tables,
    "host.moved": moved,
    "host.virtual": at_virtual_addresses,
    "addresses": _three_addresses,
    "shared": _shared,
    "console.lines": _counted,
}
"""Every check that looks at one run."""
