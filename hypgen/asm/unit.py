"""The unit being assembled: what is defined, what was reported, and where we are in its sections.

Directives and instructions write into it through the methods here and of `hypgen.asm.output`. Bytes whose
value is known are written at once; the rest leaves a gap and a `Fixup` that `hypgen.asm.fixups` fills after
the layout.
"""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hypgen.asm.call_frame import CallFrame
from hypgen.asm.expressions import Node, bind, parse
from hypgen.asm.output import Output
from hypgen.asm.sections import Section
from hypgen.asm.source import AsmOptions, Origin, StatementError, diagnose
from hypgen.asm.values import Name, Value
from hypgen.elf.model import ABSOLUTE, Relocation, SectionFlag, SectionType
from hypgen.errors import Diagnostic, Severity

if TYPE_CHECKING:
    from hypgen.asm.directives.unwind import Function
    from hypgen.asm.thumb.blocks import ImplicitIt

_MOST_CANDIDATES = 3000
"""Symbols that a misspelt one is compared with: the comparison is slow."""
_IDENTIFIER = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")


@dataclass
class Unit(Output):
    """Everything that is known about the source so far."""

    name: str
    options: AsmOptions
    names: dict[str, Name] = field(default_factory=dict)
    relocations: list[Relocation] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    _reported: list[tuple[int, Diagnostic]] = field(default_factory=list)
    numeric_labels: dict[int, int] = field(default_factory=dict)
    incomplete: bool = False
    file_names: list[str] = field(default_factory=list)
    frame: CallFrame | None = None
    call_frames: list[CallFrame] = field(default_factory=list)
    it_block: list[str] = field(default_factory=list)
    implicit_it: ImplicitIt | None = None
    next_is_thumb_function: bool = False
    unified: bool = False
    attributes: dict[int, int | str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unwinding: Function | None = None
    personalities: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in self.options.defines.items():
            self.assign(name, Value(value))

    # Diagnostics.

    def report(
        self,
        error: StatementError,
        origin: Origin | None = None,
        column: int = 0,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Keep an error for the end, with its place; the rest of the source is still tried."""
        at = origin or self.origin
        found = diagnose(at, error.code, error.sentence, error.hint, column, severity)
        outermost = at.stack[-1][0] if at.stack else at.location
        self._reported.append((outermost.line if outermost.file == self.name else 0, found))

    def diagnostics(self) -> list[Diagnostic]:
        """What was reported, each once, in the order of the source."""
        ordered = sorted(self._reported, key=lambda line_and_diagnostic: line_and_diagnostic[0])
        return list(dict.fromkeys(found for _, found in ordered))

    # Symbols.

    def named(self, name: str) -> Name:
        """The symbol, made undefined if it is new."""
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = Name(name, location=self.origin.location)
        return found

    def here(self) -> Name:
        """A nameless symbol for the place where the next byte goes."""
        return Name("", self.fragment, self.fragment.size)

    def begin_structure(self, start: int) -> None:
        """``.struct``: labels from here on are numbers, and nothing but space may follow."""
        section = Section(ABSOLUTE, SectionFlag(0), SectionType.NOBITS, key=ABSOLUTE)
        self.structure_start = start
        self.enter(section)

    def define_label(self, text: str) -> None:
        """A label at the current place; raises StatementError if it is defined already."""
        self.implicit_it = None  # what follows may be branched to
        if text.isdigit():
            number = int(text)
            count = self.numeric_labels[number] = self.numeric_labels.get(number, 0) + 1
            text = _numeric(number, count)
        name = self.named(text)
        if name.defined:
            where = f" at {name.location}" if name.location else ""
            name.broken = True
            raise StatementError(
                "ASM-010", f"`{text}` is already defined{where}", "every label needs its own name"
            )
        name.location = self.origin.location
        if self.section.key == ABSOLUTE:
            name.value = Value(self.structure_start + self.fragment.size)
            return
        name.fragment, name.offset = self.fragment, self.fragment.size
        name.in_thumb = self.thumb
        if self.next_is_thumb_function:
            name.thumb, self.next_is_thumb_function = self.thumb, False

    def assign(self, text: str, value: Node, *, once: bool = False) -> None:
        """``.set``; with ``once`` ``.equiv``, which refuses a second definition."""
        name = self.named(text)
        if name.fragment is not None or (once and name.defined):
            where = f" at {name.location}" if name.location else ""
            raise StatementError("ASM-010", f"`{text}` is already defined{where}")
        if name.value is not None and not (isinstance(name.value, Value) and name.value.constant):
            earlier, name = name, replace(name, stands_for=None, settled=None)
            earlier.name = ""  # earlier uses keep the earlier meaning
            self.names[text] = name
        if isinstance(value, Value):
            name.resemble(value)
        name.value = value
        name.broken = False
        name.location = self.origin.location

    def lookup(self, text: str) -> Value:
        """What a symbol's use stands for at this point of the source; raises StatementError."""
        if text == ".":
            if self.section.key == ABSOLUTE:
                return Value(self.structure_start + self.fragment.size)
            return Value(0, ((self.here(), 1),))
        if text[0].isdigit():
            number, count = int(text[:-1]), self.numeric_labels.get(int(text[:-1]), 0)
            if text[-1] == "b" and not count:
                raise StatementError(
                    "ASM-011", f"there is no label {number}: before this", f"did you mean {number}f?"
                )
            text = _numeric(number, count + (text[-1] == "f"))
        name = self.named(text)
        name.used = True
        if isinstance(name.value, Value):
            return name.meant(name.value)
        return Value(0, ((name, 1),))

    def forget_values(self) -> None:
        """Drop the values of assigned symbols: places that they depend on still move."""
        for name in self.names.values():
            name.settled = None

    def bind(self, node: Node) -> Node:
        """Put in what is known at this point of the source."""
        return bind(node, self.lookup)

    def evaluate(self, text: str) -> Node:
        """An expression's text as far as it is known now; raises StatementError."""
        return bind(parse(text), self.lookup)

    def constant(self, text: str, what: str) -> int:
        """An expression that must be a number here and now; raises StatementError."""
        value = self.evaluate(text)
        if isinstance(value, Value) and value.constant:
            return value.number
        raise StatementError("ASM-004", f"{what} `{text.strip()}` is not known here", self.advice(value))

    def advice(self, value: Node) -> str:
        """What may help with a value that is not a number: misspelt or later symbols."""
        if not isinstance(value, Value):
            return "it must be a number when the statement is read"
        unknown = [name.name for name, _ in value.terms if name.name and not name.defined]
        hints = [hint for one in unknown if (hint := self.nearest(one))]
        if hints:
            return hints[0]
        return f"`{unknown[0]}` is not defined here" if unknown else ""

    def with_aliases(self, operands: str) -> str:
        """Operands with the names that ``.req`` made replaced by their registers."""
        return _IDENTIFIER.sub(lambda match: self.aliases.get(match[0], match[0]), operands)

    def nearest(self, text: str) -> str:
        """A `did you mean` for an undefined symbol, empty if nothing is near."""
        names = itertools.islice(self.names.items(), _MOST_CANDIDATES)
        defined = [name for name, symbol in names if symbol.defined and name[:1] != "\1"]
        close = difflib.get_close_matches(text, defined, n=1, cutoff=0.7)
        return f"`{text}` is not defined; did you mean `{close[0]}`?" if close else ""


def _numeric(number: int, count: int) -> str:
    return f"\1{number}:{count}"


def shown(name: Name) -> str:
    """A symbol as the user wrote it: numeric labels lose their count."""
    return name.name[1:].partition(":")[0] if name.name.startswith("\1") else name.name or "."
