"""Loads and stores (DDI 0406C A5.2.8 to A5.2.10, A5.3, A5.5; each under its name in A8.8 and B9.3).

Whatever can abort comes first, and registers change after it: an aborted instruction leaves all
registers as they were (the base restored abort model, B1.9.9, with the loaded registers, which
become UNKNOWN, unchanged too).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch.psr import Mode
from hypgen.arch.registers import SCTLR
from hypgen.emulator.exceptions import DataAbort, Undefined
from hypgen.emulator.execute.branching import PC, bx_write_pc, literal_base
from hypgen.emulator.execute.closures import Op, close
from hypgen.emulator.execute.data_processing import Operand, shifted_register
from hypgen.emulator.execute.exception_return import (
    check_exception_return,
    exception_return,
    in_user_or_system,
)
from hypgen.emulator.execute.registry import Binder, Unpredictable, binds, refuse
from hypgen.emulator.faults import Fault, FaultKind
from hypgen.emulator.system import SWAP

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu

MASK = 0xFFFF_FFFF

LOADS = {
    "LDR": ("load32", "{0}(address)"),
    "LDRB": ("load8", "{0}(address)"),
    "LDRH": ("load16", "{0}(address)"),
    "LDRSB": ("load8", "({0}(address) ^ 0x80) - 0x80 & 0xFFFFFFFF"),
    "LDRSH": ("load16", "({0}(address) ^ 0x8000) - 0x8000 & 0xFFFFFFFF"),
}
STORES = {
    "STR": ("store32", "{0}(address, {1})"),
    "STRB": ("store8", "{0}(address, {1} & 0xFF)"),
    "STRH": ("store16", "{0}(address, {1} & 0xFFFF)"),
}
"""By mnemonic: the function of the data side, and the use of that function {0}, with the data {1}."""


def _offset(insn: Insn) -> Operand:
    """The offset, of whichever form the encoding has: imm12, imm4H:imm4L, or a register, shifted or not."""
    fields = insn.fields
    if "imm12" in fields:
        return Operand("imm", "", {"imm": fields["imm12"]})
    if "imm4H" in fields:
        return Operand("imm", "", {"imm": fields["imm4H"] << 4 | fields["imm4L"]})
    return shifted_register(fields["Rm"], fields.get("type", 0), fields.get("imm5", 0))


def _single(function: str, use: str, unprivileged: bool = False) -> Binder:
    """A load or store of one register; ``unprivileged`` makes it LDRT or one of its kin."""
    is_load = function.startswith("load")

    def binder(cpu: Cpu, insn: Insn, pc: int) -> Op:
        fields = insn.fields
        t, n, offset = fields["Rt"], fields.get("Rn", PC), _offset(insn)
        base, data = "pc" if n == PC else "r[n]", "pc" if t == PC else "r[t]"
        moved = f"{base} {'+' if fields['U'] else '-'} {offset.value} & 0xFFFFFFFF"
        if offset.captured.get("imm") == 0:
            moved = base
        literal = "Rn" not in fields
        index = literal or fields.get("P", 0)
        writeback = not literal and (not index or fields.get("W", 0))
        accessor = f"{function}_unprivileged" if unprivileged else function
        access = use.format(accessor, data)
        lines = ["forbid_in_hyp(cpu)"] if unprivileged else []
        lines.append(f"address = {moved if index else base}")
        if not is_load:
            lines.append(access)
        elif t == PC:
            lines += [f"value = {access}", "load_write_pc(cpu, address, value)"]
        else:  # the base is another register if it is written back
            if writeback and offset.captured.get("m") == t:
                lines.append(f"after = {moved}")
                moved = "after"
            lines.append(f"r[t] = {access}")
        if writeback:
            lines.append("r[n] = address" if index else f"r[n] = {moved}")
        captured: dict[str, object] = {"cpu": cpu, "r": cpu.r, "t": t, "n": n}
        captured |= {"pc": literal_base(pc, insn.thumb)}
        captured |= {"load_write_pc": _load_write_pc, "forbid_in_hyp": _forbid_in_hyp}
        captured[accessor] = getattr(cpu.mem, accessor)
        return close("\n".join(lines), **captured, **offset.captured)

    return binder


def _load_write_pc(cpu: Cpu, address: int, value: int) -> None:
    """LoadWritePC, after LDR's own check of the address that the value came from."""
    if address & 3:
        raise Unpredictable(
            f"LDR of the PC from {address:#010x}, which is not word-aligned, is UNPREDICTABLE"
        )
    bx_write_pc(cpu, value)


