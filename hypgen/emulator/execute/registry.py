"""From a decoded instruction to the closure that performs it.

Binders register under the manual's heading, which A32 and T32 encodings of one operation share (in A32
it is also the encoding's name), and :func:`bind` picks one,
lets it specialise, and wraps the closure in the instruction's condition. What a binder refuses
(UNDEFINED and UNPREDICTABLE operands that the encoding shows) becomes a closure that refuses when
it is executed, since an instruction whose condition fails is never UNDEFINED here: DDI 0406C A4.2.1
leaves that choice, and the Cortex-A7 and A15 take it this way.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from hypgen.arch.encoding import Kind
from hypgen.arch.itstate import it_condition
from hypgen.decode.table import (
    Insn,
    NoInstruction,
    decode_a32,
    decode_t32,
    is_32bit,
    no_instruction_a32,
    no_instruction_t32,
)
from hypgen.emulator import execute
from hypgen.emulator.exceptions import GuestException, Undefined
from hypgen.emulator.execute.closures import Op, close
from hypgen.emulator.not_modelled import not_modelled
from hypgen.errors import Diagnostic, InternalError, NotModelledError

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu

Binder = Callable[["Cpu", "Insn", int], Op]
"""Gives the closure for an instruction at an address (the last argument) on a CPU."""

EndsBlock = bool | Callable[["Insn"], bool]
"""Whether the instruction may change what is executed next, or the context it is executed in."""


class Unpredictable(NotModelledError):  # noqa: N818  # the manual's word
    """The instruction is UNPREDICTABLE here: whatever the core did next would be an invention."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Diagnostic("EMU-011", sentence))
        self.sentence = sentence


class Semantics(NamedTuple):
    """What an encoding's binder is, and whether its instructions end a block."""

    binder: Binder
    ends_block: EndsBlock


def refuse(cpu: Cpu, sentence: str) -> None:
    """What is UNPREDICTABLE, although hardware usually does the obvious thing: under strict rules they are
    told and the run goes on with that, otherwise raise Unpredictable."""
    observer = cpu.system.observer
    if observer is None:
        raise Unpredictable(sentence)
    observer.unpredictable(sentence)


_SEMANTICS: dict[str, Semantics] = {}
_EXTENSION = f"{execute.__name__}.extension"


def binds(*names: str, ends_block: EndsBlock = False) -> Callable[[Binder], Binder]:
    """Register a binder for the headings ``names``; raises InternalError when one is taken."""

    def register(binder: Binder) -> Binder:
        for name in names:
            if name in _SEMANTICS:
                raise InternalError.at("EMU-012", f"two binders for {name}")
            _SEMANTICS[name] = Semantics(binder, ends_block)
        return binder

    return register


@cache
def _import_twins(package: str) -> None:
    """Have the twin files in a package register their binders."""
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(module.name)


def semantics() -> dict[str, Semantics]:
    """Every heading and its semantics."""
    _import_twins(execute.__name__)
    _import_twins(_EXTENSION)
    return _SEMANTICS


def _found(heading: str) -> Semantics | None:
    """The semantics of a heading. Those of the extensions are imported when one is first looked for."""
    _import_twins(execute.__name__)
    if heading not in _SEMANTICS:
        _import_twins(_EXTENSION)
    return _SEMANTICS.get(heading)


def ends_block(insn: Insn) -> bool:
    """Whether ``insn`` must be the last of its block: it may branch, or change mode or translation."""
    found = _found(insn.heading)
    if found is None:
        return True
    return found.ends_block if isinstance(found.ends_block, bool) else found.ends_block(insn)


