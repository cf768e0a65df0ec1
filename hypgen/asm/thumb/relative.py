"""T32 instructions with places for operands: branches, loads and ADR of labels, halves of addresses.

Each has a narrow and a wide form where the architecture does; which one it is follows from the layout
(``hypgen.asm.sections.Growing``), and the fixup fills in the form that the layout chose.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache, partial

from hypgen.arch.encoding import Encoding
from hypgen.asm import lint, resolve, vectors
from hypgen.asm.expressions import Node
from hypgen.asm.fixups import shown_target
from hypgen.asm.operands import Immediate, Operand, Plain, Register, replace
from hypgen.asm.output import Fixup
from hypgen.asm.relative import half_of, in_reach, place_in_section, target_in_section
from hypgen.asm.resolve import SilentError, Target, place_of, preemptible, relocate, target_of
from hypgen.asm.sections import Growing, Place
from hypgen.asm.source import StatementError
from hypgen.asm.thumb.encoder import encode
from hypgen.asm.thumb.fields import solve
from hypgen.asm.thumb.statements import ThumbWord
from hypgen.asm.unit import Unit
from hypgen.asm.values import Value
from hypgen.elf.model import SymbolType

PC_AHEAD = 4
"""A T32 instruction reads the PC as its own address plus this."""
_R_THM_CALL, _R_THM_JUMP24, _R_THM_JUMP19, _R_THM_JUMP11, _R_THM_JUMP8 = 10, 30, 51, 102, 103
_HALVES = {False: (47, 49), True: (48, 50)}
"""R_ARM_THM_MOVW_ABS_NC and _PREL_NC, R_ARM_THM_MOVT_ABS and _PREL, by whether it is the upper half."""
_NOP = 0xBF00
_CODES = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")


@cache
def _row(name: str) -> Encoding:
    from hypgen.decode.table import t32_narrow, t32_wide

    return next(row for row in (*t32_narrow().encodings, *t32_wide().encodings) if row.name == name)


@lru_cache(maxsize=1 << 16)
def _solved(row: str, wanted: tuple[tuple[str, int], ...], itstate: int) -> int | None:
    """The word of a row with these operands, remembered: distances repeat."""
    return solve(_row(row), dict(wanted), itstate)


Fits = Callable[[Unit, Fixup, Place], bool]
"""Whether the narrow form of an instruction reaches, with places as the layout has them so far."""


def _write(fixup: Fixup, word: int, length: int) -> None:
    resolve.write(fixup, word if length == 2 else (word & 0xFFFF) << 16 | word >> 16, length)


def _reserve(
    unit: Unit,
    width: int,
    narrow_possible: bool,
    value: Node,
    fits: Fits,
    fill: Callable[..., None],
) -> None:
    """Room for an instruction of 2 or 4 bytes, and its fixup; ``width`` 0 lets the layout choose."""
    if width or not narrow_possible:
        length = width or 4
        unit.fix(unit.emit_thumb(0, length), value, partial(fill, length=lambda: length))
        return
    growing = Growing(lambda place: 2)
    fragment = unit.fragment
    offset = unit.grow_thumb(growing)
    fixup = unit.fix(offset, value, partial(fill, length=lambda: growing.size))
    fixup.fragment = fragment
    growing.wanted = partial(_wanted, unit, fixup, fits)


def _wanted(unit: Unit, fixup: Fixup, fits: Fits, place: Place) -> int:
    """2 if the narrow form reaches, else 4; a value in error is reported by the fixup."""
    try:
        return 2 if fits(unit, fixup, place) else 4
    except (StatementError, SilentError):
        return 2


# Branches.


def place_branch(unit: Unit, word: ThumbWord, operands: tuple[Operand, ...], itstate: int) -> None:
    """B, BL, BLX, CBZ and CBNZ of a label."""
    count = 2 if word.name.startswith("cb") else 1
    last = operands[-1] if operands else None
    if len(operands) != count or not isinstance(last, Plain | Immediate):
        form = f"{word.name} rN, label" if count == 2 else f"{word.name} label"
        raise StatementError("ASM-003", f"operands do not fit `{word.name}`", f"write {form}")
    value = unit.bind(last.value)
    condition = word.condition if not itstate & 15 else ""
    if count == 2:
        register = operands[0]
        if not isinstance(register, Register) or register.number > 7:
            raise StatementError("ASM-006", f"`{word.name}` tests one of r0 to r7")
        wanted = {"Rn": register.number, "op": int(word.name == "cbnz")}
        fill = partial(_fill_compare, wanted=wanted, itstate=itstate)
        unit.fix(unit.emit_thumb(0, 2), value, fill)
        return
    if word.name != "b":
        if word.width == 2:
            raise StatementError("ASM-046", f"`{word.name}` of a label has no T32 encoding of 16 bits")
        fill_call = partial(_fill_branch, word=word, condition="", itstate=itstate, length=lambda: 4)
        unit.fix(unit.emit_thumb(0, 4), value, fill_call)
        return
    reach = 0x100 if condition else 0x800
    fill_jump = partial(_fill_branch, word=word, condition=condition, itstate=itstate)
    _reserve(unit, word.width, True, value, partial(_reaches, reach=reach), fill_jump)


def _reaches(unit: Unit, fixup: Fixup, place: Place, reach: int) -> bool:
    target = target_of(unit, fixup.value, "the branch target")
    name = target.name
    if name is None or name.fragment is None or name.fragment.section is not fixup.fragment.section:
        return False
    if preemptible(name) or (name.type is SymbolType.FUNC and not name.thumb_function):
        return False
    return -reach <= place(name) + target.addend - place_of(fixup) - PC_AHEAD < reach


def _target(unit: Unit, fixup: Fixup) -> Target:
    target = target_of(unit, fixup.value, "the branch target")
    if target.name is None:
        raise StatementError(
            "ASM-015",
            f"the branch target {target.addend:#x} is a number, not a place",
            "write a label, or .+n",
        )
    return target


def _fill_branch(
    unit: Unit, fixup: Fixup, word: ThumbWord, condition: str, itstate: int, length: Callable[[], int]
) -> None:
    target = _target(unit, fixup)
    name = target.name
    assert name is not None
    call = word.name != "b"
    exchange = word.name == "blx"
    local = (
        name.fragment is not None
        and name.fragment.section is fixup.fragment.section
        and not preemptible(name)
    )
    arm = name.type is SymbolType.FUNC and name.fragment is not None and not name.thumb_function
    if call and local:
        # GNU as: the state of a function that is known decides between BL and BLX.
        exchange = arm or (exchange and not name.thumb_function)
    narrow = length() == 2
    if not local or (arm and not call):
        kind = _R_THM_CALL if call else (_R_THM_JUMP19 if condition else _R_THM_JUMP24)
        if narrow:
            kind = _R_THM_JUMP8 if condition else _R_THM_JUMP11
        displacement = relocate(unit, fixup, kind, target) - PC_AHEAD
    else:
        base = place_of(fixup) + PC_AHEAD
        displacement = name.place + target.addend - (base & ~3 if exchange else base)
    step = 4 if exchange else 2
    if displacement % step:
        raise StatementError(
            "ASM-016", f"branch to `{shown_target(target)}`: the target is not at a multiple of {step} bytes"
        )
    row = _branch_row(word, condition, exchange=exchange, narrow=narrow)
    wanted = {"imm32": displacement}
    if condition:
        wanted["cond"] = _CODES.index(condition)
    encoded = _solved(row.name, tuple(wanted.items()), itstate)
    if encoded is None:
        raise _out_of_reach(row, target, displacement, itstate)
    _write(fixup, encoded, row.length)


def _branch_row(word: ThumbWord, condition: str, *, exchange: bool, narrow: bool) -> Encoding:
    if word.name != "b":
        return _row("BLX (immediate) T2" if exchange else "BL (immediate) T1")
    if condition:
        return _row("B T1" if narrow else "B T3")
    return _row("B T2" if narrow else "B T4")


_REACH = {
    "B T1": 8, "B T2": 11, "B T3": 20, "B T4": 24, "BL (immediate) T1": 24, "BLX (immediate) T2": 24,
}  # fmt: skip
"""A branch reaches displacements from -2**n to 2**n minus a step, from the PC."""


def _out_of_reach(row: Encoding, target: Target, displacement: int, itstate: int) -> StatementError:
    limit = 1 << _REACH[row.name]
    if -limit <= displacement < limit:
        return StatementError("ASM-047", f"`{row.mnemonic}` must be the last instruction of its IT block")
    return StatementError(
        "ASM-017",
        f"branch to `{shown_target(target)}`: {displacement + PC_AHEAD:+#x} bytes away, "
        f"reach is {PC_AHEAD - limit:+#x} to {limit - 2 + PC_AHEAD:+#x}",
        "load the address into a register and use bx or blx",
    )


def _fill_compare(unit: Unit, fixup: Fixup, wanted: dict[str, int], itstate: int) -> None:
    """CBZ and CBNZ reach 0 to 126 bytes from the PC, forwards only."""
    target = _target(unit, fixup)
    name = target.name
    assert name is not None
    if name.fragment is None or name.fragment.section is not fixup.fragment.section:
        raise StatementError(
            "ASM-018", f"the branch target `{shown_target(target)}` is not in this section",
            "compare, and branch with b",
        )  # fmt: skip
    displacement = name.place + target.addend - place_of(fixup) - PC_AHEAD
    if displacement == -2:
        _write(fixup, _NOP, 2)  # to the next instruction, either way: GNU as writes NOP
        return
    encoded = solve(_row("CBNZ, CBZ T1"), {**wanted, "imm32": displacement}, itstate)
    if encoded is None:
        raise StatementError(
            "ASM-017",
            f"branch to `{shown_target(target)}`: {displacement + PC_AHEAD:+#x} bytes away, "
            "reach is +0x2 to +0x82",
            "compare, and branch with b",
        )
    _write(fixup, encoded, 2)


# Addresses relative to the PC.

_WIDE = {
    "ldr": "LDR (literal) T2", "ldrb": "LDRB (literal) T1", "ldrh": "LDRH (literal) T1",
    "ldrsb": "LDRSB (literal) T1", "ldrsh": "LDRSH (literal) T1", "ldrd": "LDRD (literal) T1",
    "pld": "PLD (literal) T1", "pli": "PLI (immediate, literal) T3",
}  # fmt: skip


def place_address(
    unit: Unit, word: ThumbWord, operands: tuple[Operand, ...], value: Node, itstate: int
) -> None:
    """ADR, and loads of a label or of a literal."""
    name = word.name
    if name != "adr" and name not in _WIDE:
        raise StatementError("ASM-018", f"T32 has no `{name}` of a label", "load the address into a register")
    registers = operands[:-1]
    most = {"pld": 0, "pli": 0, "ldrd": 2}.get(name, 1)
    numbers = [one.number for one in registers if isinstance(one, Register)]
    if len(numbers) != len(registers) or not (1 if most == 2 else most) <= len(numbers) <= most:
        raise StatementError("ASM-003", f"operands do not fit `{name}`", f"write {name} rT, label")
    if len(numbers) == 1 and most == 2:
        numbers.append(numbers[0] + 1)
    narrow = name in ("adr", "ldr") and numbers[0] < 8
    if name == "adr":
        value = _to_enter(value)
    fill = partial(_fill_address, name=name, numbers=tuple(numbers), width=word.width, itstate=itstate)
    if word.width == 2 and not narrow:
        raise StatementError("ASM-046", f"`{name}` has no T32 encoding of 16 bits for these operands")
    _reserve(unit, word.width, narrow, value, _near, fill)


def _to_enter(value: Node) -> Node:
    """The address that ADR gives of a function of T32 code: bit 0 is set, for BX.

    As in GNU as that is so of functions that have been defined before, and of later ones where the layout
    chooses the width (then the address fits no narrow form).
    """
    if not isinstance(value, Value) or len(value.terms) != 1:
        return value
    name = value.terms[0][0]
    name.take_after()
    return Value(value.number | 1, value.terms) if name.fragment and name.thumb_function else value


def _distance(unit: Unit, fixup: Fixup) -> int:
    place = place_in_section(unit, fixup, "the address")
    return place - ((place_of(fixup) + PC_AHEAD) & ~3)


def _is_thumb_function(unit: Unit, fixup: Fixup) -> bool:
    name = target_in_section(unit, fixup, "the address").name
    return name is not None and name.thumb_function


def _near(unit: Unit, fixup: Fixup, place: Place) -> bool:
    try:
        target = target_in_section(unit, fixup, "the address")
    except StatementError:
        return False
    assert target.name is not None  # it is in a section
    if target.name.thumb_function:
        return False
    distance = place(target.name) + target.addend - ((place_of(fixup) + PC_AHEAD) & ~3)
    return 0 <= distance <= 1020 and distance % 4 == 0


def _fill_address(
    unit: Unit,
    fixup: Fixup,
    name: str,
    numbers: tuple[int, ...],
    width: int,
    itstate: int,
    length: Callable[[], int],
) -> None:
    distance = _distance(unit, fixup)
    if name == "adr" and not width and numbers[0] < 8:
        distance |= _is_thumb_function(unit, fixup)
    magnitude, up = abs(distance), int(distance >= 0)
    if length() == 2:
        if not 0 <= distance <= 1020 or distance % 4:
            in_reach(distance, 0, 1020, 4)
    elif name == "ldrd":
        in_reach(distance, -1020, 1020, 4)
    else:
        in_reach(distance, -4095, 4095)
    if name == "adr":
        row = _row("ADR T1") if length() == 2 else _row("ADR T3" if up else "ADR T2")
        wanted = {"Rd": numbers[0], "U": up, "imm32": magnitude}
    else:
        row = _row("LDR (literal) T1" if length() == 2 else _WIDE[name])
        wanted = {"U": up, "imm12": magnitude}
        wanted |= dict(zip(("Rt", "Rt2"), numbers, strict=False))
        if name == "ldrd":
            wanted |= {"P": 1, "W": 0}
    encoded = _solved(row.name, tuple(wanted.items()), itstate)
    if encoded is None:
        raise StatementError("ASM-046", f"`{name}` has no T32 encoding for these operands")
    _write(fixup, encoded, row.length)


# Halves of addresses, and numbers that the layout gives.


def place_half(
    unit: Unit, word: ThumbWord, operands: tuple[Operand, ...], last: Immediate, itstate: int
) -> None:
    """MOVW with ``:lower16:`` and MOVT with ``:upper16:``."""
    wanted = {"movw": "lower16", "movt": "upper16"}.get(word.name)
    if wanted is None:
        raise StatementError("ASM-003", f"`{word.name}` takes no :{last.relocation}:", "movw and movt do")
    if wanted != last.relocation:
        raise StatementError(
            "ASM-003", f"`{word.name}` with :{last.relocation}: takes the wrong half", f"write :{wanted}:"
        )
    head = operands[:-1]
    encode(word.name, (*head, Immediate(Value(0))), 4, itstate)  # refuses a wrong form now

    def fill(unit: Unit, fixup: Fixup) -> None:
        half = half_of(unit, fixup, upper=wanted == "upper16", kinds=_HALVES)
        _write(fixup, *encode(word.name, (*head, Immediate(Value(half & 0xFFFF))), 4, itstate))

    value = unit.bind(last.value)  # before the place moves on, for `.`
    unit.fix(unit.emit_thumb(0, 4), value, fill)


def fill_immediate(
    unit: Unit, fixup: Fixup, word: ThumbWord, operands: tuple[Operand, ...], length: int, itstate: int
) -> None:
    """An instruction whose numbers became known with the layout."""

    def settled(node: Node) -> Node:
        return Value(resolve.number_of(unit, node, "the operand"))

    numbers = tuple(replace(one, settled) for one in operands)
    _write(fixup, *encode(word.name, numbers, length, itstate))


# VFP and Advanced SIMD: T32 has the words of A32, with other highest bits (DDI 0406C A7.1).


def place_vector(unit: Unit, word: vectors.VectorWord, operands: str, itstate: int) -> None:
    """A VFP or Advanced SIMD statement, without its condition."""
    from hypgen.asm import encoder, instructions

    def evaluate(text: str) -> int:
        return unit.constant(text, "the operand")

    load = vectors.pooled(word, operands)
    label = "" if load else vectors.addresses_label(word, operands)
    if not label and load is None:
        encoded = _of_a32(encoder.encode(vectors.canonical(word, operands, evaluate)))
        unit.emit_thumb(encoded, 4)
        lint.doubt_about_word(unit, encoded, 4, itstate)
        return
    register = load.register if load else operands.partition(",")[0]
    value = instructions.vector_literal(unit, word, load) if load else unit.evaluate(label)
    if isinstance(value, str):
        unit.emit_thumb(_of_a32(encoder.encode(value)), 4)
        return
    base = encoder.encode(vectors.canonical(word, f"{register}, [pc]", evaluate))

    def fill(unit: Unit, fixup: Fixup) -> None:
        distance = _distance(unit, fixup)
        in_reach(distance, -1020, 1020, 4)
        encoded = base | abs(distance) >> 2
        _write(fixup, _of_a32(encoded if distance >= 0 else encoded & ~(1 << 23)), 4)

    unit.fix(unit.emit_thumb(0, 4), value, fill)


def _of_a32(word: int) -> int:
    """The T32 word of a VFP or Advanced SIMD word of A32."""
    top = word >> 24
    if top in (0xF2, 0xF3):  # data processing: the U bit stands elsewhere
        return 0xEF00_0000 | (top & 1) << 28 | word & 0xFF_FFFF
    if top == 0xF4:
        return 0xF900_0000 | word & 0xFF_FFFF
    return word
