"""The contract file of ``hypgen audit``: what the state at an image's first instruction promises.

::

    mode: hyp                 # hyp, svc, secure-svc or mon
    entry: _start             # a symbol or an address
    until: [done, 0x8000]     # where the run ends well
    mmu: off                  # the MMU: off, on (that of Hyp mode), or unknown (that of PL1)
    tlb: unknown              # clean: it holds no entry
    caches: unknown           # clean: they hold no line
    registers: {r0: 0, r1: 0xffffffff, HVBAR: 0x80000000}
    initialised:              # memory that was in order besides the image's segments
      - {start: 0x82000000, size: 0x1000}
    cpus: all                 # boot, all, or a list: which CPUs execute from the entry on
    state:                    # what the STATE rules hold the image to; addresses are symbols or numbers
      stacks: [{start: hyp_stack, size: 0x2000, each: 0x1000}]
      public: [hyp_call]      # functions that need an 8-byte aligned stack
      preserves: aapcs        # what an HVC from PL1 keeps: or a list of r4 to r11, lr, banked, d8-d15
      torn_down: {at: gone, vectors: stub_vectors}
      same: [ready]           # where the registers of Hyp mode are the same each time

Every key may be missing; the board's entry then says it, and the ELF file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from hypgen.documents import Document, KeyPath, read_document
from hypgen.errors import Diagnostic, InputError, Location
from hypgen.machine.running import parse_setting
from hypgen.resources import did_you_mean
from hypgen.units import PhysAddr, Span

_CHOICES = {
    "mode": ("hyp", "svc", "secure-svc", "mon"),
    "tlb": ("clean", "unknown"),
    "caches": ("clean", "unknown"),
}
_MMU = ("on", "off", "unknown")
_KEYS = ("mode", "entry", "until", "mmu", "tlb", "caches", "registers", "initialised", "cpus", "state")
_STATE_KEYS = ("stacks", "public", "preserves", "torn_down", "same")
AAPCS = (*(f"r{number}" for number in range(4, 12)), "lr", "banked", "d8-d15")
"""What a call preserves by the procedure call standard, and of the PL1 modes."""
_PRESERVED = frozenset((*AAPCS, *(f"r{number}" for number in range(13))))


@dataclass(frozen=True)
class StateContract:
    """The ``state`` key, its addresses as they were given."""

    stacks: Sequence[tuple[str, int, int]] = ()
    public: Sequence[str] = ()
    preserves: Sequence[str] = ()
    torn_down: tuple[str, str | None] | None = None
    same: Sequence[str] = ()


@dataclass(frozen=True)
class EntryContract:
    """What a contract file says; None or empty where it says nothing."""

    mode: str | None = None
    entry: str | None = None
    until: Sequence[str] = ()
    mmu: str | None = None
    tlb: str | None = None
    caches: str | None = None
    registers: Mapping[str, int] = field(default_factory=dict)
    initialised: Sequence[Span[PhysAddr]] = ()
    cpus: Sequence[int] | Literal["all"] | None = None
    state: StateContract = StateContract()
    places: Mapping[KeyPath, Location] = field(default_factory=dict)
    """Where the file says what only the image or the board can show to be wrong."""

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Whatever is wrong in here is what the file says at ``path``, if a file says it."""
        try:
            yield
        except InputError as wrong:
            place = self.places.get(path)
            if place is None:
                raise
            name = ".".join(one for one in path if isinstance(one, str))
            told = [
                replace(one, sentence=re.sub(r"^--\w+", name, one.sentence), location=place)
                for one in wrong.diagnostics
            ]
            raise InputError(told) from None


