"""The .debug_frame section: how a debugger finds the caller's registers (DWARF 4, 6.4).

It is written byte for byte as GNU as writes it: what all functions begin with is in a common
information entry (CIE), the rest in a frame description entry (FDE) for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from struct import pack

from hypgen.elf.leb import sleb, uleb
from hypgen.elf.model import Frame, FrameStep, ObjectFile
from hypgen.elf.tables import Table

_CIE = 0xFFFF_FFFF
_VERSION = 1
_CODE_FACTOR, DATA_FACTOR = 2, -4
"""Steps of addresses are in halfwords; offsets of saved registers in words below the frame's address."""
NAME = ".debug_frame"

# 7.23: call frame instructions.
_ADVANCE, _ADVANCE1, _ADVANCE2, _ADVANCE4, _NOP = 0x40, 0x02, 0x03, 0x04, 0x00
_DEF_CFA, _DEF_CFA_OFFSET, _DEF_CFA_SF, _DEF_CFA_OFFSET_SF = 0x0C, 0x0E, 0x12, 0x13
_OFFSET, _OFFSET_EXTENDED, _OFFSET_EXTENDED_SF = 0x80, 0x05, 0x11
_RESTORE, _RESTORE_EXTENDED, _UNDEFINED = 0xC0, 0x06, 0x07
_SHORT_REGISTERS = 64
"""The one-byte forms of offset and restore have six bits for the register."""


def defined(register: int | None, offset: int) -> bytes:
    """The frame's address is ``offset`` bytes above a register; None is the one of before."""
    if offset < 0:
        code, where = (_DEF_CFA_OFFSET_SF if register is None else _DEF_CFA_SF), sleb(offset // DATA_FACTOR)
    else:
        code, where = (_DEF_CFA_OFFSET if register is None else _DEF_CFA), uleb(offset)
    return bytes([code]) + (b"" if register is None else uleb(register)) + where


def saved(register: int, steps: int) -> bytes:
    """The register is saved ``steps`` words below the frame's address."""
    if steps < 0:
        return bytes([_OFFSET_EXTENDED_SF]) + uleb(register) + sleb(steps)
    if register < _SHORT_REGISTERS:
        return bytes([_OFFSET | register]) + uleb(steps)
    return bytes([_OFFSET_EXTENDED]) + uleb(register) + uleb(steps)


def restored(register: int) -> bytes:
    """The register's rule is again that of the beginning."""
    if register < _SHORT_REGISTERS:
        return bytes([_RESTORE | register])
    return bytes([_RESTORE_EXTENDED]) + uleb(register)


def undefined(register: int) -> bytes:
    """The caller's value of the register is lost."""
    return bytes([_UNDEFINED]) + uleb(register)


def with_frames(made: ObjectFile, frames: Sequence[Frame]) -> ObjectFile:
    """The object with a .debug_frame for ``frames``; itself if there are none."""
    if not frames:
        return made
    table = frame_table(frames, big_endian=made.big_endian)
    return replace(
        made,
        sections={**made.sections, NAME: table.section(NAME, align=4)},
        relocations=[*made.relocations, *table.relocations(NAME)],
    )


def frame_table(frames: Sequence[Frame], *, big_endian: bool = False) -> Table:
    """The contents of .debug_frame for ``frames``, in their order."""
    table = Table(big_endian)
    known: dict[tuple[int, bool, bytes], int] = {}
    for one in frames:
        common = one.steps[: _common_steps(one)]
        initial = b"".join(step.code for step in common)
        about = (one.return_column, one.is_signal, initial)
        if about not in known:
            known[about] = len(table.data)
            _common_entry(table, *about)
        table.begin()
        table.refer(NAME, known[about])
        table.refer(one.section, one.start)
        table.put("I", one.size)
        table.data += _program(one, one.steps[len(common) :], big_endian=big_endian)
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
    table.put("IB", _CIE, _VERSION)
    table.data += augmentation
    table.data += uleb(_CODE_FACTOR) + sleb(DATA_FACTOR) + bytes([return_column]) + initial
    _pad(table)


def _program(one: Frame, steps: tuple[FrameStep, ...], *, big_endian: bool) -> bytes:
    out = bytearray()
    at = one.start
    for step in steps:
        distance = (step.offset - at) // _CODE_FACTOR
        if distance:
            out += _advance(distance, ">" if big_endian else "<")
        at = step.offset
        out += step.code
    return bytes(out)


def _advance(distance: int, order: str) -> bytes:
    if distance < 0x40:
        return bytes([_ADVANCE | distance])
    if distance < 0x100:
        return pack("BB", _ADVANCE1, distance)
    if distance < 0x1_0000:
        return pack(f"{order}BH", _ADVANCE2, distance)
    return pack(f"{order}BI", _ADVANCE4, distance)


def _pad(table: Table) -> None:
    """Entries have a length that is a multiple of the address size."""
    table.data += bytes([_NOP]) * (-len(table.data) % 4)
    table.finish()
