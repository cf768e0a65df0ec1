"""Where a function returns to: what its last instructions make of LR and of the stack, which hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hypgen.decode.table import Insn
from hypgen.emulator.execute.data_processing import modified_immediate
from hypgen.emulator.strict.values import is_load, is_store, registers

_SP, _LR, _PC = 13, 14, 15
_MASK = 0xFFFF_FFFF

Word = Callable[[int], int | None]


class Frame:
    """The registers that lead to the return address, from the load on that is looked at; ``word`` reads
    memory, which the instructions ahead have not changed yet."""

    def __init__(self, values: Iterable[int], word: Word) -> None:
        self._known = dict(enumerate(values))
        self._stored: dict[int, int] = {}
        self._word = word

    def after(self, way: Iterable[Insn]) -> int | None:
        """Where the last of these instructions returns to; None if that is not known."""
        self._known.pop(_PC, None)
        for insn in way:
            self._pass(insn)
        return self._known.get(_PC)

    def _pass(self, insn: Insn) -> None:
        fields = insn.fields
        if insn.heading == "BX":
            self._gives(_PC, self._known.get(fields["Rm"]))
        elif insn.heading == "MOV (register)":
            self._gives(fields["Rd"], self._known.get(fields["Rm"]))
        elif "register_list" in fields:
            self._pass_list(insn)
        elif is_load(insn) or is_store(insn):
            self._pass_single(insn)
        elif insn.heading.startswith(("ADD (", "SUB (")) and "Rm" not in fields:
            change = modified_immediate(insn).captured["imm"]
            base = self._known.get(fields["Rn"])
            moved = None if base is None else base + (change if insn.heading[0] == "A" else -change)
            self._gives(fields["Rd"], moved)
        elif insn.heading.startswith("BL"):
            for number in (0, 1, 2, 3, 12, _LR):
                self._known.pop(number, None)
        else:
            for name in ("Rd", "Rdn", "RdLo", "RdHi"):
                if name in fields:
                    self._known.pop(fields[name], None)

    def _pass_list(self, insn: Insn) -> None:
        fields, listed = insn.fields, registers(insn)
        base = self._known.get(fields["Rn"])
        down = "DB" in insn.heading or insn.heading == "PUSH"
        first = None if base is None else base - 4 * len(listed) if down else base
        for number, which in enumerate(listed):
            at = None if first is None else first + 4 * number
            if insn.heading.startswith(("STM", "PUSH")):
                self._store(at, self._known.get(which))
            else:
                self._gives(which, self._load(at))
        if fields.get("W") and not (fields["Rn"] in listed and insn.heading.startswith(("LDM", "POP"))):
            moved = -4 * len(listed) if down else 4 * len(listed)
            self._gives(fields["Rn"], None if base is None else base + moved)

    def _pass_single(self, insn: Insn) -> None:
        fields = insn.fields
        base = self._known.get(fields["Rn"]) if "Rn" in fields and "Rm" not in fields else None
        offset = fields.get("imm12", 0) * (1 if fields.get("U", 1) else -1)
        at = None if base is None else base + (offset if fields.get("P", 1) else 0)
        whole = insn.heading.startswith(("LDR (", "STR ("))
        if is_load(insn):
            self._gives(fields["Rt"], self._load(at) if whole else None)
        elif whole:
            self._store(at, self._known.get(fields["Rt"]))
        if fields.get("W", 0) or not fields.get("P", 1):
            self._gives(fields["Rn"], None if base is None else base + offset)

    def _load(self, at: int | None) -> int | None:
        if at is None:
            return None
        at &= _MASK
        return self._stored[at] if at in self._stored else self._word(at)

    def _store(self, at: int | None, value: int | None) -> None:
        if at is not None and value is not None:
            self._stored[at & _MASK] = value

    def _gives(self, register: int, value: int | None) -> None:
        if value is None:
            self._known.pop(register, None)
        else:
            self._known[register] = value & _MASK
