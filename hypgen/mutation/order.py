"""Which scenario killed a mutant the last time: there it is looked at first, so that most are judged once.

This is an order and never a verdict: what the file ``order.json`` does not know, or knows wrongly, is
looked at in the other images as well. Of what nothing killed, as it was equivalent, it names no scenario:
that is judged in every way and explored in all images at once. ``make mutation-order`` writes it anew, from
a table of all boards.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hypgen.mutation.judging import EQUIVALENT
from hypgen.mutation.mutant import Mutant

FILE = Path(__file__).with_name("order.json")
FIRST = "uses"
"""The scenario that is made to notice mutants: what nothing is known of is looked at there first."""


def likely(mutant: Mutant) -> Sequence[str]:
    """The scenarios that killed this mutant, or one of the same words in the same function, in order."""
    return _known().get(hint(mutant.place, mutant.symbol, mutant.subject, mutant.change), ())


def unkilled(mutant: Mutant) -> bool:
    """Whether this mutant, or one of the same words in the same function, was equivalent the last time."""
    return _known().get(hint(mutant.place, mutant.symbol, mutant.subject, mutant.change)) == []


def hint(place: str, symbol: str, subject: str, change: str) -> str:
    """What a mutant is known by when lines were added before it: template, function, and words."""
    file = place.partition(":")[0].removeprefix("hypgen/")
    return " | ".join((file, symbol.partition("+")[0], subject, change))


def as_text(tables: Iterable[Mapping[str, Any]]) -> str:
    """The file of those who killed the mutants of some tables (``--format json``)."""
    found: dict[str, dict[str, None]] = {}
    for one in (one for table in tables for one in table["mutants"]):
        words = hint(one["place"], one["symbol"], one["subject"], one["change"])
        if one["killed_in"]:
            found.setdefault(words, {})[one["killed_in"].rpartition(" ")[2]] = None
        elif one["verdict"] == EQUIVALENT:
            found.setdefault(words, {})
    lines = [
        f"{json.dumps(words)}: {json.dumps(list(names))}"
        for words, names in sorted(found.items())
        if list(names) != [FIRST]
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def _known() -> Mapping[str, Sequence[str]]:
    known: Mapping[str, Sequence[str]] = json.loads(FILE.read_text("utf-8"))
    return known


if __name__ == "__main__":
    FILE.write_text(as_text(json.loads(Path(name).read_text("utf-8")) for name in sys.argv[1:]), "utf-8")
