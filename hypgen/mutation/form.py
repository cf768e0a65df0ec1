"""What a line's comment tells about it: that it is there for form, or that it is a probe.

``isb  @ form, B3.2.2: ...`` is an instruction that nothing depends on, but which the manual's own sequence
shows. An operation of a ``@ probe`` is executed for the trap that it could take, and not for what it does, so
that its loss loses the probe and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hypgen.render.sources import RenderedSource

MOST = 2
"""Lines for form that an image may have."""
_MARK = re.compile(r"@ (?:form, (?P<section>[A-Z]\d[\w.]*)|(?:\w+, )?(?P<probe>probe\b))")


@dataclass(frozen=True)
class Marks:
    """The marked lines of an image by their places: the manual's section of each for form, and probes."""

    form: dict[str, str] = field(default_factory=dict)
    probes: frozenset[str] = frozenset()

    def surplus(self) -> Iterator[str]:
        """What is wrong if more lines are there for form than an image may have."""
        if len(self.form) > MOST:
            yield f"{len(self.form)} lines for form, where {MOST} are allowed: {', '.join(self.form)}"


def marks_of(sources: Iterable[RenderedSource]) -> Marks:
    """The lines that are marked in the sources of an image."""
    form: dict[str, str] = {}
    probes = set()
    for source in sources:
        for line, place in zip(source.text.splitlines(), source.line_map, strict=False):
            mark = _MARK.search(line)
            if mark is not None and mark["section"]:
                form[str(place)] = mark["section"]
            elif mark is not None:
                probes.add(str(place))
    return Marks(form, frozenset(probes))
