"""One Python function for several instructions of a hot block.

Most closures are made of lines of Python (:mod:`hypgen.emulator.execute.closures`). Those of
instructions that follow each other are written into one function, the constants that they captured
as literals; what an instruction does is still said in one place. Only the last instruction of such
a function may raise, jump or reach anything but the CPU's own registers, so whoever needs to know
which instruction is being executed need not look inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import NamedTuple

from hypgen.emulator.execute.closures import Op, compiled, source_of

_NAME = r"(?<![\w.]){}(?!\w)"
_CALL = re.compile(r"\w\(")
_REGISTER = re.compile(r"(?<![\w.])r\[\((\d+)\)\]")


Loop = Callable[[int], int]
"""Executes a block that branches to itself, at most so many times, and gives how often it did."""


class Fused(NamedTuple):
    """Functions for a block, and for each which of the block's instructions is its last.

    ``loop`` is there for a block of which nothing may raise, and that may branch to itself.
    """

    ops: tuple[Op, ...]
    last: Sequence[int]
    loop: Loop | None


def fuse(ops: Sequence[Op], va: int, following: int) -> Fused:
    """Write the instructions of the block at ``va``, before the address ``following``, into as few functions
    as may be."""
    functions: list[Op] = []
    last: list[int] = []
    group = _Group()
    loop = None
    for index, op in enumerate(ops):
        if not group.add(op) or index == len(ops) - 1:
            if len(ops) == index + 1 and not functions:
                loop = group.loop(va, following)
            functions.append(group.function())
            last.append(index)
            group = _Group()
    return Fused(tuple(functions), last, loop)


class _Group:
    """Lines of instructions, and the objects that they name."""

    def __init__(self) -> None:
        self._ops: list[Op] = []
        self._pure: list[str] = []
        self._last: list[str] = []
        self._objects: dict[str, object] = {}

    def add(self, op: Op) -> bool:
        """Take an instruction; False if none may follow it."""
        self._ops.append(op)
        lines, pure = self._written(op)
        if pure:
            self._pure += lines
        else:
            self._last = lines
        return pure

    def function(self) -> Op:
        """The function of what was taken; an instruction alone is what it was."""
        if len(self._ops) == 1:
            return self._ops[0]
        loads, lines, stores = _localised("\n".join(self._pure))
        body = "\n".join((*loads, *lines, *stores, *self._last))
        made: Op = compiled(body, tuple(self._objects))(**self._objects)
        return made

    def loop(self, va: int, following: int) -> Loop | None:
        """The instructions as a loop, where they are one: they branch to ``va``, or go on behind."""
        again, body = f"r[15] = ({va})", "\n".join(self._pure)
        if self._last or body.count("r[15]") != 1 or again not in body:
            return None
        turn = [f"pc = {following}", "done += 1", *body.replace(again, f"pc = {va}").split("\n")]
        turn.append(f"if pc != {va} or done == most: break")
        loads, turn, stores = _localised("\n".join(turn))
        lines = [*loads, "done = 0", "while True:", *(f" {line}" for line in turn), *stores]
        made: Loop = compiled("\n".join((*lines, "r[15] = pc", "return done")), tuple(self._objects), "most")(
            **self._objects
        )
        return made

    def _written(self, op: Op) -> tuple[list[str], bool]:
        """An instruction's lines with its constants in them, and whether another may follow."""
        body = source_of(op)
        if body is None:
            return [f"{self._named(op)}()"], False
        captured = _captured(op)
        inner = captured.pop("op", None)
        if isinstance(inner, FunctionType):  # under a condition: "if ...: op()"
            lines, pure = self._written(inner)
            head = self._filled(body.removesuffix(" op()"), captured)[0]
            return [head, *(f" {line}" for line in lines)], pure
        return self._filled(body, captured), _CALL.search(body) is None

    def _filled(self, body: str, captured: dict[str, object]) -> list[str]:
        for name, value in captured.items():
            text = f"({value})" if isinstance(value, int) else self._named(value, name)
            body = re.sub(_NAME.format(name), text, body)
        return body.split("\n")

    def _named(self, value: object, name: str = "op") -> str:
        """The name of an object, which is that under which it was captured, and a number if that is taken."""
        for known, one in self._objects.items():
            if one is value:
                return known
        if name in self._objects or name == "op":
            name = f"{name}_{len(self._objects)}"
        self._objects[name] = value
        return name


def _localised(body: str) -> tuple[list[str], list[str], list[str]]:
    """Statements with the registers that they use in local variables, which are much faster.

    Gives what loads these, the statements, and what stores those that are written.
    """
    used = sorted(set(_REGISTER.findall(body)), key=int)
    body = _REGISTER.sub(r"r\1", body)
    written = [number for number in used if re.search(rf"(?<!\w)r{number} [&|^+-]?=(?!=)", body)]
    loads = [f"r{number} = r[{number}]" for number in used]
    return loads, body.split("\n"), [f"r[{number}] = r{number}" for number in written]


def _captured(op: Op) -> dict[str, object]:
    """The names that a closure captured, and their values."""
    assert isinstance(op, FunctionType)
    cells = op.__closure__ or ()
    return {name: cell.cell_contents for name, cell in zip(op.__code__.co_freevars, cells, strict=True)}
