"""VFP and Advanced SIMD (NEON) statements: taken as Keystone knows them, proven by capstone.

Only what ARMv7 has (VFPv4, Advanced SIMDv2) is let through; the names are the list. The encoding
tables do not model this space, so canonical text here only spells operands in one way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

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
_NAMES = frozenset(_SPELLED.split())
_SAME = {"vldm": "vldmia", "vstm": "vstmia"}
_BITWISE = frozenset(("vand", "vbic", "vbif", "vbit", "vbsl", "veor", "vmov", "vmvn", "vorn", "vorr", "vswp"))
"""Their data type, where one is written with registers only, says nothing and is not encoded."""
_TYPE = re.compile(r"(?:[fsuip]?(?:8|16|32|64))")
_LANES = re.compile(r"([dsq])([0-9]{1,2})(\[\s*([0-9]*)\s*\])?")
_ADDRESS = re.compile(r"\[\s*(\w+)\s*(?:,?\s*:\s*(\w+))?\s*\](!?)")
_SYSTEM = frozenset(("fpscr", "fpexc", "fpsid", "mvfr0", "mvfr1", "fpinst", "fpinst2", "apsr_nzcv"))
_FLOAT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
_REGISTER_COUNTS = {"s": 32, "d": 32, "q": 16}


@dataclass(frozen=True, slots=True)
class VectorWord:
    """A written mnemonic taken apart; ``types`` is ``.f32.s32`` or so."""

    name: str
    condition: str
    types: str


@cache
def take_apart(word: str) -> VectorWord | None:
    """What a written mnemonic (lower case) means, or None if it is no VFP or NEON one."""
    stem, *types = word.split(".")
    if not all(_TYPE.fullmatch(one) for one in types) or len(types) > 2:
        return None
    spelled = "".join(f".{one}" for one in types)
    if stem in _NAMES:
        return VectorWord(_SAME.get(stem, stem), "", spelled)
    condition = CONDITIONS.get(stem[-2:])
    if condition is not None and stem[:-2] in _NAMES:
        return VectorWord(_SAME.get(stem[:-2], stem[:-2]), condition, spelled)
    return None


def addresses_label(word: VectorWord, operands: str) -> str:
    """The label in ``vldr d0, label``, or an empty text for any other form; raises StatementError."""
    parts = split_operands(operands)
    if len(parts) == 2 and parts[1][:1] == "=":
        raise StatementError(
            "ASM-003", f"`{word.name}` takes no `=value`", "put the value at a label, and load from that"
        )
    if word.name in ("vldr", "vstr") and len(parts) == 2 and parts[1][:1] not in ("[", "="):
        return parts[1]
    return ""


def canonical(word: VectorWord, operands: str, evaluate: Callable[[str], int]) -> str:
    """The statement in one spelling; ``evaluate`` computes what stands after `#`. Raises StatementError."""
    parts = split_operands(operands)
    name, types = word.name, word.types
    floating = name == "vmov" and types in (".f32", ".f64")
    spelled = [_operand(part, evaluate, floating=floating) for part in parts]
    if name == "vext" and len(spelled) == 4 and spelled[3][:1] == "#" and types != ".8":
        width = int(types[1:] or "8")
        spelled[3] = f"#{int(spelled[3][1:]) * width // 8}"
        types = ".8"
    if name in _BITWISE and not floating and all(re.fullmatch(r"[dq]\d+", one) for one in spelled):
        types = ""
        if name == "vorr" and len(spelled) == 3 and spelled[1] == spelled[2]:
            name, spelled = "vmov", spelled[:2]  # one encoding, two names
    return f"{name}{word.condition}{types} {', '.join(spelled)}".strip()


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
