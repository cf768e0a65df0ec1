"""The scenario ``hotplug``: CPUs go off and come back while the boot CPU keeps Hyp mode."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import expect, same
from hypgen.verdict.evidence import within, writes
from hypgen.verdict.observation import Observation, RegisterWrite
from hypgen.verdict.scenarios import Body


def _switches(seen: Observation) -> list[RegisterWrite]:
    return [
        one
        for one in writes(seen, "HSCTLR")
        if within(seen, one.pc, "hyp_init") or within(seen, one.pc, "hyp_teardown")
    ]


def _states(seen: Observation, cpu: int) -> list[int]:
    """What M of a CPU was switched to, in order."""
    return [HSCTLR.field("M").get(one.value) for one in _switches(seen) if one.cpu == cpu]


def _twice(seen: Observation) -> str:
    for cpu in range(1, seen.cpus):
        same(f"M of CPU {cpu}, as it was switched", _states(seen, cpu), [1, 0, 1, 0])
    return f"{seen.cpus - 1} CPUs had their Hyp MMU on, off, on and off"


def _went_off(seen: Observation) -> str:
    """Each came back through the host part's beginning: its console says so a second time."""
    for cpu in range(1, seen.cpus):
        begun = [one for one in seen.lines_of(cpu) if one.startswith(f"cpu{cpu} boot: ")]
        same(f"how often CPU {cpu} came to the host part", len(begun), 2)
    return "each other CPU came to the host part twice"


def _boot_cpu_stays(seen: Observation) -> str:
    """The boot CPU's MMU was on before the first of the others and off after the last."""
    same("M of CPU 0, as it was switched", _states(seen, 0), [1, 0])
    order = [one.cpu for one in _switches(seen)]
    expect(order[0] == 0 and order[-1] == 0, f"the order of CPUs that switched is {order}")
    still = [one for one in seen.journal if one.name == "runtime.still"]
    same("where Hyp code ran", [one.got for one in still], [seen.virtual_of("hyp_where")])
    return "the boot CPU's Hyp mode went on while the others went and came"


CHECKS: dict[str, Body] = {
    "hotplug.twice": _twice,
    "hotplug.off": _went_off,
    "hotplug.boot_cpu": _boot_cpu_stays,
}
