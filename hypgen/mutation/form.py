"""Lines that are there for form: the manual's own sequence shows them, although nothing depends on them.

A template says so in the comment of the line: ``isb  @ form, B3.2.2: ...``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from hypgen.render.sources import RenderedSource

MOST = 2
"""Lines for form that an image may have."""
_MARK = re.compile(r"@ form, ([A-Z]\d[\w.]*)")


def forms(sources: Iterable[RenderedSource]) -> dict[str, str]:
    """The manual's section by the place of each line that is there for form."""
    found: Mapping[str, list[str]] = defaultdict(list)
    for source in sources:
        for line, place in zip(source.text.splitlines(), source.line_map, strict=False):
            if mark := _MARK.search(line):
                found[str(place)].append(mark[1])
    return {place: sections[0] for place, sections in found.items()}
