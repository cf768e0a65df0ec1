"""The program that executes cases in QEMU: A32, in Monitor mode, written with GNU as.

For each case it sets every register from the case's record and enters the case by an exception
return. Each vector stores what it must into memory beside it, without needing a register, and goes
to Monitor mode, which writes the record of what it finds. At the end it writes all that to a file,
by semihosting.
"""

from __future__ import annotations

from hypgen.arch.registers import BY_NAME
from tests.emulator.differential.case import (
    BANKED,
    CONTROLS,
    GENERAL,
    GROUP_SIZE,
    GROUPS,
    INPUT,
    OUTPUT,
    RECORD,
    SCRATCH_SIZE,
    VECTOR_BASES,
)
from tests.emulator.differential.tables import FIXED

START = 0x4020_0000
CURSOR = START + 4
"""Where the program keeps the address of the record of the case after the current one."""
INPUTS = 0x4100_0000
OUTPUTS = 0x4200_0000
MEMORY = 0x4300_0000
"""Where the scratch memory of the cases is gathered for the file."""


def _access(direction: str, stored: str, register: str) -> str:
    """MCR or MRC (``direction``) of a system register, in the state that its name says."""
    row = BY_NAME.get(stored) or BY_NAME[stored.removesuffix("_NS").removesuffix("_S")]
    if row.single is None or row.width == 64:
        opc1, crm = row.pair
        assert direction == "mcr"
        return f"mov r3, #0\n mcrr p15, {opc1}, {register}, r3, c{crm}"
    opc1, crn, crm, opc2 = row.single
    return f"{direction} p15, {opc1}, {register}, c{crn}, c{crm}, {opc2}"


def _state(stored: str) -> int:
    """SCR.NS with which Monitor mode reaches a register."""
    return 0 if stored.endswith("_S") or stored in ("SCR", "MVBAR", "NSACR", "CPACR") else 1


def _set_scr(bits: str) -> list[str]:
    return [f"mov r2, #{bits}", _access("mcr", "SCR", "r2"), "isb"]


def _fixed() -> list[str]:
    lines = []
    for stored, value in FIXED.items():
        lines += [
            *_set_scr(f"0x100 + {_state(stored)}"),
            f"ldr r1, ={value:#x}",
            _access("mcr", stored, "r1"),
        ]
    return lines


def _vector_table(name: str, base: int) -> str:
    slots = "\n".join(f"b {name}_{slot:x}" for slot in range(0, 0x20, 4))
    handlers = []
    for slot in range(0, 0x20, 4):
        handlers.append(f"{name}_{slot:x}:")
        if (name, slot) in (("MON", 8), ("HYP", 0x14)):
            there = "dump" if name == "MON" else f"{name}_on"
            handlers.append(f"""
 str r0, {name}_r0_again
 mrs r0, cpsr
 str r0, {name}_cpsr
 ldr r0, =phase
 ldr r0, [r0]
 cmp r0, #1
 beq {there}
 ldr r0, {name}_cpsr
 msr cpsr_f, r0
 ldr r0, {name}_r0_again""")
        handlers.append(f"""
 str r0, {name}_r0
 mrs r0, cpsr
 str r0, {name}_cpsr
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
 ldr r1, =slot
 str r0, [r1]
 ldr r0, {name}_cpsr
 str r0, [r1, #4]
 adr r0, {name}_r0
 str r0, [r1, #8]
{name}_on:
 {to_monitor}
 .balign 4
{"".join(f"{name}_r{number}: .word 0{chr(10)}" for number in range(13))}
{name}_r0_again: .word 0
{name}_cpsr: .word 0
 .ltorg
"""


def program(cases: int) -> str:
    """The assembly of the program for so many cases."""
    offsets = {name: 4 * place for place, name in enumerate(INPUT)}
    outputs = {name: 4 * place for place, name in enumerate(OUTPUT)}
    enter = []
    for bank in BANKED:
        load = f" ldr r1, [r0, #{offsets[bank]}]"
        enter.append(f"{load}\n mov sp, r1" if bank == "SP_mon" else f"{load}\n msr {bank}, r1")
    ns = 0
    enter += _set_scr("0x100")
    for stored in CONTROLS:
        if _state(stored) != ns and stored != "SCR":
            ns = _state(stored)
            enter += _set_scr(f"0x100 + {ns}")
        enter += [f"ldr r1, [r0, #{offsets[stored]}]", _access("mcr", stored, "r1")]
    leave = [_access("mrc", "SCR", "r1"), f"str r1, [r0, #{outputs['SCR']}]"]
    leave += ["mov r1, sp", f"str r1, [r0, #{outputs['SP_mon']}]", f"str lr, [r0, #{outputs['LR_mon']}]"]
    leave += ["mrs r1, spsr", f"str r1, [r0, #{outputs['SPSR_mon']}]"]
    for bank in BANKED:
        if bank != "SP_mon":
            leave += [f"mrs r1, {bank}", f"str r1, [r0, #{outputs[bank]}]"]
    for stored in CONTROLS:
        if stored == "SCR":
            continue
        leave += [*_set_scr(f"0x100 + {_state(stored)}"), _access("mrc", stored, "r1")]
        leave.append(f"str r1, [r0, #{outputs[stored]}]")
    return f"""
 .syntax unified
 .arch armv7-a
 .arch_extension virt
 .arch_extension sec
 .arm
_start:
 b 1f
cursor: .word {INPUTS:#x}
1:
 cps #0x16
 {chr(10).join(_fixed())}
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
 ldr lr, [r0, #{offsets["PC"]}]
 ldr r1, [r0, #{offsets["CPSR"]}]
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
 cmp r2, #{4 * len(GENERAL)}
 bne 1b
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
