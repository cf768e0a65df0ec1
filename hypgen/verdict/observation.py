"""One run of an image, seen from outside: everything that checks are allowed to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hypgen.board.model import Board
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.emulator.strict.findings import Finding
from hypgen.errors import InputError, Location
from hypgen.machine.loader import LoadedImage
from hypgen.machine.machine import Machine, StopReason
from hypgen.plan.structures import (
    JOURNAL_SIZE,
    RECORD_AREA_SIZE,
    JournalEntry,
    Record,
    read_journal,
    read_record_area,
)
from hypgen.units import LoadAddr
from hypgen.verdict.check import ShortfallError

WATCHED = ("HVBAR", "HSCTLR", "HTTBR")
"""Registers whose every write is kept: they say where Hyp mode goes and through what."""
INSTRUCTION_LIMIT = 400_000
"""Instructions after which a run is stopped; the lifecycle needs about forty thousand."""


class RegisterWrite(NamedTuple):
    """A write of a watched register: by the instruction at ``pc``, ``order`` counting with exceptions."""

    name: str
    value: int
    pc: int
    order: int


@dataclass(frozen=True)
class Observation:
    """What one run showed. ``complement`` says whether the UNKNOWN filling was the complemented one;
    ``what_lies_at`` names what the board has at a physical address."""

    image: LoadedImage
    complement: bool
    stop: StopReason
    instructions: int
    exceptions: Sequence[ExceptionTaken]
    writes: Sequence[RegisterWrite]
    journal: Sequence[JournalEntry]
    records: Sequence[Record]
    console: str
    findings: Sequence[Finding]
    what_lies_at: Callable[[int], str]

    def load_of(self, symbol: str) -> int:
        """The load address of ``symbol``: what a CPU with its MMU off knows it by."""
        return self.image.to_load(self.virtual_of(symbol))

    def virtual_of(self, symbol: str) -> int:
        """The virtual address of ``symbol``; raises ShortfallError if the image has no such symbol."""
        if symbol not in self.image.symbols:
            raise ShortfallError(f"the image has no symbol {symbol}")
        return self.image.symbols[symbol].address


def observe(
    board: Board,
    elf: bytes,
    name: str,
    *,
    unknown_seed: int,
    complement: bool,
    lines: Sequence[tuple[int, Location]] = (),
) -> Observation:
    """Run ``elf`` on the board's strict machine from reset until it stops, and say what was seen.

    Raises InputError when the file cannot be loaded, or is no image that declares its scenario.
    """
    machine = Machine(board, mode="strict", unknown_seed=unknown_seed, complement=complement)
    image = machine.load(elf, name, lines=lines)
    missing = [symbol for symbol in ("host_journal", "hyp_records") if symbol not in image.symbols]
    if missing:
        raise InputError.at(
            "VERDICT-001",
            f"this image declares no scenario: it has no symbol {' and no symbol '.join(missing)}",
            Location(name),
            "verify an image that hypgen built and that is not stripped",
        )
    writes: list[RegisterWrite] = []

    def note(_: int, register: str, value: int, pc: int) -> None:
        writes.append(RegisterWrite(register, value, pc, len(machine.exceptions)))

    machine.watch_registers(WATCHED, note)
    result = machine.run(limit=INSTRUCTION_LIMIT)
    return Observation(
        image=image,
        complement=complement,
        stop=result.stop,
        instructions=result.instructions,
        exceptions=tuple(machine.exceptions),
        writes=tuple(writes),
        journal=_journal(machine, image),
        records=_records(machine, image),
        console=machine.console,
        findings=tuple(machine.findings),
        what_lies_at=machine.bus.what,
    )


def _journal(machine: Machine, image: LoadedImage) -> tuple[JournalEntry, ...]:
    try:
        return read_journal(_at(machine, image, "host_journal", JOURNAL_SIZE))
    except ValueError:
        # The image overwrote its own journal: it has nothing to say, and every check will say so.
        return ()


def _records(machine: Machine, image: LoadedImage) -> tuple[Record, ...]:
    return read_record_area(_at(machine, image, "hyp_records", RECORD_AREA_SIZE))


def _at(machine: Machine, image: LoadedImage, symbol: str, size: int) -> bytes:
    """Memory at a symbol; raises InputError VERDICT-002 if the symbol is not where memory is."""
    address = image.to_load(image.symbols[symbol].address)
    try:
        return machine.read_load(address, size)
    except ValueError as error:
        raise InputError.at(
            "VERDICT-002",
            f"{symbol} lies at load address {LoadAddr(address)}, and not all of its {size} bytes are memory",
            Location(image.name),
            "verify an image for this board that hypgen built",
        ) from error
