"""Joining the build attributes of units into those of the image (IHI 0045, "Combining attribute values").

What can run the image must be able to run every unit, so of most tags the larger value counts; the
tables name those of which it is another. The result is what GNU ld gives.
"""

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
    TAG_FP_ARCH,
    TAG_FP_NUMBER_MODEL,
    Attributes,
)
from hypgen.elf.model import ObjectFile
from hypgen.errors import Diagnostic, Location

_VFP_COMPATIBLE = 3
"""Tag_ABI_VFP_args of code that passes no floating-point arguments: it goes with either convention."""
_CONFORMANCE = 67
"""Tag_conformance: the edition of the ABI that the unit keeps to."""
_V7E_M, _V8_A = 13, 14
_ARCHITECTURES = (
    "Pre v4", "ARM v4", "ARM v4T", "ARM v5T", "ARM v5TE", "ARM v5TEJ", "ARM v6", "ARM v6KZ", "ARM v6T2",
    "ARM v6K", "ARM v7",
)  # fmt: skip
"""Names of values of Tag_CPU_arch, for units that have none, as GNU ld has them."""
_ANY, _CLASSIC = 0, ord("S")
"""Profiles that say little: none, and "application or real-time"."""
_FIRST = frozenset((13, 30, 31))
"""Tags of which the first unit's value counts: PCS_config and optimization goals."""
_FIRST_STATED = frozenset((18, 26))
"""The same of units that state one: the sizes of wchar_t and enumerations."""
_SMALLEST = frozenset((16, 25))
"""Promises, which hold if all units make them: read-only data addressing, preserved alignment."""
_MIDDLE_LARGEST = frozenset((17, 20, 24))
"""Tags whose values demand more in the order 0, 2, 1: GOT use, denormals, needed alignment."""
_DIV_IF_IN_ARCHITECTURE, _DIV_FORBIDDEN, _DIV_ALLOWED = 0, 1, 2
_FP_ARCHITECTURES = {
    (0, 0): 0, (1, 16): 1, (2, 16): 2, (3, 32): 3, (3, 16): 4, (4, 32): 5, (4, 16): 6, (8, 32): 7, (8, 16): 8,
}  # fmt: skip
"""Tag_FP_arch by version and number of double-word registers."""

_Values = dict[int, int | str]


def join_attributes(objects: Sequence[ObjectFile]) -> tuple[Attributes, list[Diagnostic]]:
    """The attributes of an image made of ``objects``, and LINK-016 for what cannot be joined.

    A unit without any attributes demands nothing.
    """
    joined: _Values = {}
    givers: dict[int, ObjectFile] = {}
    faults = []
    for unit in objects:
        mine = dict(unit.attributes)
        if not mine:
            continue
        if _number(mine, TAG_CPU_ARCH) >= _V8_A:
            faults.append(_too_new(unit))
        if not joined:
            joined, givers = mine, dict.fromkeys((*mine, TAG_ABI_VFP_ARGS), unit)
            continue
        before = dict(joined)
        for tag in sorted({TAG_CPU_NAME, *joined, *mine}):
            new = _joined(tag, before, mine)
            if new is None:
                faults.append(_conflict(tag, unit, mine, givers.get(tag, unit), joined))
            elif new != joined.get(tag, 0):
                joined[tag], givers[tag] = new, unit
            givers.setdefault(tag, unit)
    kept = tuple(sorted((tag, value) for tag, value in joined.items() if value not in (0, "")))
    return kept or ATTRIBUTES, faults


def _number(values: _Values, tag: int) -> int:
    value = values.get(tag, 0)
    return value if isinstance(value, int) else 0


def _joined(tag: int, old: _Values, new: _Values) -> int | str | None:
    """The value of a tag for both; None if there is none."""
    if tag == _CONFORMANCE:
        return old.get(tag, "") if old.get(tag) == new.get(tag) else ""
    if tag == TAG_CPU_NAME:
        return _name(old, new)
    if isinstance(old.get(tag, new.get(tag)), str):
        return old.get(tag) or new.get(tag) or ""
    special = {
        TAG_CPU_ARCH_PROFILE: _profile,
        TAG_ABI_VFP_ARGS: _vfp_arguments,
        TAG_DIV_USE: _division,
        TAG_FP_ARCH: _floating_point,
    }.get(tag)
    if special is not None:
        return special(old, new)
    left, right = _number(old, tag), _number(new, tag)
    if tag in _FIRST:
        return left
    if tag in _FIRST_STATED:
        return left or right
    if tag in _SMALLEST:
        return min(left, right)
    if tag in _MIDDLE_LARGEST and max(left, right) <= 2:
        return max(left, right, key=(0, 2, 1).index)
    return max(left, right)


