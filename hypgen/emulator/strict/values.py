"""What becomes of a loaded value: which registers, flags and words of the stack hold something of it."""

from __future__ import annotations

from copy import copy

from hypgen.decode.table import Insn

ALWAYS = 14
_NE = 1
_COMPARING = ("CMP", "CMN", "TST", "TEQ")
_TO_SYSTEM = ("MCR", "MSR")
RESULTS = ("Rd", "Rdn", "Rdm", "RdLo", "RdHi")
_PLACE = ("Rn", "Rm", "U", "P", "W", "imm12", "imm8", "imm5", "imm4H", "imm4L", "type")
"""Fields that say where a load reads."""
STACK = (7, 11, 13)
"""The stack pointer, and what compilers have as frame pointer in T32 and A32."""
_LINK, PC = 14, 15
_ARGUMENTS = frozenset({0, 1, 2, 3})
_LOST_BY_CALLS = frozenset({0, 1, 2, 3, 12, 14})


class Value:
    """What was loaded, followed through registers, condition flags, and words that it is stored in."""

    def __init__(self, load: Insn, *, bound: bool = False) -> None:
        self._bound = bound
        """Whether what is made of it counts also where it is known to be a constant, as it does for the order
        of accesses (A3.8.2: an address dependency is one of registers)."""
        self._registers = {load.fields[name] for name in ("Rt", "Rt2") if name in load.fields}
        self._words: set[tuple[object, ...]] = set()
        self._flags = False
        self._in_it = 0
        self._whole = frozenset(self._registers)
        """Registers that hold what was loaded and nothing else."""
        self._compared = False
        """Whether the flags tell if it equals a constant."""
        self.decides = False
        """Whether a branch has depended on it."""
        self.kept = False
        """Whether it went elsewhere: into memory that is not the stack, or into a system register."""

    def copy(self) -> Value:
        """The same, to be followed on another way."""
        made = copy(self)
        made._registers, made._words = self._registers.copy(), self._words.copy()
        return made

    def passes(self, insn: Insn) -> None:
        """Go on behind an instruction."""
        fields = insn.fields
        conditional = self._flags and (insn.condition != ALWAYS or self._in_it > 0)
        inside, self._in_it = self._in_it > 0, max(0, self._in_it - 1)
        if insn.heading == "B":
            self.decides |= conditional
            self._flags &= not conditional  # from here on all depends on the way that was taken
            if conditional and self._compared and insn.condition == _NE:
                self._is_known()
        elif conditional and leaves(insn):
            self.decides, self._flags = True, False
        elif insn.heading == "IT":
            self._in_it = 4 - (fields["mask"] & -fields["mask"]).bit_length() + 1
        elif insn.heading.startswith("CB"):
            self.decides |= fields["Rn"] in self._registers
            if fields["Rn"] in self._whole and insn.fields["op"]:
                self._is_known()
        elif insn.heading.startswith("BL"):
            self.decides |= conditional
            self._registers -= _LOST_BY_CALLS
        elif insn.heading.startswith(_TO_SYSTEM):
            self.kept |= bool({fields.get("Rt"), fields.get("Rt2"), fields.get("Rn")} & self._registers)
        elif is_store(insn):
            self._goes_to_memory(insn)
        elif is_load(insn):
            self._gives(fields.get("Rt"), place(insn) in self._words)
        elif "register_list" in fields:
            self._registers -= set(registers(insn))
        else:
            reads = {fields[name] for name in fields if name[0] == "R" and name not in ("Rd", "RdLo", "RdHi")}
            used = bool(reads & self._registers) or conditional
            sets = fields.get("S", insn.length == 2) and not (inside and insn.length == 2)
            if insn.heading.startswith(_COMPARING) or sets:
                self._flags = used
                self._compared = insn.heading == "CMP (immediate)" and fields["Rn"] in self._whole
            for name in RESULTS:
                self._gives(fields.get(name), used)

    def addresses(self, insn: Insn) -> bool:
        """Whether what an instruction accesses lies where the value says."""
        return bool({insn.fields.get("Rn"), insn.fields.get("Rm")} & self._registers)

    def stored_by(self, insn: Insn) -> bool:
        """Whether a store stores something of the value."""
        return any(insn.fields.get(name) in self._registers for name in ("Rt", "Rt2"))

    @property
    def live(self) -> bool:
        """Whether a register holds something of it."""
        return bool(self._registers)

    def is_given_by(self, insn: Insn) -> bool:
        """Whether it may go with a call or an exception return to where it is not followed."""
        calls = insn.heading.startswith("BL") and bool(self._registers & _ARGUMENTS)
        return calls or insn.heading == "ERET"

    def returned(self) -> bool:
        """Go back to a caller: whether it gets something of the value, if only by which way it came."""
        self._registers = {0} if self.decides or 0 in self._registers else set()
        self._words.clear()
        return bool(self._registers)

    def _goes_to_memory(self, insn: Insn) -> None:
        fields = insn.fields
        kept = self.stored_by(insn)
        if fields.get("Rn") in STACK:
            (self._words.add if kept else self._words.discard)(place(insn))
        else:
            self.kept |= kept

    def _is_known(self) -> None:
        """On this way it equals a constant, which compilers go on to use it as."""
        if self._bound:
            return
        self._registers.clear()
        self._words.clear()

    def _gives(self, register: int | None, known: bool) -> None:
        if register is not None:
            self._whole -= {register}
            (self._registers.add if known else self._registers.discard)(register)


def is_load(insn: Insn) -> bool:
    """Whether an instruction loads one register, or two."""
    return insn.heading.startswith(("LDR", "LDA"))


def is_store(insn: Insn) -> bool:
    """Whether an instruction stores one register, or two."""
    return insn.heading.startswith(("STR", "STL"))


def leaves(insn: Insn) -> bool:
    """Whether an instruction returns from a function."""
    fields = insn.fields
    if insn.heading == "BX":
        return fields["Rm"] == _LINK
    if insn.heading == "MOV (register)":
        return (fields["Rd"], fields["Rm"]) == (PC, _LINK)
    if "register_list" in fields:
        return PC in registers(insn) and not insn.heading.startswith(("STM", "PUSH"))
    return is_load(insn) and (fields.get("Rt"), fields.get("Rn")) == (PC, 13)


def registers(insn: Insn) -> list[int]:
    """The registers in the list of LDM, STM, PUSH and POP, from the lowest."""
    return [number for number in range(16) if insn.fields["register_list"] >> number & 1]


def moves_on(load: Insn) -> bool:
    """Whether a load changes its base register."""
    return bool(load.fields.get("W", 0)) or load.fields.get("P", 1) == 0


def place(insn: Insn) -> tuple[object, ...]:
    """Where a load or a store accesses, as its fields have it."""
    return tuple(insn.fields.get(name) for name in _PLACE)
