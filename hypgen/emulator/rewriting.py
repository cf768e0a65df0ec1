"""From the closure of an instruction to the lines that stand for it in a function of hot code.

Most closures are made of lines of Python (:func:`hypgen.emulator.execute.closures.close`), so what an
instruction does is said once. Here these lines are put into the terms of a function that executes
many instructions (:mod:`hypgen.emulator.emitter`):

- ``r[7]`` becomes the local variable ``r7``, and captured constants become literals;
- flags become local variables that are not worked out before somebody asks: N and Z are those of the
  result ``fx``, V is what ``vp``, ``vq`` and ``vs`` say (:data:`OVERFLOW`), C is ``c``; a subtraction
  only says what is subtracted, ``vq``, from what, ``vp``;
- a condition after a subtraction compares these two;
- a load or store becomes the look-up of :mod:`hypgen.emulator.dataside` itself, which raises one of
  its ``MISSES`` where it must go the slow way;
- a write to the PC becomes the constant or the name of the variable that holds the target.

A closure with anything else in it is not rewritten: it is called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import NamedTuple

from hypgen.emulator.dataside import WORDS
from hypgen.emulator.execute.closures import Op, source_of
from hypgen.emulator.execute.registry import CONDITIONS

OVERFLOW = "((vp ^ vq) & (vp ^ vs)) >> 31"
"""V: two operands of a sum differ from it in their sign; or minuend and subtrahend in theirs, and the
minuend and the difference."""

_GREATER_OR_EQUAL = f"not (fx ^ {OVERFLOW[:-6]}) >> 31"
_LESS = _GREATER_OR_EQUAL.removeprefix("not ")
_SIGN = 0x8000_0000

_ANY = (
    "not fx",
    "fx",
    "c",
    "not c",
    "fx >> 31",
    "not fx >> 31",
    OVERFLOW,
    f"not {OVERFLOW}",
    "c and fx",
    "not c or not fx",
    _GREATER_OR_EQUAL,
    _LESS,
    f"fx and {_GREATER_OR_EQUAL}",
    f"not fx or {_LESS}",
)
"""Each condition by its number, whatever set the flags."""
_COMPARED = (
    "vp == vq",
    "vp != vq",
    "vp >= vq",
    "vp < vq",
    f"vp - vq & {_SIGN}",
    f"not vp - vq & {_SIGN}",
    OVERFLOW.replace("vs", "vp - vq"),
    f"not {OVERFLOW.replace('vs', 'vp - vq')}",
    "vp > vq",
    "vp <= vq",
    f"vp ^ {_SIGN} >= vq ^ {_SIGN}",
    f"vp ^ {_SIGN} < vq ^ {_SIGN}",
    f"vp ^ {_SIGN} > vq ^ {_SIGN}",
    f"vp ^ {_SIGN} <= vq ^ {_SIGN}",
)
"""Each condition by its number, where ``vq`` was subtracted from ``vp``."""
_NUMBERS = {f"if {test}: op()": number for number, test in enumerate(CONDITIONS)}
"""The text of a closure that puts another under a condition, and the number of that condition."""

_LOOK_UPS = {
    "load8": "RB[address & 0xFFFFF000][address & 0xFFF]",
    "load16": "RH[address & 0xFFFFF001][address >> 1 & 0x7FF]",
    "load32": "RW[address & 0xFFFFF003][address >> 2 & 0x3FF]",
    "store8": "WB[address & 0xFFFFF000][address & 0xFFF] = ",
    "store16": "WH[address & 0xFFFFF001][address >> 1 & 0x7FF] = ",
    "store32": "WW[address & 0xFFFFF003][address >> 2 & 0x3FF] = ",
}
"""By accessor: what it is on the fast path. RW is ``Views.read_words``, and so on (:data:`VIEWS`)."""
VIEWS = {
    "RS": "shown",
    "WT": "takers",
    "RB": "read_bytes",
    "RH": "read_halves",
    "RW": "read_words",
    "WB": "write_bytes",
    "WH": "write_halves",
    "WW": "write_words",
}
"""The names that the look-ups have for the dictionaries of a context's views."""

