"""Copying the mutable state of objects out, and back in place.

An object's class says in ``STATE`` which attributes are its state. Values are copied so far as they
are lists, dictionaries, sets, deques or byte arrays; everything in those is kept as it is. Putting
a state back keeps the identity of the containers, since closures and other objects hold them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

CONTAINERS = (list, dict, set, deque, bytearray)

_SIMPLE = frozenset({int, bool, str, bytes, tuple, type(None)})
"""What most values are, and no container."""

State = tuple[object, ...]
"""Copies of an object's attributes, in the order in which they were named."""


def capture(owner: object, names: Iterable[str]) -> State:
    """Copies of the attributes ``names`` of an object."""
    return tuple(_copied(getattr(owner, name)) for name in names)


def reinstate(owner: object, names: Iterable[str], state: State) -> None:
    """Give an object's attributes the values that :func:`capture` copied."""
    for name, value in zip(names, state, strict=True):
        if (
            type(value) in _SIMPLE
            or not isinstance(value, CONTAINERS)
            or not _refilled(getattr(owner, name), value)
        ):
            setattr(owner, name, value)


def _copied(value: object) -> object:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()} if _nests(value.values()) else dict(value)
    if isinstance(value, list):
        return [_copied(item) for item in value] if _nests(value) else list(value)
    if isinstance(value, CONTAINERS):
        return value.copy()
    return value


def _nests(items: Iterable[object]) -> bool:
    """Whether the items of a container, which are all alike, are containers."""
    return isinstance(next(iter(items), None), CONTAINERS)


def _refilled(current: object, value: object) -> bool:
    """Give a container the content of a copy, which stays untouched; False when it is another kind."""
    items = value.values() if isinstance(value, dict) else value
    assert isinstance(items, Iterable)
    fresh = _copied(value) if _nests(items) else value
    if isinstance(current, (list, bytearray)) and isinstance(fresh, (list, bytearray)):
        current[:] = fresh
        return True
    if isinstance(current, deque) and isinstance(fresh, deque):
        current.clear()
        current.extend(fresh)
        return True
    if isinstance(current, (dict, set)) and isinstance(fresh, (dict, set)):
        current.clear()
        current.update(fresh)
        return True
    return False
