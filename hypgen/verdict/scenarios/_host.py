"""What the scenarios share in which the host part has its own MMU on."""

from __future__ import annotations

from hypgen.arch.registers import SCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import within, writes
from hypgen.verdict.observation import Observation, RegisterWrite

ENABLES = SCTLR.bit("M") | SCTLR.bit("C") | SCTLR.bit("I")


def physical(seen: Observation, symbol: str) -> int:
    """The physical address of a symbol, in its memory's own window."""
    load = seen.load_of(symbol)
    for region in seen.board.memory:
        if region.alias is not None and 0 <= load - region.alias.address < region.alias.size:
            return int(region.physical) + load - int(region.alias.address)
    return load


def moves(seen: Observation) -> bool:
    """Whether the image was loaded through an alias of its memory."""
    return physical(seen, "_start") != seen.load_of("_start")


def mmu_on(seen: Observation) -> str:
    """SCTLR.M, C and I went to 1 together, on every CPU, in the page that has VA = load address."""
    on = [one for one in writes(seen, "SCTLR_NS") if one.value & ENABLES]
    for one in on:
        same(f"M, C and I of CPU {one.cpu}'s SCTLR", one.value & ENABLES, ENABLES)
        expect(
            within(seen, one.pc, "host_mmu_on") and one.at == seen.image.to_load(one.pc),
            f"CPU {one.cpu} turned its MMU on at 0x{one.at:08x}, not in host_mmu_on at its load address",
        )
    for cpu in range(seen.cpus):
        times = 2 if cpu == 0 and moves(seen) else 1
        same(f"how often CPU {cpu} turned its MMU on", sum(one.cpu == cpu for one in on), times)
    return f"M, C and I at once by host_mmu_on, at VA = load address, on {seen.cpus} CPUs"


def tables(seen: Observation) -> str:
    """TTBR0 is at last the true physical address of the tables, all 40 bits of it, on every CPU."""
    true, loaded = physical(seen, "host_tables"), seen.load_of("host_tables")
    for cpu in range(seen.cpus):
        roots = [one.value for one in writes(seen, "TTBR0_NS") if one.cpu == cpu]
        expected = [loaded, true] if cpu == 0 and moves(seen) else [true]
        same(f"the list of what CPU {cpu} wrote to TTBR0", [hex(one) for one in roots], [*map(hex, expected)])
    return f"TTBR0 = 0x{true:010x} on {seen.cpus} CPUs"


def moved(seen: Observation) -> str:
    """From the alias to the true window: MMU off, then the tables, then MMU on; the boot CPU alone."""
    order = [one for one in seen.writes if one.name in ("SCTLR_NS", "TTBR0_NS")]
    if not moves(seen):
        expect(not any(within(seen, one.pc, "host_repoint") for one in order), "a memory of one window moved")
        return "memory has one window: load address and physical address are the same"
    found = [_step(seen, one) for one in order if one.cpu == 0 and _step(seen, one)]
    expected = ["tables of the alias", "on", "off", "tables of the true window", "on"]
    same("the order of the boot CPU", found, expected)
    others = [number for number, one in enumerate(order) if one.cpu]
    last = max(number for number, one in enumerate(order) if one.cpu == 0)
    expect(
        all(last < number for number in others), "another CPU had its MMU on before the boot CPU had moved"
    )
    return " -> ".join(found)


def _step(seen: Observation, one: RegisterWrite) -> str:
    if one.name == "TTBR0_NS":
        return f"tables of the {'true window' if one.value >> 32 else 'alias'}"
    if one.value & ENABLES:
        return "on"
    return "off" if within(seen, one.pc, "host_repoint") else ""


def at_virtual_addresses(seen: Observation) -> str:
    """Every HVC was executed at the address that it is linked at."""
    for one in seen.calls:
        expect(
            any(one.pc in segment.virtual_span for segment in seen.image.segments),
            f"CPU {one.cpu} made a call at 0x{one.pc:08x}, which is no virtual address of the image",
        )
    return f"{len(seen.calls)} calls, each from a virtual address"
