"""Scenarios: which parts an image is made of, what its host program does, and what a board must have.

A scenario is a row of data, ``templates/scenarios/<name>.yaml``; its checks are the module of the same
name in :mod:`hypgen.verdict.scenarios`. docs/scenarios.md lists the keys of a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from hypgen import resources
from hypgen.board.firmware import Firmware, Pen, Secondaries, SpinTable
from hypgen.board.memory import MemoryRegion
from hypgen.board.model import Board
from hypgen.documents import Document, read_document
from hypgen.errors import Diagnostic, InputError, Location
from hypgen.plan.descriptors import Permission
from hypgen.plan.needs import NEEDS, Lack, apart, started, way
from hypgen.units import PAGE_SIZE, PhysAddr

DIRECTORY = "scenarios"
DEFAULT = "lifecycle"
KEYS = (
    *("title", "parts", "steps", "rounds", "optional", "init_style", "cpus", "mixed_modes", "board"),
    *("needs", "answers", "ipa_bits", "stimuli", "like", "image", "sections", "host_mmu", "runtime_maps"),
    "second",
)
"""Keys of a row; all but the first three have defaults."""
MAX_STEPS = 200
_STEP = re.compile(r"[A-Za-z][A-Za-z0-9._]*")


@dataclass(frozen=True)
class Step:
    """One step of the host part: its number in the journal, its name, and what it does."""

    number: int
    name: str
    intent: str

    @property
    def symbol(self) -> str:
        """Its name as an assembler constant: ``STEP_STUB_GET``."""
        return "STEP_" + self.name.replace(".", "_").upper()


@dataclass(frozen=True)
class Stimulus:
    """What somebody outside the image does: when a CPU comes to the symbol ``at``, its own input ``line``,
    which passes by the interrupt controller, is driven until the CPU has taken the exception (``fiq``), or
    an asynchronous external abort is signalled to it (``abort``; ``late-abort``: of what it began before, as
    late as the architecture lets it, after the next DSB SY and at an ISB).

    In an image that does not have the symbol nothing happens.
    """

    line: str
    at: str


@dataclass(frozen=True)
class Scenario:
    """One row. ``parts`` are templates in link order, ``steps`` those of the host program.

    ``all_cpus`` says whether the image starts the secondary CPUs, ``mixed_modes`` whether its host program
    goes on when one of them is entered in another mode than Hyp; ``board`` overrides values of the
    board's ``entry`` and chooses ``secondaries``; ``needs`` names entries of :data:`NEEDS`;
    ``init_style`` the style that it is about, ``answers`` the HVC interfaces that its image answers besides
    its own; ``optional`` are steps that the host program leaves out where
    a board has not what they are about.
    ``stimuli`` is what comes from outside;
    ``ipa_bits`` is given when the image has guests: the size of their IPAs.
    ``image`` overrides the form of the image that the board's ``image`` has; ``sections`` are pages that its
    parts need besides those of every image, each with what Hyp mode may do with it. ``host_mmu`` says that
    the host part turns its own MMU on, ``runtime_maps`` that Hyp mode changes its tables while it runs.
    """

    name: str
    title: str
    parts: tuple[str, ...]
    steps: tuple[Step, ...]
    rounds: int = 1
    all_cpus: bool = False
    mixed_modes: bool = False
    board: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    ipa_bits: int | None = None
    init_style: str = ""
    answers: tuple[str, ...] = ()
    stimuli: tuple[Stimulus, ...] = ()
    image: Mapping[str, Any] = field(default_factory=dict)
    sections: Mapping[str, Permission] = field(default_factory=dict)
    host_mmu: bool = False
    runtime_maps: bool = False
    second: str = ""
    """The scenario whose image is loaded behind this one's."""

    def step(self, number: int) -> str:
        """The name of a step, as journals of unknown origin must be shown, too."""
        return self.steps[number - 1].name if 0 < number <= len(self.steps) else f"step {number}"

    def lacks(self, board: Board) -> list[Lack]:
        """What keeps ``board`` from running the scenario; nothing when it can."""
        played = self.on(board)
        needs = (*self.needs, *(("interrupt-controller",) if self.ipa_bits is not None else ()))
        found = [NEEDS[name](board) for name in needs]
        if self.all_cpus and not {"other-cpus", "started-cpus"} & set(needs):
            found.append(started(played))
        if self.host_mmu and "started-cpus" not in needs:
            found.append(apart(played))  # nobody may store past the caches that the boot CPU has on
        if self.board.get("mode") != "svc":
            found.append(way(played))
        return [one for one in found if one is not None]

    def missing(self, board: Board) -> str:
        """Why the scenario cannot be run on ``board``; empty when it can."""
        return "; ".join(one.reason for one in self.lacks(board))

    def on(self, board: Board) -> Board:
        """``board`` as this scenario has it: entered in the scenario's way, its CPUs held as it says."""
        changes: dict[str, Any] = {}
        entry = {key: value for key, value in self.board.items() if key in ("mode", "hyp_mmu", "tlb")}
        if entry.get("mode", "hyp") != "hyp":
            entry["hyp_mmu"] = False  # it is off wherever software is not in Hyp mode yet
        if entry:
            changes["entry"] = board.entry.model_copy(update=entry)
        if "secondaries" in self.board:
            changes["secondaries"] = HOLDING[self.board["secondaries"]](board)
        if self.board.get("virtual_base") == "collides":
            changes |= _colliding(board)
        if self.image:
            changes["image"] = changes.get("image", board.image).model_copy(update=dict(self.image))
        if self.board.get("mode") in ("secure-svc", "svc"):
            # Nobody has run before the image who could answer an SMC, or stays to do so.
            changes["firmware"] = Firmware(smc="none")
        if self.board.get("mode") == "secure-svc" and board.gic is not None:
            changes["gic"] = board.gic.model_copy(update={"security_extensions": True})
        return board.model_copy(update=changes) if changes else board