ASKED = "else:"
"""The line before those by which a device itself takes or gives a word."""

_LOAD = re.compile(r"\b(load8|load16|load32)\(address\)")
_STORE = re.compile(r"^(store8|store16|store32)\(address, (.*)\)$")
_LOAD_WORDS = re.compile(r"\bload_words\(address, (\d+)\)")
_STORE_WORDS = re.compile(r"^store_(?:words|pair)\(address, \((.*?),? ?\)\)$")
_ACCESS = re.compile(r"\b(?:load|store)(?:8|16|32|_words|_pair)\(address")
_CALL = re.compile(r"([\w.]+)\(")
_HARMLESS = re.compile(r"(?:load|store)(?:8|16|32|_words|_pair)|.*\.bit_length|if|in|and|or|not")
_WRITES_PC = re.compile(r"^(?:bx_write_pc|alu_write_pc)\(cpu, (.*)\)$")
_LOADS_PC = re.compile(r"^load_write_pc\(cpu, address, (.*)\)$")
_BRANCH = re.compile(r"^(?:if (.*): )?r\[15\] = (.*)$")
_OVERFLOWS = re.compile(r"^cpu\.v = \(\((\w) \^ (\w)\) & \((\w) \^ (\w)\)\) >> 31$")
_SUBTRACTS = re.compile(r"^total = (?:a - b|b - a)$")
_CARRY_LEFT = "cpu.c = 1 if total >= 0 else 0"


class Text(NamedTuple):
    """What an instruction is in a function of hot code.

    ``condition`` is its number, or a test of its own (CBZ), or None. ``lines`` stand under it, and so
    does ``target``: where it branches to, as a number or a variable's name. ``accesses`` says that its
    look-ups may miss, ``misses`` that it may for another reason (a branch to the other instruction
    set). ``compares`` says that its flags are those of ``vp`` less ``vq``, None that it sets none.
    """

    lines: Sequence[str]
    condition: int | str | None = None
    target: int | str | None = None
    accesses: bool = False
    misses: bool = False
    compares: bool | None = None


def test(condition: int | str, compared: bool) -> str:
    """A condition as a Python expression; ``compared``: the flags are those of ``vp`` less ``vq``."""
    if isinstance(condition, str):
        return condition
    return (_COMPARED if compared else _ANY)[condition]


def rewrite(op: Op, thumb: bool, slow: bool, objects: dict[str, object]) -> Text | None:
    """The text of an instruction, or None of one that must be called.

    ``slow`` has loads and stores made by the functions of the data side, whose names go to
    ``objects`` with what else the lines name.
    """
    if not isinstance(op, FunctionType):
        return None
    body = source_of(op)
    if body is None:
        return None
    captured = _captured(op)
    number = _NUMBERS.get(body)
    if number is not None:
        inner = rewrite(captured["op"], thumb, slow, objects)  # type: ignore[arg-type]
        if inner is None or inner.condition is not None:
            return None
        return inner._replace(condition=number)
    template = _template(body, tuple(captured), thumb, slow)
    if template is None:
        return None
    for name in template.objects:
        objects[name] = captured.get(name, _EXTERNAL.get(name))
    lines = [line.format_map(captured) for line in template.lines]
    target: int | str | None = template.target
    if target is not None and target in captured:
        constant = captured[target]
        assert isinstance(constant, int)
        target = constant
    condition = template.condition
    return Text(
        lines,
        None if condition is None else condition.format_map(captured),
        target,
        template.accesses,
        template.misses,
        template.compares,
    )


def stores(op: Op) -> bool:
    """Whether an instruction that can be rewritten stores to memory."""
    body = source_of(op) if isinstance(op, FunctionType) else None
    if body in _NUMBERS:
        return stores(_captured(op)["op"])  # type: ignore[arg-type]
    return body is not None and "store" in body


_EXTERNAL: dict[str, object] = {f"pack{count}": WORDS[count].pack_into for count in range(1, 17)} | {
    f"unpack{count}": WORDS[count].unpack_from for count in range(1, 17)
}
"""What the look-ups of several words call."""


