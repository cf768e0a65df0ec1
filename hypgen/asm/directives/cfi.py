"""``.cfi_*``: how a debugger finds the caller's registers; they become .debug_frame (DWARF 4, 6.4).

No byte that is loaded depends on them. GNU as puts them into .eh_frame unless `.cfi_sections` says
otherwise, which nothing on Arm reads at run time: that is done by .ARM.exidx there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hypgen.asm.call_frame import CallFrame
from hypgen.asm.operands import REGISTERS
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.unit import Unit
from hypgen.elf.frames import DATA_FACTOR, defined, restored, saved, undefined
from hypgen.elf.leb import sleb, uleb

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive

SP = 13
_VFP_SINGLE, _VFP_DOUBLE = 64, 256
"""The DWARF numbers of s0 and d0 (AADWARF32, "DWARF register names")."""

# 7.23: call frame instructions that hypgen.elf.frames has not.
_DEF_CFA_REGISTER, _SAME_VALUE, _REGISTER = 0x0D, 0x08, 0x09
_REMEMBER, _RESTORE_STATE, _VAL_OFFSET, _VAL_OFFSET_SF = 0x0A, 0x0B, 0x14, 0x15


def _wrong(sentence: str, hint: str = "") -> StatementError:
    return StatementError("ASM-049", sentence, hint)


def _parts(operands: str, count: int, form: str) -> list[str]:
    parts = split_operands(operands)
    if len(parts) != count:
        raise _wrong(f"expected {count} operand{'s' * (count != 1)}, not {len(parts)}", f"write {form}")
    return parts


def _register(unit: Unit, text: str) -> int:
    """The DWARF number of a register, or a number itself."""
    name = unit.with_aliases(text.strip()).lower()
    if name in REGISTERS:
        return REGISTERS[name]
    vfp = re.fullmatch(r"([sd])([0-9]|[12][0-9]|3[01])", name)
    if vfp:
        return (_VFP_SINGLE if vfp[1] == "s" else _VFP_DOUBLE) + int(vfp[2])
    try:
        number = unit.constant(text, "the register")
    except StatementError:
        number = -1
    if not 0 <= number < 1 << 16:
        raise _wrong(f"`{text}` is not a register", "r0 to r15, s0 to s31, d0 to d31, or a DWARF number")
    return number


def _frame(unit: Unit, name: str) -> CallFrame:
    frame = unit.frame
    if frame is None:
        raise _wrong(f"{name} is outside of a function", "begin one with .cfi_startproc")
    if frame.section is not unit.section:
        raise _wrong(f"this .cfi_startproc was in {frame.section.name}, this is {unit.section.name}")
    return frame


def _add(unit: Unit, frame: CallFrame, code: bytes, *, is_common: bool = True) -> None:
    frame.steps.append((unit.fragment, unit.fragment.size, code, is_common))


def _factored(offset: int) -> int:
    if offset % DATA_FACTOR:
        raise _wrong(f"offset {offset} is not a multiple of {-DATA_FACTOR}")
    return offset // DATA_FACTOR


def _start(unit: Unit, operands: str) -> None:
    """``.cfi_startproc``: the frame's address is SP at first; with ``simple`` nothing is said."""
    if operands.strip() not in ("", "simple"):
        raise _wrong(f"`{operands}`: only `simple` can stand here")
    if unit.frame is not None:
        raise _wrong("the .cfi_startproc before this has no .cfi_endproc")
    unit.frame = frame = CallFrame(unit.section, (unit.fragment, unit.fragment.size), unit.origin)
    if not operands.strip():
        _define(unit, frame, SP, 0)


def _end(unit: Unit, operands: str) -> None:
    _parts(operands, 0, ".cfi_endproc")
    frame = _frame(unit, ".cfi_endproc")
    frame.end = (unit.fragment, unit.fragment.size)
    unit.call_frames.append(frame)
    unit.frame = None


def _sections(unit: Unit, operands: str) -> None:
    for name in split_operands(operands):
        if name not in (".debug_frame", ".eh_frame"):
            raise _wrong(f"`{name}` is no section for frames", "write .cfi_sections .debug_frame")
        if name == ".eh_frame":
            raise _wrong(
                ".eh_frame is not made: on Arm unwinding at run time is by .ARM.exidx",
                "write .cfi_sections .debug_frame",
            )


def _define(unit: Unit, frame: CallFrame, register: int | None, offset: int) -> None:
    if offset < 0:
        _factored(offset)
    frame.offset = offset
    _add(unit, frame, defined(register, offset))


def _def_cfa(unit: Unit, operands: str) -> None:
    register, offset = _parts(operands, 2, ".cfi_def_cfa register, offset")
    frame = _frame(unit, ".cfi_def_cfa")
    _define(unit, frame, _register(unit, register), unit.constant(offset, "the offset"))


def _def_cfa_register(unit: Unit, operands: str) -> None:
    (register,) = _parts(operands, 1, ".cfi_def_cfa_register register")
    frame = _frame(unit, ".cfi_def_cfa_register")
    _add(unit, frame, bytes([_DEF_CFA_REGISTER]) + uleb(_register(unit, register)))