def _release_page(board: Board) -> PhysAddr:
    """The page below the image, as a CPU with its MMU off knows it: firmware's own, which holds the CPUs."""
    region = board.region(board.image.memory)
    start = int(region.alias.address) if region.alias else int(region.physical)
    return PhysAddr(start + board.image.offset - PAGE_SIZE)


def _spin_table(board: Board) -> Secondaries:
    table = SpinTable(release_address=_release_page(board), stride=8, wake="event")
    return Secondaries(method="spin-table", spin_table=table)


def _pen(board: Board) -> Secondaries:
    if board.secondaries.pen is not None:
        return board.secondaries
    word = _release_page(board)
    return Secondaries(method="pen", pen=Pen(read=word, write=word, wake="event"))


def _colliding(board: Board) -> dict[str, Any]:
    """The image linked one page below where it is loaded: what follows the identity page has its address.

    Nothing can be linked below a memory that begins at the bottom of the address space: there its first page
    is firmware's alone, and is no memory of the board's.
    """
    image, region, changes = board.image, board.region(board.image.memory), dict[str, Any]()
    start = int(region.alias.address) if region.alias else int(region.physical)
    if start < PAGE_SIZE:
        behind = _behind_first_page(region)
        changes["memory"] = tuple(behind if one is region else one for one in board.memory)
        start, image = start + PAGE_SIZE, image.model_copy(update={"offset": image.offset - PAGE_SIZE})
    return {**changes, "image": image.model_copy(update={"virtual_base": start - PAGE_SIZE})}


def _behind_first_page(region: MemoryRegion) -> MemoryRegion:
    alias = region.alias
    if alias is not None:
        alias = alias.model_copy(
            update={"address": alias.address + PAGE_SIZE, "size": alias.size - PAGE_SIZE}
        )
    return region.model_copy(
        update={"physical": region.physical + PAGE_SIZE, "size": region.size - PAGE_SIZE, "alias": alias}
    )


def _together(board: Board) -> Secondaries:
    return Secondaries(method="together")


HOLDING: Mapping[str, Callable[[Board], Secondaries]] = {
    "pen": _pen,
    "spin-table": _spin_table,
    "together": _together,
}
"""Ways in which a scenario may have the secondary CPUs held or let in, whatever the board's firmware does."""


def scenario_directories(templates: Path | None = None) -> list[Path]:
    """Where rows are: the user's own directory first."""
    found = [one / DIRECTORY for one in resources.directories("templates", templates)]
    return [one for one in found if one.is_dir()]


def scenario_names(templates: Path | None = None) -> list[str]:
    """All scenarios, ``lifecycle`` first, then by name."""
    found = {path.stem for one in scenario_directories(templates) for path in one.glob("*.yaml")}
    return sorted(found, key=lambda name: (name != DEFAULT, name))


