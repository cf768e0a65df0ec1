"""Whether a run may still end as another did, as far as the user of an emulator sees.

That sees where a run stopped, the exceptions that each CPU took, and what each printed. Of these the last two
only grow: a run that has left them ends otherwise, however it goes on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.machine.machine import Machine
from hypgen.verdict.observation import Observation

Shown = tuple[int, int | None, int]


class Followed:
    """What ``base`` showed, for runs that are compared with it while they last."""

    def __init__(self, base: Observation) -> None:
        self._console = base.console
        self._lines = by_cpu(base.console)
        self._exceptions = _exceptions(base.exceptions)

    def left(self, machine: Machine) -> bool:
        """Whether a machine has shown what is no beginning of it."""
        taken = _exceptions(machine.exceptions)
        if any(self._exceptions.get(cpu, [])[: len(shown)] != shown for cpu, shown in taken.items()):
            return True
        if self._console.startswith(machine.console):
            return False
        said = by_cpu(machine.console[: machine.console.rfind("\n") + 1])
        return any(self._lines.get(cpu, [])[: len(lines)] != lines for cpu, lines in said.items())


def end_of(seen: Observation) -> object:
    """What the user of an emulator sees of a run that has ended."""
    place = seen.image.symbolize(seen.stop.pc)
    return seen.stop.kind, place, _exceptions(seen.exceptions), by_cpu(seen.console)


def by_cpu(console: str) -> dict[str, list[str]]:
    """The lines of each CPU, by the words that they begin with; others by none."""
    found: dict[str, list[str]] = {}
    for line in console.splitlines():
        begin = re.match(r"cpu\d+ ", line)
        found.setdefault(begin[0] if begin else "", []).append(line)
    return found


def _exceptions(taken: Sequence[ExceptionTaken]) -> dict[int, list[Shown]]:
    """What is seen of exceptions, by CPU."""
    found: dict[int, list[Shown]] = {}
    for one in taken:
        found.setdefault(one.cpu, []).append((one.slot, one.hsr, one.pc))
    return found
