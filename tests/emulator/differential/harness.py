"""The program that executes cases in QEMU: A32, in Monitor mode, written with GNU as.

For each case it sets every register from the case's record and enters the case by an exception
return. Each vector stores what it must into memory beside it, without needing a register, and goes
to Monitor mode, which writes the record of what it finds. At the end it writes all that to a file,
by semihosting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypgen.emulator.cp15 import row_of
from tests.emulator.differential.case import (
    BANKED,
    CONTROLS,
    EXTENSION,
    GENERAL,
    GROUP_SIZE,
    GROUPS,
    INPUT,
    OUTPUT,
    RECORD,
    SCRATCH_SIZE,
    VECTOR_BASES,
    WIDE,
    offsets,
)
from tests.emulator.differential.values import SCTLR

START = 0x4020_0000
CURSOR = START + 4
"""Where the program keeps the address of the record of the case after the current one."""
INPUTS = 0x4100_0000
OUTPUTS = 0x4200_0000
MEMORY = 0x4300_0000
"""Where the scratch memory of the cases is gathered for the file."""


_PAIR = {"mcr": "mcrr", "mrc": "mrrc"}


def _access(direction: str, stored: str, register: str = "r4", high: str = "r5") -> str:
    """MCR or MRC (``direction``) of a system register, in the state that its name says; of both words
    of a long one."""
    row = row_of(stored)
    if row.coprocessor == 10:
        operands = f"{row.name}, {register}" if direction == "mcr" else f"{register}, {row.name}"
        return f"{'vmsr' if direction == 'mcr' else 'vmrs'} {operands}"
    if stored in WIDE:
        assert row.pair is not None
        opc1, crm = row.pair
        return f"{_PAIR[direction]} p15, {opc1}, {register}, {high}, c{crm}"
    assert row.single is not None
    opc1, crn, crm, opc2 = row.single
    return f"{direction} p15, {opc1}, {register}, c{crn}, c{crm}, {opc2}"


def _state(stored: str) -> int:
    """SCR.NS with which Monitor mode reaches a register."""
    return 0 if stored.endswith("_S") or stored in _SECURE else 1


_FLOAT = ("FPEXC", "FPSCR")
_SECURE = frozenset({"SCR", "MVBAR", "SDER", "NSACR", "CPACR", "CNTFRQ", *_FLOAT})
_NO_FLOAT = frozenset({"NSACR", "CPACR", "FPSCR", "FPEXC"})
"""Registers that decide whether there is floating-point: set last, and read first."""
_EVERYTHING = """
 mov r4, #0x00f00000
 mcr p15, 0, r4, c1, c0, 2
 isb"""
_ENABLED = """
 mov r4, #0x40000000
 vmsr fpexc, r4"""


def _set_scr(bits: str) -> list[str]:
    return [f"mov r4, #{bits}", _access("mcr", "SCR"), "isb"]


def _load(stored: str, at: int) -> list[str]:
    high = [f"ldr r5, [r0, #{at + 4}]"] if stored in WIDE else []
    return [f"ldr r4, [r0, #{at}]", *high]


def _set(names: Sequence[str], places: Mapping[str, int]) -> list[str]:
    """Give system registers the values that a record has for them; SCR itself has its value at the end."""
    ns, lines = 0, _set_scr("0x100")
    for stored in names:
        if _state(stored) != ns and stored != "SCR":
            ns = _state(stored)
            lines += _set_scr(f"0x100 + {ns}")
        lines += [*_load(stored, places[stored]), _access("mcr", stored)]
    return lines


def _get(names: Sequence[str], places: Mapping[str, int]) -> list[str]:
    """Store system registers in a record."""
    ns, lines = 0, _set_scr("0x100")
    for stored in names:
        if _state(stored) != ns:
            ns = _state(stored)
            lines += _set_scr(f"0x100 + {ns}")
        lines += [_access("mrc", stored), f"str r4, [r0, #{places[stored]}]"]
        if stored in WIDE:
            lines.append(f"str r5, [r0, #{places[stored] + 4}]")
    return lines


_FORGET_TRANSLATIONS = [
    *_set_scr("0x101"),
    "mcr p15, 0, r4, c8, c7, 0",
    "mcr p15, 4, r4, c8, c7, 0",
    "mcr p15, 4, r4, c8, c7, 4",
    *_set_scr("0x100"),
    "mcr p15, 0, r4, c8, c7, 0",
    "dsb",
    "isb",
]
_FORGET_COUNTERS = """
 mov r4, #6
 mcr p15, 0, r4, c9, c12, 0
 mvn r4, #0
 mcr p15, 0, r4, c9, c12, 2
 mcr p15, 0, r4, c9, c12, 3
 mcr p15, 0, r4, c9, c14, 2
 mov r5, #0
 mov r4, #31
