"""What the first instructions beyond the end of an audited run meet of what the run left unfinished.

A run ends before the instruction at ``until``. A barrier that is missing in front of a branch to it shows
only at what comes next: at the fetch of that instruction, which needs no content to be judged, and at
the first accesses of the code there, as far as the image has it. So a few instructions more are executed
once the run is over, for their findings only, and of these for those that rest on something earlier
than the end: what the code behind it does wrong by itself is another audit's question.
"""

from __future__ import annotations

from contextlib import suppress

from hypgen.emulator.exceptions import PrefetchAbort
from hypgen.emulator.faults import Fault
from hypgen.emulator.finding import Runaway
from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.strict.observer import StrictRules
from hypgen.errors import NotModelledError
from hypgen.machine.machine import Machine

FOLLOWED = 16
"""Instructions beyond the end: a function's prologue, and what it passes on."""
_OF_THE_RUN = ("STATE-", "RES-")
"""Families whose findings are of an instruction itself, or of what was asked of the run."""


def beyond(machine: Machine, cpu: int) -> tuple[list[Finding], str]:
    """The findings that the next instructions of a CPU add to those of a run that has just ended, and why
    the first of them cannot be fetched, if so. The machine is of no use for the run afterwards."""
    before = len(machine.findings)
    try:
        _fetch(machine, cpu)
    except PrefetchAbort as abort:
        followed, why = set[int](), abort.fault.why or abort.fault.kind.value
    else:
        followed, why = _follow(machine, cpu), ""
    found = [
        one
        for one in machine.findings[before:]
        if one.cpu == cpu
        and not one.rule.startswith(_OF_THE_RUN)
        and any(event.pc not in followed for event in one.earlier)
    ]
    return found, why


def _fetch(machine: Machine, cpu: int) -> None:
    """Have the strict rules judge the fetch of the next instruction; raises PrefetchAbort."""
    runner = machine.runners[cpu]
    with suppress(Runaway, NotModelledError):  # which is of its content
        runner.system.accesses.fetched(runner.cpu.r[15], runner.finder.find(1))


def _follow(machine: Machine, cpu: int) -> set[int]:
    """Go on for a few instructions, of one CPU; the addresses of those that were executed."""
    runner = machine.runners[cpu]
    followed: set[int] = set()
    exceptions = len(machine.exceptions)
    while len(followed) < FOLLOWED and len(machine.exceptions) == exceptions and _has_code(machine, cpu):
        place = runner.cpu.r[15]
        if runner.run(runner.cpu.count + 1).kind != "limit":
            break
        followed.add(place)
    return followed


def _has_code(machine: Machine, cpu: int) -> bool:
    """Whether something has put code where a CPU goes on: the loader, or a store."""
    system = machine.cpus[cpu].system
    outcome = system.translate(machine.cpus[cpu].r[15], fetch=True)
    if isinstance(outcome, Fault):
        return False
    if machine.contract.initialised(int(outcome.pa)):
        return True
    observer = system.observer
    if not isinstance(observer, StrictRules):
        return False
    side = observer.side
    address = side.place(int(outcome.pa)).address
    line = side.lines.get(address >> side.shift)
    return line is not None and line.writer_of(address & side.size - 1, 2) is not None
