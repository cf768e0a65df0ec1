"""Capstone's reading of a word: a second opinion, by people who did not write our tables.

The only module that imports capstone, and only when it is asked.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capstone import Cs


@cache
def _disassembler(thumb: bool, v8: bool) -> Cs:
    import capstone

    mode = capstone.CS_MODE_THUMB if thumb else capstone.CS_MODE_ARM
    return capstone.Cs(capstone.CS_ARCH_ARM, mode | (capstone.CS_MODE_V8 if v8 else 0))


def disassemble(word: int, address: int = 0, *, thumb: bool = False) -> str | None:
    """What capstone makes of a word at ``address``: ``mnemonic operands``, or None.

    A T32 word has its first halfword in its upper half; one without is a 16-bit instruction.
    ARMv7 is asked first. What it does not know there (HVC, ERET, banked registers and divides, which
    capstone counts among ARMv8's) is asked again as ARMv8.
    """
    halves = [word >> 16, word & 0xFFFF] if thumb and word >> 16 else [word]
    code = b"".join(half.to_bytes(2 if thumb else 4, "little") for half in halves)
    for v8 in (False, True):
        for _, _, mnemonic, operands in _disassembler(thumb, v8).disasm_lite(code, address, 1):
            return f"{mnemonic} {operands}".strip()
    return None