def own_parts(templates: Path) -> frozenset[str]:
    """The parts that rows in the user's directory ``templates`` name; wrong rows are left to their use."""
    found: set[str] = set()
    for path in sorted((templates / DIRECTORY).glob("*.yaml")):
        try:
            found |= set(load_scenario(path.stem, templates).parts)
        except InputError:
            continue
    return frozenset(found)


def load_scenario(name: str, templates: Path | None = None) -> Scenario:
    """Read and check the row ``name``; raises InputError SCN-001 for no such row, SCN-002 for a wrong one."""
    path = _path(name, templates)
    if path is not None:
        return _read(read_document(path), name, templates)
    names = scenario_names(templates)
    hint = resources.did_you_mean(name, names) or f"scenarios: {', '.join(names)}"
    raise InputError.at("SCN-001", f"no scenario is named {name!r}", None, hint)


def _path(name: str, templates: Path | None) -> Path | None:
    """The file of the row ``name``, if there is one."""
    found = [one / f"{name}.yaml" for one in scenario_directories(templates)]
    return next((one for one in found if name == one.stem and one.is_file()), None)


def _base(document: Document, name: str, templates: Path | None) -> Mapping[str, Any]:
    """The keys of the row that a row is like: its own where it does not say otherwise; it only adds steps."""
    like, place = document.data["like"], document.place(("like",)).value
    names = [one for one in scenario_names(templates) if one != name]
    path = _path(like, templates) if like in names else None
    if path is None:
        hint = resources.did_you_mean(str(like), names) or f"scenarios: {', '.join(names)}"
        raise InputError.at("SCN-002", f"like names no other scenario: {like!r}", place, hint)
    base = read_document(path).data
    if "like" in base:
        sentence = f"like names {like!r}, which is itself like another scenario"
        raise InputError.at("SCN-002", sentence, place, f"expected {base['like']}")
    return base


