"""The text of a decoded instruction, in the UAL syntax that GNU as takes.

A row's ``syntax`` is the manual's; here stands what each of its placeholders means. Where the
manual prefers an alias the alias is printed: LSL, LSR, ASR, ROR and RRX for MOV of a shifted
register, PUSH and POP. Text of an instruction that is not UNPREDICTABLE assembles to the same word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from hypgen.arch.banked import BANKED_REGISTERS
from hypgen.arch.barrier import OPTIONS
from hypgen.arch.core_registers import NAMES as REGISTERS
from hypgen.bits import bit, ror32
from hypgen.decode import extension_text
from hypgen.decode.table import Insn

Part = str | Callable[[Insn, int], str]

CONDITIONS = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "", "")
SHIFTS = ("lsl", "lsr", "asr", "ror")
DATA_PROCESSING = (
    "and", "eor", "sub", "rsb", "add", "adc", "sbc", "rsc",
    "tst", "teq", "cmp", "cmn", "orr", "mov", "bic", "mvn",
)  # fmt: skip  # the sixteen values of opcode, in order

_DISTANCES = frozenset({"ADD (immediate)", "SUB (immediate)"})
"""What as uses for ADR, when the base is the PC and the flags stay."""

_PLACEHOLDER = re.compile(r"#<\w+>|<[^>]+>|\{[^}]*\}")


def text(insn: Insn, address: int = 0) -> str:
    """The statement that ``insn`` is at ``address``; branches print their target as a number.

    A T32 instruction prints with the condition of its IT block, and with ``.w`` where the manual does.
    """
    parts = _compiled(_alias(insn) or insn.encoding.syntax)
    return "".join(part if isinstance(part, str) else part(insn, address) for part in parts)


def branch_target(insn: Insn, address: int) -> int:
    """Where a branch with an immediate offset at ``address`` goes."""
    if not insn.thumb:
        return (address + 8 + insn["imm32"]) & 0xFFFF_FFFF
    base = address & ~3 if insn.heading == "BLX (immediate)" else address
    return (base + 4 + insn["imm32"]) & 0xFFFF_FFFF


def expand_immediate(imm12: int) -> int:
    """The manual's ARMExpandImm: 8 bits, rotated right by twice the upper 4 (A5.2.4)."""
    return ror32(imm12 & 0xFF, 2 * (imm12 >> 8))


def thumb_expand_immediate(imm12: int) -> int:
    """The manual's ThumbExpandImm: a byte, repeated, or rotated right with its highest bit set (A6.3.2)."""
    byte = imm12 & 0xFF
    match imm12 >> 8:
        case 0b0000:
            return byte
        case 0b0001:
            return byte * 0x0001_0001
        case 0b0010:
            return byte * 0x0100_0100
        case 0b0011:
            return byte * 0x0101_0101
        case _:
            return ror32(byte & 0x7F | 0x80, imm12 >> 7)


def immediate_shift(shift_type: int, imm5: int) -> tuple[str, int]:
    """The manual's DecodeImmShift (A8.4.3): name and amount; ("rrx", 1) and ("lsl", 0) included."""
    if shift_type == 0b11 and imm5 == 0:
        return "rrx", 1
    return SHIFTS[shift_type], imm5 if imm5 or shift_type == 0 else 32