def _name(old: _Values, new: _Values) -> int | str:
    """The name of the processor that has the later architecture, or one that says which that is."""
    left, right = _number(old, TAG_CPU_ARCH), _number(new, TAG_CPU_ARCH)
    given = old.get(TAG_CPU_NAME) if left >= right else new.get(TAG_CPU_NAME)
    is_named = TAG_CPU_NAME in old or TAG_CPU_NAME in new
    arch = max(left, right)
    return given or (_ARCHITECTURES[arch] if is_named and arch < len(_ARCHITECTURES) else "")


def _profile(old: _Values, new: _Values) -> int | None:
    left, right = _number(old, TAG_CPU_ARCH_PROFILE), _number(new, TAG_CPU_ARCH_PROFILE)
    if left == right or right == _ANY:
        return left
    if left == _ANY:
        return right
    either = {left, right} - {_CLASSIC}
    return either.pop() if len(either) == 1 and ord("M") not in either else None


def _vfp_arguments(old: _Values, new: _Values) -> int | None:
    """Units that use no floating point go with any convention."""
    left, right = _number(old, TAG_ABI_VFP_ARGS), _number(new, TAG_ABI_VFP_ARGS)
    if left == right:
        return left
    if not _number(old, TAG_FP_NUMBER_MODEL):
        return right
    if not _number(new, TAG_FP_NUMBER_MODEL) or right == _VFP_COMPATIBLE:
        return left
    return right if left == _VFP_COMPATIBLE else None


def _division(old: _Values, new: _Values) -> int:
    left, right = _number(old, TAG_DIV_USE), _number(new, TAG_DIV_USE)
    if right == _DIV_FORBIDDEN and not _divides(old):
        return right
    if left == _DIV_FORBIDDEN and _divides(new):
        return right
    return right if right == _DIV_ALLOWED else left


def _divides(values: _Values) -> bool:
    use = _number(values, TAG_DIV_USE)
    if use == _DIV_IF_IN_ARCHITECTURE:
        profile = _number(values, TAG_CPU_ARCH_PROFILE)
        return _number(values, TAG_CPU_ARCH) >= _V7E_M or profile in (ord("R"), ord("M"))
    return use != _DIV_FORBIDDEN


def _floating_point(old: _Values, new: _Values) -> int:
    shapes = {number: shape for shape, number in _FP_ARCHITECTURES.items()}
    left, right = (shapes.get(_number(one, TAG_FP_ARCH), (8, 32)) for one in (old, new))
    shape = max(left[0], right[0]), max(left[1], right[1])
    return _FP_ARCHITECTURES.get(shape, max(_number(old, TAG_FP_ARCH), _number(new, TAG_FP_ARCH)))


def _conflict(tag: int, unit: ObjectFile, mine: _Values, other: ObjectFile, joined: _Values) -> Diagnostic:
    def shown(number: int) -> str:
        is_letter = tag == TAG_CPU_ARCH_PROFILE and 0x20 < number < 0x7F
        return chr(number) if is_letter else str(number)

    here, there = shown(_number(mine, tag)), shown(_number(joined, tag))
    return Diagnostic(
        "LINK-016",
        f"{NAMES[tag]} is {here} here and {there} in {other.name}: they cannot run together",
        Location(unit.name),
        "compile both with the same -march, -mfloat-abi and -mfpu",
        ((Location(other.name), "the other one is here"),),
    )


def _too_new(unit: ObjectFile) -> Diagnostic:
    return Diagnostic(
        "LINK-016",
        f"{NAMES[TAG_CPU_ARCH]} is {_number(dict(unit.attributes), TAG_CPU_ARCH)}, ARMv8 or later, and the "
        "processors of hypgen are ARMv7",
        Location(unit.name),
        "compile it with -march=armv7-a or armv7ve",
    )
