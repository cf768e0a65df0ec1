"""SMP: two CPUs that use one stack (DDI 0406C B1.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.errors import Severity

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu
    from hypgen.emulator.strict.observer import StrictRules
    from hypgen.emulator.strict.order import Stored

STACK = Rule(
    "SMP-004",
    "two CPUs use one stack",
    Severity.ERROR,
    "DDI 0406C B1.3.2, ARM core registers (SP is banked by mode, not by CPU's memory)",
    "The store goes through SP to bytes that another CPU stored through its SP, and nothing orders the two: "
    "each CPU needs a stack of its own. Give SP by the CPU's number, from MPIDR.",
    "both CPUs: ldr sp, =stack_top; push {r0}",
    "each CPU: sp = stack_top - index * size; push {r0}",
)

_SP = 13


def through_stack(cpu: Cpu, va: int) -> bool:
    """Whether an address is near a CPU's SP."""
    return 0 <= va - (cpu.r[_SP] - 64) & 0xFFFF_FFFF < 128


def tell_of_stack(rules: StrictRules, va: int, last: Stored, access: str) -> None:
    """Once: what else CPUs store there follows from that. ``access`` is this CPU's, ``last`` the other's."""
    if any(one.rule == STACK.id for one in rules.findings):
        return
    pc = rules.system.current_pc()
    rules.report(
        Finding(
            STACK.id,
            STACK.severity,
            f"{access} {va:#010x} goes to another CPU's stack, made by CPU {last.cpu}, and nothing "
            "orders the two",
            pc,
            rules.system.cpu.index,
            (Event(last.pc, f"store by CPU {last.cpu}"),),
            (),
            "give each CPU a stack of its own",
        ),
        once=(STACK.id, last.pc, pc),
    )
