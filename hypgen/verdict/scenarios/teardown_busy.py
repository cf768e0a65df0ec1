"""The scenario ``teardown-busy``: the tables are freed when no CPU has its Hyp MMU on, and not before."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import each_round, within, writes
from hypgen.verdict.observation import Observation
from hypgen.verdict.scenarios import Body

BUSY = 0xFFFF_FFF0


def _got(seen: Observation, step: str) -> list[int]:
    return [one.got for one in seen.journal if one.name == step]


def _refused(seen: Observation) -> str:
    same("the answer while other CPUs have their MMU on", _got(seen, "free.refused"), [BUSY])
    still = _got(seen, "runtime.still")
    same(
        "where Hyp code of the others ran afterwards", still, [seen.virtual_of("hyp_where")] * (seen.cpus - 1)
    )
    return f"refused, and Hyp code still ran on {seen.cpus - 1} CPUs"


def _order(seen: Observation) -> str:
    """The boot CPU's MMU was the first to go off, with all others on; in the end all were off."""
    switches = [
        (one.cpu, HSCTLR.field("M").get(one.value))
        for one in writes(seen, "HSCTLR")
        if within(seen, one.pc, "hyp_init") or within(seen, one.pc, "hyp_teardown")
    ]
    same("the switches to on", sorted(switches[: seen.cpus]), [(cpu, 1) for cpu in range(seen.cpus)])
    same("the first to go off", switches[seen.cpus :][:1], [(0, 0)])
    each_round(seen, writes(seen, "HSCTLR", "hyp_teardown"), "hyp_teardown wrote HSCTLR")
    return f"on: {seen.cpus} CPUs; off: CPU 0 first, and then the others"


def _freed(seen: Observation) -> str:
    same("the answer when no CPU uses them", _got(seen, "free.done"), [0])
    expect(not writes(seen, "HTTBR")[seen.cpus :], "a CPU came back to the tables")
    return "freed after the last MMU was off, and never walked again"


CHECKS: dict[str, Body] = {"free.refused": _refused, "free.order": _order, "free.done": _freed}
