"""IT blocks: what IT announces, and whether the instructions after it say the same (DDI 0406C A8.8.54)."""

from __future__ import annotations

from functools import cache

from hypgen.asm.mnemonics import CONDITIONS
from hypgen.asm.source import StatementError
from hypgen.asm.unit import Unit

_CODES = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "")
_MNEMONICS = frozenset(
    "it" + first + second + third
    for first in ("", "t", "e")
    for second in (("", "t", "e") if first else ("",))
    for third in (("", "t", "e") if second else ("",))
)


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
        firstcond, mask = divmod(_state(tuple(unit.it_block)), 16)
        unit.emit_thumb(0xBF00 | firstcond << 4 | mask, 2)


@cache
def _state(conditions: tuple[str, ...]) -> int:
    """ITSTATE at the first of the instructions that are left (DDI 0406C A2.5.2)."""
    codes = [_CODES.index(one) for one in conditions]
    mask = 0
    for place, bit in enumerate([*(code & 1 for code in codes[1:]), 1]):
        mask |= bit << (3 - place)
    return codes[0] << 4 | mask


def step(unit: Unit, condition: str, *, free: bool = False, conditional: bool = True) -> int:
    """Check an instruction against the IT block, and give ITSTATE there; raises StatementError.

    ``free`` tells that a condition may stand outside of a block (B), ``conditional`` is False for
    instructions that never have one.
    """
    block = unit.it_block
    if not block:
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


def skip(unit: Unit) -> None:
    """An instruction word given as a number takes its place in the IT block."""
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
