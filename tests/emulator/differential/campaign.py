"""Cases by the thousand, their differences, and each difference made small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hypgen.arch import itstate
from hypgen.decode.table import decode_a32, decode_t32
from hypgen.decode.text import text
from tests.emulator.differential import known, ours, witness
from tests.emulator.differential.case import Case, Outcome, differences
from tests.emulator.differential.generate import Generator

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
        changed = {name: value for name, value in registers.items() if value and self._matters(name)}
        lines.append("  " + " ".join(f"{name}={value:#x}" for name, value in changed.items()))
        lines += [f"  {name}: {mine:#x}, in QEMU {other:#x}" for name, (mine, other) in self.found.items()]
        return "\n".join(lines)


def disassembly(case: Case) -> list[str]:
    """The instructions of a case as text."""
    lines, at = [], case.pc
    cpsr = case.registers["CPSR"]
    state = (cpsr >> 25 & 3) | (cpsr >> 10 & 0x3F) << 2
    for content in case.instructions:
        if cpsr >> 5 & 1:
            halves = [int.from_bytes(content[i : i + 2], "little") for i in range(0, len(content), 2)]
            insn = decode_t32(halves[0], halves[1] if len(halves) > 1 else None, state)
            assert insn is not None
            state = insn["itstate"] if insn.heading == "IT" else itstate.advance(state)
        else:
            insn = decode_a32(int.from_bytes(content, "little"))
            assert insn is not None
        lines.append(f"{at:#x} {content.hex()} {text(insn, at)}  [{insn.name}]")
        at += len(content)
    return lines


def run(
    seed: int, instructions: int, directory: Path, mmu: bool | None = None
) -> Iterator[tuple[int, list[Difference]]]:
    """Batches until so many instructions were compared: how many were, and what differs."""
    compared = 0
    while compared < instructions:
        cases, expected = Generator(seed, mmu).cases(BATCH)
        seen = witness.execute(cases, directory)
        done = sum(outcome.executed for outcome in expected)
        compared += done
        seed += 1
        yield done, _compare(cases, expected, seen)


def _compare(cases: Sequence[Case], expected: Sequence[Outcome], seen: Sequence[Outcome]) -> list[Difference]:
    pairs = zip(cases, expected, seen, strict=True)
    found = [
        Difference(case, mine, differences(mine, known.without_masked(mine, theirs)))
        for case, mine, theirs in pairs
    ]
    return [one for one in found if one.found]


def shrink(difference: Difference, directory: Path) -> Difference:
    """A difference with as few instructions of the case as show one."""
    place = 0
    while len(difference.case.instructions) > 1 and place < len(difference.case.instructions):
        case = difference.case
        shorter = replace(
            case,
            instructions=case.instructions[:place] + case.instructions[place + 1 :],
            names=case.names[:place] + case.names[place + 1 :],
        )
        outcome = ours.execute(shorter)
        again = _single(shorter, outcome, directory) if isinstance(outcome, Outcome) else None
        if again is not None:
            difference = again
        else:
            place += 1
    return difference


def _single(case: Case, outcome: Outcome, directory: Path) -> Difference | None:
    """One case alone, in its own memory: those before it consist of nothing but fill."""
    empty = [replace(case, index=index, instructions=(), names=()) for index in range(case.index)]
    before = [replace(one, registers={**one.registers, "PC": one.pc}) for one in empty]
    seen = witness.execute([*before, case], directory)[case.index]
    found = differences(outcome, known.without_masked(outcome, seen))
    return Difference(case, outcome, found) if found else None
