"""The one spelling of each A32 instruction: shape and range checks, aliases resolved.

`canonical` turns a taken-apart statement whose operands are numbers into the text that is sent to
the encoder. Two statements have the same canonical text exactly if they mean the same encoding, so
the text is also what the proof compares: the encoded word, decoded to text and made canonical again,
must come back to it. Aliases are resolved as GNU as does: ``push {r4}`` is a store, ``lsl`` is MOV,
an immediate that does not fit goes to the opposite opcode (``add #-4`` is SUB).
"""

from __future__ import annotations

from functools import lru_cache

from hypgen.asm.canonical import data, memory, system
from hypgen.asm.canonical.spelling import Form
from hypgen.asm.mnemonics import Family, Word
from hypgen.asm.operands import Operand

FORMS: dict[Family, Form] = {**data.FORMS, **memory.FORMS, **system.FORMS}
"""The function of each family."""


@lru_cache(maxsize=1 << 14)
def canonical(word: Word, operands: tuple[Operand, ...]) -> str:
    """The canonical text; every expression in ``operands`` must be a number. Raises StatementError."""
    return FORMS[word.mnemonic.family](word, list(operands))
