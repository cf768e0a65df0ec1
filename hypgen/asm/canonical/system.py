"""Canonical text of branches, status registers, coprocessors, barriers, hints (DDI 0406C A5.5, A5.6, B9)."""

from __future__ import annotations

import re

from hypgen.arch.barrier import OPTIONS
from hypgen.asm.canonical.spelling import Form, constant, encodable, register, spell, wrong
from hypgen.asm.mnemonics import Family, Word
from hypgen.asm.operands import Immediate, Operand, Option, Plain, Register, number
from hypgen.asm.source import StatementError
from hypgen.bits import MASK32

_OLDER_OPTIONS = {"sh": "ish", "shst": "ishst", "un": "nsh", "unst": "nshst"}
_OPTIONS = {name: option for option, name in OPTIONS.items()}
BARRIER_OPTIONS = _OPTIONS | {older: _OPTIONS[name] for older, name in _OLDER_OPTIONS.items()}
"""Barrier option as written -> its number; sh, shst, un and unst are older names (DDI 0406C A8.8.43)."""
_MODES_WITH_SPSR = ("svc", "abt", "und", "irq", "fiq", "mon")
_BANKED = {
    *(f"{name}_{mode}" for name in ("sp", "lr", "spsr") for mode in _MODES_WITH_SPSR),
    *(f"r{number}_{mode}" for number in range(8, 13) for mode in ("usr", "fiq")),
    "sp_usr", "lr_usr", "sp_hyp", "elr_hyp", "spsr_hyp",
}  # fmt: skip
"""Banked registers that MRS and MSR reach (DDI 0406C B9.2.3)."""
WHOLE_MASKS = {
    "cpsr": "cpsr_fc", "cpsr_all": "cpsr_fc", "cpsr_flg": "cpsr_f", "cpsr_ctl": "cpsr_c",
    "spsr": "spsr_fc", "spsr_all": "spsr_fc", "spsr_flg": "spsr_f", "spsr_ctl": "spsr_c",
    "apsr": "cpsr_f", "apsr_nzcvq": "cpsr_f", "apsr_g": "cpsr_s", "apsr_nzcvqg": "cpsr_fs",
}  # fmt: skip
"""Names of status registers without or with other letters -> with the fields that MSR writes."""
STATUS_FIELDS = re.compile(r"([cs]psr)_([cxsf]{1,4})")
_COPROCESSOR = re.compile(r"(?:p|cp)?([0-9]{1,2})")
_COPROCESSOR_REGISTER = re.compile(r"(?:c|cr)([0-9]{1,2})")


def _branch(word: Word, operands: list[Operand]) -> str:
    if len(operands) != 1:
        raise wrong(word, "label")
    if isinstance(operands[0], Register) and word.mnemonic.shape == "register":
        return f"{spell(word)} {register(word, operands[0], 'rM', pc=False)}"
    if not isinstance(operands[0], Plain | Immediate):
        raise wrong(word, "label")
    return f"{spell(word)} #{number(operands[0].value, 'the target')}"


def _address(word: Word, operands: list[Operand]) -> str:
    """ADR and ADRL of a label are ADD and SUB, made by a fixup; what gets here has another form."""
    raise wrong(word, "rD, label")


def _branch_register(word: Word, operands: list[Operand]) -> str:
    if len(operands) != 1:
        raise wrong(word, "rM")
    return f"{spell(word)} {register(word, operands[0], 'rM', pc=word.mnemonic.name == 'bx')}"


def _status_read(word: Word, operands: list[Operand]) -> str:
    expected = "rD, cpsr, spsr or a banked register"
    if len(operands) != 2 or not isinstance(operands[1], Plain):
        raise wrong(word, expected)
    source = operands[1].word
    source = {"apsr": "cpsr", "cpsr_all": "cpsr", "spsr_all": "spsr"}.get(source, source)
    if source not in _BANKED and source not in ("cpsr", "spsr"):
        raise StatementError("ASM-006", f"`{operands[1].text}` is not a status or banked register")
    return f"{spell(word)} {register(word, operands[0], expected, pc=False)}, {source}"


