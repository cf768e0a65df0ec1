"""From canonical text to a proven word.

Keystone encodes. What this build of it refuses although ARMv7-A has it (SWP, the `2` forms of the
coprocessor instructions, LDM and STM with UNPREDICTABLE register choices that GNU as takes too) is
encoded from the encoding tables. Either way the word must decode back to the statement, or there is
no word. Canonical text does not depend on where the statement stands, so results are remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hypgen.asm import keystone, proof, tabled, vectors
from hypgen.asm.source import StatementError

_USER_WRITEBACK = re.compile(r"((?:ldm|stm)\S* \w+)!(, \{.*\}\^)")
_WRITEBACK = 1 << 21
_EXTENDED = re.compile(r"f(ldm|stm)(ia|db)x(\w* .*)")
_FLOATING = re.compile(r"((?:mcr|mrc|mcrr|mrrc|cdp|ldc|stc)\w* )p(10|11)(, .*)")
_WRITES_FEATURES = re.compile(r"(vmsr\w*) mvfr([01])(, .*)")
_FPEXC, _MVFR = 8, {"0": 7, "1": 6}
"""Numbers of VFP's registers in bits <19:16> of VMSR."""
_PLAIN_COPROCESSOR, _COPROCESSOR = 14, 8


@lru_cache(maxsize=1 << 16)
def encode(text: str) -> int:
    """The word of a canonical statement; raises StatementError if it has none or cannot be proven."""
    match = _USER_WRITEBACK.fullmatch(text)
    if match and not (text.startswith("ldm") and "pc}" in text):
        # UNPREDICTABLE (DDI 0406C B9.3.6, B9.3.17: W is should-be-zero), but GNU as takes it.
        return encode(match[1] + match[2]) | _WRITEBACK
    if match := _EXTENDED.fullmatch(text):
        # FLDMX and FSTMX have one word more in their count (DDI 0406C A8.8.50).
        name, _, operands = f"v{match[1]}{match[2]}{match[3]}".partition(" ")
        vector = vectors.take_apart(name)
        assert vector is not None  # the pattern is of names that it knows
        return encode(vectors.canonical(vector, operands, int)) | 1
    if match := _FLOATING.fullmatch(text):
        return _of_coprocessor(match[1], int(match[2]), match[3])
    if match := _WRITES_FEATURES.fullmatch(text):  # without effect (DDI 0406C B9.3.21), but GNU as takes it
        return encode(f"{match[1]} fpexc{match[3]}") ^ (_FPEXC ^ _MVFR[match[2]]) << 16
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


def _of_coprocessor(name: str, number: int, rest: str) -> int:
    """A coprocessor instruction of 10 or 11, which are VFP and Advanced SIMD (DDI 0406C A7.5).

    It has the word of any other coprocessor, with its own number in it; some coprocessor
    instructions are none of VFP.
    """
    from hypgen.decode.table import decode_a32

    word = encode(f"{name}p{_PLAIN_COPROCESSOR}{rest}") ^ (_PLAIN_COPROCESSOR ^ number) << _COPROCESSOR
    if decode_a32(word) is None:
        raise StatementError(
            "ASM-006", f"coprocessor {number} is VFP and Advanced SIMD, which have no such instruction",
            "write it with .inst, if it is meant to be UNDEFINED",
        )  # fmt: skip
    return word
