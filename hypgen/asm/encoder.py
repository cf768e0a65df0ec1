"""From canonical text to a proven word.

Keystone encodes. What this build of it refuses although ARMv7-A has it (SWP, the `2` forms of the
coprocessor instructions, LDM and STM with UNPREDICTABLE register choices that GNU as takes too) is
encoded from the encoding tables. Either way the word must decode back to the statement, or there is
no word. Canonical text does not depend on where the statement stands, so results are remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hypgen.asm import keystone, proof, tabled
from hypgen.asm.source import StatementError

_USER_WRITEBACK = re.compile(r"((?:ldm|stm)\S* \w+)!(, \{.*\}\^)")
_WRITEBACK = 1 << 21


@lru_cache(maxsize=1 << 16)
def encode(text: str) -> int:
    """The word of a canonical statement; raises StatementError if it has none or cannot be proven."""
    match = _USER_WRITEBACK.fullmatch(text)
    if match and not (text.startswith("ldm") and "pc}" in text):
        # UNPREDICTABLE (DDI 0406C B9.3.6, B9.3.17: W is should-be-zero), but GNU as takes it.
        return encode(match[1] + match[2]) | _WRITEBACK
    try:
        word = keystone.encode(text)
    except keystone.RefusedError as refusal:
        fallback = tabled.encode(text)
        if fallback is None:
            raise StatementError(
                "ASM-007", f"`{text}` cannot be encoded: {refusal}", "write the word itself with .inst"
            ) from None
        word = fallback
    proof.prove(text, word)
    return word
