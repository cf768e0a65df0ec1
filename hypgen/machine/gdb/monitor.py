"""``monitor`` commands of gdb: what the protocol has no packets for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hypgen.arch.psr import MODES
from hypgen.emulator.faults import Fault
from hypgen.emulator.translation import Step
from hypgen.errors import NotModelledError
from hypgen.machine.gdb import target
from hypgen.units import PhysAddr, VirtAddr

if TYPE_CHECKING:
    from hypgen.machine.debugger import Debugger
    from hypgen.machine.machine import Machine

REGIMES = ("hyp", "pl1", "secure-pl1")
SHOWN = 20
"""Exceptions that are listed unless a number is given."""


class UsageError(Exception):
    """The arguments are wrong; the text says how."""


class Command(NamedTuple):
    """A command: how it is written, one line of help, and what performs it."""

    usage: str
    help: str
    perform: Callable[[Debugger, int, Sequence[str]], str]


def perform(debugger: Debugger, cpu: int, line: str) -> str:
    """Perform a command line for the selected CPU; gives the text to print. Never raises for wrong input."""
    name, *arguments = line.split() or ["help"]
    command = COMMANDS.get(name)
    if command is None:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"did you mean {near[0]}?" if near else "monitor help lists them"
        return f"there is no monitor command {name!r} ({hint})\n"
    try:
        return command.perform(debugger, cpu, arguments) + "\n"
    except UsageError as error:
        return f"{error}; usage: monitor {command.usage}\n"
    except NotModelledError as error:
        return f"{error.diagnostics[0].sentence}\n"


def _help(_debugger: Debugger, _cpu: int, _arguments: Sequence[str]) -> str:
    width = max(len(command.usage) for command in COMMANDS.values())
    return "\n".join(f"{command.usage:<{width}}  {command.help}" for command in COMMANDS.values())


def _address(debugger: Debugger, cpu: int, text: str) -> int:
    """An address: a number, a symbol of the image, or a register of the CPU as gdb names it; only a register
    after ``$``."""
    image, name = debugger.machine.image, text.removeprefix("$")
    if image is not None and text in image.symbols:
        return image.symbols[text].address
    register = next((one for one in target.registers() if one.name == name), None)
    if register is not None:
        value = register.read(debugger.machine.cpus[cpu])
    else:
        try:
            value = int(text, 0)
        except ValueError:
            raise UsageError(f"{text!r} is neither a number, a symbol of the image nor a register") from None
    if not 0 <= value < 1 << 32:
        raise UsageError(f"{text} is no 32-bit address")
    return value


def _translate(debugger: Debugger, cpu: int, arguments: Sequence[str]) -> str:
    if not 1 <= len(arguments) <= 2:
        raise UsageError("an address is needed")
    regime = arguments[1] if len(arguments) == 2 else None
    if regime is not None and regime not in REGIMES:
        raise UsageError(f"{regime!r} is no regime")
    outcome = debugger.machine.translate(cpu, _address(debugger, cpu, arguments[0]), regime)
    if isinstance(outcome, Fault):
        level = f", level {outcome.level}" if outcome.level else ""
        why = f": {outcome.why}" if outcome.why else ""
        return f"{VirtAddr(outcome.va)}: {outcome.kind.value}{level}{why}"
    second = outcome.second
    steps = (*outcome.steps, *(second.steps if second is not None else ()))
    lines = [_step(step) for step in dict.fromkeys(steps)] or ["the MMU is off"]
    allowed = "".join(
        letter if granted else "-"
        for letter, granted in zip(
            "rwx", (outcome.readable, outcome.writable, outcome.executable), strict=True
        )
    )
    place = debugger.machine.bus.what(outcome.pa)
    through = f" by IPA {second.ipa}, stage 2 {second.permissions}" if second is not None else ""
    to = f"{outcome.va} -> {outcome.pa} ({place}){through}"
    lines.append(f"{to}, {outcome.regime.value}, {allowed}, {outcome.attributes}")
    return "\n".join(lines)


def _step(step: Step) -> str:
    place = f"stage {step.stage} level {step.level}: {PhysAddr(step.address)}"
    return f"{place}: {step.descriptor:#018x} {step.kind}"


def _tlb(debugger: Debugger, cpu: int, _arguments: Sequence[str]) -> str:
    """Pages whose translation was used and not forgotten since; a real TLB may hold fewer."""
    machine = debugger.machine
    system = machine.cpus[cpu].system
    lines = []
    for context, page, uses in system.translations_in_use():
        outcome = system.translate(page << 12, regime=context.regime)
        to = "?" if isinstance(outcome, Fault) else str(outcome.pa)
        level = "privileged" if context.privileged else "User mode"
        lines.append(f"{VirtAddr(page << 12)} -> {to} {uses} {context.regime.value}, {level}")
    return "\n".join(lines) or "no translation is in use"


def _exceptions(debugger: Debugger, _cpu: int, arguments: Sequence[str]) -> str:
    try:
        count = int(arguments[0]) if arguments else SHOWN
    except ValueError:
        raise UsageError(f"{arguments[0]!r} is not a number") from None
    machine = debugger.machine
    lines = [_exception(machine, index) for index in range(len(machine.exceptions))[-count:]]
    return "\n".join(lines) or "no exception was taken"


def _exception(machine: Machine, index: int) -> str:
    taken = machine.exceptions[index]
    image = machine.image
    where = image.symbolize(taken.pc) if image is not None else f"{taken.pc:#010x}"
    source, to = (
        MODES[mode].suffix if mode in MODES else hex(mode) for mode in (taken.from_mode, taken.to_mode)
    )
    hsr = f", HSR {taken.hsr:#010x}" if taken.hsr is not None else ""
    far = f", FAR {taken.far:#010x}" if taken.far is not None else ""
    why = f": {taken.why}" if taken.why else ""
    return (
        f"{index}: CPU {taken.cpu}, {taken.kind} at {taken.pc:#010x} ({where}), {source} to {to}, "
        f"vector {taken.vector_pc:#010x}{hsr}{far}{why}"
    )


def _findings(debugger: Debugger, _cpu: int, _arguments: Sequence[str]) -> str:
    machine = debugger.machine
    if machine.mode != "strict":
        return "the machine runs without the strict rules (hypgen run --strict applies them)"
    return "\n".join(str(one) for one in machine.findings) or "the strict rules found nothing"


def _reset(debugger: Debugger, _cpu: int, _arguments: Sequence[str]) -> str:
    debugger.reset()
    return "the machine is as it was at the start; breakpoints stay"


COMMANDS = {
    "help": Command("help", "list these commands", _help),
    "translate": Command(
        "translate ADDRESS|SYMBOL|REGISTER [hyp|pl1|secure-pl1]",
        "walk the tables for a virtual address",
        _translate,
    ),
    "tlb": Command("tlb", "translations in use, by page", _tlb),
    "exceptions": Command("exceptions [COUNT]", "the exceptions that were taken last", _exceptions),
    "findings": Command("findings", "what the strict rules found", _findings),
    "reset": Command("reset", "begin again", _reset),
}
