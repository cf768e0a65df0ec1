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
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hypgen.documents import Document, KeyPath, read_document, shown
from hypgen.errors import Diagnostic, InputError, Location, Severity
from hypgen.machine.loader import LoadedImage
from hypgen.machine.running import parse_setting, stops
from hypgen.resources import did_you_mean
from hypgen.units import PhysAddr, Span

_CHOICES = {
    "mode": ("hyp", "svc", "secure-svc", "mon"),
    "tlb": ("clean", "unknown"),
    "caches": ("clean", "unknown"),
    "mmu": ("on", "off", "unknown"),
}
_KEYS = ("mode", "entry", "until", "mmu", "tlb", "caches", "registers", "initialised", "cpus", "state")
_STATE_KEYS = ("stacks", "public", "preserves", "torn_down", "same")
AAPCS = (*(f"r{number}" for number in range(4, 12)), "lr", "banked", "d8-d15")
"""What a call preserves by the procedure call standard, and of the PL1 modes."""
_PRESERVED = frozenset((*AAPCS, *(f"r{number}" for number in range(13))))


class _Shape(NamedTuple):
    """A block: the keys that it needs and those that it may have, what to say if it has not, an example."""

    needs: Sequence[str]
    may: Sequence[str]
    sentence: str
    example: str


_RANGE = _Shape(("start", "size"), (), "a range has a start and a size", "{start: 0x80000000, size: 0x1000}")
_STACK = _Shape(
    ("start", "size"),
    ("each",),
    "a stack has a start and a size",
    "{start: hyp_stack, size: 0x1000}, and each: if CPUs share it out",
)
_TORN_DOWN = _Shape(
    ("at",),
    ("vectors",),
    "the end of the teardown is a place, and the vectors",
    "{at: gone, vectors: stub_vectors}",
)


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
        """Whatever is wrong in here is what the file says at ``path``, or around it, if a file says it."""
        try:
            yield
        except InputError as wrong:
            place = self._place(path)
            if place is None:
                raise
            name = ".".join(one for one in path if isinstance(one, str))
            told = [
                replace(one, sentence=re.sub(r"^--\w+", name, one.sentence), location=place)
                for one in wrong.diagnostics
            ]
            raise InputError(told) from None

    def _place(self, path: KeyPath) -> Location | None:
        """Where the file says what is at ``path``, or around it."""
        known = (path[:length] for length in range(len(path), 0, -1))
        return next((self.places[one] for one in known if one in self.places), None)

    def unreached(self, image: LoadedImage, reached: Set[int]) -> Iterator[Diagnostic]:
        """A warning for each place of ``state`` that is none of the addresses that runs have reached: nothing
        was judged there."""
        given = self.state
        named: list[tuple[KeyPath, str]] = [
            (("public", index), one) for index, one in enumerate(given.public)
        ]
        named += [(("same", index), one) for index, one in enumerate(given.same)]
        if given.torn_down is not None:
            named.append((("torn_down", "at"), given.torn_down[0]))
        for path, place in named:
            if reached.isdisjoint(stops(image, [place])):
                sentence = f"no run comes to {place}, and state.{path[0]} judges nothing there"
                hint = "name another place, or have the run go on to it"
                where = self._place(("state", *path))
                yield Diagnostic("VERDICT-013", sentence, where, hint, severity=Severity.WARNING)


