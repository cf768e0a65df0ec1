"""VFP and Advanced SIMD (NEON) statements: taken as Keystone knows them, and proven.

Only what ARMv7 has (VFPv4, Advanced SIMDv2) is let through; the names are the list. The encoding
tables do not encode this space, so canonical text here only spells operands in one way.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hypgen.asm import before_ual, vector_immediates
from hypgen.asm.mnemonics import CONDITIONS
from hypgen.asm.operands import REGISTER_NAMES, REGISTERS
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands

_SPELLED = """
    vaba vabal vabd vabdl vabs vacge vacgt vacle vaclt vadd vaddhn vaddl vaddw vand vbic vbif vbit vbsl
    vceq vcge vcgt vcle vcls vclt vclz vcmp vcmpe vcnt vcvt vcvtb vcvtr vcvtt vdiv vdup veor vext vfma
    vfms vfnma vfnms vhadd vhsub vld1 vld2 vld3 vld4 vldm vldmdb vldmia vldr vmax vmin vmla vmlal vmls
    vmlsl vmov vmovl vmovn vmrs vmsr vmul vmull vmvn vneg vnmla vnmls vnmul vorn vorr vpadal vpadd
    vpaddl vpmax vpmin vpop vpush vqabs vqadd vqdmlal vqdmlsl vqdmulh vqdmull vqmovn vqmovun vqneg
    vqrdmulh vqrshl vqrshrn vqrshrun vqshl vqshlu vqshrn vqshrun vqsub vraddhn vrecpe vrecps vrev16
    vrev32 vrev64 vrhadd vrshl vrshr vrshrn vrsqrte vrsqrts vrsra vrsubhn vshl vshll vshr vshrn vsli
    vsqrt vsra vsri vst1 vst2 vst3 vst4 vstm vstmdb vstmia vstr vsub vsubhn vsubl vsubw vswp vtbl vtbx
    vtrn vtst vuzp vzip
