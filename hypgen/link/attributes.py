"""Joining the build attributes of units into those of the image (IHI 0045, "Combining attribute values")."""

from __future__ import annotations

from collections.abc import Sequence

from hypgen.elf.attributes import (
    ATTRIBUTES,
    NAMES,
    TAG_ABI_VFP_ARGS,
    TAG_CPU_ARCH,
    TAG_CPU_ARCH_PROFILE,
    TAG_CPU_NAME,
    TAG_DIV_USE,
    Attributes,
)
from hypgen.elf.model import ObjectFile
from hypgen.errors import Diagnostic, Location

_VFP_COMPATIBLE = 3
"""Tag_ABI_VFP_args of code that passes no floating-point arguments: it goes with either convention."""
_MUST_AGREE = (TAG_CPU_ARCH_PROFILE, TAG_ABI_VFP_ARGS)
_PROFILE_ANY = (0, ord("S"))
"""Profiles that say little: none, and "application or real-time"."""


def join_attributes(objects: Sequence[ObjectFile]) -> tuple[Attributes, list[Diagnostic]]:
    """The attributes of an image made of ``objects``, and LINK-016 for each pair that cannot be joined.

    What all can run on must satisfy the most demanding: the larger number of each tag counts. A unit
    without attributes demands nothing.
    """
    joined: dict[int, int | str] = {}
    givers: dict[int, ObjectFile] = {}
    faults = []
    for unit in objects:
        mine = dict(unit.attributes)
        is_newer = _number(mine, TAG_CPU_ARCH) > _number(joined, TAG_CPU_ARCH)
        for tag, value in mine.items():
            old = joined.get(tag)
            if old == value or _says_nothing(tag, value):
                continue
            if old is None or _says_nothing(tag, old):
                joined[tag], givers[tag] = value, unit
            elif tag in _MUST_AGREE:
                faults.append(_conflict(tag, unit, value, givers[tag], old))
            elif tag == TAG_CPU_NAME:
                if is_newer:
                    joined[tag] = value
            elif isinstance(value, int) and isinstance(old, int) and value > old:
                # 1 is "no division", 0 "as the architecture has it": less demanding than 2 all the same.
                joined[tag], givers[tag] = value, unit
        for tag in (TAG_ABI_VFP_ARGS, TAG_DIV_USE):
            if tag in mine:
                joined.setdefault(tag, mine[tag])
                givers.setdefault(tag, unit)
    kept = tuple(sorted((tag, value) for tag, value in joined.items() if value not in (0, "")))
    return kept or ATTRIBUTES, faults


def _number(values: dict[int, int | str], tag: int) -> int:
    value = values.get(tag, -1)
    return value if isinstance(value, int) else -1


def _says_nothing(tag: int, value: int | str) -> bool:
    if tag == TAG_CPU_ARCH_PROFILE:
        return value in _PROFILE_ANY
    return tag == TAG_ABI_VFP_ARGS and value == _VFP_COMPATIBLE


def _conflict(tag: int, unit: ObjectFile, value: int | str, other: ObjectFile, old: int | str) -> Diagnostic:
    def shown(number: int | str) -> str:
        return chr(number) if tag == TAG_CPU_ARCH_PROFILE and isinstance(number, int) else str(number)

    return Diagnostic(
        "LINK-016",
        f"{NAMES[tag]} is {shown(value)} here and {shown(old)} in {other.name}: they cannot run together",
        Location(unit.name),
        "compile both with the same -march, -mfloat-abi and -mfpu",
        ((Location(other.name), "the other one is here"),),
    )