def _forbid_in_hyp(cpu: Cpu) -> None:
    if cpu.mode == Mode.HYP:
        refuse(cpu, "an unprivileged load or store (LDRT, STRT and kin) in Hyp mode is UNPREDICTABLE")


def _loads_pc(insn: Insn) -> bool:
    return insn["Rt"] == PC


for _mnemonic, _access in LOADS.items():
    for _form in ("immediate", "register", "literal"):
        binds(f"{_mnemonic} ({_form})", ends_block=_loads_pc)(_single(*_access))
for _mnemonic, _access in STORES.items():
    for _form in ("immediate", "register"):
        binds(f"{_mnemonic} ({_form})")(_single(*_access))
for _mnemonic, _access in (LOADS | STORES).items():
    for _form in ("immediate", "register"):
        binds(f"{_mnemonic}T ({_form})")(_single(*_access, unprivileged=True))


# Dual


def _dual(store: bool) -> Binder:
    """LDRD and STRD: two words that need word alignment, like those of LDM."""

    def binder(cpu: Cpu, insn: Insn, pc: int) -> Op:
        n, m, offset = insn.fields.get("Rn", PC), insn.fields.get("Rm"), _offset(insn)
        literal = "Rn" not in insn.fields
        base = "pc" if n == PC else "r[n]"
        moved = f"{base} {'+' if insn['U'] else '-'} {'imm' if m is None else 'r[m]'} & 0xFFFFFFFF"
        index = literal or insn["P"]
        lines = [f"address = {moved if index else base}"]
        if store:
            lines.append("store_pair(address, (r[t], r[t2]))")
        else:
            lines.append("first, second = load_words(address, 2)")
        if not literal and n != PC and (not index or insn["W"]):
            lines.append("r[n] = address" if index else f"r[n] = {moved}")
        if not store:
            lines += ["r[t] = first", "r[t2] = second"]
        captured: dict[str, object] = {"r": cpu.r, "t": insn["Rt"], "t2": _second(insn), "n": n, "m": m or 0}
        captured |= {"load_words": cpu.mem.load_words, "store_pair": cpu.mem.store_pair}
        captured |= {"imm": offset.captured.get("imm", 0), "pc": literal_base(pc, insn.thumb)}
        return close("\n".join(lines), **captured)

    return binder


def _second(insn: Insn) -> int:
    """The second register of a pair: T32 names it, in A32 it follows the first."""
    return insn.fields.get("Rt2", insn["Rt"] + 1)


for _form in ("immediate", "literal", "register"):
    binds(f"LDRD ({_form})")(_dual(store=False))
for _form in ("immediate", "register"):
    binds(f"STRD ({_form})")(_dual(store=True))


# Synchronization primitives (A3.4)


_EXCLUSIVE_SIZE = {"LDREX": 4, "LDREXB": 1, "LDREXH": 2, "STREX": 4, "STREXB": 1, "STREXH": 2}


def _check_alignment(address: int, size: int, write: bool) -> None:
    """The alignment that every exclusive access needs."""
    if address & size - 1:
        why = f"an exclusive access of {size} bytes is aligned to its size"
        raise DataAbort(Fault(FaultKind.ALIGNMENT, address, write=write, why=why))


def _passes(cpu: Cpu, address: int, size: int) -> bool:
    """ExclusiveMonitorsPass(): no address that is not aligned is tagged. Whether such a store faults or is
    only not made is IMPLEMENTATION DEFINED (A3.4.5): as with QEMU it does not, with strict rules it does."""
    if cpu.system.observer is not None:
        _check_alignment(address, size, write=True)
    return cpu.system.check_exclusive(address, size)


@binds("LDREX", "LDREXB", "LDREXH")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, t, n, size = cpu.r, insn["Rt"], insn["Rn"], _EXCLUSIVE_SIZE[insn.heading]
    load = {4: cpu.mem.load32, 2: cpu.mem.load16, 1: cpu.mem.load8}[size]
    imm32 = insn.fields.get("imm32", 0)

    def ldrex() -> None:
        address = r[n] + imm32 & MASK
        _check_alignment(address, size, write=False)
        value = load(address)
        cpu.system.mark_exclusive(address, size)
        r[t] = value

    return ldrex