def _status_write(word: Word, operands: list[Operand]) -> str:
    expected = "cpsr_cxsf, spsr_cxsf or a banked register, rN"
    if len(operands) != 2 or not isinstance(operands[0], Plain):
        raise wrong(word, expected)
    written = operands[0].word
    if written in _BANKED:
        if not isinstance(operands[1], Register):
            raise StatementError(
                "ASM-003", f"`{written}` is written from a register only", f"msr {written}, rN"
            )
        return f"{spell(word)} {written}, {register(word, operands[1], expected, pc=False)}"
    target = WHOLE_MASKS.get(written, written)
    match = STATUS_FIELDS.fullmatch(target)
    if match is None or len(set(match[2])) != len(match[2]):
        raise StatementError(
            "ASM-006",
            f"`{operands[0].text}` is not a status register with fields c, x, s, f, or a banked one",
        )
    fields = "".join(letter for letter in "fsxc" if letter in match[2])
    head = f"{spell(word)} {match[1]}_{fields}, "
    if isinstance(operands[1], Register):
        return head + register(word, operands[1], expected, pc=False)
    if not isinstance(operands[1], Immediate | Plain):
        raise wrong(word, expected)
    value = number(operands[1].value, "the immediate")
    if not -(1 << 31) <= value <= MASK32 or not encodable(value & MASK32):
        raise StatementError(
            "ASM-005", f"{value:#x} is not an immediate of `msr`", "move it to a register first"
        )
    return f"{head}#{value & MASK32}"


def _processor_state(word: Word, operands: list[Operand]) -> str:
    name = word.mnemonic.name
    if name == "cps":
        if len(operands) != 1:
            raise wrong(word, "#mode")
        return f"cps #{constant(word, operands[0], 0, 31, 'the mode', '#mode')}"
    expected = "a, i, f or several {, #mode}"
    if not operands or len(operands) > 2 or not isinstance(operands[0], Plain):
        raise wrong(word, expected)
    letters = operands[0].word
    if not letters or set(letters) - set("aif") or len(set(letters)) != len(letters):
        raise wrong(word, expected)
    flags = "".join(letter for letter in "aif" if letter in letters)
    if len(operands) == 1:
        return f"{name} {flags}"
    return f"{name} {flags}, #{constant(word, operands[1], 0, 31, 'the mode', expected)}"


def _endian(word: Word, operands: list[Operand]) -> str:
    if len(operands) != 1 or not isinstance(operands[0], Plain) or operands[0].word not in ("be", "le"):
        raise wrong(word, "be or le")
    return f"setend {operands[0].word}"


def _number(word: Word, operands: list[Operand]) -> str:
    most = (1 << int(word.mnemonic.shape)) - 1
    name = word.mnemonic.name
    if not operands and name in ("bkpt", "udf"):
        return f"{name} #0"
    if len(operands) != 1:
        raise wrong(word, "#number")
    return f"{spell(word)} #{constant(word, operands[0], 0, most, 'the number', '#number')}"


_HINTS = ("nop", "yield", "wfe", "wfi", "sev")
_DBG = 0xF0


def _nothing(word: Word, operands: list[Operand]) -> str:
    if word.mnemonic.name == "csdb" and not operands:
        return "nop {20}"
    if word.mnemonic.name == "nop" and len(operands) == 1 and isinstance(operands[0], Option):
        # NOP {n}, as GNU as writes hints by number (DDI 0406C A5.2.11).
        value = number(operands[0].value, "the hint")
        if not 0 <= value <= 255:
            raise StatementError("ASM-005", f"the hint is {value}: must be 0 to 255")
        if value >= _DBG:
            return f"dbg{word.condition} #{value - _DBG}"
        if value < len(_HINTS):
            return spell(word, _HINTS[value])
        return f"{spell(word)} {{{value}}}"
    if operands:
        raise wrong(word, "without operands")
    return spell(word)


def _barrier(word: Word, operands: list[Operand]) -> str:
    name = word.mnemonic.name
    if not operands:
        return f"{name} #15"
    if len(operands) > 1:
        raise wrong(word, "one option")
    option = operands[0]
    if isinstance(option, Plain) and option.word in BARRIER_OPTIONS:
        if name == "isb" and option.word != "sy":
            raise StatementError("ASM-006", f"`{option.text}` is not an option of isb", "write isb or isb sy")
        return f"{name} #{BARRIER_OPTIONS[option.word]}"
    if isinstance(option, Plain) and not option.text[:1].isdigit():
        raise StatementError(
            "ASM-006",
            f"`{option.text}` is not an ARMv7 option of {name}",
            "it is one of " + ", ".join(BARRIER_OPTIONS),
        )
    return f"{name} #{constant(word, option, 0, 15, 'the option')}"