"""
_EXTENDED = frozenset(("fldmiax", "fldmdbx", "fstmiax", "fstmdbx"))
_NAMES = frozenset(_SPELLED.split()) | _EXTENDED
_SAME = {"vldm": "vldmia", "vstm": "vstmia"}
_MOVES = frozenset(("vldr", "vstr", "vldmia", "vldmdb", "vstmia", "vstmdb", "vpush", "vpop"))
"""Their data type, where one is written, says again what the registers say."""
_BITWISE = frozenset(("vand", "vbic", "vbif", "vbit", "vbsl", "veor", "vmov", "vmvn", "vorn", "vorr", "vswp"))
"""Their data type, where one is written with registers only, says nothing and is not encoded."""
_SWAPPED = {"vcle": "vcge", "vclt": "vcgt", "vacle": "vacge", "vaclt": "vacgt"}
"""Comparisons of registers that are those of the second with the first."""
_WHOLE = re.compile(r"[dq]\d+")
_STACK = {"vstmdb": "vpush", "vldmia": "vpop"}
_TYPE = re.compile(r"(?:[fsuip]?(?:8|16|32|64))")
_LANES = re.compile(r"([dsq])([0-9]{1,2})(\[\s*([0-9]*)\s*\])?")
_ADDRESS = re.compile(r"\[\s*(\w+)\s*(?:,?\s*:\s*(\w+))?\s*\](!?)")
_SYSTEM = frozenset(("fpscr", "fpexc", "fpsid", "mvfr0", "mvfr1", "fpinst", "fpinst2", "apsr_nzcv"))
_FLOAT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
_REGISTER_COUNTS = {"s": 32, "d": 32, "q": 16}


@dataclass(frozen=True, slots=True)
class VectorWord:
    """A written mnemonic taken apart; ``types`` is ``.f32.s32`` or so.

    ``operands`` is how the operands of a mnemonic from before UAL are written now, if not as they are.
    """

    name: str
    condition: str
    types: str
    operands: str = ""


@cache
def take_apart(word: str) -> VectorWord | None:
    """What a written mnemonic (lower case) means, or None if it is no VFP or NEON one."""
    stem, *types = word.split(".")
    if not all(_TYPE.fullmatch(one) for one in types) or len(types) > 2:
        return None
    spelled = "".join(f".{one}" for one in types)
    for name, condition in ((stem, ""), (stem[:-2], CONDITIONS.get(stem[-2:]))):
        if condition is None:
            continue
        if name in _NAMES:
            known = _SAME.get(name, name)
            return VectorWord(known, condition, "" if known in _MOVES and len(types) < 2 else spelled)
        older = before_ual.table().get(name)
        if older is not None and not types:
            return VectorWord(older.name, condition, older.types, older.operands)
    return None


def as_now(word: VectorWord, operands: str) -> str:
    """Operands as they are written in UAL; raises StatementError."""
    if not word.operands:
        return operands
    parts = split_operands(operands)
    if len(parts) != len(set(re.findall(r"{\d}", word.operands))):
        raise StatementError("ASM-003", f"operands do not fit `{word.name}`, which this is since UAL")
    return word.operands.format(*parts)


def addresses_label(word: VectorWord, operands: str) -> str:
    """The label in ``vldr d0, label``, or an empty text for any other form; raises StatementError."""
    parts = split_operands(operands)
    if len(parts) == 2 and parts[1][:1] == "=":
        raise StatementError("ASM-003", f"`{word.name}` takes no `=value`", "VLDR does")
    if word.name in ("vldr", "vstr") and len(parts) == 2 and parts[1][:1] not in ("[", "="):
        return parts[1]
    return ""


@dataclass(frozen=True, slots=True)
class PooledLoad:
    """``vldr d0, =value``: the register, the value as text, and whether it has 64 bits."""

    register: str
    value: str
    double: bool


def pooled(word: VectorWord, operands: str) -> PooledLoad | None:
    """A load of a literal taken apart; None for any other statement; raises StatementError."""
    register, _, value = operands.partition(",")
    value = value.strip()
    if word.name != "vldr" or value[:1] != "=":
        return None
    register = _lane(register.strip().lower())
    if register[:1] not in "sd" or "[" in register:
        raise StatementError("ASM-003", "operands do not fit `vldr`", "write vldr dN, =value")
    return PooledLoad(register, value[1:], register[0] == "d")


def moving(word: VectorWord, load: PooledLoad, number: int) -> str:
    """The VMOV that makes a number without a literal, as GNU as has it, or an empty text."""
    if load.double:
        found = vector_immediates.moved("vmov", 64, number)
        if found is not None:
            return f"{found[0]}{found[1]} {load.register}, #{found[2]}"
    bits, form, types = (64, "<d", ".f64") if load.double else (32, "<f", ".f32")
    (value,) = struct.unpack(form, (number & (1 << bits) - 1).to_bytes(bits // 8, "little"))
    return f"vmov{word.condition}{types} {load.register}, #{value!r}" if _is_vfp_constant(value) else ""


def _is_vfp_constant(value: float) -> bool:
    """Whether a number is ``(16 + n) / 16 * 2**m`` with n of 0 to 15 and m of -3 to 4 (A7.5.1)."""
    mantissa, exponent = math.frexp(abs(value)) if math.isfinite(value) else (0.0, 0)
    return mantissa != 0 and (mantissa * 32).is_integer() and -2 <= exponent <= 5


def canonical(word: VectorWord, operands: str, evaluate: Callable[[str], int]) -> str:
    """The statement in one spelling; ``evaluate`` computes what stands after `#`. Raises StatementError."""
    floating = word.name == "vmov" and word.types in (".f32", ".f64")
    spelled = [_operand(part, evaluate, floating=floating) for part in split_operands(operands)]
    name, types, spelled = _one_of_several(word.name, word.types, spelled)
    return f"{name}{word.condition}{types} {', '.join(spelled)}".strip()


_Parts = tuple[str, str, list[str]]
"""Name, data types and operands."""


def _one_of_several(name: str, types: str, spelled: list[str]) -> _Parts:
    """Of the ways to write one encoding the one that disassemblers have."""
    count = len(spelled)
    if name in _SWAPPED and count == 3 and spelled[2][:1] != "#":
        return _SWAPPED[name], types, [spelled[0], spelled[2], spelled[1]]
    if name == "vext" and count == 4 and spelled[3][:1] == "#" and types != ".8":
        width = int(types[1:] or "8")
        return name, ".8", [*spelled[:3], f"#{int(spelled[3][1:]) * width // 8}"]
    if spelled[:1] == ["sp!"] and name in _STACK:
        return _STACK[name], types, spelled[1:]
    if name in ("vshr", "vrshr", "vshrn") and count == 3 and spelled[2] == "#0":
        return ("vmovn", ".i" + types[2:], spelled[:2]) if name == "vshrn" else ("vmov", "", spelled[:2])
    if name[:3] in ("vld", "vst") and name[3:4] in "1234" and spelled[0][:1] == "d":
        return name, types, ["{" + spelled[0] + "}", *spelled[1:]]
    if name == "vmov" and count == 2:
        return _transfer(types, spelled)
    if name in _BITWISE and all(_WHOLE.fullmatch(one) for one in spelled):
        if name == "vorr" and count == 3 and spelled[1] == spelled[2]:
            return "vmov", "", spelled[:2]
        return name, "", spelled
    if name in ("vmvn", "vand", "vorn", "vorr", "vbic"):
        return _with_immediate(name, types, spelled)
    return name, types, spelled


def _transfer(types: str, spelled: list[str]) -> _Parts:
    """VMOV: between registers, into or out of a scalar, or of an immediate."""
    target, source = spelled
    if all(_WHOLE.fullmatch(one) for one in spelled) and types not in (".f32", ".f64"):
        return "vmov", "", spelled
    scalars = [bool(_LANES.fullmatch(one)) and "[" in one for one in spelled]
    cores = [one in REGISTER_NAMES for one in spelled]
    if any(cores) and any(scalars):
        width = types.lstrip(".sufip") or "32"
        signed = types[1:2] in ("s", "u") and cores[0] and width != "32"
        return "vmov", types if signed else f".{width}", spelled
    if any(cores) and types.lstrip(".sufi") in ("", "32"):
        return "vmov", "", spelled
    if source == "#0.0" and types == ".f32" and target[:1] in "dq":
        return "vmov", ".i32", [target, "#0"]
    return _with_immediate("vmov", types, spelled)


def _with_immediate(name: str, types: str, spelled: list[str]) -> _Parts:
    """VMOV, VMVN, VAND, VORN, VORR and VBIC of an integer."""
    *registers, last = spelled
    width = types.lstrip(".sui")
    if last[:1] != "#" or width not in ("8", "16", "32", "64"):
        return name, types, spelled
    move = name in ("vmov", "vmvn")
    if not move and len(registers) == 2 and registers[0] == registers[1]:
        registers = registers[:1]
    form = vector_immediates.moved if move else vector_immediates.combined
    found = form(name, int(width), int(last[1:]))
    if found is None:
        raise StatementError("ASM-005", f"no encoding of `{name}` has the number {last} of {width} bits")
    name, types, value = found
    return name, types, [*registers, f"#{value}"]


def _operand(text: str, evaluate: Callable[[str], int], *, floating: bool) -> str:
    lower = text.lower()
    number = REGISTERS.get(lower.removesuffix("!").rstrip())
    if number is not None:
        return REGISTER_NAMES[number] + ("!" if lower.endswith("!") else "")
    if lower in _SYSTEM:
        return lower
    if lower[:1] == "#":
        return _immediate(text[1:].strip(), evaluate, floating=floating)
    if lower[:1] == "{":
        return _list(lower)
    if lower[:1] == "[":
        return _address(text, evaluate)
    return _lane(lower)


def _lane(text: str) -> str:
    match = _LANES.fullmatch(text)
    if match is None or int(match[2]) >= _REGISTER_COUNTS[match[1]]:
        raise StatementError("ASM-003", f"`{text}` is not a register or operand of VFP or NEON")
    index = f"[{match[4]}]" if match[3] else ""
    return f"{match[1]}{int(match[2])}{index}"


def _immediate(text: str, evaluate: Callable[[str], int], *, floating: bool) -> str:
    if floating and re.fullmatch(r"0x[0-9a-fA-F]{1,8}", text):  # the bits of a single
        text = repr(struct.unpack("<f", int(text, 16).to_bytes(4, "little"))[0])
    if _FLOAT.fullmatch(text) and (floating or not re.fullmatch(r"[-+]?\d+", text)):
        value = float(text)
        return f"#{value!r}" if value or floating else "#0"
    return f"#{evaluate(text)}"


def _list(text: str) -> str:
    """``{d0-d3}`` as ``{d0, d1, d2, d3}``; a q register is its two d registers."""
    names: list[str] = []
    for piece in text.strip("{} ").split(","):
        low, dash, high = (one.strip() for one in piece.partition("-"))
        first = _lane(low)
        match, last = _LANES.fullmatch(first), _LANES.fullmatch(_lane(high)) if dash else None
        assert match is not None  # _lane gave it
        kind, start = match[1], int(match[2])
        end = int(last[2]) if last else start
        if last and (last[1] != kind or end < start or match[3]):
            raise StatementError("ASM-003", f"`{piece.strip()}` is not a range of registers")
        if kind == "q":
            kind, start, end = "d", 2 * start, 2 * end + 1
        names += [f"{kind}{number}{match[3] or ''}" for number in range(start, end + 1)]
    return "{" + ", ".join(names) + "}"


def register_range(text: str) -> tuple[int, int]:
    """The first of the doubleword registers in ``{d8-d15}``, and how many; raises StatementError."""
    names = _list(text.lower()).strip("{}").split(", ")
    numbers = [int(name[1:]) for name in names if re.fullmatch(r"d\d+", name)]
    if len(numbers) != len(names) or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise StatementError("ASM-003", f"`{text}` are not doubleword registers in a row")
    return numbers[0], len(numbers)


def _address(text: str, evaluate: Callable[[str], int]) -> str:
    match = _ADDRESS.fullmatch(text)
    if match and match[1].lower() in REGISTERS:
        base = REGISTER_NAMES[REGISTERS[match[1].lower()]]
        alignment = f":{evaluate(match[2])}" if match[2] else ""
        return f"[{base}{alignment}]{match[3]}"
    inner = split_operands(text.rstrip("!").strip("[] "))
    if len(inner) != 2 or inner[0].lower() not in REGISTERS or text.endswith("!"):
        raise StatementError("ASM-003", f"`{text}` is not an address of VFP or NEON")
    value = evaluate(inner[1].removeprefix("#"))
    if value % 4 or not -1020 <= value <= 1020:
        raise StatementError("ASM-005", f"the offset is {value}: must be -1020 to 1020, a multiple of 4")
    base = REGISTER_NAMES[REGISTERS[inner[0].lower()]]
    if not value and re.fullmatch(r"#?\s*-\s*0(x0)?", inner[1]):
        return f"[{base}, #-0]"  # another encoding: the U bit is clear
    return f"[{base}, #{value}]" if value else f"[{base}]"


def same(statement: str, opinion: str) -> bool:
    """Whether two canonical texts mean the same: a first source that is the destination may be left out."""
    if statement == opinion:
        return True
    head, _, operands = statement.partition(" ")
    first, comma, rest = operands.partition(", ")
    return bool(comma) and f"{head} {first}, {first}, {rest}" == opinion