class _Template(NamedTuple):
    """A :class:`Text` before the constants are in it: they stand there as ``{name}``."""

    lines: tuple[str, ...]
    condition: str | None
    target: str | None
    accesses: bool
    misses: bool
    compares: bool | None
    objects: tuple[str, ...]


@cache
def _template(body: str, names: tuple[str, ...], thumb: bool, slow: bool) -> _Template | None:
    """The lines of a closure's text, rewritten; None where that cannot be."""
    lines: list[str] = []
    condition = target = None
    misses = False
    for line in _lazy_flags(body.split("\n")):
        branch = _BRANCH.match(line)
        written = _WRITES_PC.match(line) or _LOADS_PC.match(line)
        if branch is not None:
            condition, target = branch.groups()
        elif written is not None:
            target = "target"
            if thumb and line.startswith("alu"):
                lines.append(f"target = {written[1]} & 0xFFFFFFFE")
            else:
                misses = True
                wrong = "not target & 1" if thumb else "target & 3"
                lines += [f"target = {written[1]}", f"if {wrong}: raise KeyError"]
                if thumb:
                    lines.append("target = target ^ 1")
        else:
            lines.append(line)
    accesses = any(_ACCESS.search(line) for line in lines)
    if any(not _HARMLESS.fullmatch(name) for line in lines for name in _CALL.findall(line)):
        return None
    compares = _compares(body) if "fx" in " ".join(lines) else None
    if compares:
        lines = [line.replace("vs", DIFFERENCE) for line in lines if line not in _SUBTRACTED]
    lines = _shortened(lines, f"{condition} {target}")
    if accesses:
        lines = [found for line in lines for found in (_to_devices(line) if slow else [_looked_up(line)])]
    text = "\n".join(lines)
    if re.search(r"cpu\.[nzcv]\b|r\[15\]", text):
        return None
    numbers = [name for name in names if name not in _OBJECTS]
    lines = [_placeholders(line, numbers) for line in lines]
    if condition is not None:
        condition = _placeholders(condition, numbers)
    named = set(NAME.findall(text))
    used = tuple(sorted(named & _NAMED))
    return _Template(tuple(lines), condition, target, accesses, misses, compares, used)


DIFFERENCE = "vp - vq & 0xFFFFFFFF"
_SUBTRACTED = ("total = vp - vq", "vs = total & 0xFFFFFFFF", "c = total >= 0", "fx = vs")
"""What need not be said of a subtraction, as ``vp`` and ``vq`` say it."""
NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_OBJECTS = frozenset(
    [
        *("cpu", "r", "bx_write_pc", "alu_write_pc", "load_write_pc", "forbid_in_hyp"),
        *(*_LOOK_UPS, "load_words", "store_words", "store_pair"),
    ]
)
"""The captured names that are no numbers."""
_NAMED = (_OBJECTS | _EXTERNAL.keys()) - {"r"}
"""The names of objects that a function is given for the lines which name them."""


def _placeholders(line: str, numbers: Sequence[str]) -> str:
    """The line as a format string: constants by their names in braces, registers as variables."""
    line = NAME.sub(lambda found: f"{{{found[0]}}}" if found[0] in numbers else found[0], line)
    return re.sub(r"(?<![\w.])r\[(\{\w+\}|\d+)\]", r"r\1", line)


def _lazy_flags(lines: Sequence[str]) -> list[str]:
    """Assignments of flags in terms of what they are found from."""
    overflow = next((match for match in map(_OVERFLOWS.match, lines) if match), None)
    names: dict[str, str] = {}
    if overflow is not None:
        first, second, third, fourth = overflow.groups()
        common = first if first in (third, fourth) else second
        others = [name for name in (first, second, third, fourth) if name != common]
        names = {common: "vp", others[0]: "vq", others[1]: "vs"}
    rewritten = []
    for line in lines:
        if line == "cpu.n = x >> 31":
            rewritten.append("fx = x")
        elif line == _CARRY_LEFT:
            rewritten.append("c = total >= 0")
        elif line != "cpu.z = 0 if x else 1" and not _OVERFLOWS.match(line):
            rewritten.append(line.replace("cpu.c", "c"))
    if not names:
        return rewritten
    return [re.sub(r"\b[abx]\b", lambda match: names[match[0]], line) for line in rewritten]


