"""Unwind tables of the Arm ABI (EHABI, IHI 0038): ``.fnstart``, ``.save``, ``.setfp``, ``.fnend`` and others.

What the directives between ``.fnstart`` and ``.fnend`` say of the prologue becomes unwinding instructions
(section 9.3), in reverse order; up to three of them stand in the function's entry of .ARM.exidx, more in
.ARM.extab. The order of the steps is that of GNU as, so that the tables are its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from hypgen.asm.expressions import Node
from hypgen.asm.operands import Register, RegisterList, parse_operands
from hypgen.asm.output import Fixup
from hypgen.asm.resolve import place_of, relocate, target_of, write
from hypgen.asm.sections import Attributes, Section
from hypgen.asm.source import StatementError
from hypgen.asm.statements import split_operands
from hypgen.asm.unit import Unit
from hypgen.asm.values import Name, Value
from hypgen.asm.vectors import register_range
from hypgen.elf.leb import uleb
from hypgen.elf.model import Relocation, SectionFlag, SectionType
from hypgen.errors import Location

if TYPE_CHECKING:
    from hypgen.asm.directives import Directive

_R_NONE, _R_PREL31 = 0, 42
_WORD = 4
_SP, _IP, _PC = 13, 12, 15
_CANTUNWIND = 1
"""The second word of an entry of .ARM.exidx that says that unwinding stops (section 6)."""
_FINISH = 0xB0
_INLINE = 3
"""Unwinding instructions that the short form, that of personality routine 0, holds (section 7.3)."""
_COMPACT = 0x80
_MOST_WORDS = 255


@dataclass
class Function:
    """What is known of the function between ``.fnstart`` and ``.fnend``; ``code`` is in reverse order.

    ``pending`` are bytes by which SP moved since the last instruction, which only later are one.
    ``frame_size`` is what the prologue has pushed so far, ``frame_offset`` where the frame pointer is in it.
    """

    start: Name
    section: Section
    subsection: int
    location: Location
    code: list[int] = field(default_factory=list)
    personality: Node | None = None
    index: int | None = None
    cannot: bool = False
    frame_size: int = 0
    pending: int = 0
    frame_register: int = _SP
    frame_offset: int = 0
    uses_frame: bool = False
    just_restored: bool = False
    table: Name | None = None

    def add(self, instruction: int, length: int = 1) -> None:
        """Append an unwinding instruction of one or two bytes."""
        self.flush()
        self.just_restored = False
        self.code += instruction.to_bytes(length, "little")

    def flush(self) -> None:
        """Make the pending move of SP an instruction."""
        offset, self.pending = self.pending, 0
        if offset > 0x200:
            self._add_far(offset)
        elif offset > 0x100:
            self.add(0x3F)
            self.add((offset - 0x104) >> 2)
        elif offset > 0:
            self.add((offset - 4) >> 2)
        elif offset < 0:
            offset = -offset
            while offset > 0x100:
                self.add(0x7F)
                offset -= 0x100
            self.add((offset - 4) >> 2 | 0x40)

    def _add_far(self, offset: int) -> None:
        for byte in reversed(uleb((offset - 0x204) >> 2)):
            self.add(byte)
        self.add(0xB2)

    def finish(self) -> None:
        """The last instructions: SP comes back from the frame pointer, or from what is pending."""
        if self.uses_frame:
            self.pending += self.frame_offset - self.frame_size
            self.flush()
            self.add(0x90 | self.frame_register)
        else:
            self.flush()


def _begin(unit: Unit, operands: str) -> None:
    if unit.unwinding is not None:
        raise StatementError("ASM-050", f"the .fnstart at {unit.unwinding.location} has no .fnend yet")
    unit.unwinding = Function(unit.here(), unit.section, unit.subsection, unit.origin.location)


def _current(unit: Unit, *, before_data: bool = True) -> Function:
    function = unit.unwinding
    if function is None:
        raise StatementError("ASM-050", "there is no .fnstart before it")
    if before_data and function.table is not None:
        raise StatementError("ASM-050", "it comes after .handlerdata, which ends the description")
    return function


def _end(unit: Unit, operands: str) -> None:
    """``.fnend``: the function's entry in .ARM.exidx."""
    function = _current(unit, before_data=False)
    inline = None if function.table is not None else _entry(unit, function, data_follows=False)
    unit.unwinding = None
    if function.table is not None:
        unit.enter(function.section, function.subsection)
    with unit.elsewhere(_table_section(unit, function.section, index=True)):
        unit.align(_WORD, b"\0")
        first = unit.emit(bytes(_WORD))
        unit.fix(first, Value(0, ((function.start, 1),)), _fill_prel31)
        if function.index is not None:
            _depend(unit, first, function.index)
        if inline is not None:
            unit.emit(inline.to_bytes(_WORD, "little"))
        else:
            assert function.table is not None  # _entry made it
            unit.fix(unit.emit(bytes(_WORD)), Value(0, ((function.table, 1),)), _fill_prel31)


