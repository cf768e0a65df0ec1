"""What the three scenarios have in common in which one CPU cannot have Hyp mode."""

from __future__ import annotations

from hypgen.arch.registers import HSCTLR
from hypgen.verdict.check import ShortfallError, expect, same
from hypgen.verdict.evidence import within, writes
from hypgen.verdict.observation import Observation, RegisterWrite
from hypgen.verdict.scenarios import Body


def refused_cpu(seen: Observation) -> int:
    """The CPU that could not have Hyp mode: the only one that journaled it."""
    found = {one.cpu for one in seen.journal if one.name == "init.refused"}
    if len(found) != 1:
        raise ShortfallError(f"the CPUs that were refused Hyp mode are {sorted(found)}, expected one")
    return found.pop()


def _switches(seen: Observation) -> list[RegisterWrite]:
    """All writes of HSCTLR by hyp_init (on) and hyp_teardown (off), in order."""
    return [
        one
        for one in writes(seen, "HSCTLR")
        if within(seen, one.pc, "hyp_init") or within(seen, one.pc, "hyp_teardown")
    ]


def _is_on(write: RegisterWrite) -> bool:
    return bool(HSCTLR.field("M").get(write.value))


def _before(seen: Observation) -> str:
    """The CPUs before the one that could not turned their MMU on, one after another; no later CPU did."""
    failing = refused_cpu(seen)
    on = [one.cpu for one in _switches(seen)[:failing] if _is_on(one)]
    same("the list of the CPUs that turned their MMU on", on, list(range(failing)))
    skipped = sorted(one.cpu for one in seen.journal if one.name == "init.skipped")
    same("the list of the CPUs that did not begin", skipped, list(range(failing + 1, seen.cpus)))
    return f"CPUs 0 to {failing - 1} had Hyp mode when CPU {failing} could not have it"


def _undone(seen: Observation) -> str:
    """They then turned it off in reverse order, and nothing else was switched in between."""
    failing = refused_cpu(seen)
    switches = _switches(seen)[failing : 2 * failing]
    expect(not any(_is_on(one) for one in switches), "a CPU turned its MMU on after one could not")
    same("the order of the undoing", [one.cpu for one in switches], list(reversed(range(failing))))
    return f"undone from CPU {failing - 1} down to CPU 0"


def _stub_back(seen: Observation) -> str:
    """HVBAR of each CPU that was undone is the stub's again."""
    failing, stub = refused_cpu(seen), seen.load_of("hyp_stub_vectors")
    for cpu in range(failing):
        last = [one.value for one in writes(seen, "HVBAR") if one.cpu == cpu][-1:]
        same(f"the last HVBAR of CPU {cpu}", last, [stub])
    return f"HVBAR of CPUs 0 to {failing - 1} is 0x{stub:08x} again"


def reported(text: str) -> Body:
    """A check that the CPU that could not says so."""

    def body(seen: Observation) -> str:
        failing = refused_cpu(seen)
        lines = [one for one in seen.lines_of(failing) if text in one]
        expect(bool(lines), f"CPU {failing} did not say {text!r}")
        return lines[0]

    return body


def _never_on(seen: Observation) -> str:
    failing = refused_cpu(seen)
    on = sorted({one.cpu for one in _switches(seen) if one.cpu >= failing})
    same("the list of later CPUs that turned their MMU on", on, [])
    return f"no CPU from {failing} on ever had its Hyp MMU on"


def _second_round(seen: Observation) -> str:
    failing, cpus = refused_cpu(seen), list(range(seen.cpus))
    later = _switches(seen)[2 * failing :]
    order = [(one.cpu, _is_on(one)) for one in later]
    expected = [(cpu, True) for cpu in cpus] + [(cpu, False) for cpu in reversed(cpus)]
    expect(order == expected, f"the second round switched (CPU, on) {order}, expected {expected}")
    return f"with a page for every stack all {seen.cpus} CPUs had Hyp mode"


UNDO: dict[str, Body] = {
    "init.before": _before,
    "undo.reverse": _undone,
    "undo.stub": _stub_back,
}
NEVER_ON: dict[str, Body] = {"init.never": _never_on}
SECOND_ROUND: dict[str, Body] = {"init.second": _second_round}
