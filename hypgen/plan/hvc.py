"""The registry of HVC numbers: which immediate means what, and which ones other software has taken.

The numbers themselves are data, in ``templates/hvc.yaml``; they are checked here when they are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypgen.documents import Document, read_document
from hypgen.errors import Diagnostic, InputError
from hypgen.plan.interfaces import Interface, check_answered, read_interfaces
from hypgen.plan.interfaces import constants as interface_constants
from hypgen.resources import did_you_mean

CALLS = {
    "stub": "reads or sets HVBAR while the stub is there (stub.S)",
    "init": "turns the Hyp MMU on (init.S)",
    "call": "calls a Hyp function by its VA (runtime.S)",
    "teardown": "turns the Hyp MMU off (runtime.S)",
    "probe": "made from Hyp mode, to arrive at slot 0x08 (probes.S)",
}
"""The calls that every image has, and what each does."""
MAX_IMMEDIATE = 0xFFFF


@dataclass(frozen=True)
class HvcNumbers:
    """The immediates of one set of templates, and the answer to a call that nobody knows."""

    numbers: Mapping[str, int]
    unknown_answer: int
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    answered: tuple[str, ...] = ()

    @property
    def constants(self) -> dict[str, tuple[int, str]]:
        """Names that the templates use for the numbers."""
        named = {f"HVC_{name.upper()}": (number, CALLS[name]) for name, number in self.numbers.items()}
        unknown = {"HVC_UNKNOWN": (self.unknown_answer, "the answer to an unknown call")}
        return {**named, **unknown, **interface_constants(self.interfaces)}


def load_hvc_numbers(path: Path, answers: Sequence[str] = ()) -> HvcNumbers:
    """Read and check ``path``; raises InputError with every mistake and conflict in it.

    ``answers`` are interfaces that the image answers besides those that the file says.
    """
    document = read_document(path)
    problems: list[Diagnostic] = []
    ours = _numbers(document, "calls", problems)
    foreign = _numbers(document, "foreign", problems)
    for name in CALLS:
        if name not in ours and not problems:
            problems.append(_problem(document, ("calls",), f"the call {name!r} has no number"))
    unknown = set(document.data) - {"calls", "foreign", "unknown_answer", "interfaces", "answered"}
    problems += [_problem(document, (key,), f"unknown key {key!r}") for key in sorted(unknown)]
    answer = document.data.get("unknown_answer")
    if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer <= 0xFFFF_FFFF:
        problems.append(_problem(document, ("unknown_answer",), "unknown_answer must be a 32-bit number"))
    seen: dict[int, tuple[str, str]] = {}
    for group, name, number in (
        *(("foreign", *one) for one in foreign.items()),
        *(("calls", *one) for one in ours.items()),
    ):
        if number in seen:
            other_group, other = seen[number]
            whose = f"that of {other}" if other_group == "foreign" else f"also that of the call {other!r}"
            who = name if group == "foreign" else f"the call {name!r}"
            problems.append(
                Diagnostic(
                    "PLAN-011",
                    f"{who} has the immediate {number:#x}, which is {whose}",
                    document.place((group, name)).value,
                    "a handler tells calls apart by the immediate alone; choose another",
                    ((document.place((other_group, other)).value, f"{other} is here"),),
                )
            )
        else:
            seen[number] = (group, name)
    interfaces = read_interfaces(document, problems)
    listed = document.data.get("answered", [])
    if not isinstance(listed, (list, tuple)):
        problems.append(_problem(document, ("answered",), "answered must list interfaces"))
        listed = []
    for name in answers:
        if name not in interfaces:
            hint = did_you_mean(name, tuple(interfaces))
            said = f"the scenario answers {name!r}, and there is no such interface"
            problems.append(Diagnostic("PLAN-010", said, document.place(("interfaces",)).key, hint))
    known = (one for one in answers if one in interfaces)
    answered = tuple(dict.fromkeys((*map(str, listed), *known)))
    check_answered(document, interfaces, answered, ours, foreign, problems)
    if problems:
        raise InputError(problems)
    assert isinstance(answer, int)
    return HvcNumbers(ours, answer, interfaces, answered)


def _numbers(document: Document, group: str, problems: list[Diagnostic]) -> dict[str, int]:
    """The names and immediates of one group of the file."""
    found = document.data.get(group)
    if not isinstance(found, dict):
        problems.append(_problem(document, (group,), f"{group} must map names to immediates"))
        return {}
    numbers: dict[str, int] = {}
    for name, number in found.items():
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MAX_IMMEDIATE:
            sentence = f"{group}.{name} must be an immediate from 0 to {MAX_IMMEDIATE:#x}, not {number!r}"
            problems.append(_problem(document, (group, name), sentence))
        elif group == "calls" and name not in CALLS:
            problems.append(_problem(document, (group, name), f"no template makes a call {name!r}"))
        else:
            numbers[name] = number
    return numbers


def _problem(document: Document, path: tuple[str, ...], sentence: str) -> Diagnostic:
    return Diagnostic("PLAN-010", sentence, document.place(path).value)
