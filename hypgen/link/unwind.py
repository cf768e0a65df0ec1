"""The index of unwind tables (.ARM.exidx, EHABI "Index table entries"): complete, and without repeats.

An entry holds from its function's address to the next entry's. Code without an entry would thus be
unwound by the entry of what stands before it, so it gets one that says EXIDX_CANTUNWIND; an entry that
says the same as the one before it is left out. Both are done as GNU ld does them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from struct import iter_unpack, pack

from hypgen.elf.model import ObjectFile, Relocation, Section, SectionFlag, SectionType, Symbol
from hypgen.link.placement import Input, Output
from hypgen.link.symbols import Definition, Resolution

_ENTRY = 8
_CANTUNWIND = 1
_INLINE = 0x8000_0000
"""The second word of an entry: no unwinding, or, with bit 31 set, the unwinding instructions themselves."""
_R_ARM_PREL31 = 42


@dataclass
class _Edit:
    """What happens to an index: entries that go, and whether one is added for what follows its code."""

    section: Section
    code: str
    code_size: int
    gone: set[int] = field(default_factory=set)
    ends: bool = False


def complete_indices(
    units: Sequence[ObjectFile], resolution: Resolution, outputs: Sequence[Output]
) -> tuple[list[ObjectFile], Resolution]:
    """The units with the index entries that the image needs, which ``outputs`` gives the order of.

    Code has one index at most. Nothing changes in an image without any.
    """
    placed = {
        (one.unit, one.section.follows): one
        for output in outputs
        for one in output.inputs
        if one.section.type is SectionType.ARM_EXIDX and one.section.follows
    }
    if not placed:
        return list(units), resolution
    order = ">" if any(one.big_endian for one in units) else "<"
    edits = _edits(placed, list(_code(outputs)), order)
    made = list(units)
    private = list(resolution.private)
    for (unit, key), edit in edits.items():
        made[unit], extra = _edited(made[unit], unit, key, edit)
        private[unit] = {**private[unit], **extra}
    return made, Resolution(resolution.shared, private)


def _code(outputs: Sequence[Output]) -> Iterator[Input]:
    """The pieces of code by address."""
    for output in outputs:
        for one in output.inputs:
            if one.section.flags & SectionFlag.EXEC and one.section.type is SectionType.PROGBITS:
                yield one


def _edits(
    placed: dict[tuple[int, str], Input], code: Sequence[Input], order: str
) -> dict[tuple[int, str], _Edit]:
    edits: dict[tuple[int, str], _Edit] = {}
    last: _Edit | None = None
    before: int | None = None
    """What the entry before says: a word of instructions, EXIDX_CANTUNWIND, or None for a table."""
    for one in code:
        index = placed.get((one.unit, one.name))
        if index is None:
            if last is not None and before != _CANTUNWIND and one.section.size:
                last.ends, before = True, _CANTUNWIND
            continue
        last = edits[index.unit, index.name] = _Edit(index.section, one.name, one.section.size)
        whole = len(index.section.data) // _ENTRY * _ENTRY
        for number, (_, word) in enumerate(iter_unpack(f"{order}II", index.section.data[:whole])):
            says = word if word == _CANTUNWIND or word & _INLINE else None
            if says is not None and says == before:
                last.gone.add(number)
            before = says
    if last is not None and before != _CANTUNWIND:
        last.ends = True
    return edits


def _edited(unit: ObjectFile, number: int, key: str, edit: _Edit) -> tuple[ObjectFile, dict[str, Definition]]:
    """The unit with an index after its edit, and the name that it needs."""
    if not edit.gone and not edit.ends:
        return unit, {}
    old = edit.section.data
    kept = [at for at in range(0, len(old), _ENTRY) if at // _ENTRY not in edit.gone]
    moved = {at: new * _ENTRY for new, at in enumerate(kept)}
    data = bytearray(b"".join(old[at : at + _ENTRY] for at in kept))
    relocations = []
    for one in unit.relocations:
        start = one.offset // _ENTRY * _ENTRY
        if one.section != key:
            relocations.append(one)
        elif start in moved:
            relocations.append(replace(one, offset=moved[start] + one.offset % _ENTRY))
    names: dict[str, Definition] = {}
    if edit.ends:
        name = f"\1end of {edit.code}"
        names[name] = Definition(Symbol(name, edit.code, edit.code_size), number)
        relocations.append(Relocation(key, len(data), _R_ARM_PREL31, name))
        data += pack(">II" if unit.big_endian else "<II", 0, _CANTUNWIND)
    section = replace(edit.section, data=data, size=len(data), lines=[], source_lines=[], mapping=[])
    return replace(unit, sections=unit.sections | {key: section}, relocations=relocations), names