@cache
def _compiled(syntax: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    end = 0
    for match in _PLACEHOLDER.finditer(syntax):
        parts += [syntax[end : match.start()].lower(), _renderer(match[0])]
        end = match.end()
    parts.append(syntax[end:].lower())
    return tuple(part for part in parts if part != "")


def _renderer(placeholder: str) -> Callable[[Insn, int], str]:
    """What prints a placeholder; raises KeyError for one that means nothing."""
    if known := _RENDERERS.get(placeholder):
        return known
    name = placeholder.strip("#<>")
    if placeholder.startswith("#<"):
        return lambda insn, address: f"#{_number(insn[name])}"
    if name.startswith("R") and placeholder.startswith("<"):
        return lambda insn, address: REGISTERS[insn[name]]
    if name.startswith("CR"):
        return lambda insn, address: f"c{insn[name]}"
    if name.startswith("opc"):
        return lambda insn, address: str(insn[name])
    raise KeyError(placeholder)


def _alias(insn: Insn) -> str | None:
    """The syntax of the alias that the manual prefers for this word, if it has one."""
    fields = insn.fields
    wide = ".W" if insn.thumb else ""
    match insn.heading:
        case "MOV (register)" if fields["imm5"] or fields["type"]:
            return "<shift_name>{S}<c> <Rd>, <Rm>{, #<shift_amount>}"
        case "MOV (register-shifted register)":
            return "<shift_name>{S}<c> <Rd>, <Rm>, <Rs>"
        case "STMDB (STMFD)" if _writes_back_sp(insn) and fields["register_list"].bit_count() > 1:
            return f"PUSH<c>{wide} <registers>"
        case "LDM/LDMIA/LDMFD" if _writes_back_sp(insn) and fields["register_list"].bit_count() > 1:
            return f"POP<c>{wide} <registers>"
        case "STR (immediate)" if _writes_back_sp(insn) and _indexing(fields) == _BEFORE_BY_4:
            return f"PUSH<c>{wide} <one_register>"
        case "LDR (immediate)" if fields["Rn"] == 13 and _indexing(fields) == _AFTER_BY_4:
            return f"POP<c>{wide} <one_register>"
    return extension_text.alias(insn)


_BEFORE_BY_4 = (1, 0, 4)
_AFTER_BY_4 = (0, 1, 4)


def _indexing(fields: Mapping[str, int]) -> tuple[int, int, int]:
    """What tells an access that pushes or pops: P, U and the offset."""
    return fields["P"], fields["U"], fields["imm12"]


def _writes_back_sp(insn: Insn) -> bool:
    return insn["W"] == 1 and insn["Rn"] == 13


def _number(value: int) -> str:
    """Small numbers in decimal, others in hexadecimal."""
    return str(value) if -10 < value < 10 else hex(value)


def _constant(insn: Insn, address: int) -> str:
    """A modified immediate; as byte and rotation where as would make another word of the value.

    as chooses the smallest rotation, and takes what is added to the PC as a signed distance. A value of
    T32 has one encoding.
    """
    if insn.thumb:
        return f"#{_number(insn['imm32'] if 'imm32' in insn else thumb_expand_immediate(insn['imm12']))}"
    imm12 = insn["imm12"]
    value, byte, rotation = expand_immediate(imm12), imm12 & 0xFF, imm12 >> 8
    shortest = next(turn for turn in range(16) if ror32(value, 32 - 2 * turn) < 0x100)
    distance = insn.name in _DISTANCES and insn["Rn"] == 15 and insn["S"] == 0 and value >> 31
    return (
        f"#{_number(value)}" if rotation == shortest and not distance else f"#{_number(byte)}, {2 * rotation}"
    )


def _shift(insn: Insn, address: int) -> str:
    name, amount = immediate_shift(insn["type"], insn["imm5"])
    if name == "rrx":
        return ", rrx"
    return f", {name} #{amount}" if amount else ""


def _shift_name(insn: Insn, address: int) -> str:
    return immediate_shift(insn["type"], insn["imm5"])[0] if "imm5" in insn else SHIFTS[insn["type"]]


def _shift_amount(insn: Insn, address: int) -> str:
    name, amount = immediate_shift(insn["type"], insn["imm5"])
    return "" if name == "rrx" else f", #{amount}"


def _saturation_shift(insn: Insn, address: int) -> str:
    """LSL or ASR by a constant: ``sh`` (SSAT, USAT) or ``tb`` (PKH) chooses ASR, of which 0 means 32."""
    arithmetic = insn["sh"] if "sh" in insn else insn["tb"]
    if arithmetic:
        return f", asr #{insn['imm5'] or 32}"
    return f", lsl #{insn['imm5']}" if insn["imm5"] else ""


def _registers(insn: Insn, address: int) -> str:
    return register_list(insn["register_list"])


def register_list(mask: int) -> str:
    """``{r0, r4-r7, lr}`` for a bit mask; runs of three or more of R0 to R12 as ranges."""
    parts: list[str] = []
    number = 0
    while number < 16:
        end = number
        while end < 13 and bit(mask, end):
            end += 1
        if end - number > 2:
            parts.append(f"r{number}-r{end - 1}")
            number = end
        else:
            if bit(mask, number):
                parts.append(REGISTERS[number])
            number += 1
    return "{" + ", ".join(parts) + "}"


def _offset(insn: Insn, scale: int = 1) -> str:
    """What is added to the base register, with its sign; empty for +0."""
    sign = "" if insn["U"] else "-"
    if "Rm" in insn:
        return f"{sign}{REGISTERS[insn['Rm']]}{_shift(insn, 0) if 'type' in insn else ''}"
    if "imm4H" in insn:
        value = insn["imm4H"] << 4 | insn["imm4L"]
    else:
        value = insn["imm12"] if "imm12" in insn else insn["imm8"] * scale
    return f"#{sign}{_number(value)}" if value or sign else ""


def _base(insn: Insn) -> str:
    return REGISTERS[insn.fields.get("Rn", 15)]


def _address(insn: Insn, address: int) -> str:
    """Offset, pre-indexed (P = W = 1) or post-indexed (P = 0) addressing."""
    if insn.fields.get("P", 1) == 0:
        return _post_address(insn, address)
    offset, writeback = _offset(insn), insn.fields.get("W", 0)
    return _indexed(insn, offset, bool(writeback))


def _indexed(insn: Insn, offset: str, writeback: bool) -> str:
    if writeback:
        return f"[{_base(insn)}, {offset or '#0'}]!"
    return f"[{_base(insn)}, {offset}]" if offset else f"[{_base(insn)}]"


def _post_address(insn: Insn, address: int) -> str:
    return f"[{_base(insn)}], {_offset(insn) or '#0'}"


def _coprocessor_address(insn: Insn, address: int) -> str:
    """LDC and STC: P = W = 0 is unindexed, with imm8 as the coprocessor's option."""
    offset = _offset(insn, scale=4)
    if insn["P"]:
        return _indexed(insn, offset, bool(insn["W"]))
    return f"[{_base(insn)}], " + (offset or "#0" if insn["W"] else f"{{{insn['imm8']}}}")


def _addressing_mode(insn: Insn, address: int) -> str:
    return ("d" if not insn["U"] else "i") + ("b" if insn["P"] else "a")


def _status_register(insn: Insn, address: int) -> str:
    name = "SPSR" if insn["R"] else "CPSR"
    if "mask" not in insn:
        return name
    return f"{name}_" + "".join(
        letter for place, letter in zip((3, 2, 1, 0), "fsxc", strict=True) if bit(insn["mask"], place)
    )


def _banked_register(insn: Insn, address: int) -> str:
    return BANKED_REGISTERS.get((insn["R"], insn["M"], insn["M1"]), "UNPREDICTABLE")


def _interrupt_flags(insn: Insn, address: int) -> str:
    flags = "".join(flag.lower() for flag in "AIF" if insn[flag])
    return f" {flags}" if flags else ""


def _cps_mode(insn: Insn, address: int) -> str:
    if not insn["M"]:
        return ""
    return f"{',' if insn['imod'] & 2 else ''} #{_number(insn['mode'])}"


def _barrier_option(insn: Insn, address: int) -> str:
    option = insn["option"]
    if insn.heading == "ISB" and option != 15:
        return f"#{option}"
    return OPTIONS.get(option, f"#{option}")


def _field_width(insn: Insn, address: int) -> str:
    return f"#{insn['widthm1'] + 1 if 'widthm1' in insn else insn['msb'] - insn['lsb'] + 1}"


def _second_register(insn: Insn, address: int) -> str:
    """Rt2, which is the register after Rt where the row does not encode it."""
    return REGISTERS[insn["Rt2"] if "Rt2" in insn else (insn["Rt"] + 1) & 15]


def _then_or_else(insn: Insn, address: int) -> str:
    """The letters of IT after the first: T for an instruction with the first condition, E for its inverse."""
    mask, first = insn["mask"], bit(insn["firstcond"], 0)
    last = (mask & -mask).bit_length() - 1
    return "".join("t" if bit(mask, place) == first else "e" for place in range(3, last, -1))


def _flag(name: str, letter: str, when: int = 1) -> Callable[[Insn, int], str]:
    """A letter that is printed when a one-bit field has the value ``when``."""
    return lambda insn, address: letter if insn[name] == when else ""


def _half(name: str) -> Callable[[Insn, int], str]:
    return lambda insn, address: "t" if insn[name] else "b"


_RENDERERS: dict[str, Callable[[Insn, int], str]] = {
    # parts of the mnemonic
    "<c>": lambda insn, address: CONDITIONS[insn.condition],
    "{S}": _flag("S", "s"),
    "{B}": _flag("B", "b"),
    "{L}": _flag("D", "l"),
    "{R}": _flag("R", "r"),
    "{W}": _flag("R", "w", when=0),
    "{X}": _flag("M", "x"),
    "<x>": _half("N"),
    "<y>": _half("M"),
    "<tb>": lambda insn, address: "tb" if insn["tb"] else "bt",
    "<opc>": lambda insn, address: DATA_PROCESSING[insn["opcode"]],
    "<amode>": _addressing_mode,
    "{<effect>}": lambda insn, address: ("", "", "ie", "id")[insn["imod"]],
    "<shift_name>": _shift_name,
    # operands
    "#<const>": _constant,
    "#<value>": lambda insn, address: f"#{_number(expand_immediate(insn['imm12']))}",
    "#<lsb>": lambda insn, address: f"#{insn['lsb']}",
    "#<width>": _field_width,
    "#<sat_imm>": lambda insn, address: f"#{insn['sat_imm']}",
    "#<sat_imm_plus_1>": lambda insn, address: f"#{insn['sat_imm'] + 1}",
    "{, <shift>}": _shift,
    "{, #<shift_amount>}": _shift_amount,
    "{, <sat_shift>}": _saturation_shift,
    "{, <pkh_shift>}": _saturation_shift,
    "{, <rotation>}": lambda insn, address: f", ror #{8 * insn['rotate']}" if insn["rotate"] else "",
    "<type>": lambda insn, address: SHIFTS[insn["type"]],
    "<Rt2>": _second_register,
    "{<Rn>, }": lambda insn, address: "" if insn["opcode"] in (13, 15) else f"{REGISTERS[insn['Rn']]}, ",
    "<Rt or APSR_nzcv>": lambda insn, address: "APSR_nzcv" if insn["Rt"] == 15 else REGISTERS[insn["Rt"]],
    "{!}": _flag("W", "!"),
    "<address>": _address,
    "<post_address>": _post_address,
    "<coproc_address>": _coprocessor_address,
    "<registers>": _registers,
    "<registers_with_pc>": lambda insn, address: register_list(insn["register_list"] | 0x8000),
    "<one_register>": lambda insn, address: f"{{{REGISTERS[insn['Rt']]}}}",
    "<label>": lambda insn, address: hex(branch_target(insn, address)),
    "<spec_reg>": _status_register,
    "<banked_reg>": _banked_register,
    "{ <iflags>}": _interrupt_flags,
    "{, #<mode>}": _cps_mode,
    "<endian_specifier>": lambda insn, address: "be" if insn["E"] else "le",
    "<option>": _barrier_option,
    "<coproc>": lambda insn, address: f"p{insn['coproc']}",
    "{<hint>}": lambda insn, address: f"{{{insn['hint']}}}",
    "<word>": lambda insn, address: f".inst{'.w' if insn.thumb else ''} {insn.word:#010x}",
    # T32
    "<xyz>": _then_or_else,
    "<firstcond>": lambda insn, address: CONDITIONS[insn["firstcond"]] or "al",
    "{N}": _flag("op", "n"),
    "<bh>": lambda insn, address: "h" if insn["H"] else "b",
    "{, LSL #1}": _flag("H", ", lsl #1"),
    "{, #<imm32>}": lambda insn, address: f", #{_number(insn['imm32'])}" if insn["imm32"] else "",
    **extension_text.RENDERERS,
}