def _read(document: Document, name: str, templates: Path | None) -> Scenario:
    problems: list[Diagnostic] = []

    data = document.data
    if "like" in data:
        base = _base(document, name, templates)
        both = [one["steps"] for one in (base, data) if isinstance(one.get("steps"), dict)]
        data = {**base, **data, "steps": {key: value for one in both for key, value in one.items()}}

    def wrong(path: tuple[str, ...], sentence: str, hint: str = "") -> None:
        problems.append(Diagnostic("SCN-002", sentence, _place(document, path), hint))

    for key in sorted(set(data) - set(KEYS)):
        wrong((key,), f"unknown key {key!r}", resources.did_you_mean(str(key), KEYS))
    if not isinstance(data.get("title"), str):
        wrong(("title",), "title must say in a few words what the scenario shows")
    parts = data.get("parts")
    if not _texts(parts) or not all(one.endswith(".S") for one in parts):
        wrong(("parts",), "parts must list templates, such as boot.S, in link order")
    steps = data.get("steps")
    if not isinstance(steps, dict) or not _texts((*steps, *steps.values())):
        wrong(("steps",), "steps must map the name of each step to what it does")
        steps = {}
    elif len(steps) > MAX_STEPS:
        wrong(("steps",), f"a journal has room for {MAX_STEPS} steps, not for {len(steps)}")
    symbols: dict[str, str] = {}
    for key in steps:
        other = symbols.setdefault(Step(0, key, "").symbol, key)
        if not _STEP.fullmatch(key):
            wrong(("steps", key), f"the name of a step has letters, digits, '.' and '_', and not {key!r}")
        elif other != key:
            wrong(("steps", key), f"the steps {other!r} and {key!r} have one name in the assembly")
    if not isinstance(data.get("rounds", 1), int) or not 1 <= int(data.get("rounds", 1)) <= 3:
        wrong(("rounds",), "rounds must be a number from 1 to 3")
    if data.get("cpus", "boot") not in ("boot", "all"):
        wrong(("cpus",), f"cpus must be 'boot' or 'all', not {data['cpus']!r}")
    for key in ("mixed_modes", "host_mmu", "runtime_maps"):
        if data.get(key, False) not in (True, False):
            wrong((key,), f"{key} must be true or false")
    board = data.get("board", {})
    if not isinstance(board, dict):
        wrong(("board",), "board must map keys of a board's entry, or secondaries, to values")
        board = {}
    for key, allowed in _BOARD_KEYS.items():
        if key in board and board[key] not in allowed:
            wrong(("board", key), f"{key} must be one of {', '.join(map(str, allowed))}, not {board[key]!r}")
    for key in sorted(set(board) - set(_BOARD_KEYS)):
        wrong(("board", key), f"unknown key {key!r}", f"expected {', '.join(_BOARD_KEYS)}")
    optional = data.get("optional", ())
    if not _texts(optional) or not set(optional) <= set(steps):
        wrong(("optional",), "optional must list some of the steps")
    needs = data.get("needs", ())
    if not _texts(needs) or not all(one in NEEDS for one in needs):
        wrong(("needs",), f"needs must list some of {', '.join(NEEDS)}")
    if not isinstance(data.get("init_style", ""), str):
        wrong(("init_style",), "init_style must be the name of a style")
    if not _texts(data.get("answers", ())):
        wrong(("answers",), "answers must list HVC interfaces")
    if not isinstance(data.get("second", ""), str):
        wrong(("second",), "second must be the name of the scenario whose image is loaded behind this one's")
    stimuli = data.get("stimuli", ())
    if not isinstance(stimuli, (list, tuple)) or not all(map(_is_stimulus, stimuli)):
        wrong(("stimuli",), "stimuli must list what comes from outside", "{line: fiq, at: a symbol}")
    image = data.get("image", {})
    if not isinstance(image, dict):
        wrong(("image",), "image must map keys of a board's image to values")
        image = {}
    for key, value in image.items():
        if value not in IMAGE.get(key, ()):
            known = ", ".join(map(str, IMAGE.get(key, IMAGE)))
            said = f"{key} must be one of {known}, not {value!r}" if key in IMAGE else f"unknown key {key!r}"
            wrong(("image", key), said, "" if key in IMAGE else f"expected {known}")
    sections = data.get("sections", {})
    if not isinstance(sections, dict) or not all(
        one in ("rx", "r", "rw", "rwx") for one in sections.values()
    ):
        wrong(("sections",), "sections must map names, such as .hyp.mine, to rx, r, rw or rwx")
    ipa_bits = data.get("ipa_bits")
    if ipa_bits not in (None, 32, 40):
        wrong(("ipa_bits",), f"ipa_bits, the size of a guest's addresses, must be 32 or 40, not {ipa_bits!r}")
    if problems:
        raise InputError(problems)
    return Scenario(
        name,
        str(data["title"]),
        tuple(data["parts"]),
        tuple(Step(number, key, intent) for number, (key, intent) in enumerate(data["steps"].items(), 1)),
        int(data.get("rounds", 1)),
        data.get("cpus", "boot") == "all",
        bool(data.get("mixed_modes", False)),
        dict(board),
        tuple(needs),
        frozenset(optional),
        ipa_bits,
        str(data.get("init_style", "")),
        tuple(data.get("answers", ())),
        tuple(Stimulus(one["line"], one["at"]) for one in stimuli),
        dict(image),
        dict(sections),
        bool(data.get("host_mmu", False)),
        bool(data.get("runtime_maps", False)),
        str(data.get("second", "")),
    )


def _texts(given: object) -> TypeGuard[Sequence[str]]:
    """Whether it is a list of texts."""
    return isinstance(given, (list, tuple)) and all(isinstance(one, str) for one in given)


def _is_stimulus(given: object) -> bool:
    return (
        isinstance(given, dict)
        and given.keys() == {"line", "at"}
        and given["line"] in ("fiq", "abort", "late-abort")
        and isinstance(given["at"], str)
    )


IMAGE: Mapping[str, tuple[object, ...]] = {
    "isa": ("arm", "thumb"),
    "endian": ("little", "big"),
    "caches": ("on", "inherit", "off"),
    "wxn": (True, False),
}
"""What a scenario may say of the form of its image, with the values that the board's ``image`` has."""
_BOARD_KEYS: Mapping[str, tuple[object, ...]] = {
    "mode": ("hyp", "secure-svc", "svc"),
    "hyp_mmu": (True, False),
    "tlb": ("unknown", "clean"),
    "virtual_base": ("collides",),
    "secondaries": tuple(HOLDING),
}


def _place(document: Document, path: tuple[str, ...]) -> Location:
    return document.place(path).value
