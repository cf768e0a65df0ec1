"""The contract file of ``hypgen audit``: what the state at an image's first instruction promises.

::

    mode: hyp                 # hyp, svc, secure-svc or mon
    entry: _start             # a symbol or an address
    until: [done, 0x8000]     # where the run ends well
    mmu: off                  # the Hyp MMU
    tlb: unknown              # clean: it holds no entry
    caches: unknown           # clean: they hold no line
    registers: {r0: 0, r1: 0xffffffff, HVBAR: 0x80000000}
    initialised:              # memory that was in order besides the image's segments
      - {start: 0x82000000, size: 0x1000}

Every key may be missing; the board's entry then says it, and the ELF file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypgen.documents import Document, KeyPath, read_document
from hypgen.errors import Diagnostic, InputError
from hypgen.resources import did_you_mean
from hypgen.units import PhysAddr, Span

_CHOICES = {
    "mode": ("hyp", "svc", "secure-svc", "mon"),
    "tlb": ("clean", "unknown"),
    "caches": ("clean", "unknown"),
}
_KEYS = ("mode", "entry", "until", "mmu", "tlb", "caches", "registers", "initialised")


@dataclass(frozen=True)
class EntryContract:
    """What a contract file says; None or empty where it says nothing."""

    mode: str | None = None
    entry: str | None = None
    until: Sequence[str] = ()
    mmu: bool | None = None
    tlb: str | None = None
    caches: str | None = None
    registers: Mapping[str, int] = field(default_factory=dict)
    initialised: Sequence[Span[PhysAddr]] = ()


def load_contract(path: Path) -> EntryContract:
    """Read a contract file; raises InputError VERDICT-011 with all that is wrong, each at its place."""
    return _Reader(read_document(path)).read()


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._wrong: list[Diagnostic] = []

    def read(self) -> EntryContract:
        """The contract of the document."""
        data = self._document.data
        for key in data:
            if key not in _KEYS:
                hint = did_you_mean(str(key), list(_KEYS)) or f"known keys: {', '.join(_KEYS)}"
                self._refuse((key,), f"unknown key {key!r}", hint)
        for key, choices in _CHOICES.items():
            if key in data and data[key] not in choices:
                self._refuse((key,), f"{key} is {data[key]!r}", f"expected {' or '.join(choices)}")
        mmu = data.get("mmu")
        if mmu is not None and mmu not in (True, False, "on", "off"):
            self._refuse(("mmu",), f"mmu is {mmu!r}", "expected on or off")
        until = data.get("until", [])
        made = EntryContract(
            mode=data.get("mode"),
            entry=str(data["entry"]) if "entry" in data else None,
            until=[str(one) for one in (until if isinstance(until, list) else [until])],
            mmu=None if mmu is None else mmu in (True, "on"),
            tlb=data.get("tlb"),
            caches=data.get("caches"),
            registers=self._registers(data.get("registers") or {}),
            initialised=self._spans(data.get("initialised") or []),
        )
        if self._wrong:
            raise InputError(self._wrong)
        return made

    def _registers(self, given: Any) -> dict[str, int]:  # noqa: ANN401 - what YAML holds
        found = {}
        if not isinstance(given, dict):
            self._refuse(("registers",), "registers is a block of 'name: value' lines", "r0: 0x80000000")
            return {}
        for name, value in given.items():
            number = self._number(("registers", name), value, 64)
            if number is not None:
                found[str(name)] = number
        return found

    def _spans(self, given: Any) -> list[Span[PhysAddr]]:  # noqa: ANN401 - what YAML holds
        found = []
        for index, one in enumerate(given if isinstance(given, list) else ()):
            path: KeyPath = ("initialised", index)
            if not isinstance(one, dict) or one.keys() != {"start", "size"}:
                self._refuse(path, "a range has a start and a size", "{start: 0x80000000, size: 0x1000}")
                continue
            start = self._number((*path, "start"), one["start"], 40)
            size = self._number((*path, "size"), one["size"], 40)
            if start is not None and size:
                found.append(Span.sized(PhysAddr(start), size))
        return found

    def _number(self, path: KeyPath, value: object, width: int) -> int | None:
        if isinstance(value, str):
            with suppress(ValueError):
                value = int(value.replace("_", ""), 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0 or value >> width:
            self._refuse(path, f"{path[-1]} is {value!r}", f"expected a number of {width} bits")
            return None
        return value

    def _refuse(self, path: KeyPath, sentence: str, hint: str) -> None:
        self._wrong.append(Diagnostic("VERDICT-011", sentence, self._document.place(path).key, hint))