def _compares(body: str) -> bool:
    """Whether the flags are those of a subtraction without borrow."""
    return any(_SUBTRACTS.match(line) for line in body.split("\n"))


def _shortened(lines: Sequence[str], elsewhere: str) -> list[str]:
    """The lines without those that only give a name to what is named once after them, and where nothing
    between the two changes it; ``elsewhere`` is what is evaluated behind all of them."""
    left = list(lines)
    at = 0
    while at < len(left):
        naming = _NAMING.match(left[at])
        behind = left[at + 1 :]
        if naming is None or not _once(naming[1], naming[2], behind, elsewhere):
            at += 1
            continue
        name, value = naming.groups()
        whole = value if _ATOM.fullmatch(value) else f"({value})"
        del left[at]
        left[at:] = [re.sub(rf"(?<![\w.]){name}\b", whole, line) for line in behind]
    return left


def _once(name: str, value: str, behind: Sequence[str], elsewhere: str) -> bool:
    """Whether ``name`` is used once in the lines behind the one that gives it ``value``, which is the same
    there."""
    words = [NAME.findall(line) for line in behind]
    if sum(one.count(name) for one in words) != 1 or name in NAME.findall(elsewhere):
        return False
    use = next(number for number, one in enumerate(words) if name in one)
    if behind[use].startswith((f"{name} = ", "if ", "raise ")):
        return False
    changed = " ".join(line.partition(" = ")[0] for line in behind[:use])
    if "r[" in changed and "r[" in value:  # which may be one register by two names
        return False
    return not {*NAME.findall(changed)} & {*NAME.findall(value)} - {"r"}


_NAMING = re.compile(r"^([abx]) = ([^()]*)$")
"""A line that gives a name to a value that is only computed with."""
_ATOM = re.compile(r"\w+|r\[\w+\]")


def _to_devices(line: str) -> Sequence[str]:
    """The line with its load or store of a word made at the device itself, if one was seen there; behind
    :data:`ASKED` the device is asked."""
    store = _STORE.match(line)
    if store is not None and store[1] == "store32":
        return (
            "direct = WT.get(address)",
            f"if direct: direct[0](({store[2]}) & 0xFF)",
            ASKED,
            " device = views.write_registers.get(address)",
            f" if device is None: {line}",
            f" else: device({store[2]})",
        )
    if "load32(address)" not in line:
        return (line,)
    made = "(load32(address) if device is None else device() & 0xFFFFFFFF)"
    return (
        "direct = RS.get(address)",
        f"if direct: {line.replace('load32(address)', 'direct[0]')}",
        ASKED,
        " device = views.read_registers.get(address)",
        f" {line.replace('load32(address)', made)}",
    )


def _looked_up(line: str) -> str:
    """The line with its load or store as a look-up."""
    store = _STORE.match(line)
    if store is not None:
        return _LOOK_UPS[store[1]] + store[2]
    several = _STORE_WORDS.match(line)
    if several is not None:
        count = several[1].count(",") + 1
        return f"pack{count}(WB[address & 0xFFFFF003], address & 0xFFF, {several[1]})"
    line = _LOAD_WORDS.sub(r"unpack\1(RB[address & 0xFFFFF003], address & 0xFFF)", line)
    return _LOAD.sub(lambda match: _LOOK_UPS[match[1]], line)


def _captured(op: FunctionType) -> dict[str, object]:
    """The names that a closure captured, and their values; negative ones fit to stand anywhere."""
    cells = op.__closure__ or ()
    found = {name: cell.cell_contents for name, cell in zip(op.__code__.co_freevars, cells, strict=True)}
    return {
        name: f"({value})" if isinstance(value, int) and value < 0 else value for name, value in found.items()
    }