def _def_cfa_offset(unit: Unit, operands: str, *, adjust: bool = False) -> None:
    name = ".cfi_adjust_cfa_offset" if adjust else ".cfi_def_cfa_offset"
    (text,) = _parts(operands, 1, f"{name} offset")
    frame = _frame(unit, name)
    _define(unit, frame, None, unit.constant(text, "the offset") + (frame.offset if adjust else 0))


def _offset(unit: Unit, operands: str, *, relative: bool = False) -> None:
    """The register is saved at an offset from the frame's address, or, ``relative``, from its base."""
    name = ".cfi_rel_offset" if relative else ".cfi_offset"
    text, where = _parts(operands, 2, f"{name} register, offset")
    frame = _frame(unit, name)
    register = _register(unit, text)
    steps = _factored(unit.constant(where, "the offset") - (frame.offset if relative else 0))
    _add(unit, frame, saved(register, steps))


def _val_offset(unit: Unit, operands: str) -> None:
    """The register's value is the frame's address and an offset."""
    text, where = _parts(operands, 2, ".cfi_val_offset register, offset")
    frame = _frame(unit, ".cfi_val_offset")
    steps = _factored(unit.constant(where, "the offset"))
    code, number = (_VAL_OFFSET_SF, sleb(steps)) if steps < 0 else (_VAL_OFFSET, uleb(steps))
    _add(unit, frame, bytes([code]) + uleb(_register(unit, text)) + number)


def _in_register(unit: Unit, operands: str) -> None:
    saved, holder = _parts(operands, 2, ".cfi_register register, register")
    frame = _frame(unit, ".cfi_register")
    code = bytes([_REGISTER]) + uleb(_register(unit, saved)) + uleb(_register(unit, holder))
    _add(unit, frame, code)


def _each(unit: Unit, operands: str, name: str, code: Callable[[int], bytes]) -> None:
    """A rule for each of several registers."""
    frame = _frame(unit, name)
    parts = split_operands(operands)
    if not parts:
        raise _wrong("expected a register", f"write {name} register")
    for text in parts:
        _add(unit, frame, code(_register(unit, text)))


def _remember(unit: Unit, operands: str) -> None:
    _parts(operands, 0, ".cfi_remember_state")
    frame = _frame(unit, ".cfi_remember_state")
    frame.remembered.append(frame.offset)
    _add(unit, frame, bytes([_REMEMBER]), is_common=False)


def _restore_state(unit: Unit, operands: str) -> None:
    _parts(operands, 0, ".cfi_restore_state")
    frame = _frame(unit, ".cfi_restore_state")
    if not frame.remembered:
        raise _wrong("no state was remembered", "put .cfi_remember_state before it")
    frame.offset = frame.remembered.pop()
    _add(unit, frame, bytes([_RESTORE_STATE]))


def _escape(unit: Unit, operands: str) -> None:
    """Call frame instructions as bytes."""
    frame = _frame(unit, ".cfi_escape")
    values = [unit.constant(text, "the byte") for text in split_operands(operands)]
    if not values or not all(-0x80 <= one <= 0xFF for one in values):
        raise _wrong("expected bytes", "write .cfi_escape 0x0f, 3")
    _add(unit, frame, bytes(one & 0xFF for one in values), is_common=False)


def _return_column(unit: Unit, operands: str) -> None:
    (text,) = _parts(operands, 1, ".cfi_return_column register")
    register = _register(unit, text)
    if register > 0xFF:
        raise _wrong(f"`{text}` cannot hold a return address")
    _frame(unit, ".cfi_return_column").return_column = register


def _signal_frame(unit: Unit, operands: str) -> None:
    _parts(operands, 0, ".cfi_signal_frame")
    _frame(unit, ".cfi_signal_frame").is_signal = True


def check_closed(unit: Unit) -> None:
    """Report a function without end; the source ends here."""
    if unit.frame is not None:
        unit.report(_wrong("this .cfi_startproc has no .cfi_endproc"), unit.frame.origin)


def _same_value(register: int) -> bytes:
    return bytes([_SAME_VALUE]) + uleb(register)


TABLE: dict[str, Directive] = {
    ".cfi_startproc": _start,
    ".cfi_endproc": _end,
    ".cfi_sections": _sections,
    ".cfi_def_cfa": _def_cfa,
    ".cfi_def_cfa_register": _def_cfa_register,
    ".cfi_def_cfa_offset": _def_cfa_offset,
    ".cfi_adjust_cfa_offset": partial(_def_cfa_offset, adjust=True),
    ".cfi_offset": _offset,
    ".cfi_rel_offset": partial(_offset, relative=True),
    ".cfi_val_offset": _val_offset,
    ".cfi_register": _in_register,
    ".cfi_restore": partial(_each, name=".cfi_restore", code=restored),
    ".cfi_undefined": partial(_each, name=".cfi_undefined", code=undefined),
    ".cfi_same_value": partial(_each, name=".cfi_same_value", code=_same_value),
    ".cfi_remember_state": _remember,
    ".cfi_restore_state": _restore_state,
    ".cfi_escape": _escape,
    ".cfi_return_column": _return_column,
    ".cfi_signal_frame": _signal_frame,
}