def _depend(unit: Unit, offset: int, index: int) -> None:
    """Name the personality routine that the tables of a section use, once, so that it gets linked."""
    routine = f"__aeabi_unwind_cpp_pr{index}"
    known = unit.personalities.setdefault(unit.section.key, set())
    if routine not in known:
        known.add(routine)
        unit.named(routine).used = True
        unit.fix(offset, Value(0), partial(_fill_dependency, routine=routine))


def _fill_dependency(unit: Unit, fixup: Fixup, routine: str) -> None:
    section = fixup.fragment.section.key
    unit.relocations.append(Relocation(section, place_of(fixup), _R_NONE, routine, fixup.origin.location))


def _fill_prel31(unit: Unit, fixup: Fixup) -> None:
    target = target_of(unit, fixup.value, "the function")
    if target.name is None:
        raise StatementError(
            "ASM-013", f"a symbol is expected for the routine, not the number {target.addend:#x}"
        )
    addend = relocate(unit, fixup, _R_PREL31, target)
    write(fixup, addend & 0x7FFF_FFFF)


def _entry(unit: Unit, function: Function, *, data_follows: bool) -> int | None:
    """The entry of a function: a word for .ARM.exidx, or None after one in .ARM.extab has been made."""
    function.finish()
    code = list(reversed(function.code))
    if function.cannot:
        if data_follows:
            raise StatementError("ASM-050", ".handlerdata after .cantunwind", "remove one of them")
        return _CANTUNWIND
    if function.personality is None:
        if function.index is None:
            function.index = 0 if len(code) <= _INLINE else 1
        if function.index == 0:
            if len(code) > _INLINE:
                raise StatementError("ASM-050", "personality routine 0 has room for three instructions only")
            if not data_follows:
                return int.from_bytes([_COMPACT, *_padded(code, _INLINE)], "big")
    words = _table_words(function, code)
    section = _table_section(unit, function.section, index=False)
    unit.enter(section)
    unit.align(_WORD, b"\0")
    function.table = unit.here()
    if function.personality is not None:
        unit.fix(unit.emit(bytes(_WORD)), function.personality, _fill_prel31)
    for word in words:
        unit.emit(word.to_bytes(_WORD, "little"))
    if not data_follows:
        unit.emit(bytes(_WORD))  # no descriptors
    return None