1: mcr p15, 0, r4, c9, c12, 5
 mcr p15, 0, r5, c9, c13, 1
 subs r4, r4, #1
 bpl 1b"""
"""No counter enabled, overflown or with a type."""
_MMU_OFF = [*_set_scr("0x100"), f"ldr r4, ={SCTLR:#x}", _access("mcr", "SCTLR_S"), "isb"]


def _vector_table(name: str, base: int) -> str:
    slots = "\n".join(f"b {name}_{slot:x}" for slot in range(0, 0x20, 4))
    handlers = []
    for slot in range(0, 0x20, 4):
        handlers.append(f"""
{name}_{slot:x}:
 str r0, {name}_r0_again
 mrs r0, cpsr
 setend le
 str r0, {name}_cpsr_again
 tst r0, #0x200
 ldr r0, {name}_r0_again
 revne r0, r0
 str r0, {name}_r0_again""")
        if (name, slot) in (("MON", 8), ("HYP", 0x14)):
            there = "dump" if name == "MON" else f"{name}_on"
            handlers.append(f"""
 ldr r0, =phase
 ldr r0, [r0]
 cmp r0, #1
 beq {there}""")
        handlers.append(f"""
 ldr r0, ={base + slot:#x}
 b {name}_common""")
    to_monitor = {"S": "cps #0x16\n b dump", "MON": "b dump"}.get(
        name, "ldr r0, =phase\n mov r1, #1\n str r1, [r0]\n smc #0"
    )
    registers = "\n".join(f" str r{number}, {name}_r{number}" for number in range(1, 13))
    return f"""
 .org {base - START:#x}
{slots}
{"".join(line + chr(10) for line in handlers)}
{name}_common:
{registers}
 ldr r1, {name}_r0_again
 str r1, {name}_r0
 ldr r1, =slot
 str r0, [r1]
 ldr r0, {name}_cpsr_again
 str r0, [r1, #4]
 adr r0, {name}_r0
 str r0, [r1, #8]
{name}_on:
 {to_monitor}
 .balign 4
{"".join(f"{name}_r{number}: .word 0{chr(10)}" for number in range(13))}
{name}_r0_again: .word 0
{name}_cpsr_again: .word 0
 .ltorg
"""


def program(cases: int) -> str:
    """The assembly of the program for so many cases."""
    inputs, outputs = offsets(INPUT), offsets(OUTPUT)
    enter = [*_MMU_OFF, _EVERYTHING, _ENABLED, f"add r1, r0, #{EXTENSION}"]
    enter += ["vldmia r1!, {d0-d15}", "vldmia r1!, {d16-d31}"]
    for bank in BANKED:
        load = f" ldr r1, [r0, #{inputs[bank]}]"
        enter.append(f"{load}\n mov sp, r1" if bank == "SP_mon" else f"{load}\n msr {bank}, r1")
    enter += [*_FORGET_TRANSLATIONS, _FORGET_COUNTERS]
    # FPSCR while FPEXC still allows it, and SCTLR_S, which turns the MMU on, when all else is done
    first = [name for name in CONTROLS if name not in _NO_FLOAT and name not in ("SCR", "SCTLR_S")]
    enter += _set([*first, "SCTLR_S", "FPSCR", "FPEXC", "NSACR", "CPACR", "SCR"], inputs)
    leave = [_access("mrc", "SCR"), f"str r4, [r0, #{outputs['SCR']}]"]
    leave += ["mov r1, sp", f"str r1, [r0, #{outputs['SP_mon']}]", f"str lr, [r0, #{outputs['LR_mon']}]"]
    leave += ["mrs r1, spsr", f"str r1, [r0, #{outputs['SPSR_mon']}]"]
    for bank in BANKED:
        if bank != "SP_mon":
            leave += [f"mrs r1, {bank}", f"str r1, [r0, #{outputs[bank]}]"]
    leave += [*_get(["CPACR", "NSACR"], outputs), _EVERYTHING, *_get(["FPEXC"], outputs), _ENABLED]
    leave += _get([name for name in CONTROLS if name not in ("CPACR", "NSACR", "FPEXC", "SCR")], outputs)
    leave += [f"add r1, r0, #{EXTENSION}", "vstmia r1!, {d0-d15}", "vstmia r1!, {d16-d31}"]
    return f"""
 .syntax unified
 .arch armv7-a
 .arch_extension virt
 .arch_extension sec
 .fpu neon-vfpv4
 .arm
_start:
 b 1f
cursor: .word {INPUTS:#x}
1:
 cps #0x16
next:
 ldr r0, =cursor
 ldr r0, [r0]
 ldr r1, ={INPUTS + RECORD * cases:#x}
 cmp r0, r1
 beq finish
 ldr r1, =phase
 mov r2, #0
 str r2, [r1]
 {chr(10).join(enter)}
 isb
 ldr lr, [r0, #{inputs["PC"]}]
 ldr r1, [r0, #{inputs["CPSR"]}]
 msr spsr_fsxc, r1
 ldm r0, {{r0-r12}}
 movs pc, lr
 .ltorg
dump:
 ldr r0, =cursor
 ldr r1, [r0]
 add r2, r1, #{RECORD}
 str r2, [r0]
 ldr r2, ={OUTPUTS - INPUTS:#x}
 add r0, r1, r2
 {chr(10).join(leave)}
 ldr r3, =slot
 ldr r1, [r3]
 str r1, [r0, #{outputs["vector"]}]
 ldr r1, [r3, #4]
 str r1, [r0, #{outputs["CPSR"]}]
 ldr r3, [r3, #8]
 mov r2, #0
1: ldr r1, [r3, r2]
 str r1, [r0, r2]
 add r2, r2, #4
 cmp r2, #{4 * GENERAL.index("r8_usr")}
 bne 1b
 add r1, r0, r2
 stm r1, {{r8-r12}}
 b next
finish:
 ldr r0, ={GROUPS:#x}
 ldr r1, ={MEMORY:#x}
 ldr r2, ={cases}
1: mov r3, #0
2: ldr r4, [r0, r3]
 str r4, [r1, r3]
 add r3, r3, #4
 cmp r3, #{SCRATCH_SIZE}
 bne 2b
 add r0, r0, #{GROUP_SIZE}
 add r1, r1, #{SCRATCH_SIZE}
 subs r2, r2, #1
 bne 1b
 mov r0, #1
 ldr r1, =open
 svc #0x123456
 ldr r1, =write
 str r0, [r1]
 mov r0, #5
 svc #0x123456
 ldr r1, =write_memory
 ldr r2, =write
 ldr r2, [r2]
 str r2, [r1]
 mov r0, #5
 svc #0x123456
 mov r0, #0x18
 ldr r1, =0x20026
 svc #0x123456
 b .
 .balign 4
phase: .word 0
slot: .word 0, 0, 0
open: .word name, 5, 7
write: .word 0, {OUTPUTS:#x}, {RECORD * cases}
write_memory: .word 0, {MEMORY:#x}, {SCRATCH_SIZE * cases}
name: .asciz "out.bin"
 .ltorg
{"".join(_vector_table(name, base) for name, base in VECTOR_BASES.items())}
"""
