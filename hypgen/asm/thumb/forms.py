"""The rows of T32 by the mnemonics that they are written with.

A row's syntax is the manual's: ``ADD{S}<c>.W <Rd>, <Rn>, #<const>``. Its first word stands for several
mnemonics (``add``, ``adds``), each with values of fields that it sets; the rest is a list of slots, one
for each operand, which ``hypgen.asm.thumb.slots`` fills.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hypgen.arch.encoding import Encoding, Kind

_LETTERS: Mapping[str, tuple[tuple[str, dict[str, int]], ...]] = {
    "{S}": (("", {"S": 0}), ("s", {"S": 1})),
    "{R}": (("", {"R": 0}), ("r", {"R": 1})),
    "{X}": (("", {"M": 0}), ("x", {"M": 1})),
    "{L}": (("", {"D": 0}), ("l", {"D": 1})),
    "{W}": (("", {"R": 1}), ("w", {"R": 0})),
    "{N}": (("", {"op": 0}), ("n", {"op": 1})),
    "<x>": (("b", {"N": 0}), ("t", {"N": 1})),
    "<y>": (("b", {"M": 0}), ("t", {"M": 1})),
    "<tb>": (("bt", {"tb": 0}), ("tb", {"tb": 1})),
    "<bh>": (("b", {"H": 0}), ("h", {"H": 1})),
    "{<effect>}": (("", {"imod": 0}), ("ie", {"imod": 2}), ("id", {"imod": 3})),
    "<c>": (("", {}),),
    ".W": (("", {}),),
}
"""What a placeholder of a mnemonic may be, and the fields that it then sets."""
_PLACEHOLDER = re.compile(r"<[^>]+>|\{[^}]*\}|\.W")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a row: its mnemonic sets ``values``, its operands fill ``slots``."""

    row: Encoding
    values: Mapping[str, int]
    slots: tuple[str, ...]

    @property
    def narrow(self) -> bool:
        """Whether it has 16 bits."""
        return self.row.length == 2


_TWO_FOR_THREE = ("ADD (register) T2",)
"""Rows whose syntax leaves out the first source, because it is the destination."""


def _slots(row: Encoding, text: str) -> tuple[str, ...]:
    if row.name == "MUL T1":
        text = "<Rd>, <Rn>, <Rm>"
    if row.name in _TWO_FOR_THREE:
        text = text.replace("<Rd>, ", "<Rd>, <Rn>, ")
    text = text.replace("<Rdn>", "<Rd>, <Rn>")
    text, bracket, address = text.partition("[")
    parts = re.split(r"(?<!\{), ", text.removesuffix(", ")) if text else []
    slots: list[str] = []
    for part in parts:
        head, *options = re.split(r"(?=\{[,<])", part)
        slots += [one for one in (head, *options) if one]
    return (*slots, bracket + address) if bracket else tuple(slots)


def _forms_of(row: Encoding) -> list[tuple[str, Form]]:
    head, _, rest = row.syntax.partition(" ")
    if "{ <iflags>}" in row.syntax:  # the blank stands inside of the braces
        head, rest = row.syntax.split("{ <iflags>}")
        rest = "<iflags>" + rest
    pieces: list[tuple[tuple[str, dict[str, int]], ...]] = []
    end = 0
    for match in _PLACEHOLDER.finditer(head):
        pieces.append(((head[end : match.start()].lower(), {}),))
        pieces.append(_LETTERS[match[0]])
        end = match.end()
    pieces.append(((head[end:].lower(), {}),))
    slots = _slots(row, rest)
    found = []
    for choice in itertools.product(*pieces):
        values: dict[str, int] = {}
        for _, sets in choice:
            values |= sets
        found.append(("".join(text for text, _ in choice), Form(row, values, slots)))
    return found


@cache
def table() -> dict[str, tuple[Form, ...]]:
    """The forms of every mnemonic, those of 16 bits first; VFP and Advanced SIMD are not here."""
    from hypgen.decode.table import t32_narrow, t32_wide

    found: dict[str, list[Form]] = {}
    for row in (*t32_narrow().encodings, *t32_wide().encodings):
        known = row.kind is Kind.INSTRUCTION and row.syntax[:1] not in ("V", "F", "<", "")
        if not known or row.heading == "IT":
            continue
        for mnemonic, form in _forms_of(row):
            found.setdefault(mnemonic, []).append(form)
    return {mnemonic: tuple(forms) for mnemonic, forms in found.items()}