def _table_words(function: Function, code: list[int]) -> list[int]:
    """The words that hold the instructions in .ARM.extab, the first byte highest (sections 7.3, 9.2)."""
    if function.personality is not None:
        head, free = [], 3
    elif function.index == 0:
        head, free = [_COMPACT], 3
    else:
        head, free = [_COMPACT | (function.index or 0)], 2
    more = -(-max(len(code) - free, 0) // _WORD)
    if more > _MOST_WORDS:
        raise StatementError("ASM-050", "the function has too many unwinding instructions")
    if function.personality is not None or function.index != 0:
        head.append(more)
    data = [*head, *_padded(code, free + more * _WORD)]
    return [int.from_bytes(data[at : at + _WORD], "big") for at in range(0, len(data), _WORD)]


def _padded(code: list[int], length: int) -> list[int]:
    return code + [_FINISH] * (length - len(code))


def _table_section(unit: Unit, code: Section, *, index: bool) -> Section:
    """The section of tables that goes with a section of code, in its group if it has one."""
    prefix = ".ARM.exidx" if index else ".ARM.extab"
    flags = SectionFlag.ALLOC
    if code.group:
        flags |= SectionFlag.GROUP
    if index:
        flags |= SectionFlag.LINK_ORDER
    return unit.make_section(
        Attributes(
            prefix + ("" if code.name == ".text" else code.name),
            flags,
            SectionType.ARM_EXIDX if index else SectionType.PROGBITS,
            group=code.group,
            comdat=code.comdat,
            follows=code if index else None,
            unique=code.unique,
        )
    )


def _cannot_unwind(unit: Unit, operands: str) -> None:
    function = _current(unit)
    if function.personality is not None or function.index is not None:
        raise StatementError("ASM-050", ".cantunwind with a personality routine", "remove one of them")
    function.cannot = True


def _personality(unit: Unit, operands: str) -> None:
    function = _current(unit)
    _check_undecided(function)
    function.personality = unit.evaluate(operands)


def _personality_index(unit: Unit, operands: str) -> None:
    function = _current(unit)
    _check_undecided(function)
    index = unit.constant(operands, "the personality routine")
    if not 0 <= index <= 2:
        raise StatementError("ASM-050", f"personality routine {index}: must be 0 to 2")
    function.index = index


def _check_undecided(function: Function) -> None:
    if function.personality is not None or function.index is not None or function.cannot:
        raise StatementError("ASM-050", "how the function is unwound has been said already")


def _handler_data(unit: Unit, operands: str) -> None:
    """``.handlerdata``: what follows, up to .fnend, are the personality routine's own data."""
    _entry(unit, _current(unit), data_follows=True)


def _save(unit: Unit, operands: str, *, store_double: bool) -> None:
    """``.save {r4, lr}``, and ``.vsave {d8-d11}`` for what VPUSH pushes."""
    function = _current(unit)
    if operands.strip().lower().startswith("{d"):
        _save_vector(function, operands, store_double=store_double)
        return
    for mask in reversed(_lists(unit, operands)):
        _save_core(function, mask)


def _lists(unit: Unit, operands: str) -> list[int]:
    """The masks of ``{r4-r7, lr}``: GNU as ends one behind each range, and makes several of them."""
    text = unit.with_aliases(operands).strip()
    if text[:1] != "{" or text[-1:] != "}":
        raise StatementError("ASM-050", "expected registers in braces", "write .save {r4, lr}")
    lists: list[list[str]] = [[]]
    for piece in split_operands(text[1:-1]):
        lists[-1].append(piece)
        if "-" in piece:
            lists.append([])
    masks: list[int] = []
    for pieces in lists:
        if pieces:
            listed = parse_operands("{" + ", ".join(pieces) + "}")
            if len(listed) != 1 or not isinstance(listed[0], RegisterList):
                raise StatementError("ASM-050", f"`{operands}` is not a list of registers")
            masks.append(listed[0].mask)
    return masks


def _save_core(function: Function, mask: int) -> None:
    if function.just_restored and function.frame_register == _IP and mask >> _IP & 3 == 1:
        # ``.movsp ip`` and a save of ip: ip held SP, which is what comes back.
        function.code.pop()
        function.just_restored = False
        mask = (mask | 1 << _SP) & ~(1 << _IP)
        function.pending = 0
    if mask & 0xFFF0:
        run = next(count for count in range(9) if count == 8 or not mask >> (count + 4) & 1)
        if run == 0 or mask & 0xBFF0 & 0xFFF0 << run:
            function.add(0x8000 | mask >> 4, 2)
        else:
            function.add((0xA8 if mask & 0x4000 else 0xA0) | run - 1)
    if mask & 0xF:
        function.add(0xB100 | mask & 0xF, 2)
    function.frame_size += _WORD * mask.bit_count()


def _save_vector(function: Function, operands: str, *, store_double: bool) -> None:
    first, count = register_range(operands)
    if not store_double:  # as FSTMX pushes them, with a word more
        function.add(*((0xB8 | count - 1, 1) if first == 8 else (0xB300 | first << 4 | count - 1, 2)))
        function.frame_size += 8 * count + _WORD
        return
    high = count if first >= 16 else max(first + count - 16, 0)
    if high:
        function.add(0xC800 | max(first - 16, 0) << 4 | high - 1, 2)
    low = count - high
    if low:
        function.add(0xC900 | first << 4 | low - 1, 2)
    function.frame_size += 8 * count


def _pad(unit: Unit, operands: str) -> None:
    """``.pad #16``: SP went down by so much."""
    function = _current(unit)
    offset = unit.constant(operands.strip().removeprefix("#"), "the size")
    if offset % _WORD:
        raise StatementError("ASM-050", f"SP moves by {offset} bytes: must be a multiple of 4")
    function.frame_size += offset
    function.pending += offset


def _registers(unit: Unit, operands: str, count: int, form: str) -> tuple[list[int], int]:
    """Core registers, and a number behind them that may be left out; raises StatementError."""
    parts = split_operands(unit.with_aliases(operands))
    registers = [one.number for one in parse_operands(", ".join(parts[:count])) if isinstance(one, Register)]
    if len(registers) != count or len(parts) > count + 1:
        raise StatementError("ASM-050", "the operands do not fit", f"write {form}")
    offset = unit.constant(parts[count].removeprefix("#"), "the offset") if len(parts) > count else 0
    return registers, offset


def _set_frame(unit: Unit, operands: str) -> None:
    """``.setfp r11, sp, #8``: the frame pointer is SP plus 8 from now on."""
    function = _current(unit)
    (frame, base), offset = _registers(unit, operands, 2, ".setfp r11, sp, #offset")
    if base not in (_SP, function.frame_register):
        raise StatementError("ASM-050", "the base must be sp, or what a .movsp before named")
    function.frame_register, function.uses_frame = frame, True
    if base == _SP:
        function.frame_offset = function.frame_size - offset
    else:
        function.frame_offset -= offset


def _move_sp(unit: Unit, operands: str) -> None:
    """``.movsp ip``: another register holds SP from now on."""
    function = _current(unit)
    (register,), offset = _registers(unit, operands, 1, ".movsp rN, #offset")
    if register in (_SP, _PC):
        raise StatementError("ASM-050", "sp and pc cannot hold SP")
    if function.frame_register != _SP:
        raise StatementError("ASM-050", "the frame pointer has been named already")
    function.add(0x90 | register)
    function.frame_register = register
    function.frame_offset = function.frame_size - offset
    function.just_restored = True


def _raw(unit: Unit, operands: str) -> None:
    """``.unwind_raw offset, byte, ...``: instructions as numbers, and by how much they move SP."""
    function = _current(unit)
    numbers = [unit.constant(one, "the instruction") for one in split_operands(operands)]
    if len(numbers) < 2 or not all(0 <= one <= 0xFF for one in numbers[1:]):
        raise StatementError("ASM-050", "expected an offset and bytes", "write .unwind_raw 4, 0xb1, 1")
    function.frame_size += numbers[0]
    for byte in reversed(numbers[1:]):
        function.add(byte)


TABLE: dict[str, Directive] = {
    ".fnstart": _begin,
    ".fnend": _end,
    ".cantunwind": _cannot_unwind,
    ".personality": _personality,
    ".personalityindex": _personality_index,
    ".handlerdata": _handler_data,
    ".save": partial(_save, store_double=False),
    ".vsave": partial(_save, store_double=True),
    ".pad": _pad,
    ".setfp": _set_frame,
    ".movsp": _move_sp,
    ".unwind_raw": _raw,
}
