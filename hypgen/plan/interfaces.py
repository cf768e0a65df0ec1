"""HVC interfaces: immediates with the calling conventions behind them, and which of them can live together.

A handler knows a call by its immediate, and within one interface by a register (the selector). Two
interfaces that an image answers conflict when they share an immediate and a value of the selector can
mean a call of either: then one swallows what is an argument, or a number, of the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypgen.documents import Document
from hypgen.errors import Diagnostic, Location

KEYS = ("immediate", "selector", "takes", "calls")
SELECTORS = tuple(f"r{number}" for number in range(13))
MAX_IMMEDIATE = 0xFFFF
MAX_NUMBER = 0xFFFF_FFFF
_NAME, _CALL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*"), re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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
    interfaces: dict[str, Interface] = {}
    named: dict[str, str] = {}
    for name, row in found.items():
        sentence = _wrong(name, row)
        if not sentence:
            one = Interface(name, row["immediate"], row["selector"], row.get("calls"))
            mine = _names(one)
            twice = [each for each in mine if each in named or mine.count(each) > 1]
            if twice:
                other = named.get(twice[0], name)
                sentence = f"the constant {twice[0]} would be defined twice, by it and by {other!r}"
            named.update(dict.fromkeys(mine, str(name)))
            interfaces[name] = one
            _check_calls(document, one, problems)
        if sentence:
            problems.append(_problem(document, ("interfaces", name), f"interface {name!r}: {sentence}"))
    return interfaces


def _check_calls(document: Document, one: Interface, problems: list[Diagnostic]) -> None:
    """Add two calls of one interface that have the same number."""
    seen: dict[int, str] = {}
    for call, number in (one.calls or {}).items():
        other = seen.setdefault(number, call)
        if other != call:
            place = document.place(("interfaces", one.name, "calls", call)).value
            note = (document.place(("interfaces", one.name, "calls", other)).value, f"{other} is here")
            sentence = f"interface {one.name!r}: {call} has the number {number:#x}, as has {other}"
            hint = f"calls are told apart by {one.selector} alone; choose another"
            problems.append(Diagnostic("PLAN-011", sentence, place, hint, (note,)))


def check_answered(
    document: Document,
    interfaces: Mapping[str, Interface],
    answered: Sequence[str],
    calls: Mapping[str, int],
    foreign: Mapping[str, int],
    problems: list[Diagnostic],
) -> None:
    """Add to ``problems`` what cannot be ``answered`` together, and what shares a number with ``calls`` or
    with ``foreign`` software as which it does not answer: ``xen``'s immediate is for interfaces of Xen.

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
                said, hint = (
                    f"{sentence}{call!r}",
                    "a handler tells calls apart by the immediate alone; choose another",
                )
                problems.append(_conflict(document, name, said, note, hint))
        for owner, number in foreign.items():
            if number == one.immediate and _vendor(owner) != _vendor(name):
                sentence = f"interface {name!r} has the immediate {number:#x}, which is that of {owner}"
                note = (document.place(("foreign", owner)).value, f"{owner} is here")
                hint = f"choose another; an interface that answers as {owner} begins with {_vendor(owner)!r}"
                problems.append(_conflict(document, name, sentence, note, hint))
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


def _names(one: Interface) -> list[str]:
    """The constants of one interface, one that stands twice, too."""
    return [f"{one.symbol}_IMMEDIATE", *(f"{one.symbol}_{call.upper()}" for call in one.calls or ())]


def _vendor(name: str) -> str:
    """Whose an interface or an immediate is: ``linux`` of ``linux-numbered``."""
    return name.partition("-")[0]


def _wrong(name: object, row: object) -> str:
    """What is wrong with one interface; empty when nothing is."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "its name must begin with a letter and have letters, digits, '-' and '_', as constants get it"
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
    if calls is None:
        return ""
    if not isinstance(calls, dict) or not calls:
        return "calls must map names to numbers"
    for call, number in calls.items():
        if not isinstance(call, str) or not _CALL.fullmatch(call):
            return f"the call {call!r} must be a name of letters, digits and '_', as constants get it"
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MAX_NUMBER:
            return f"the number of {call} must be from 0 to {MAX_NUMBER:#x}, not {number!r}"
    return ""


def _problem(document: Document, path: tuple[str, ...], sentence: str) -> Diagnostic:
    return Diagnostic("PLAN-010", sentence, document.place(path).value)


def _conflict(
    document: Document,
    name: str,
    sentence: str,
    note: tuple[Location, str],
    hint: str = "answer only one of them",
) -> Diagnostic:
    place = document.place(("interfaces", name)).key
    return Diagnostic("PLAN-011", sentence, place, hint, (note,))
