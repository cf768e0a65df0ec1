"""Capstone's reading of a word: a second opinion, by people who did not write our tables.

The only module that imports capstone, and only when it is asked.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capstone import Cs


@cache
def _disassembler(v8: bool) -> Cs:
    import capstone

    return capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_ARM | (capstone.CS_MODE_V8 if v8 else 0))


def disassemble(word: int, address: int = 0) -> str | None:
    """What capstone makes of an A32 word at ``address``: ``mnemonic operands``, or None.

    ARMv7 is asked first. What it does not know there (HVC, ERET, banked registers and divides, which
    capstone counts among ARMv8's) is asked again as ARMv8.
    """
    code = word.to_bytes(4, "little")
    for v8 in (False, True):
        for _, _, mnemonic, operands in _disassembler(v8).disasm_lite(code, address, 1):
            return f"{mnemonic} {operands}".strip()
    return None