@binds("LDREXD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, t, t2, n, load = cpu.r, insn["Rt"], _second(insn), insn["Rn"], cpu.mem.load64_aligned

    def ldrexd() -> None:
        address = r[n]
        value = load(address)
        cpu.system.mark_exclusive(address, 8)
        low, high = value & MASK, value >> 32
        r[t], r[t2] = (high, low) if cpu.e else (low, high)

    return ldrexd


@binds("STREX", "STREXB", "STREXH")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, t, n, size = cpu.r, insn["Rd"], insn["Rt"], insn["Rn"], _EXCLUSIVE_SIZE[insn.heading]
    store = {4: cpu.mem.store32, 2: cpu.mem.store16, 1: cpu.mem.store8}[size]
    ones, imm32 = (1 << 8 * size) - 1, insn.fields.get("imm32", 0)

    def strex() -> None:
        address = r[n] + imm32 & MASK
        passed = _passes(cpu, address, size)
        if passed:
            store(address, r[t] & ones)
        r[d] = 0 if passed else 1

    return strex


@binds("STREXD")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, d, t, t2, n = cpu.r, insn["Rd"], insn["Rt"], _second(insn), insn["Rn"]
    store = cpu.mem.store64_aligned

    def strexd() -> None:
        address, low, high = r[n], r[t], r[t2]
        passed = _passes(cpu, address, 8)
        if passed:
            store(address, low << 32 | high if cpu.e else high << 32 | low)
        r[d] = 0 if passed else 1

    return strexd


@binds("SWP, SWPB")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, t, t2, n, byte, sw = cpu.r, insn["Rt"], insn["Rt2"], insn["Rn"], insn["B"], SCTLR.field("SW").mask

    def swp() -> None:
        if cpu.mode == Mode.HYP:
            raise Undefined("SWP and SWPB are UNDEFINED in Hyp mode")
        cpu.system.control_used(SWAP)
        if not cpu.coproc.read("SCTLR") & sw:
            raise Undefined("SWP and SWPB are UNDEFINED because SCTLR.SW is 0")
        address, mem = r[n], cpu.mem
        if byte:
            value = mem.load8(address)
            mem.store8(address, r[t2] & 0xFF)
        else:
            value = mem.load32_aligned(address)
            mem.store32_aligned(address, r[t2])
        r[t] = value

    return swp


# Block transfers


def _listed(register_list: int) -> list[int]:
    """The numbers of the registers in a list."""
    return [number for number in range(16) if register_list >> number & 1]


def _span(up: int, before: int, count: int) -> tuple[int, int]:
    """Distances from the base: to the lowest address of ``count`` words, and to the new base.

    ``up`` and ``before`` are the U and P of the encoding: increment or decrement, before or after.
    """
    lowest = 4 * before if up else 4 * (1 - before) - 4 * count
    return lowest, 4 * count if up else -4 * count


def _registers(numbers: list[int]) -> str:
    """Registers as the items of a Python tuple."""
    return "".join(f"r[{number}], " for number in numbers)


def _load_multiple(up: int, before: int) -> Binder:
    def binder(cpu: Cpu, insn: Insn, _pc: int) -> Op:
        listed = _listed(insn["register_list"])
        count = len(listed)
        lowest, change = _span(up, before, count)
        to_pc = listed[-1:] == [PC]
        lines = ["address = r[n] + lowest & 0xFFFFFFFF" if lowest else "address = r[n]"]
        if to_pc:
            lines += [f"values = load_words(address, {count})", f"bx_write_pc(cpu, values[{count - 1}])"]
            if count > 1:
                lines.append(f"({_registers(listed[:-1])}) = values[:{count - 1}]")
        else:
            lines.append(f"({_registers(listed)}) = load_words(address, {count})")
        if insn["W"]:  # the base is not listed then
            lines.append("r[n] = r[n] + change & 0xFFFFFFFF")
        captured: dict[str, object] = {"cpu": cpu, "r": cpu.r, "n": insn["Rn"], "lowest": lowest}
        captured |= {"change": change, "load_words": cpu.mem.load_words, "bx_write_pc": bx_write_pc}
        return close("\n".join(lines), **captured)

    return binder


def _store_multiple(up: int, before: int) -> Binder:
    def binder(cpu: Cpu, insn: Insn, pc: int) -> Op:
        listed = _listed(insn["register_list"])
        lowest, change = _span(up, before, len(listed))
        values = _registers([number for number in listed if number != PC])
        if PC in listed:
            values += f"{literal_base(pc, insn.thumb)}, "
        lines = [
            "address = r[n] + lowest & 0xFFFFFFFF" if lowest else "address = r[n]",
            f"store_words(address, ({values}))",
        ]
        if insn["W"]:
            lines.append("r[n] = r[n] + change & 0xFFFFFFFF")
        captured: dict[str, object] = {"r": cpu.r, "n": insn["Rn"], "lowest": lowest, "change": change}
        return close("\n".join(lines), **captured, store_words=cpu.mem.store_words)

    return binder


def _lists_pc(insn: Insn) -> bool:
    return PC in _listed(insn["register_list"])


for _load_name, _store_name, _up, _before in (
    ("LDMDA/LDMFA", "STMDA (STMED)", 0, 0),
    ("LDM/LDMIA/LDMFD", "STM (STMIA, STMEA)", 1, 0),
    ("LDMDB/LDMEA", "STMDB (STMFD)", 0, 1),
    ("LDMIB/LDMED", "STMIB (STMFA)", 1, 1),
):
    binds(_load_name, ends_block=_lists_pc)(_load_multiple(_up, _before))
    binds(_store_name)(_store_multiple(_up, _before))
binds("POP", ends_block=_lists_pc)(_load_multiple(up=1, before=0))
binds("PUSH")(_store_multiple(up=0, before=1))

_USER_BANK = {
    8: "r8_usr",
    9: "r9_usr",
    10: "r10_usr",
    11: "r11_usr",
    12: "r12_usr",
    13: "SP_usr",
    14: "LR_usr",
}
"""The registers that LDM and STM (User registers) take from another mode's bank."""


def _check_user_registers(cpu: Cpu) -> None:
    if cpu.mode == Mode.HYP:
        raise Undefined("LDM and STM (User registers) are UNDEFINED in Hyp mode")
    if in_user_or_system(cpu):
        raise Unpredictable("LDM and STM (User registers) in User or System mode are UNPREDICTABLE")


@binds("LDM (User registers)")
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, n, listed = cpu.r, insn["Rn"], _listed(insn["register_list"])
    lowest, _change = _span(insn["U"], insn["P"], len(listed))
    load = cpu.mem.load32_aligned

    def ldm_user() -> None:
        _check_user_registers(cpu)
        first = r[n] + lowest
        for position, number in enumerate(listed):  # what was loaded before an abort stays (B1.9.8)
            value = load(first + 4 * position & MASK)
            if number in _USER_BANK:
                cpu.write_banked(_USER_BANK[number], value)
            else:
                r[number] = value

    return ldm_user


@binds("STM (User registers)")
def _(cpu: Cpu, insn: Insn, pc: int) -> Op:
    r, n, listed = cpu.r, insn["Rn"], _listed(insn["register_list"])
    lowest, _change = _span(insn["U"], insn["P"], len(listed))
    pc_value, store = literal_base(pc, insn.thumb), cpu.mem.store32_aligned

    def stm_user() -> None:
        _check_user_registers(cpu)
        first = r[n] + lowest
        for position, number in enumerate(listed):
            banked = _USER_BANK.get(number)
            value = cpu.read_banked(banked) if banked else pc_value if number == PC else r[number]
            store(first + 4 * position & MASK, value)

    return stm_user


@binds("LDM (exception return)", ends_block=True)
def _(cpu: Cpu, insn: Insn, _pc: int) -> Op:
    r, n, writeback, listed = cpu.r, insn["Rn"], insn["W"], _listed(insn["register_list"])
    lowest, change = _span(insn["U"], insn["P"], len(listed) + 1)
    load_words = cpu.mem.load_words

    def ldm_return() -> None:
        check_exception_return(cpu)
        base = r[n]
        *values, new_pc = load_words(base + lowest & MASK, len(listed) + 1)
        if writeback:
            r[n] = base + change & MASK
        for number, value in zip(listed, values, strict=True):
            r[number] = value
        exception_return(cpu, new_pc, cpu.spsr)

    return ldm_return
