"""The blocks of a board file that can be read, for checks between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from hypgen.board.block import Block
from hypgen.board.firmware import Firmware, Secondaries
from hypgen.board.interrupts import Gic, Timers
from hypgen.board.memory import ImagePlacement, MemoryRegion, Region
from hypgen.board.model import Console, Cpus, Entry
from hypgen.board.windows import Window, device_windows, memory_windows, region_windows
from hypgen.documents import Document, KeyPath
from hypgen.errors import Diagnostic, Location

B = TypeVar("B", bound=Block)


@dataclass(frozen=True)
class Draft:
    """The blocks of a board file that can be read, each by itself; None for the others."""

    document: Document
    memory: tuple[tuple[int, MemoryRegion], ...]
    """Memory regions, each with its position in the file."""
    regions: tuple[tuple[int, Region], ...]
    cpus: Cpus | None
    image: ImagePlacement | None
    entry: Entry | None
    console: Console | None
    gic: Gic | None
    timers: Timers | None
    firmware: Firmware | None
    secondaries: Secondaries | None

    @classmethod
    def of(cls, document: Document) -> Draft:
        """What can be read of ``document``, whose notes have been taken out."""
        data = document.data
        return cls(
            document,
            _each(MemoryRegion, data.get("memory")),
            _each(Region, data.get("regions")),
            _one(Cpus, data.get("cpus")),
            _one(ImagePlacement, data.get("image")),
            _one(Entry, data.get("entry")),
            _one(Console, data.get("console")),
            _one(Gic, data.get("gic")),
            _one(Timers, data.get("timers")),
            _one(Firmware, data.get("firmware")),
            _one(Secondaries, data.get("secondaries")),
        )

    def at(self, path: str) -> Location:
        """The place of the value at a dotted path."""
        keys: KeyPath = tuple(int(key) if key.isdecimal() else key for key in path.split("."))
        return self.document.place(keys).value

    def windows(self) -> list[Window]:
        """Every window that the file describes."""
        return [
            *memory_windows(self.memory),
            *device_windows(self.console, self.gic),
            *region_windows(self.regions),
        ]


def _one(kind: type[B], data: object) -> B | None:
    try:
        return kind.model_validate(data)
    except ValidationError:
        return None


def _each(kind: type[B], data: object) -> tuple[tuple[int, B], ...]:
    listed: Iterable[Any] = data if isinstance(data, tuple) else ()
    read = ((index, _one(kind, one)) for index, one in enumerate(listed))
    return tuple((index, one) for index, one in read if one is not None)


def distinct(draft: Draft, code: str, values: Mapping[str, object], sentence: str) -> Iterator[Diagnostic]:
    """A diagnostic for each of ``values`` (by dotted path) that equals an earlier one."""
    seen: dict[object, str] = {}
    for path, value in sorted(values.items(), key=lambda one: draft.at(one[0])):
        first = seen.setdefault(value, path)
        if first != path:
            said = sentence.format(path=path, value=value, first=first)
            yield Diagnostic(code, said, draft.at(path), notes=((draft.at(first), "the first one is here"),))
