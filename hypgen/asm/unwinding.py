"""Call frame information for code that has none, found by following the stack pointer through it.

Handlers and runtime functions move SP by PUSH, POP, ADD and SUB. Following these along every path, tail
calls among the functions of a unit too, gives at each instruction the distance from SP to the frame's
address and where registers are saved, which is what a debugger needs. A template thus needs no `.cfi_`
directives, and a block that a user replaces cannot contradict them.

An exception handler (what a vector table goes to, or a function with a path that ends in ERET) does not
return to its LR, which is the interrupted code's; it returns to what a PUSH saved of ELR_hyp, or, while
that is nowhere in memory, there is no caller to be told.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from hypgen.arch.banked import BANKED_REGISTERS
from hypgen.asm.operands import REGISTERS
from hypgen.bits import bit
from hypgen.decode.table import Insn, decode_a32
from hypgen.decode.text import expand_immediate
from hypgen.elf.frames import DATA_FACTOR, defined, restored, saved, undefined
from hypgen.elf.model import Frame, FrameStep, Mapping, ObjectFile, Relocation, Section, Symbol, SymbolType

_SP, _LR, _PC = (REGISTERS[name] for name in ("sp", "lr", "pc"))
_ALWAYS = 14
_PUSH, _POP, _STORE, _LOAD = "STMDB (STMFD)", "LDM/LDMIA/LDMFD", "STR (immediate)", "LDR (immediate)"
_DOWN, _UP = "SUB (immediate)", "ADD (immediate)"
_CALLS = ("BL (immediate)", "BLX (immediate)", "BLX (register)")
_RETURNS = ("BX", "BXJ", "ERET", "RFE", "LDM (exception return)")
_MODE_CHANGES = ("CPS", "MSR (register)", "MSR (immediate)")
"""What may change to a mode with an SP of its own; an MSR does if it writes the control field."""

_Place = tuple[str, int]
"""Section key and offset."""


@dataclass(frozen=True)
class _State:
    """What holds before an instruction: CFA is SP + ``depth``; ``slots`` has (register, offset from CFA).

    ``elr`` are registers that hold ELR_hyp. ``is_lost`` says that LR is no longer that of the caller.
    ``is_handler`` says that an exception led here.
    """

    depth: int = 0
    slots: frozenset[tuple[int, int]] = frozenset()
    elr: frozenset[int] = frozenset()
    is_lost: bool = False
    is_handler: bool = False

    def pushed(self, registers: Iterable[int]) -> _State:
        """After a PUSH; a register that holds ELR_hyp saves the return address, not itself."""
        ordered = sorted(registers)
        depth = self.depth + 4 * len(ordered)
        known = {register for register, _ in self.slots}
        slots = set(self.slots)
        for number, register in enumerate(ordered):
            what = _PC if register in self.elr else register
            if what not in known and not (what == _LR and self.is_lost):
                slots.add((what, 4 * number - depth))
        return replace(self, depth=depth, slots=frozenset(slots))

    def popped(self, registers: Iterable[int]) -> _State:
        """After a POP, or after SP went up by as many words."""
        ordered = list(registers)
        depth = self.depth - 4 * len(ordered)
        slots = frozenset(one for one in self.slots if one[1] >= -depth)
        returned = (_LR, 4 * ordered.index(_LR) - self.depth) in self.slots if _LR in ordered else False
        elr = self.elr - set(ordered)
        is_lost = self.is_lost and not returned
        return replace(self, depth=depth, slots=slots, elr=elr, is_lost=is_lost)


@dataclass
class _Function:
    """A function of the unit."""

    name: str
    section: str
    start: int
    end: int

    @property
    def place(self) -> _Place:
        """Its first instruction."""
        return self.section, self.start


@dataclass
class _Code:
    """The A32 code of a unit: instructions by place, and where branches with relocations go."""

    made: ObjectFile
    functions: list[_Function] = field(default_factory=list)
    insns: dict[_Place, Insn] = field(default_factory=dict)
    relocations: dict[_Place, Relocation] = field(default_factory=dict)
    symbols: dict[str, _Place] = field(default_factory=dict)
    tabled: list[_Place] = field(default_factory=list)
    """Functions that words of data objects have the addresses of: where a load of PC from a table goes."""

    def target(self, place: _Place, insn: Insn) -> _Place | None:
        """Where a branch goes; None if that is in another unit."""
        relocation = self.relocations.get(place)
        if relocation is not None:
            return self.symbols.get(relocation.symbol)
        distance = insn.fields["imm32"]
        distance -= (distance & 1 << 31) << 1
        return place[0], place[1] + 8 + distance

    def successors(self, place: _Place) -> Iterator[_Place]:
        """Where execution may go on from an instruction, calls aside."""
        insn = self.insns[place]
        if insn.name == "B":
            target = self.target(place, insn)
            if target is not None:
                yield target
        elif insn.name == "LDR (register)" and insn.fields["Rt"] == _PC:
            yield from self.tabled
        if insn.fields.get("cond", _ALWAYS) != _ALWAYS or not _leaves(insn):
            yield place[0], place[1] + 4


def derived_frames(made: ObjectFile) -> list[Frame]:
    """The frames of the A32 functions of a unit, in their order."""
    code = _read(made)
    states = _states(code, _handlers(code))
    return [_frame(one, states) for one in code.functions]


def _read(made: ObjectFile) -> _Code:
    code = _Code(made, relocations={(one.section, one.offset): one for one in made.relocations})
    for one in made.symbols:
        if one.section in made.sections:
            code.symbols.setdefault(one.name, (str(one.section), one.value))
    for key, section in made.sections.items():
        named = sorted(
            (one for one in made.symbols if one.section == key and _is_function(one)),
            key=lambda one: one.value,
        )
        for one in named:
            end = min(one.value + one.size, len(section.data))
            if _is_a32(section, one.value) and not one.thumb and one.value < end:
                code.functions.append(_Function(one.name, key, one.value, end))
                code.insns |= _instructions(key, section, one.value, end)
    code.tabled = _tabled(code)
    return code


def _tabled(code: _Code) -> list[_Place]:
    starts = {one.place for one in code.functions}
    objects = [one for one in code.made.symbols if one.type is SymbolType.OBJECT]
    return sorted(
        {
            target
            for (section, offset), relocation in code.relocations.items()
            if (target := code.symbols.get(relocation.symbol)) in starts
            and any(one.section == section and 0 <= offset - one.value < one.size for one in objects)
        }
    )


def _is_function(symbol: Symbol) -> bool:
    """Whether code of a known size begins at a symbol. A vector table has no type, as its address must
    stay even in T32 code, where that of a function has bit 0 set."""
    return symbol.type is SymbolType.FUNC or (symbol.type is SymbolType.NOTYPE and symbol.size > 0)


def _is_a32(section: Section, offset: int) -> bool:
    mark = bisect_right(section.mapping, offset, key=lambda one: one[0]) - 1
    return mark >= 0 and section.mapping[mark][1] is Mapping.ARM


def _instructions(key: str, section: Section, start: int, end: int) -> dict[_Place, Insn]:
    found = {}
    for offset in range(start, end - 3, 4):
        insn = decode_a32(int.from_bytes(section.data[offset : offset + 4], "little"))
        if isinstance(insn, Insn) and _is_a32(section, offset):
            found[key, offset] = insn
    return found


def _leaves(insn: Insn) -> bool:
    """Whether an instruction, if it executes, does not go on to the next."""
    fields = insn.fields
    if insn.name == "B" or insn.name in _RETURNS or insn.name.startswith("SUBS PC, LR"):
        return True
    if insn.name == _POP:
        return bool(bit(fields["register_list"], _PC))
    loads = insn.name.startswith("LDR") and fields.get("Rt") == _PC
    return loads or (fields.get("Rd") == _PC and not insn.name.startswith("STR"))


def _handlers(code: _Code) -> set[_Place]:
    """Where functions begin that an exception leads to: tables of branches and where these go, and others
    from which a path ends in ERET."""
    found = set()
    for one in code.functions:
        places = [(one.section, offset) for offset in range(one.start, one.end, 4)]
        is_table = len(places) > 1 and all(
            place in code.insns and code.insns[place].name == "B" for place in places
        )
        if is_table:
            found.add(one.place)
            found |= {target for place in places if (target := code.target(place, code.insns[place]))}
        elif _returns_from_exception(code, one.place):
            found.add(one.place)
    return found


def _returns_from_exception(code: _Code, start: _Place) -> bool:
    """Whether a path from a place, and what it goes on to, ends in ERET."""
    seen: set[_Place] = set()
    pending = [start]
    while pending:
        place = pending.pop()
        if place in seen or place not in code.insns:
            continue
        seen.add(place)
        if code.insns[place].name == "ERET":
            return True
        pending += code.successors(place)
    return False


def _states(code: _Code, handlers: set[_Place]) -> dict[_Place, _State]:
    """What holds before each instruction that can be reached.

    A function that others of the unit go on to, and never call, begins with what they leave.
    """
    starts = {one.place for one in code.functions}
    called: set[_Place] = set()
    continued: set[_Place] = set()
    for place, insn in code.insns.items():
        if insn.name in _CALLS[:2] and (target := code.target(place, insn)):
            called.add(target)
        elif insn.name == "B" and (target := code.target(place, insn)) in starts:
            continued.add(target)
        elif insn.name == "LDR (register)" and insn.fields["Rt"] == _PC:
            continued.update(code.tabled)
    states: dict[_Place, _State] = {}
    first = [one for one in sorted(starts) if one in called or one not in continued]
    for root in (*first, *sorted(starts)):
        if root in states or root not in code.insns:
            continue  # known, or no instruction of ours, after which anything may hold
        states[root] = _State(is_handler=root in handlers)
        pending = [root]
        while pending:
            place = pending.pop()
            after = _after(code.insns[place], states[place])
            for follower in code.successors(place):
                if follower in code.insns and follower not in states:
                    states[follower] = after
                    pending.append(follower)
    return states


def _after(insn: Insn, before: _State) -> _State:
    """What holds after an instruction that execution goes on from."""
    fields, name = insn.fields, insn.name
    if fields.get("Rn") == _SP and name in (_PUSH, _POP) and fields["W"] and not _leaves(insn):
        registers = [one for one in range(16) if bit(fields["register_list"], one)]
        return before.pushed(registers) if name == _PUSH else before.popped(registers)
    if name == _STORE and insn.fields["Rn"] == _SP and "PUSH" in _single(insn):
        return before.pushed([fields["Rt"]])
    if name == _LOAD and fields["Rn"] == _SP and "POP" in _single(insn):
        return before.popped([fields["Rt"]])
    if name in (_DOWN, _UP) and fields["Rd"] == fields["Rn"] == _SP:
        step = expand_immediate(fields["imm12"])
        if name == _DOWN:
            return replace(before, depth=before.depth + step)
        return before.popped([-1] * (step // 4))
    if name in _CALLS:
        return replace(before, is_lost=True, elr=frozenset())
    if _moves_stack(insn):
        return _State(is_lost=True, is_handler=before.is_handler)
    written = fields.get("Rd", fields.get("Rt") if name.startswith("LDR") else None)
    elr = before.elr - {written}
    if name == "MRS (Banked register)" and BANKED_REGISTERS.get(_banked(insn)) == "ELR_hyp":
        elr |= {fields["Rd"]}
    is_lost = before.is_lost or written == _LR
    if elr == before.elr and is_lost == before.is_lost:
        return before
    return replace(before, elr=elr, is_lost=is_lost)


def _banked(insn: Insn) -> tuple[int, int, int]:
    return insn.fields["R"], insn.fields["M"], insn.fields["M1"]


def _single(insn: Insn) -> str:
    """PUSH or POP for their encodings A2, which move one register."""
    fields = insn.fields
    shape = (fields["P"], fields["U"], fields["W"], fields["imm12"])
    return {(1, 0, 1, 4): "PUSH", (0, 1, 0, 4): "POP"}.get(shape, "")


def _moves_stack(insn: Insn) -> bool:
    """Whether SP becomes something that has nothing to do with what it was."""
    if insn.name in _MODE_CHANGES:
        return insn.name == "CPS" or not insn.fields.get("R", 0)
    if insn.fields.get("Rd") == _SP or (insn.name.startswith("LDR") and insn.fields.get("Rt") == _SP):
        return True
    return insn.fields.get("Rn") == _SP and bool(insn.fields.get("W"))


def _frame(one: _Function, states: dict[_Place, _State]) -> Frame:
    """The rules of a function: what it begins with, and each change."""
    is_handler = one.place in states and states[one.place].is_handler
    column = _PC if is_handler else _LR
    steps = [FrameStep(one.start, defined(_SP, 0))]
    if is_handler:
        steps.append(FrameStep(one.start, undefined(_PC)))
    depth, slots, is_lost = 0, frozenset[tuple[int, int]](), False
    for offset in range(one.start, one.end, 4):
        state = states.get((one.section, offset))
        if state is None:
            continue
        if state.depth != depth:
            steps.append(FrameStep(offset, defined(None, state.depth)))
        for register, _ in sorted(slots - state.slots):
            is_column = register == column == _PC
            steps.append(FrameStep(offset, undefined(_PC) if is_column else restored(register)))
        steps += (
            FrameStep(offset, saved(register, at // DATA_FACTOR), is_common=False)
            for register, at in sorted(state.slots - slots, reverse=True)
        )
        lost = state.is_lost and not any(register == _LR for register, _ in state.slots)
        if lost != is_lost and not any(register == _LR for register, _ in state.slots):
            steps.append(FrameStep(offset, undefined(_LR) if lost else restored(_LR)))
        depth, slots, is_lost = state.depth, state.slots, lost
    return Frame(one.section, one.start, one.end - one.start, tuple(steps), column)
