"""The checks that every scenario has, whatever it plays: its steps, its calls, its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from hypgen.verdict.check import ShortfallError, expect
from hypgen.verdict.contracts import Call
from hypgen.verdict.evidence import came_to_its_end, stopped_early
from hypgen.verdict.observation import Observation

CLOBBERED = frozenset({"r0", "r12"})
"""What a call may change (templates/hvc.yaml)."""
CLOBBERED_BY_LINUX = CLOBBERED | {"r1", "r2", "r3"}
"""What a call of the interface linux-numbered may change (Linux's hyp-abi.txt)."""


def _steps(seen: Observation) -> str:
    """Every entry of every journal gave what it should, and every step of the row was made by some CPU."""
    for one in seen.journal:
        expect(
            one.got == one.expected,
            f"CPU {one.cpu}, {one.name} in round {one.round}: gave 0x{one.got:08x}, "
            f"expected 0x{one.expected:08x}",
        )
    made = {one.name for one in seen.journal}
    lost = [step.name for step in seen.scenario.steps if step.name not in made | seen.scenario.optional]
    expect(not lost, f"steps that no CPU made: {', '.join(lost)}")
    cpus = len({one.cpu for one in seen.journal})
    return f"{len(seen.journal)} results of {len(made)} steps on {cpus} CPUs, each as expected"


def _registers(seen: Observation) -> str:
    """No call changed a register that its caller relies on, and nothing else that Hyp mode took any."""
    for call in seen.calls:
        linux = call.immediate == 0 and "linux-numbered" in seen.scenario.answers
        broken = call.changed.keys() - (CLOBBERED_BY_LINUX if linux else CLOBBERED)
        if broken:
            raise _broken(seen, call, f"hvc #{call.immediate:#x}", broken)
    for trap in seen.traps:
        if trap.changed:
            raise _broken(seen, trap, trap.taken.kind, trap.changed)
    expect(bool(seen.calls), "no call came back")
    said = f"{len(seen.calls)} calls came back with every register as it was but r0 and r12"
    return f"{said}; {len(seen.traps)} other exceptions with all of them" if seen.traps else said


def _broken(seen: Observation, call: Call, what: str, names: Iterable[str]) -> ShortfallError:
    changes = (
        f"{name} from 0x{call.changed[name][0]:08x} to 0x{call.changed[name][1]:08x}"
        for name in sorted(names)
    )
    where = seen.place_of(call.taken)
    return ShortfallError(f"CPU {call.cpu}: {what} at {where} changed {', '.join(changes)}")


def _end(seen: Observation) -> str:
    """The run ended at hypgen_done."""
    expect(came_to_its_end(seen), stopped_early(seen))
    return seen.stop.sentence


COMMON: Mapping[str, Callable[[Observation], str]] = {"steps": _steps, "registers": _registers, "end": _end}
"""Bodies by name, which follow a scenario's own."""
