"""The mutants of an image: barriers and maintenance operations removed, weakened or swapped.

These are mutants of class 1: what they take away is order and maintenance, not function, so only a rule
about hazards, a fault or a behavioural check may notice them. Instructions that the image's run never
executes are not changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hypgen.arch.registers import CP15
from hypgen.board.model import Board
from hypgen.decode.table import Insn, decode_a32
from hypgen.decode.text import text
from hypgen.errors import Location
from hypgen.machine.loader import LoadedImage
from hypgen.machine.machine import Machine

NOP = 0xE320_F000
_STORES_ONLY = 0b1110
_BARRIERS = frozenset({"DMB", "DSB", "ISB"})
_MAINTENANCE = ("TLBI", "ITLBI", "DTLBI", "DC", "IC", "BPI", "CP15ISB", "CP15DSB", "CP15DMB")
_TWINS = {"TLBIALLH": "TLBIALLHIS", "TLBIALL": "TLBIALLIS", "TLBIALLNSNH": "TLBIALLNSNHIS"}


@dataclass(frozen=True)
class Mutant:
    """A change of one word: at which virtual address, what it does to which instruction."""

    address: int
    word: int
    new: int
    change: str
    instruction: str
    symbol: str
    location: Location | None

    @property
    def key(self) -> str:
        """A name that is the same in every run on the same image."""
        return f"{self.address:08x}:{self.new:08x}"


def executed(board: Board, image: LoadedImage, limit: int) -> tuple[set[int], Machine]:
    """The virtual addresses of the instructions that the image's run executes, and the machine after it."""
    machine = Machine(board, mode="functional")
    machine.start(image)
    found: set[int] = set()
    machine.hooks.append(
        lambda cpu, block: found.update(image.to_virtual(block.va + offset) for offset in block.offsets)
    )
    machine.run(limit=limit)
    return found, machine


def mutants(image: LoadedImage, reached: set[int]) -> Iterator[Mutant]:
    """Every mutant of the A32 instructions that are reached, in the order of their addresses."""
    for address in sorted(reached):
        word = _word(image, address)
        insn = decode_a32(word) if word is not None else None
        if insn is None or word is None:
            continue
        for change, new in _changes(insn, word):
            yield Mutant(
                address,
                word,
                new,
                change,
                text(insn, address),
                image.symbolize(address),
                image.line(address),
            )


def _word(image: LoadedImage, address: int) -> int | None:
    for segment in image.segments:
        offset = address - segment.virtual
        if offset >= 0 and offset + 4 <= len(segment.data):
            return int.from_bytes(segment.data[offset : offset + 4], "little")
    return None


def _changes(insn: Insn, word: int) -> Iterator[tuple[str, int]]:
    if insn.heading in _BARRIERS:
        yield "removed", NOP
        if insn.heading == "DSB":
            if insn.fields.get("option") != _STORES_ONLY:
                yield "waits for stores only", word & ~0xF | _STORES_ONLY
            yield "DMB in its place", word & ~0xF0 | 0x50
        return
    operation = _operation(insn)
    if operation is not None:
        yield "removed", NOP
        for one, other in (*_TWINS.items(), *((b, a) for a, b in _TWINS.items())):
            if operation == one:
                single = next(row.single for row in CP15.values() if row.name == other)
                assert single is not None
                opc1, crn, crm, opc2 = single
                kept = word & ~(7 << 21 | 0xF << 16 | 0xF | 7 << 5)
                yield f"{other} in its place", kept | opc1 << 21 | crn << 16 | crm | opc2 << 5


def _operation(insn: Insn) -> str | None:
    """The name of the maintenance operation that an MCR is."""
    if not insn.heading.startswith("MCR"):
        return None
    fields = insn.fields
    key = (fields.get("opc1", -1), fields.get("CRn", -1), fields.get("CRm", -1), fields.get("opc2", -1))
    row = CP15.get(key) if fields.get("coproc") == 15 else None
    if row is None or not row.operation or not row.name.startswith(_MAINTENANCE):
        return None
    return row.name


def patched(elf: bytes, image: LoadedImage, mutant: Mutant) -> bytes:
    """The ELF file with the mutant's word in place."""
    for segment in image.segments:
        offset = mutant.address - segment.virtual
        if offset >= 0 and offset + 4 <= len(segment.data):
            start = elf.index(segment.data)
            at = start + offset
            return elf[:at] + mutant.new.to_bytes(4, "little") + elf[at + 4 :]
    raise ValueError(f"no segment holds {mutant.address:#010x}")
