"""IT blocks: what IT announces, and whether the instructions after it say the same (DDI 0406C A8.8.54)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hypgen.asm.mnemonics import CONDITIONS
from hypgen.asm.sections import Fragment
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit
from hypgen.elf.model import Mapping

_CODES = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "")
_MNEMONICS = frozenset(
    "it" + first + second + third
    for first in ("", "t", "e")
    for second in (("", "t", "e") if first else ("",))
    for third in (("", "t", "e") if second else ("",))
)


@dataclass
class ImplicitIt:
    """An IT that nobody wrote, at ``at`` in ``fragment``: it takes more instructions while they fit.

    ``last`` is where the last of them begins; ``ended`` tells that none may follow that.
    """

    fragment: Fragment
    at: int
    conditions: list[str]
    last: int = 0
    ended: bool = False


def is_it(word: str) -> bool:
    """Whether a mnemonic (lower case) is an IT."""
    return word in _MNEMONICS


def begin(unit: Unit, name: str, operands: str) -> None:
    """``itte eq``: emit it in T32 code, and expect its instructions; raises StatementError."""
    condition = CONDITIONS.get(operands.strip().lower())
    if condition is None:
        raise StatementError("ASM-047", f"`{operands}` is not a condition", f"write {name} eq, or another")
    if unit.it_block:
        raise StatementError(
            "ASM-047", "it stands inside of an IT block", f"the one before expects {_left(unit)}"
        )
    code = _CODES.index(condition)
    if not condition and "e" in name[2:]:
        raise StatementError("ASM-047", "nothing is the inverse of `al`, so there is no E")
    unit.it_block = [_CODES[code if letter == "t" else code ^ 1] for letter in "t" + name[2:]]
    if unit.thumb:
        unit.emit_thumb(_word(unit.it_block), 2)


def _word(conditions: list[str]) -> int:
    """IT for instructions with these conditions."""
    return 0xBF00 | _state(tuple(conditions))


@cache
def _state(conditions: tuple[str, ...]) -> int:
    """ITSTATE at the first of the instructions that are left (DDI 0406C A2.5.2)."""
    codes = [_CODES.index(one) for one in conditions]
    mask = 0
    for place, bit in enumerate([*(code & 1 for code in codes[1:]), 1]):
        mask |= bit << (3 - place)
    return codes[0] << 4 | mask


def step(
    unit: Unit, condition: str, *, free: bool = False, conditional: bool = True, branches: bool = False
) -> int:
    """Check an instruction against the IT block, and give ITSTATE there; raises StatementError.

    ``free`` tells that a condition may stand outside of a block (B), ``conditional`` is False for
    instructions that never have one, ``branches`` that it writes the PC, so that it must be a block's last.
    """
    block = unit.it_block
    if not block:
        if condition and unit.thumb and not free and unit.options.implicit_it:
            return _implied(unit, condition, branches=branches)
        unit.implicit_it = None
        if condition and unit.thumb and not free:
            raise StatementError(
                "ASM-047",
                "it is conditional outside of an IT block",
                f"put `it {condition}` before it",
            )
        return 0
    state = _state(tuple(block))
    expected = block.pop(0)
    if condition != expected and conditional:
        wanted = f"the condition {expected}" if expected else "no condition"
        raise StatementError("ASM-047", f"its IT block wants {wanted} here")
    return state if unit.thumb else 0


def _implied(unit: Unit, condition: str, *, branches: bool) -> int:
    """ITSTATE of a conditional instruction without IT: the IT before takes it in, or it gets one."""
    one, fragment = unit.implicit_it, unit.fragment
    fits = (
        one is not None
        and one.fragment is fragment
        and fragment.size - one.last in (2, 4)
        and unit.section.mapping_state.get(unit.subsection) is Mapping.THUMB
        and not one.ended
        and len(one.conditions) < 4
        and _CODES.index(one.conditions[0]) >> 1 == _CODES.index(condition) >> 1
    )
    if one is not None and fits:
        one.conditions.append(condition)
        fragment.data[one.at : one.at + 2] = _word(one.conditions).to_bytes(2, "little")
    else:
        at = unit.emit_thumb(_word([condition]), 2)
        one = unit.implicit_it = ImplicitIt(unit.fragment, at, [condition])
    one.last, one.ended = unit.fragment.size, branches
    return _state((condition,))


def skip(unit: Unit) -> None:
    """An instruction word given as a number takes its place in the IT block."""
    unit.implicit_it = None
    if unit.it_block:
        unit.it_block.pop(0)


def check_closed(unit: Unit) -> None:
    """Refuse an IT block whose instructions are missing where T32 code ends."""
    missing = _left(unit) if unit.it_block and unit.thumb else ""
    unit.it_block = []
    if missing:
        raise StatementError("ASM-047", f"the code ends inside of an IT block: expected {missing}")


def _left(unit: Unit) -> str:
    count = len(unit.it_block)
    return f"{count} more instruction{'s' if count > 1 else ''}"
