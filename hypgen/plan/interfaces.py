"""HVC interfaces: immediates with the calling conventions behind them, and which of them can live together.

A handler knows a call by its immediate, and within one interface by a register (the selector). Two
interfaces that an image answers conflict when they share an immediate and a value of the selector can
mean a call of either: then one swallows what is an argument, or a number, of the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypgen.documents import Document
from hypgen.errors import Diagnostic, Location

KEYS = ("immediate", "selector", "takes", "calls")
SELECTORS = tuple(f"r{number}" for number in range(13))
MAX_IMMEDIATE = 0xFFFF


@dataclass(frozen=True)
class Interface:
    """One interface. ``calls`` are its numbers in the register ``selector``; None when it takes them all."""

    name: str
    immediate: int
    selector: str
    calls: Mapping[str, int] | None

    @property
    def symbol(self) -> str:
        """Beginning of the names of its constants."""
        return f"HVC_{self.name.replace('-', '_').upper()}"

    def conflict(self, other: Interface) -> str:
        """Why an image cannot answer both; empty when it can."""
        if self.immediate != other.immediate:
            return ""
        for one, two in ((self, other), (other, self)):
            if one.calls is None:
                return (
                    f"both have the immediate {one.immediate:#x}, and {one.name} takes every value of "
                    f"{one.selector}: it would swallow the calls of {two.name}"
                )
        if self.selector != other.selector:
            return (
                f"both have the immediate {self.immediate:#x}, but tell their calls apart by {self.selector} "
                f"and by {other.selector}: each would take the other's arguments for numbers"
            )
        assert self.calls is not None
        assert other.calls is not None
        shared = sorted(set(self.calls.values()) & set(other.calls.values()))
        if shared:
            return f"both have the immediate {self.immediate:#x}, and {shared[0]} is a call of either"
        return ""


def read_interfaces(document: Document, problems: list[Diagnostic]) -> dict[str, Interface]:
    """The interfaces in ``hvc.yaml``; what is wrong is added to ``problems``."""
    found = document.data.get("interfaces", {})
    if not isinstance(found, dict):
        problems.append(_problem(document, ("interfaces",), "interfaces must map names to interfaces"))
        return {}
    interfaces = {}
    for name, row in found.items():
        sentence = _wrong(row)
        if sentence:
            problems.append(_problem(document, ("interfaces", name), f"interface {name!r}: {sentence}"))
        else:
            interfaces[name] = Interface(name, row["immediate"], row["selector"], row.get("calls"))
    return interfaces


def check_answered(
    document: Document,
    interfaces: Mapping[str, Interface],
    answered: Sequence[str],
    calls: Mapping[str, int],
    problems: list[Diagnostic],
) -> None:
    """Add to ``problems`` what cannot be ``answered`` together, and what shares a number with ``calls``.

    The stub's own call is that of ``linux-2012``, so that interface is always answered.
    """
    chosen: list[Interface] = []
    for name in answered:
        if name not in interfaces:
            problems.append(_problem(document, ("answered",), f"there is no interface {name!r} to answer"))
            continue
        one = interfaces[name]
        for call, number in calls.items():
            if number == one.immediate:
                sentence = (
                    f"interface {name!r} has the immediate {number:#x}, which is also that of the call "
                )
                note = (document.place(("calls", call)).value, f"{call} is here")
                problems.append(_conflict(document, name, f"{sentence}{call!r}", note))
        for other in chosen:
            why = one.conflict(other)
            if why:
                place = document.place(("interfaces", other.name)).key
                sentence = f"{other.name} and {one.name} cannot both be answered: {why}"
                problems.append(_conflict(document, name, sentence, (place, f"{other.name} is here")))
        chosen.append(one)


def constants(interfaces: Mapping[str, Interface]) -> dict[str, tuple[int, str]]:
    """Names for templates and ``hyp_abi.h``: immediates and numbers of all interfaces."""
    named: dict[str, tuple[int, str]] = {}
    for one in interfaces.values():
        named[f"{one.symbol}_IMMEDIATE"] = (one.immediate, f"interface {one.name}, calls by {one.selector}")
        for call, number in (one.calls or {}).items():
            named[f"{one.symbol}_{call.upper()}"] = (number, f"{one.name}: {call}, in {one.selector}")
    return named


def _wrong(row: object) -> str:
    """What is wrong with one interface; empty when nothing is."""
    if not isinstance(row, dict):
        return f"expected {', '.join(KEYS)}"
    for key in row:
        if key not in KEYS:
            return f"unknown key {key!r}"
    immediate, calls = row.get("immediate"), row.get("calls")
    if not isinstance(immediate, int) or isinstance(immediate, bool) or not 0 <= immediate <= MAX_IMMEDIATE:
        return f"immediate must be a number from 0 to {MAX_IMMEDIATE:#x}"
    if row.get("selector") not in SELECTORS:
        return "selector must be a register from r0 to r12"
    if (calls is None) == (row.get("takes") is None) or row.get("takes", "all") != "all":
        return "either calls, the number of each, or takes: all"
    if calls is not None and not (
        isinstance(calls, dict) and all(isinstance(n, int) for n in calls.values())
    ):
        return "calls must map names to numbers"
    return ""


def _problem(document: Document, path: tuple[str, ...], sentence: str) -> Diagnostic:
    return Diagnostic("PLAN-010", sentence, document.place(path).value)


def _conflict(document: Document, name: str, sentence: str, note: tuple[Location, str]) -> Diagnostic:
    place = document.place(("interfaces", name)).key
    return Diagnostic("PLAN-011", sentence, place, "answer only one of them", (note,))
