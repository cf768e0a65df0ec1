"""The .debug_frame section: how a debugger finds the caller's registers (DWARF 4, 6.4).

It is written byte for byte as GNU as writes it: what all functions begin with is in a common
information entry (CIE), the rest in a frame description entry (FDE) for each.
"""

from __future__ import annotations

from struct import pack

from hypgen.elf.leb import sleb, uleb
from hypgen.elf.model import Frame, FrameStep, ObjectFile
from hypgen.elf.tables import Table

_CIE = 0xFFFF_FFFF
_VERSION = 1
_CODE_FACTOR, DATA_FACTOR = 2, -4
"""Steps of addresses are in halfwords; offsets of saved registers in words below the frame's address."""
_ADVANCE, _ADVANCE1, _ADVANCE2, _ADVANCE4, _NOP = 0x40, 0x02, 0x03, 0x04, 0x00


def frame_table(made: ObjectFile) -> Table | None:
    """.debug_frame for the frames of all sections of an object; None if there are none."""
    frames = [(key, one) for key, section in made.sections.items() for one in section.frames]
    if not frames:
        return None
    table = Table()
    known: dict[tuple[int, bool, bytes], int] = {}
    for key, one in frames:
        common = one.steps[: _common_steps(one)]
        initial = b"".join(step.code for step in common)
        about = (one.return_column, one.is_signal, initial)
        if about not in known:
            known[about] = len(table.data)
            _common_entry(table, *about)
        table.begin()
        table.refer(".debug_frame", known[about])
        table.refer(key, one.start)
        table.data += pack("<I", one.size) + _program(one, one.steps[len(common) :])
        _pad(table)
    return table


def _common_steps(one: Frame) -> int:
    """How many steps at the beginning hold for the whole function."""
    for number, step in enumerate(one.steps):
        if step.offset != one.start or not step.is_common:
            return number
    return len(one.steps)


def _common_entry(table: Table, return_column: int, is_signal: bool, initial: bytes) -> None:
    table.begin()
    augmentation = b"S\0" if is_signal else b"\0"
    table.data += pack("<IB", _CIE, _VERSION) + augmentation
    table.data += uleb(_CODE_FACTOR) + sleb(DATA_FACTOR) + bytes([return_column]) + initial
    _pad(table)


def _program(one: Frame, steps: tuple[FrameStep, ...]) -> bytes:
    out = bytearray()
    at = one.start
    for step in steps:
        distance = (step.offset - at) // _CODE_FACTOR
        if distance:
            out += _advance(distance)
        at = step.offset
        out += step.code
    return bytes(out)


def _advance(distance: int) -> bytes:
    if distance < 0x40:
        return bytes([_ADVANCE | distance])
    if distance < 0x100:
        return pack("<BB", _ADVANCE1, distance)
    if distance < 0x1_0000:
        return pack("<BH", _ADVANCE2, distance)
    return pack("<BI", _ADVANCE4, distance)


def _pad(table: Table) -> None:
    """Entries have a length that is a multiple of the address size."""
    table.data += bytes([_NOP]) * (-len(table.data) % 4)
    table.finish()
