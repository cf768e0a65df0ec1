"""What a block is made of: instructions from one address on, decoded and bound, up to one that may jump.

The functions here read one page (and of the next, what a T32 instruction that crosses into it needs).
They end at the first instruction that may jump or change the context, at the page's end, before a
breakpoint, and after as many instructions as they may decode.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hypgen.arch import itstate
from hypgen.decode.table import Insn, decode_a32, decode_t32, is_32bit
from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.registry import bind, bind_halfwords, bind_word, ends_block, when
from hypgen.emulator.memory import OFFSET_MASK, Page

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu

MASK32 = 0xFFFF_FFFF
_TO_ITSELF = (0x1_0000_0000 - 8, 0x1_0000_0000 - 4)
"""Offset of ``b .`` from the PC that is read in A32 and in T32."""


class Decoded(NamedTuple):
    """Instructions that stand one after the other.

    ``offsets`` gives, for each, its distance from the first; ``size`` is that of them all in bytes.
    ``itstates`` has ITSTATE before each, and is empty where there is no IT block.
    """

    ops: tuple[Op, ...]
    offsets: Sequence[int]
    size: int
    itstates: Sequence[int] = ()


def decode_a32_code(cpu: Cpu, pa: int, page: Page, longest: int, breakpoints: Container[int]) -> Decoded:
    """A32 instructions at the PC, which is the physical address ``pa`` in ``page``."""
    words = page.words
    ops: list[Op] = []
    at, index = cpu.r[15], (pa & OFFSET_MASK) >> 2
    while index < len(words) and len(ops) < longest and (not ops or at not in breakpoints):
        word = words[index]
        insn = decode_a32(word)
        if insn is None:
            ops.append(bind_word(cpu, word, at))
            break
        if _to_itself(insn):
            ops.append(when(cpu, insn.condition, _endless(cpu, at)))
            break
        ops.append(bind(cpu, insn, at))
        if ends_block(insn):
            break
        at = at + 4 & MASK32
        index += 1
    return Decoded(tuple(ops), range(0, 4 * len(ops), 4), 4 * len(ops))


def decode_t32_code(
    cpu: Cpu, pa: int, page: Page, tail: tuple[Page, int] | None, longest: int, breakpoints: Container[int]
) -> Decoded:
    """T32 instructions at the PC; ``tail`` is where the rest of the first is, if it crosses the page's end.

    Where they leave an IT block unfinished, the last instruction puts the rest of it into the CPU.
    """
    va, state = cpu.r[15], cpu.it
    ops: list[Op] = []
    offsets: list[int] = []
    states: list[int] = []
    size, more = 0, True
    for first, second in _halfwords(page, pa & OFFSET_MASK, tail):
        at = va + size & MASK32
        if not more or len(ops) == longest or (ops and at in breakpoints):
            break
        insn = decode_t32(first, second, state)
        if insn is None:
            op, more = bind_halfwords(cpu, first, second, state, at), False
        elif not state and _to_itself(insn):
            op, more = when(cpu, insn.condition, _endless(cpu, at)), False
        else:
            op, more = bind(cpu, insn, at), not ends_block(insn)
        ops.append(op)
        offsets.append(size)
        states.append(state)
        size += 2 if second is None else 4
        state = _next_itstate(insn, state)
    if state:
        ops[-1] = _leaving(cpu, ops[-1], state)
    return Decoded(tuple(ops), offsets, size, states if any(states) else ())


def crosses(pa: int, page: Page) -> bool:
    """Whether the T32 instruction at ``pa`` has its second halfword in the next page."""
    return pa & OFFSET_MASK == OFFSET_MASK - 1 and is_32bit(page.words[-1] >> 16)


def _halfwords(page: Page, offset: int, tail: tuple[Page, int] | None) -> Iterator[tuple[int, int | None]]:
    """The halfwords of each T32 instruction from ``offset`` on that the page and ``tail`` hold wholly."""
    words = page.words
    while offset < OFFSET_MASK:
        first = words[offset >> 2] >> 8 * (offset & 2) & 0xFFFF
        offset += 2
        second = None
        if is_32bit(first):
            if offset < OFFSET_MASK:
                second = words[offset >> 2] >> 8 * (offset & 2) & 0xFFFF
            elif tail is not None:
                second = tail[0].words[0] & 0xFFFF
            else:
                return
            offset += 2
        yield first, second


def _next_itstate(insn: Insn | None, state: int) -> int:
    """ITSTATE after an instruction: an IT begins a block, the others go through it."""
    if insn is not None and insn.heading == "IT":
        return insn["itstate"]
    return itstate.advance(state)


def _leaving(cpu: Cpu, op: Op, state: int) -> Op:
    """``op``, and after it the rest of its IT block given to the CPU, where the runner sees it."""

    def last() -> None:
        op()
        cpu.it = state
        cpu.system.attention = True

    return last


def _to_itself(insn: Insn) -> bool:
    """Whether it branches to itself; its condition, which the flags decide, stays as it is meanwhile."""
    return insn.heading == "B" and insn["imm32"] == _TO_ITSELF[insn.thumb]


def _endless(cpu: Cpu, va: int) -> Op:
    """A branch to itself, which only an interrupt leaves: the CPU waits as for one."""

    def op() -> None:
        cpu.r[15] = va
        cpu.waiting = "loop"
        cpu.system.attention = True

    return op