# Coprocessors (DDI 0406C A8.8.98 MCR, A8.8.107 MRC).


def coprocessor(word: Word, operand: Operand) -> str:
    """``p15`` from p15, cp15 or 15."""
    if isinstance(operand, Immediate):
        operand = Plain(str(number(operand.value, "the coprocessor")))
    match = _COPROCESSOR.fullmatch(operand.word) if isinstance(operand, Plain) else None
    if match is None or int(match[1]) > 15:
        raise wrong(word, "with a coprocessor p0 to p15 first")
    return f"p{int(match[1])}"


def coprocessor_register(word: Word, operand: Operand) -> str:
    """``c1`` from c1 or cr1."""
    match = _COPROCESSOR_REGISTER.fullmatch(operand.word) if isinstance(operand, Plain) else None
    if match is None or int(match[1]) > 15:
        raise wrong(word, "with coprocessor registers c0 to c15")
    return f"c{int(match[1])}"


def _coprocessor_move(word: Word, operands: list[Operand]) -> str:
    expected = "pN, #opc1, rT, cN, cM {, #opc2}"
    if len(operands) not in (5, 6):
        raise wrong(word, expected)
    place = coprocessor(word, operands[0])
    opc1 = constant(word, operands[1], 0, 7, "opc1", expected)
    target = operands[2]
    if word.mnemonic.name.startswith("mrc") and isinstance(target, Plain):
        if target.word != "apsr_nzcv" or word.mnemonic.name == "mrc2":
            raise wrong(word, expected)
        name = "pc"
    else:
        name = register(word, target, expected)
    first, second = (coprocessor_register(word, one) for one in operands[3:5])
    opc2 = constant(word, operands[5], 0, 7, "opc2", expected) if len(operands) == 6 else 0
    return f"{spell(word)} {place}, #{opc1}, {name}, {first}, {second}, #{opc2}"


def _coprocessor_pair(word: Word, operands: list[Operand]) -> str:
    expected = "pN, #opc1, rT, rT2, cM"
    if len(operands) != 5:
        raise wrong(word, expected)
    place = coprocessor(word, operands[0])
    opc1 = constant(word, operands[1], 0, 15, "opc1", expected)
    first, second = (register(word, one, expected, pc=False) for one in operands[2:4])
    if first == second and word.mnemonic.name.startswith("mrrc"):
        raise StatementError("ASM-006", f"`{word.mnemonic.name}` needs two different registers")
    return f"{spell(word)} {place}, #{opc1}, {first}, {second}, {coprocessor_register(word, operands[4])}"


def _coprocessor_data(word: Word, operands: list[Operand]) -> str:
    expected = "pN, #opc1, cD, cN, cM {, #opc2}"
    if len(operands) not in (5, 6):
        raise wrong(word, expected)
    place = coprocessor(word, operands[0])
    opc1 = constant(word, operands[1], 0, 15, "opc1", expected)
    names = ", ".join(coprocessor_register(word, one) for one in operands[2:5])
    opc2 = constant(word, operands[5], 0, 7, "opc2", expected) if len(operands) == 6 else 0
    return f"{spell(word)} {place}, #{opc1}, {names}, #{opc2}"


FORMS: dict[Family, Form] = {
    Family.BRANCH: _branch,
    Family.BRANCH_REGISTER: _branch_register,
    Family.ADDRESS: _address,
    Family.STATUS_READ: _status_read,
    Family.STATUS_WRITE: _status_write,
    Family.PROCESSOR_STATE: _processor_state,
    Family.ENDIAN: _endian,
    Family.NUMBER: _number,
    Family.NOTHING: _nothing,
    Family.BARRIER: _barrier,
    Family.COPROCESSOR: _coprocessor_move,
    Family.COPROCESSOR_PAIR: _coprocessor_pair,
    Family.COPROCESSOR_DATA: _coprocessor_data,
}
