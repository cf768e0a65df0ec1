"""What is known at a place of a function of hot code, and what its lines become by that.

:mod:`hypgen.emulator.traces` goes through the traces of a region with a :class:`Known`:

- a register that holds a constant is one, and so is what is computed from constants: most addresses of
  devices, and what is loaded relative to the PC;
- flags of a subtraction stay *stale*: the variables ``vp`` and ``vq`` say what they are, and ``fx``, ``c``
  and ``vs`` are assigned only where somebody needs them otherwise;
- what a device shows or takes is a variable of its own until something else may have been called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from hypgen.emulator.rewriting import DIFFERENCE, NAME, Text, test

STALE = frozenset(("fx", "c", "vs"))
"""The variables of flags that ``vp`` and ``vq`` can stand for."""
CARRIED = ((0, 1), (0, 0x8000_0000)), ((0, 0), (0x8000_0000, 1))
"""By C and V: what may be subtracted from what to leave them."""

_ASSIGNMENT = re.compile(r"(\w+) = (.*)")
_PURE = re.compile(r"(?:0x[\dA-F]+|\d+|[()+\-*&|^~<>=! ])+")
"""An expression of constants."""
_TEMPORARY = frozenset(("address", "target"))
"""Names that nothing asks for behind their instruction, but the emitter for ``target``."""
_BYTE = re.compile(r"RB\[.*\]\[.*\]")
_TAKES = re.compile(r"(if direct: direct\[0\])\(\((\w+)\) & 0xFF\)")
_DEVICE = re.compile(r"direct = (RS|WT)\.get\((\d+)\)")
_NEEDED = {number: frozenset(NAME.findall(str(test(number, False)))) & STALE for number in range(14)}
"""By condition: the variables of flags that it asks for."""


class Known:
    """What holds at one place, whichever way it was come to."""

    __slots__ = ("constants", "devices", "narrow", "result", "stale")

    def __init__(
        self,
        constants: dict[str, int] | None = None,
        devices: Iterable[str] = (),
        stale: Iterable[str] = (),
    ) -> None:
        self.constants = dict(constants or ())
        """Values of variables."""
        self.devices = set(devices)
        """The variables that hold what a device shows or takes, as :func:`device_of` names them."""
        self.stale = set(stale)
        """The variables of flags that are what ``vp`` less ``vq`` gives."""
        self.narrow: set[str] = set()
        """Registers that hold a byte."""
        self.result = ""
        """The register that holds ``vp`` less ``vq``, if one does."""

    def copy(self) -> Known:
        """The same, to go on from separately."""
        made = Known(self.constants, self.devices, self.stale)
        made.narrow, made.result = set(self.narrow), self.result
        return made

    def meet(self, other: Known) -> None:
        """Know only what the other does, too; of flags both know the same."""
        self.constants = dict(self.constants.items() & other.constants.items())
        self.devices &= other.devices
        self.narrow &= other.narrow
        if self.result != other.result:
            self.result = ""

    def forget(self, stale: Iterable[str]) -> None:
        """Anything was called: registers have other values, and flags are as ``stale`` says."""
        self.constants, self.devices, self.narrow, self.result = {}, set(), set(), ""
        self.stale = set(stale)

    # -- flags ---------------------------------------------------------------------------------------
    def test(self, condition: int | str) -> str:
        """A condition as an expression, behind :meth:`settled` for it."""
        if isinstance(condition, str):
            return self.substituted(condition)
        if self.stale < STALE:
            return test(condition, False)
        if condition < 2 and (self.result or self.constants.get("vq") == 0):  # EQ and NE
            return f"{'' if condition else 'not '}{self.result or 'vp'}"
        asked = self.substituted(test(condition, True))
        return str(bool(_value(asked))) if _PURE.fullmatch(asked) else asked

    def needs(self, condition: int | str) -> list[str]:
        """The lines that have to precede a condition."""
        if isinstance(condition, str):
            return []
        return [] if self.stale >= STALE else self.settled(_NEEDED[condition])

    def settled(self, names: Iterable[str]) -> list[str]:
        """The lines that assign those of some variables of flags that are stale, and are not behind them."""
        lines = []
        for name in ("fx", "c", "vs"):
            if name in self.stale and name in names:
                self.stale.discard(name)
                lines.append(f"{name} = {self.substituted(self._value(name))}")
        return lines

    def _value(self, name: str) -> str:
        if name == "c":
            return "vp >= vq"
        return self.result or ("vp" if self.constants.get("vq") == 0 else DIFFERENCE)

    # -- instructions --------------------------------------------------------------------------------
    def before(self, text: Text) -> list[str]:
        """The lines that have to precede those of an instruction, as these ask for flags."""
        read, written = _read_and_written(tuple(text.lines))
        if text.compares is not None and text.condition is not None:
            return self.settled(STALE)
        if not self.stale:
            return []
        if text.compares is False and "vp" in written:
            return self.settled(read | STALE - written)
        return self.settled(read)

    def after(self, text: Text) -> None:
        """The flags of an instruction, whose lines were made by :meth:`executed`."""
        if text.compares:
            self.stale = set(STALE)
        else:
            self.stale -= {name for line in text.lines for name in _assigned(line)}

    def executed(self, lines: Sequence[str]) -> list[str]:
        """What the lines of an instruction come to, if it is executed here."""
        left: list[str] = []
        device = ""
        for line in _direct(tuple(lines)):
            assigned = _ASSIGNMENT.fullmatch(line)
            if assigned is not None:
                made = self._assigned(*assigned.groups())
            else:
                made = self._other(line)
            found = _DEVICE.fullmatch(made)
            if found is not None:
                device = f"{found[1]}_{found[2]}"
                made = "" if device in self.devices else made.replace("direct", device, 1)
                self.devices.add(device)
            elif device:
                made = re.sub(r"\bdirect\b", device, made)
            if made:
                left.append(made)
        return left

    def substituted(self, text: str) -> str:
        """The text with constants for names."""
        if not any(name in text for name in self.constants):
            return text

        def value(found: re.Match[str]) -> str:
            constant = self.constants.get(found[0])
            if constant is None:
                return found[0]
            return f"({constant})" if text[found.end() : found.end() + 1] == "." else str(constant)

        return NAME.sub(value, text)

    def _assigned(self, name: str, value: str) -> str:
        """The line that assigns ``value``; empty if nobody will ask for it."""
        value = self.substituted(value)
        self._changed(name)
        if _PURE.fullmatch(value):
            constant = _value(value)
            if constant >= 0:
                self.constants[name] = constant
                return "" if name in _TEMPORARY else f"{name} = {constant}"
        if _BYTE.fullmatch(value):
            self.narrow.add(name)
        if value == self.substituted(DIFFERENCE):
            self.result = name
        return f"{name} = {value}"

    def _other(self, line: str) -> str:
        """A line that is no plain assignment."""
        left, assigns, right = line.partition(" = ")
        if not assigns or "[" in left:
            takes = _TAKES.fullmatch(line)
            if takes is not None and takes[2] in self.narrow:
                return f"{takes[1]}({takes[2]})"
            return self.substituted(line)
        right = self.substituted(right)
        for name in _assigned(line):
            self._changed(name)
        return f"{left} = {right}"

    def _changed(self, name: str) -> None:
        self.constants.pop(name, None)
        self.narrow.discard(name)
        if name in (self.result, "vp", "vq"):
            self.result = ""


@lru_cache(maxsize=4096)
def _value(constants: str) -> int:
    """The value of an expression of constants."""
    return int(eval(constants, {}))


def device_of(name: str) -> str:
    """The line that gives a variable of :attr:`Known.devices` its value anew."""
    kind, _, address = name.partition("_")
    return f"{name} = {kind}.get({address})"


@lru_cache(maxsize=4096)
def _assigned(line: str) -> tuple[str, ...]:
    """The variables that a line assigns."""
    left, assigns, _ = line.partition(" = ")
    return tuple(NAME.findall(left)) if assigns and "[" not in left else ()


@lru_cache(maxsize=4096)
def _read_and_written(lines: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The names that lines ask for before they assign them, and those that they assign."""
    read: set[str] = set()
    written: set[str] = set()
    for line in lines:
        left, assigns, right = line.partition(" = ")
        read |= {*NAME.findall(right if assigns else left)} - written
        written.update(NAME.findall(left) if assigns else ())
    return frozenset(read), frozenset(written)


def assigned(lines: Iterable[str]) -> set[str]:
    """The variables that lines assign."""
    return {name for line in lines for name in _assigned(line)}


@lru_cache(maxsize=4096)
def _direct(lines: Sequence[str]) -> Sequence[str]:
    """The lines with the register itself for an address that is one, as long as it is not changed before."""
    found = next((number for number, line in enumerate(lines) if _IS_REGISTER.fullmatch(line)), None)
    if found is None:
        return lines
    register = lines[found].removeprefix("address = ")
    behind = lines[found + 1 :]
    uses = [number for number, line in enumerate(behind) if _ADDRESS.search(line)]
    if not uses or register in assigned(behind[: uses[-1]]):
        return lines
    return [*lines[:found], *(_ADDRESS.sub(register, line) for line in behind)]


_IS_REGISTER = re.compile(r"address = r\d+")
_ADDRESS = re.compile(r"\baddress\b")
