"""UNK: behaviour that depends on what the architecture leaves UNKNOWN.

Every UNKNOWN is an input: an image runs under one filling and under its bitwise complement, and must do
the same under both. This rule is judged by comparing the two runs, not within one, but for registers that say
where a table walk begins (:mod:`hypgen.emulator.strict.res`): both fillings of these may fault alike.
"""

from __future__ import annotations

from hypgen.emulator.strict.findings import Rule
from hypgen.errors import Severity

DIVERGES = Rule(
    "UNK-001",
    "what the image does depends on an UNKNOWN value",
    Severity.ERROR,
    "DDI 0406C glossary, UNKNOWN, and B4.1, the reset values of the registers",
    "Registers and memory that reset, firmware or the loader do not define hold anything. The image was run "
    "with them filled from a seed and with every bit of that inverted, and took different exceptions, "
    "printed something else or came to another end; where that shows nothing, an audit has a third run with "
    "zeros. The finding names a bit that alone decides it, in a register or a byte of memory, and the first "
    "instruction that does more with it than to move it. A walk for which HTTBR, HTCR, TTBR0 or TTBR1 was "
    "never written is told of by itself, as both fillings may fault alike. Give what is used a value first.",
    "_start: cmp r5, #0; beq other",
    "_start: mov r5, #0; cmp r5, #0; beq other",
)
RULES = (DIVERGES,)