def load_contract(path: Path) -> EntryContract:
    """Read a contract file; raises InputError VERDICT-011 with all that is wrong, each at its place."""
    return _Reader(read_document(path)).read()


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._wrong: list[Diagnostic] = []
        self._places_of: dict[KeyPath, Location] = {
            (key,): document.place((key,)).key for key in ("cpus", "state") if key in document.data
        }

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
        if isinstance(mmu, bool):  # what YAML 1.1 makes of on and off
            mmu = "on" if mmu else "off"
        if mmu is not None and mmu not in _MMU:
            self._refuse(("mmu",), f"mmu is {mmu!r}", "expected on, off or unknown")
        entry = self._address(("entry",), data["entry"]) if "entry" in data else None
        made = EntryContract(
            mode=data.get("mode"),
            entry=entry,
            until=self._until(data.get("until", [])),
            mmu=mmu,
            tlb=data.get("tlb"),
            caches=data.get("caches"),
            registers=self._registers(data.get("registers") or {}),
            initialised=self._spans(data.get("initialised") or []),
            cpus=self._cpus(data.get("cpus")),
            state=self._state(data.get("state") or {}),
            places=self._places_of,
        )
        if self._wrong:
            raise InputError(self._wrong)
        return made

    def _address(self, path: KeyPath, given: Any) -> str:  # noqa: ANN401 - what YAML holds
        if isinstance(given, bool) or not isinstance(given, str | int):
            self._refuse(path, f"{path[0]} is {given!r}", "expected a symbol or an address")
            return ""
        self._places_of[path] = self._document.place(path).key
        return given if isinstance(given, str) else f"{given:#x}"

    def _until(self, given: Any) -> Sequence[str]:  # noqa: ANN401 - what YAML holds
        if isinstance(given, list):
            return [self._address(("until", index), one) for index, one in enumerate(given)]
        found = self._address(("until",), given)
        self._places_of[("until", 0)] = self._document.place(("until",)).key
        return [found]

    def _cpus(self, given: Any) -> Sequence[int] | Literal["all"] | None:  # noqa: ANN401 - what YAML holds
        if given is None:
            return None
        if given == "all":
            return "all"
        found = [0] if given == "boot" else given if isinstance(given, list) else [given]
        wrong = any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in found)
        if wrong or 0 not in found:
            hint = "expected boot, all, or a list of CPU numbers with the boot CPU's, 0"
            self._refuse(("cpus",), f"cpus is {given!r}", hint)
            return None
        return tuple(found)

    def _state(self, given: Any) -> StateContract:  # noqa: ANN401 - what YAML holds
        if not isinstance(given, dict):
            self._refuse(("state",), "state is a block of lines", f"known keys: {', '.join(_STATE_KEYS)}")
            return StateContract()
        for key in given:
            if key not in _STATE_KEYS:
                hint = did_you_mean(str(key), list(_STATE_KEYS)) or f"known keys: {', '.join(_STATE_KEYS)}"
                self._refuse(("state", key), f"unknown key {key!r}", hint)
        preserves = given.get("preserves") or ()
        preserves = AAPCS if preserves == "aapcs" else preserves
        if not isinstance(preserves, list | tuple) or not _PRESERVED.issuperset(map(str, preserves)):
            hint = "aapcs, or a list of r0 to r12, lr, banked and d8-d15"
            self._refuse(("state", "preserves"), f"preserves is {preserves!r}", hint)
            preserves = ()
        self._places_of |= {("state", key): self._document.place(("state", key)).key for key in given}
        return StateContract(
            stacks=self._stacks(given.get("stacks") or []),
            public=self._places("public", given.get("public")),
            preserves=tuple(map(str, preserves)),
            torn_down=self._torn_down(given.get("torn_down")),
            same=self._places("same", given.get("same")),
        )

    def _places(self, key: str, given: Any) -> Sequence[str]:  # noqa: ANN401 - what YAML holds
        places = given if isinstance(given, list) else [] if given is None else [given]
        if not all(isinstance(one, str | int) for one in places):
            self._refuse(("state", key), f"{key} is {given!r}", "a list of symbols or addresses")
            return ()
        return tuple(map(str, places))

    def _stacks(self, given: Any) -> Sequence[tuple[str, int, int]]:  # noqa: ANN401 - what YAML holds
        found = []
        for index, one in enumerate(given if isinstance(given, list) else [given]):
            path: KeyPath = ("state", "stacks", index)
            if not isinstance(one, dict) or not {"start", "size"} <= one.keys() <= {"start", "size", "each"}:
                hint = "{start: hyp_stack, size: 0x1000}, and each: if CPUs share it out"
                self._refuse(path, "a stack has a start and a size", hint)
                continue
            size = self._number((*path, "size"), one["size"], 32, least=1)
            each = self._number((*path, "each"), one["each"], 32, least=1) if "each" in one else size
            if size and each:
                found.append((str(one["start"]), size, each))
        return found

    def _torn_down(self, given: Any) -> tuple[str, str | None] | None:  # noqa: ANN401 - what YAML holds
        if given is None:
            return None
        if not isinstance(given, dict) or not {"at"} <= given.keys() <= {"at", "vectors"}:
            hint = "{at: gone, vectors: stub_vectors}"
            self._refuse(("state", "torn_down"), "the end of the teardown is a place, and the vectors", hint)
            return None
        vectors = given.get("vectors")
        return str(given["at"]), None if vectors is None else str(vectors)

    def _registers(self, given: Any) -> dict[str, int]:  # noqa: ANN401 - what YAML holds
        found = {}
        if not isinstance(given, dict):
            self._refuse(("registers",), "registers is a block of 'name: value' lines", "r0: 0x80000000")
            return {}
        for name, value in given.items():
            number = self._number(("registers", name), value, 64)
            if number is None:
                continue
            try:
                parse_setting(f"{name}={number:#x}")
            except InputError as wrong:
                for one in wrong.diagnostics:
                    self._refuse(("registers", name), one.sentence.partition(": ")[2], one.hint or "")
            else:
                found[str(name)] = number
        return found

    def _spans(self, given: Any) -> list[Span[PhysAddr]]:  # noqa: ANN401 - what YAML holds
        found = []
        for index, one in enumerate(given if isinstance(given, list) else [given]):
            path: KeyPath = ("initialised", index) if isinstance(given, list) else ("initialised",)
            if not isinstance(one, dict) or one.keys() != {"start", "size"}:
                self._refuse(path, "a range has a start and a size", "{start: 0x80000000, size: 0x1000}")
                continue
            start = self._number((*path, "start"), one["start"], 40)
            size = self._number((*path, "size"), one["size"], 40, least=1)
            if start is not None and size:
                found.append(Span.sized(PhysAddr(start), size))
        return found

    def _number(self, path: KeyPath, value: object, width: int, least: int = 0) -> int | None:
        if isinstance(value, str):
            with suppress(ValueError):
                value = int(value.replace("_", ""), 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0 or value >> width:
            self._refuse(path, f"{path[-1]} is {value!r}", f"expected a number of {width} bits")
            return None
        if value < least:
            self._refuse(path, f"{path[-1]} is {value}", f"expected at least {least} byte")
            return None
        return value

    def _refuse(self, path: KeyPath, sentence: str, hint: str) -> None:
        self._wrong.append(Diagnostic("VERDICT-011", sentence, self._document.place(path).key, hint))
