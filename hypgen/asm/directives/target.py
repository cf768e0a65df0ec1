"""Directives that say what the code is for: architecture, processor, extensions, syntax, build attributes.

The instruction set is that of ARMv7-A with the Virtualization Extensions whatever they say; a name that
is not known is an error, so that code for another architecture is not taken for ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypgen.asm.directives.data import strings
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.unit import Unit
from hypgen.elf.attributes import NAMES, TEXT_TAGS

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive

_ARCHITECTURES = (
    "armv4", "armv4t", "armv5t", "armv5te", "armv6", "armv6k", "armv6z", "armv6kz", "armv6t2", "armv7",
    "armv7-a", "armv7ve",
)  # fmt: skip
_EXTENSIONS = ("virt", "sec", "idiv", "mp", "os", "simd", "fp")
_CPUS = (
    "cortex-a5", "cortex-a7", "cortex-a8", "cortex-a9", "cortex-a12", "cortex-a15", "cortex-a17",
    "generic-armv7-a", "arm7tdmi", "arm920t", "arm926ej-s", "arm1136jf-s", "arm1176jz-s", "arm1176jzf-s",
    "mpcore",
)  # fmt: skip
_FP_ARCH, _SIMD_ARCH, _HALF, _HARD_FP = 10, 12, 36, 27
_VFP2, _VFP3, _VFP3_D16, _VFP4, _VFP4_D16 = 2, 3, 4, 5, 6
_FPUS: dict[str, dict[int, int]] = {
    "softvfp": {}, "softvfp+vfp": {_FP_ARCH: _VFP2},
    "vfp": {_FP_ARCH: _VFP2}, "vfpv2": {_FP_ARCH: _VFP2},
    "vfpv3": {_FP_ARCH: _VFP3}, "vfpv3-d16": {_FP_ARCH: _VFP3_D16},
    "vfpv3-fp16": {_FP_ARCH: _VFP3, _HALF: 1}, "vfpv3-d16-fp16": {_FP_ARCH: _VFP3_D16, _HALF: 1},
    "vfpv3xd": {_FP_ARCH: _VFP3_D16, _HARD_FP: 1},
    "vfpv3xd-fp16": {_FP_ARCH: _VFP3_D16, _HARD_FP: 1, _HALF: 1},
    "neon": {_FP_ARCH: _VFP3, _SIMD_ARCH: 1}, "neon-vfpv3": {_FP_ARCH: _VFP3, _SIMD_ARCH: 1},
    "neon-fp16": {_FP_ARCH: _VFP3, _SIMD_ARCH: 1, _HALF: 1},
    "vfpv4": {_FP_ARCH: _VFP4}, "vfpv4-d16": {_FP_ARCH: _VFP4_D16},
    "neon-vfpv4": {_FP_ARCH: _VFP4, _SIMD_ARCH: 2},
}  # fmt: skip
"""Floating-point units, and the build attributes (IHI 0045) by which GNU as names them."""
_TAGS = {name: tag for tag, name in NAMES.items()}
_MOST_TAG = 1 << 14


def _check(operands: str, directive: str, known: tuple[str, ...]) -> str:
    name = operands.strip().lower()
    if name not in known:
        raise StatementError(
            "ASM-041", f"{directive} {operands}: not known here", "known are " + ", ".join(known)
        )
    return name


def _syntax(unit: Unit, operands: str) -> None:
    """``.syntax unified`` or ``divided``: A32 is read by the same rules in both."""
    if operands not in ("unified", "divided"):
        raise StatementError("ASM-041", f".syntax {operands}: must be unified or divided")
    unit.unified = operands == "unified"


def _architecture(unit: Unit, operands: str) -> None:
    _check(operands, ".arch", _ARCHITECTURES)


def _object_architecture(unit: Unit, operands: str) -> None:
    _check(operands, ".object_arch", _ARCHITECTURES)


def _extension(unit: Unit, operands: str) -> None:
    _check(operands.strip().removeprefix("no"), ".arch_extension", _EXTENSIONS)


def _cpu(unit: Unit, operands: str) -> None:
    _check(operands, ".cpu", _CPUS)


def _fpu(unit: Unit, operands: str) -> None:
    name = _check(operands, ".fpu", tuple(_FPUS))
    for tag in (_FP_ARCH, _SIMD_ARCH, _HALF, _HARD_FP):
        unit.attributes.pop(tag, None)
    unit.attributes |= _FPUS[name]


def _attribute(unit: Unit, operands: str) -> None:
    """``.eabi_attribute tag, value``: the tag by its number or its name in the ABI."""
    parts = split_operands(operands)
    if len(parts) != 2:
        raise StatementError("ASM-041", "expected a tag and a value", "write .eabi_attribute 28, 1")
    if re.fullmatch(r"Tag_\w+", parts[0]):
        if parts[0] not in _TAGS:
            raise StatementError("ASM-041", f"`{parts[0]}` is not known here", "write its number")
        tag = _TAGS[parts[0]]
    else:
        tag = unit.constant(parts[0], "the tag")
    if not 4 <= tag < _MOST_TAG:
        raise StatementError("ASM-041", f"there is no tag {tag}")
    if parts[1][:1] == '"':
        if not _holds_text(tag):
            raise StatementError("ASM-041", f"tag {tag} has a number, not a text")
        unit.attributes[tag] = strings(parts[1])[0].decode("latin-1")
        return
    value = unit.constant(parts[1], "the value")
    if _holds_text(tag) or not 0 <= value < 1 << 32:
        raise StatementError("ASM-041", f"tag {tag} cannot have the value {parts[1]}")
    unit.attributes[tag] = value


def _holds_text(tag: int) -> bool:
    return tag in TEXT_TAGS or (tag > 32 and tag % 2 == 1)


TABLE: dict[str, Directive] = {
    ".syntax": _syntax,
    ".arch": _architecture,
    ".object_arch": _object_architecture,
    ".arch_extension": _extension,
    ".cpu": _cpu,
    ".fpu": _fpu,
    ".eabi_attribute": _attribute,
}
