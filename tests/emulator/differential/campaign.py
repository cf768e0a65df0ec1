"""Cases by the thousand, their differences, and each difference made small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hypgen.decode.text import text
from tests.emulator.differential import known, ours, witness
from tests.emulator.differential.case import CODE_OFFSET, Case, Outcome, differences
from tests.emulator.differential.generate import Generator, accepted, drawn
from tests.emulator.differential.values import PLAIN

BATCH = 2000
"""Cases in one run of QEMU."""


@dataclass(frozen=True)
class Difference:
    """A case that does not end in QEMU as it does here, and what differs."""

    case: Case
    ours: Outcome
    found: dict[str, tuple[int, int]]

    def _matters(self, name: str) -> bool:
        """Whether the value of a register may be of interest to who reads the difference."""
        return not name.startswith(("CONTEXTIDR", "TPIDR", "HTPIDR"))

    def __str__(self) -> str:
        registers = self.case.registers
        lines = [f"{ours.mode_of(self.case)}:"]
        lines += [f"  {line}" for line in disassembly(self.case)]
        changed = {
            name: value
            for name, value in registers.items()
            if value != PLAIN.get(name, 0) and self._matters(name)
        }
        lines.append("  " + " ".join(f"{name}={value:#x}" for name, value in changed.items()))
        raised = self.ours.raised
        if raised is not None:
            lines.append(
                f"  {raised.kind} of {raised.encoding or 'no instruction of the case'} at {raised.pc:#x}"
            )
        lines += [f"  {name}: {mine:#x}, in QEMU {other:#x}" for name, (mine, other) in self.found.items()]
        return "\n".join(lines)


def disassembly(case: Case) -> list[str]:
    """The instructions of a case as text."""
    lines, at = [], case.pc
    for content, insn in zip(case.instructions, case.decoded(), strict=True):
        lines.append(f"{at:#x} {content.hex()} {text(insn, at)}  [{insn.name}]")
        at += len(content)
    return lines


def run(
    seed: int,
    instructions: int,
    directory: Path,
    rows: frozenset[str] | None = None,
    batch: int = BATCH,
    generated: bool = False,
) -> Iterator[tuple[int, list[Difference]]]:
    """Batches until so many instructions were compared: how many were, and what differs.

    All instructions are of ``rows``, if they are given. ``generated`` has the core execute the cases by the
    functions that hot code gets.
    """
    compared = 0
    while compared < instructions:
        cases, expected = Generator(seed, rows=rows).cases(batch)
        if generated:
            expected = [_generated(case) for case in cases]
        seen = _witnessed(cases, directory)
        done = sum(outcome.executed for outcome in expected)
        compared += done
        seed += 1
        yield done, _compare(cases, expected, seen)


def _generated(case: Case) -> Outcome:
    """What generated functions make of a case that closures could execute."""
    outcome = ours.execute(case, generated=True)
    assert isinstance(outcome, Outcome), (case.names, outcome)
    return outcome


def _witnessed(cases: Sequence[Case], directory: Path) -> list[Outcome | None]:
    """What each case leaves in QEMU; None of one that does not end there, or that stops QEMU."""
    cases, endless = list(cases), set()
    while True:
        try:
            seen = witness.execute(cases, directory)
        except (witness.Endless, witness.Stopped) as error:
            index = error.index if isinstance(error, witness.Endless) else _stopping(cases, directory)
            endless.add(index)
            cases[index] = _empty(cases[index])
        else:
            return [None if index in endless else one for index, one in enumerate(seen)]


def _stopping(cases: Sequence[Case], directory: Path) -> int:
    """The first case that stops QEMU."""
    low, high = 0, len(cases)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            witness.execute([*cases[:middle], *map(_empty, cases[middle:])], directory)
        except witness.Stopped:
            high = middle
        else:
            low = middle
    return low


def _empty(case: Case) -> Case:
    """A case of nothing but fill, with no MMU."""
    registers = {**case.registers, **PLAIN, "PC": case.base + CODE_OFFSET}
    return replace(case, instructions=(), names=(), registers=registers)


def _compare(
    cases: Sequence[Case], expected: Sequence[Outcome], seen: Sequence[Outcome | None]
) -> list[Difference]:
    pairs = zip(cases, expected, seen, strict=True)
    found = [Difference(case, mine, _found(case, mine, theirs)) for case, mine, theirs in pairs]
    return [one for one in found if one.found]


def _found(case: Case, mine: Outcome, theirs: Outcome | None) -> dict[str, tuple[int, int]]:
    if theirs is None:
        return {"executed, where QEMU has no end": (mine.executed, 0)}
    return differences(known.as_listed(case, mine), theirs)


def shrink(difference: Difference, directory: Path) -> Difference:
    """A difference with as few instructions as show one: the first that does so alone, in the state that
    those before it leave; or the case without each that it can do without."""
    for executed in range(difference.ours.executed + 1):
        case = ours.alone(difference.case, executed)
        alone = _again(case, directory) if case is not None else None
        if alone is not None:
            return alone
    place = len(difference.case.instructions) - 1
    while place >= 0:
        others = [one for one in range(len(difference.case.instructions)) if one != place]
        fewer = _with(difference.case, others, directory) if others else None
        if fewer is None:
            place -= 1
        else:
            difference, place = fewer, len(others) - 1
    return difference


def _with(case: Case, places: Sequence[int], directory: Path) -> Difference | None:
    """What a case with only these of its instructions shows."""
    instructions = tuple(case.instructions[place] for place in places)
    names = tuple(case.names[place] for place in places)
    return _again(replace(case, instructions=instructions, names=names), directory)


def _again(case: Case, directory: Path) -> Difference | None:
    """What a case that the generator might have made shows: what the list has is no difference."""
    made = accepted(case) if all(drawn(insn, case.registers) for insn in case.decoded()) else None
    return _single(*made, directory) if made is not None and made[0] == case else None


def _single(case: Case, outcome: Outcome, directory: Path) -> Difference | None:
    """One case alone, in its own memory: those before it consist of nothing but fill."""
    before = [_empty(replace(case, index=index)) for index in range(case.index)]
    seen = _witnessed([*before, case], directory)[case.index]
    found = _found(case, outcome, seen)
    return Difference(case, outcome, found) if found else None
