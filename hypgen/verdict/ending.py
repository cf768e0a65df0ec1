"""Whether a run that came to rest did so after an exception that nothing handled.

A handler that is ``b .``, or that says something and then stays where it is, looks like boot code that is
done: both are a branch to itself. Told apart by what came before: an abort or an Undefined Instruction
exception that nothing has returned from, or any exception at whose very vector the CPU rests. The second is
a bad end. The first is told only: a handler may be where a test of the image's protection was to come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypgen.arch.psr import Mode
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.emulator.strict.observer import StrictRules
from hypgen.machine.machine import Machine

_FATAL = frozenset({"Undefined", "PrefetchAbort", "DataAbort", "AsynchronousAbort"})
_WANTED = 16
"""Bytes behind the write that turns the MMU on, where an image without an identity map aborts on purpose."""


class Ending(NamedTuple):
    """The exception that a CPU rests after, as a sentence, and whether it rests at the vector itself."""

    sentence: str
    at_vector: bool


class Unhandled:
    """Watches a machine's exceptions and returns."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._open: dict[int, list[ExceptionTaken]] = {cpu.index: [] for cpu in machine.cpus}
        machine.on_exception.append(self._taken)
        for cpu in machine.cpus:
            cpu.system.on_return.append(self._returned)

    def ending(self, symbolize: Callable[[int], str]) -> Ending | None:
        """How the first CPU rests that rests in a handler; None if there is none."""
        for cpu in self._machine.cpus:
            for taken in reversed(self._open[cpu.index]):
                at_vector = cpu.r[15] == taken.vector_pc
                if taken.kind in _FATAL or at_vector:
                    where = "at the vector" if at_vector else "in the handler"
                    why = f", {taken.why}" if taken.why else ""
                    sentence = (
                        f"CPU {cpu.index} rests {where} of an exception that nothing returned from: "
                        f"{taken.kind} at {symbolize(taken.pc)} ({taken.pc:#010x}){why}"
                    )
                    return Ending(sentence, at_vector)
        return None

    def _taken(self, taken: ExceptionTaken) -> None:
        if not (taken.kind == "PrefetchAbort" and self._on_purpose(taken)):
            self._open[taken.cpu].append(taken)

    def _on_purpose(self, taken: ExceptionTaken) -> bool:
        """Whether the fetch aborts right behind the write that turns the MMU on, to go on at the vector."""
        observer = self._machine.cpus[taken.cpu].system.observer
        if not isinstance(observer, StrictRules):
            return False
        names = ("HSCTLR",) if taken.to_mode == Mode.HYP else ("SCTLR_NS", "SCTLR_S")
        written = (observer.written.get(name) for name in names)
        return any(one is not None and 0 < taken.pc - one <= _WANTED for one in written)

    def _returned(self, cpu: Cpu) -> None:
        if self._open[cpu.index]:
            self._open[cpu.index].pop()
