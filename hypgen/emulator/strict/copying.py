"""Copying what the strict rules know, for snapshots: :func:`copy.deepcopy`, quick about plain containers."""

from __future__ import annotations

from copy import deepcopy
from enum import EnumMeta
from typing import Any

from hypgen.emulator.strict.buffering import Both, Change, Glance, Missed, Poll
from hypgen.emulator.strict.exposure import Ranges
from hypgen.emulator.strict.findings import Event, Finding
from hypgen.emulator.strict.order import Loaded, Stored
from hypgen.emulator.strict.whole_tables import Table

_LASTING = frozenset(
    {
        *(int, str, bytes, bool, float, type(None), frozenset, Ranges, Table, Event, Finding),
        *(Loaded, Stored, Glance, Change, Missed, Both, Poll),
    }
)
"""Types whose objects do not change."""


def copied(value: Any, memo: dict[int, Any]) -> Any:  # noqa: ANN401 - anything that state is made of
    """A copy of a value as deep as it may change; what is there twice is one in the copy, too.

    Keys of dictionaries and items of sets are taken to be of the kind that does not change.
    """
    kind = type(value)
    if kind in _LASTING:
        return value
    made = memo.get(id(value))
    if made is not None:
        return made
    if kind is dict:
        made = memo[id(value)] = {key: copied(one, memo) for key, one in value.items()}
    elif kind is list:
        made = memo[id(value)] = [copied(one, memo) for one in value]
    elif kind is set:
        made = memo[id(value)] = value.copy()
    elif kind is tuple:
        made = tuple([copied(one, memo) for one in value])
    elif isinstance(kind, EnumMeta):
        return value
    else:
        made = deepcopy(value, memo)
    return made
