"""One named check of a scenario and its outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """What came of a check. NOT RUN always has a reason, and which checks may say so is pinned by a test."""

    PASS = "PASS"
    FAIL = "FAIL"
    NOT_RUN = "NOT RUN"


@dataclass(frozen=True)
class Check:
    """A check's stable name, its outcome, and why: what was seen, or what was expected and seen instead."""

    name: str
    outcome: Outcome
    reason: str


class ShortfallError(Exception):
    """Raised by a check's body: what was expected and what was seen, in one sentence."""


class NotRunError(Exception):
    """Raised by a check's body: why it cannot be run."""


def judge(name: str, body: Callable[[], str]) -> Check:
    """Run a check: ``body`` returns what it saw, or raises one of the two errors above with its reason."""
    try:
        return Check(name, Outcome.PASS, body())
    except NotRunError as reason:
        return Check(name, Outcome.NOT_RUN, str(reason))
    except ShortfallError as shortfall:
        return Check(name, Outcome.FAIL, str(shortfall))
    except (LookupError, StopIteration, ValueError) as error:
        # What the body takes for granted, because other checks ask for it, is not there.
        return Check(name, Outcome.FAIL, f"the run lacks what this check looks at ({type(error).__name__})")


def expect(condition: bool, sentence: str) -> None:
    """Raise :class:`ShortfallError` with ``sentence`` unless ``condition`` holds."""
    if not condition:
        raise ShortfallError(sentence)


def same(what: str, seen: object, expected: object) -> None:
    """Raise :class:`ShortfallError` unless the two are equal; integers are shown as 32-bit hex."""
    if seen != expected:
        raise ShortfallError(f"{what} is {shown(seen)}, expected {shown(expected)}")


def shown(value: object) -> str:
    """A value as messages show it: integers as 32-bit hex."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"0x{value:08x}"
    if isinstance(value, tuple | list):
        return "(" + ", ".join(shown(item) for item in value) + ")"
    return str(value)


def failed(checks: Iterable[Check]) -> list[Check]:
    """The checks that failed, in order."""
    return [one for one in checks if one.outcome is Outcome.FAIL]