def load_contract(path: Path) -> EntryContract:
    """Read a contract file; raises InputError VERDICT-011 with all that is wrong, each at its place."""
    return _Reader(read_document(path)).read()


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._wrong: list[Diagnostic] = []
        self._places_of: dict[KeyPath, Location] = {}

    def read(self) -> EntryContract:
        """The contract of the document."""
        data = self._document.data
        self._known((), data, _KEYS)
        made = EntryContract(
            mode=self._choice("mode", data),
            entry=self._address(("entry",), data["entry"]) if "entry" in data else None,
            until=self._addresses(("until",), data.get("until", [])),
            mmu=self._choice("mmu", data),
            tlb=self._choice("tlb", data),
            caches=self._choice("caches", data),
            registers=self._registers(data.get("registers")),
            initialised=self._spans(("initialised",), data.get("initialised")),
            cpus=self._cpus(data["cpus"]) if "cpus" in data else None,
            state=self._state(data.get("state")),
            places=self._places_of,
        )
        if self._wrong:
            raise InputError(self._wrong)
        return made

    def _choice(self, key: str, data: Mapping[str, Any]) -> str | None:
        """One of the words that ``key`` may have."""
        if key not in data:
            return None
        given, choices = data[key], _CHOICES[key]
        if isinstance(given, bool) and "on" in choices:  # what YAML 1.1 makes of on and off
            return "on" if given else "off"
        if given in choices:
            return str(given)
        near = did_you_mean(given, choices) if isinstance(given, str) else ""
        self._refuse(
            (key,), f"{key} is {shown(given)}", near or f"expected {', '.join(choices[:-1])} or {choices[-1]}"
        )
        return None

    def _address(self, path: KeyPath, given: Any) -> str:  # noqa: ANN401 - what YAML holds
        """A symbol or an address, whose place is kept: only the image shows whether it has it."""
        name = next(one for one in reversed(path) if isinstance(one, str))
        self._places_of[path] = self._document.place(path).key
        if isinstance(given, str) and given.strip():
            return given
        if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
            return f"{given:#x}"
        self._refuse(path, f"{name} is {shown(given)}", "expected a symbol or an address")
        return ""

    def _addresses(self, path: KeyPath, given: Any) -> Sequence[str]:  # noqa: ANN401 - what YAML holds
        """A list of them, or one."""
        if not isinstance(given, list):
            return [self._address(path, given)]
        return [self._address((*path, index), one) for index, one in enumerate(given)]

    def _cpus(self, given: Any) -> Sequence[int] | Literal["all"] | None:  # noqa: ANN401 - what YAML holds
        self._places_of[("cpus",)] = self._document.place(("cpus",)).key
        if given == "all":
            return "all"
        found = [0] if given == "boot" else given if isinstance(given, list) else [given]
        wrong = any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in found)
        if wrong or 0 not in found:
            hint = "expected boot, all, or a list of CPU numbers with the boot CPU's, 0"
            self._refuse(("cpus",), f"cpus is {shown(given)}", hint)
            return None
        return tuple(found)

    def _state(self, given: Any) -> StateContract:  # noqa: ANN401 - what YAML holds
        if given is None:
            return StateContract()
        if not isinstance(given, dict):
            self._refuse(("state",), "state is a block of lines", f"known keys: {', '.join(_STATE_KEYS)}")
            return StateContract()
        self._known(("state",), given, _STATE_KEYS)
        return StateContract(
            stacks=self._stacks(given.get("stacks")),
            public=self._addresses(("state", "public"), given.get("public", [])),
            preserves=self._preserves(given.get("preserves")),
            torn_down=self._torn_down(given["torn_down"]) if "torn_down" in given else None,
            same=self._addresses(("state", "same"), given.get("same", [])),
        )

    def _preserves(self, given: Any) -> Sequence[str]:  # noqa: ANN401 - what YAML holds
        if given == "aapcs":
            return AAPCS
        path: KeyPath = ("state", "preserves")
        listed = isinstance(given, list)
        names = [] if given is None else given if listed else [given]
        for index, one in enumerate(names):
            if not isinstance(one, str) or one not in _PRESERVED:
                hint = "aapcs, or a list of r0 to r12, lr, banked and d8-d15"
                self._refuse((*path, index) if listed else path, f"preserves has {shown(one)}", hint)
        return tuple(map(str, names))

    def _stacks(self, given: Any) -> Sequence[tuple[str, int, int]]:  # noqa: ANN401 - what YAML holds
        found = []
        for path, one in self._blocks(("state", "stacks"), given, _STACK):
            start = self._address((*path, "start"), one["start"])
            size = self._number((*path, "size"), one["size"], 32, least=1)
            each = self._number((*path, "each"), one["each"], 32, least=1) if "each" in one else size
            if start and size and each:
                found.append((start, size, each))
        return found

    def _torn_down(self, given: Any) -> tuple[str, str | None] | None:  # noqa: ANN401 - what YAML holds
        path: KeyPath = ("state", "torn_down")
        if not self._block(path, given, _TORN_DOWN):
            return None
        vectors = self._address((*path, "vectors"), given["vectors"]) if "vectors" in given else None
        return self._address((*path, "at"), given["at"]), vectors

    def _registers(self, given: Any) -> dict[str, int]:  # noqa: ANN401 - what YAML holds
        found = {}
        if given is None:
            return {}
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

    def _spans(self, path: KeyPath, given: Any) -> list[Span[PhysAddr]]:  # noqa: ANN401 - what YAML holds
        found = []
        for place, one in self._blocks(path, given, _RANGE):
            start = self._number((*place, "start"), one["start"], 40)
            size = self._number((*place, "size"), one["size"], 40, least=1)
            if start is not None and size:
                found.append(Span.sized(PhysAddr(start), size))
        return found

    def _blocks(
        self,
        path: KeyPath,
        given: Any,  # noqa: ANN401 - what YAML holds
        shape: _Shape,
    ) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
        """The blocks of a list, or one block, that have the shape, each with its path."""
        listed = isinstance(given, list)
        for index, one in enumerate([] if given is None else given if listed else [given]):
            place: KeyPath = (*path, index) if listed else path
            if self._block(place, one, shape):
                yield place, one

    def _block(self, path: KeyPath, given: object, shape: _Shape) -> bool:
        """Whether ``given`` has the keys that it needs, and no others but those that it may have."""
        if not isinstance(given, dict) or not given.keys() >= {*shape.needs}:
            self._refuse(path, shape.sentence, shape.example)
            return False
        return self._known(path, given, (*shape.needs, *shape.may))

    def _known(self, path: KeyPath, given: Mapping[str, object], keys: Sequence[str]) -> bool:
        """Refuse the keys of ``given`` that are none of ``keys``; whether there are none."""
        unknown = [key for key in given if key not in keys]
        for key in unknown:
            hint = did_you_mean(key, keys) or f"known keys: {', '.join(keys)}"
            self._refuse((*path, key), f"unknown key {key!r}", hint)
        return not unknown

    def _number(self, path: KeyPath, value: object, width: int, least: int = 0) -> int | None:
        if isinstance(value, str):
            with suppress(ValueError):
                value = int(value.replace("_", ""), 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0 or value >> width:
            self._refuse(path, f"{path[-1]} is {shown(value)}", f"expected a number of {width} bits")
            return None
        if value < least:
            self._refuse(path, f"{path[-1]} is {value}", f"expected at least {least} byte")
            return None
        return value

    def _refuse(self, path: KeyPath, sentence: str, hint: str) -> None:
        self._wrong.append(Diagnostic("VERDICT-011", sentence, self._document.place(path).key, hint))
