"""What of a state decides what may happen: by that two states of a machine are compared.

Rules also keep what they need to say something, as where a thing was done. Two states that differ in nothing
else go on alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, cast

from hypgen.emulator.strict.lines import Condition, Line

_SAID = frozenset({"written", "order", "told", "met", "blamed", "locks seen"})
"""What families keep for what they say, and not for what may happen."""
_SAYING = frozenset({"pc", "told", "number"})
"""Fields that say where something was done, what was said of it, or which of many it is, and not what."""
_NUMBERED = frozenset({"held_moving"})
"""What families keep by a number that is nothing but a name."""

Conditions = frozenset[Condition]


def essence(captured: object) -> Hashable:
    """What :meth:`StrictRules.capture` copied, as far as it decides what may happen."""
    return canonical(_deciding(captured))


def alike(one: object, other: object) -> bool:
    """Whether two that :meth:`StrictRules.capture` copied have the same :func:`essence`, which need not be
    made for what both have in common."""
    return _alike(_deciding(one), _deciding(other))


def _deciding(captured: object) -> tuple[object, ...]:
    own, side = cast("tuple[Any, Any]", captured)
    _, _, known, looked = own
    books = {
        name: list(value.values()) if name in _NUMBERED else value
        for name, value in known.items()
        if name not in _SAID
    }
    return books, looked, side


def canonical(value: Any) -> Hashable:  # noqa: ANN401 - anything that state is made of
    """A value that is equal to another if their contents are, whatever containers hold them."""
    if isinstance(value, dict):
        return frozenset((key, canonical(one)) for key, one in value.items())
    if isinstance(value, (set, frozenset)):
        return frozenset(value)
    if isinstance(value, (list, tuple, deque)):
        return tuple(canonical(one) for one in value)
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, Line):
        return value.key, _conditions(value.conditions), value.epoch
    names = _names(value.__class__)
    return tuple(canonical(getattr(value, name)) for name in names) if names else cast("Hashable", value)


def _alike(one: Any, other: Any) -> bool:  # noqa: ANN401 - anything that state is made of
    """Whether two values have the same :func:`canonical` form."""
    if one is other:
        return True
    if type(one) is not type(other):
        return canonical(one) == canonical(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple, deque)):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, Line):
        return (one.key, one.epoch) == (other.key, other.epoch) and (
            one.conditions == other.conditions or _conditions(one.conditions) == _conditions(other.conditions)
        )
    if names := _names(one.__class__):
        return all(_alike(getattr(one, name), getattr(other, name)) for name in names)
    return canonical(one) == canonical(other)


def _conditions(conditions: Conditions) -> Hashable:
    """The conditions of a line, with all of what they wait for but its name and where it is."""
    return frozenset((one.entries, one.memory, one.waits_for and one.waits_for[2:]) for one in conditions)


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The attributes by which things of a type are told apart; none if they are compared as they are."""
    if is_dataclass(kind):
        return tuple(one.name for one in fields(kind) if one.name not in _SAYING)
    if kind.__module__.startswith("hypgen.emulator.strict"):
        return tuple(kind.__dict__.get("__slots__", ()))
    return ()
