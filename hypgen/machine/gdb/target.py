"""The target description: which registers gdb sees, under which numbers, and how they are laid out.

gdb knows the first features by name (the gdb manual, "ARM Features"): the core registers, and those of
the Floating-point Extension and of Advanced SIMD, whose quadword registers gdb 13 does not make up itself.
The others are the project's own: every banked register, and every
system register under its architectural name with the fields that the register's row has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import quoteattr

from hypgen.arch import psr
from hypgen.arch.psr import Mode
from hypgen.arch.register import Register
from hypgen.bits import Field
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.machine.state import CORE_NAMES, VFP_NAMES, system_registers

FEATURE_CORE = "org.gnu.gdb.arm.core"
FEATURE_VFP = "org.gnu.gdb.arm.vfp"
FEATURE_NEON = "org.gnu.gdb.arm.neon"
FEATURE_BANKED = "hypgen.banked"
FEATURE_SYSTEM = "hypgen.system"

PSR_FIELDS = tuple(field for field in psr.FIELDS if field.hi == field.lo or field.name in ("GE", "M"))


@dataclass(frozen=True)
class TargetRegister:
    """A register as gdb has it: its number is its place in :func:`registers`."""

    name: str
    bits: int
    type: str
    group: str
    feature: str
    read: Callable[[Cpu], int]
    write: Callable[[Cpu, int], None]

    @property
    def size(self) -> int:
        """Bytes of its value in packets."""
        return self.bits // 8

    def encode(self, cpu: Cpu) -> bytes:
        """Its value, in the byte order of the target."""
        return self.read(cpu).to_bytes(self.size, "little")


@cache
def registers() -> tuple[TargetRegister, ...]:
    """Every register by its number."""
    found = [
        _named(name, 32, _CORE_TYPES.get(name, "uint32"), "general", FEATURE_CORE) for name in CORE_NAMES
    ]
    found.append(_named("cpsr", 32, "psr", "general", FEATURE_CORE))
    found += [_named(name, 64, "neon_d", "float", FEATURE_VFP) for name in VFP_NAMES]
    found.append(_named("fpscr", 32, "int", "float", FEATURE_VFP, stored="FPSCR"))
    found += [_quadword(number) for number in range(16)]
    found += [
        _named(name, 32, "psr" if name.startswith("SPSR") else "uint32", "banked", FEATURE_BANKED)
        for name in BANKED_NAMES
    ]
    found += [
        _named(
            name, row.width, _flags_id(row) if _fields(row) else f"uint{row.width}", "system", FEATURE_SYSTEM
        )
        for name, row in system_registers()
        if name != "FPSCR"
    ]
    return tuple(found)


IN_G = len(CORE_NAMES) + 1
"""How many registers, from the first on, a ``g`` packet has; the others are asked for one by one."""

_CORE_TYPES = {"sp": "data_ptr", "pc": "code_ptr"}


def _named(
    name: str, bits: int, kind: str, group: str, feature: str, stored: str | None = None
) -> TargetRegister:
    at = stored or name

    def write(cpu: Cpu, value: int) -> None:
        cpu.write(at, value)

    return TargetRegister(name, bits, kind, group, feature, lambda cpu: cpu.read(at), write)


def _quadword(number: int) -> TargetRegister:
    """A quadword register: two doublewords, the lower one in the lower half (A2.6.2)."""
    low, high = f"d{2 * number}", f"d{2 * number + 1}"

    def read(cpu: Cpu) -> int:
        return cpu.read(high) << 64 | cpu.read(low)

    def write(cpu: Cpu, value: int) -> None:
        cpu.write(low, value & (1 << 64) - 1)
        cpu.write(high, value >> 64)

    return TargetRegister(f"q{number}", 128, "neon_q", "vector", FEATURE_NEON, read, write)


def description() -> str:
    """The target description as XML."""
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
        '<target version="1.0">',
        "<architecture>arm</architecture>",
    ]
    feature = ""
    for number, register in enumerate(registers()):
        if register.feature != feature:
            if feature:
                lines.append("</feature>")
            feature = register.feature
            lines.append(f'<feature name="{feature}">')
            lines += _types(feature)
        lines.append(
            f"<reg name={quoteattr(register.name)} bitsize={quoteattr(str(register.bits))} "
            f'regnum="{number}" type={quoteattr(register.type)} group={quoteattr(register.group)}'
            f"{_SAVE_RESTORE.get(register.feature, '')}/>"
        )
    lines += ["</feature>", "</target>", ""]
    return "\n".join(lines)


_SAVE_RESTORE = dict.fromkeys((FEATURE_BANKED, FEATURE_SYSTEM), ' save-restore="no"')
"""gdb must not put these back after a call that it makes in the target."""


def _types(feature: str) -> list[str]:
    if feature in (FEATURE_CORE, FEATURE_BANKED):
        modes = "".join(f'<evalue name="{mode.suffix}" value="{int(mode)}"/>' for mode in Mode)
        kinds = {"M": "mode"}
        return [f'<enum id="mode" size="4">{modes}</enum>', _flags("psr", 32, PSR_FIELDS, kinds)]
    if feature in _VECTORS:
        return _vector_types(*_VECTORS[feature])
    if feature == FEATURE_SYSTEM:
        rows = {row.name: row for _, row in system_registers() if _fields(row)}
        return [_flags(_flags_id(row), row.width, _fields(row)) for row in rows.values()]
    return []


_VECTORS = {FEATURE_VFP: ("neon_d", 64), FEATURE_NEON: ("neon_q", 128)}
"""The type of the feature's registers, and its bits."""
_ELEMENTS = {"u8": ("uint8", 8), "u16": ("uint16", 16), "u32": ("uint32", 32), "u64": ("uint64", 64)} | {
    "f32": ("ieee_single", 32),
    "f64": ("ieee_double", 64),
}
"""The elements that such a register is seen as, by the names that gdb itself has for them."""


def _vector_types(name: str, bits: int) -> list[str]:
    """The union of all views of a register."""
    lines, fields = [], []
    for field, (element, size) in _ELEMENTS.items():
        kind = element
        if size < bits:
            kind = f"{name}_{field}"
            lines.append(f'<vector id="{kind}" type="{element}" count="{bits // size}"/>')
        fields.append(f'<field name="{field}" type="{kind}"/>')
    return [*lines, f'<union id="{name}">{"".join(fields)}</union>']


def _flags_id(row: Register) -> str:
    return f"{row.name}_fields"


def _fields(row: Register) -> tuple[Field, ...]:
    """The fields that gdb can show: below bit 32 of a word, none within another."""
    if row.width != 32:
        return ()
    shown: list[Field] = []
    for field in sorted(row.fields, key=lambda one: one.lo):
        if not shown or field.lo > shown[-1].hi:
            shown.append(field)
    whole = len(shown) == 1 and shown[0].lo == 0 and shown[0].hi == 31
    return () if whole else tuple(shown)


def _flags(identifier: str, bits: int, fields: Sequence[Field], kinds: dict[str, str] | None = None) -> str:
    parts = [f'<flags id="{identifier}" size="{bits // 8}">']
    for field in sorted(fields, key=lambda one: one.lo):
        kind = (kinds or {}).get(field.name, "bool" if field.hi == field.lo else "uint32")
        parts.append(
            f'<field name={quoteattr(field.name)} start="{field.lo}" end="{field.hi}" type="{kind}"/>'
        )
    return "".join([*parts, "</flags>"])