def bind(cpu: Cpu, insn: Insn, pc: int) -> Op:
    """The closure that performs ``insn``, found at the address ``pc``, on ``cpu``.

    The closure raises a GuestException for an exception that the instruction causes, with the CPU
    as it was before (but for what the manual has happen), Unpredictable, or NotModelledError.
    """
    found = _found(insn.heading)
    op: Op
    if insn.unpredictable is not None and insn.heading == "HVC" and found is not None:
        obvious = found.binder(cpu, insn, pc)
        if cpu.system.observer is not None:  # also if its condition fails: who ignores it makes the call
            return _told(cpu, insn.unpredictable, when(cpu, insn.condition, obvious))
        op = _told(cpu, insn.unpredictable, obvious)
    elif insn.unpredictable is not None and insn.tolerated and found is not None:
        op = found.binder(cpu, insn, pc)
        if cpu.system.observer is not None:
            op = _told(cpu, insn.unpredictable, op)
    elif insn.unpredictable is not None:
        op = _refuse(Unpredictable(insn.unpredictable))
        if insn.heading == "B" and insn.itstate and "cond" in insn:
            return op  # it is not for IT blocks, whatever its own condition: QEMU has it UNDEFINED
    elif found is None:
        op = _refuse(not_modelled(insn.name))
    else:
        try:
            op = found.binder(cpu, insn, pc)
        except (GuestException, NotModelledError) as refusal:
            op = _refuse(refusal)
    return when(cpu, insn.condition, op)


def bind_word(cpu: Cpu, word: int, pc: int) -> Op:
    """As :func:`bind`, for a word of A32 code that may be no instruction at all."""
    insn = decode_a32(word)
    if insn is not None:
        return bind(cpu, insn, pc)
    return when(cpu, word >> 28, _refuse(_refusal(f"{word:#010x}", no_instruction_a32(word))))


def bind_halfwords(cpu: Cpu, first: int, second: int | None, itstate: int, pc: int) -> Op:
    """As :func:`bind_word`, for T32 code at a place where ITSTATE is ``itstate``.

    ``second`` is ignored where ``first`` is a whole instruction, and may be None only there.
    """
    insn = decode_t32(first, second, itstate)
    if insn is not None:
        return bind(cpu, insn, pc)
    digits = f"{first:#06x}" + (f"{second:04x}" if is_32bit(first) else "")
    return when(cpu, it_condition(itstate), _refuse(_refusal(digits, no_instruction_t32(first, second))))


def _refusal(digits: str, why: NoInstruction | None) -> Exception:
    """What refuses bits that were not decoded."""
    assert why is not None, f"{digits} is an instruction"
    if why.kind is Kind.UNMODELLED:
        return not_modelled(f"{why.row.heading}: {digits}")
    if why.kind is Kind.UNPREDICTABLE:
        return Unpredictable(f"{digits}: {why.reason}")
    return Undefined(f"{digits} is no instruction of ARMv7-A: {why.reason}")


def _told(cpu: Cpu, unpredictable: str, obvious: Op) -> Op:
    """An UNPREDICTABLE instruction of which hardware makes the obvious thing."""
    heading, _, why = unpredictable.partition(": ")
    condition, _, section = why.rpartition("; ")
    sentence = f"{heading} is UNPREDICTABLE here: {condition} (DDI 0406C {section})"

    def op() -> None:
        refuse(cpu, sentence)
        obvious()

    return op


def _refuse(refusal: Exception) -> Op:
    def op() -> None:
        raise refusal.with_traceback(None)

    return op


ALWAYS = 0b1110

CONDITIONS = (
    "cpu.z",  # EQ
    "not cpu.z",  # NE
    "cpu.c",  # CS
    "not cpu.c",  # CC
    "cpu.n",  # MI
    "not cpu.n",  # PL
    "cpu.v",  # VS
    "not cpu.v",  # VC
    "cpu.c and not cpu.z",  # HI
    "cpu.z or not cpu.c",  # LS
    "cpu.n == cpu.v",  # GE
    "cpu.n != cpu.v",  # LT
    "cpu.n == cpu.v and not cpu.z",  # GT
    "cpu.z or cpu.n != cpu.v",  # LE
)
"""Each condition as a test of the flags, by its number (DDI 0406C A8.3, table A8-1)."""


def when(cpu: Cpu, condition: int, op: Op) -> Op:
    """``op`` under a condition; the condition AL, and 0b1111 of the unconditional encodings, cost nothing."""
    if condition >= ALWAYS:
        return op
    return close(f"if {CONDITIONS[condition]}: op()", cpu=cpu, op=op)
