"""From source text to statements: files, includes, macros, repetitions and conditionals.

The reader keeps a stack of frames, one for each file, macro expansion or repetition being read, and
hands each statement that counts to its handler, with the place and the stack that led there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypgen.asm import conditionals, macros
from hypgen.asm.conditionals import Conditional
from hypgen.asm.macros import Line, Macro
from hypgen.asm.source import INCLUDED, AsmSource, Origin, StatementError, text_of
from hypgen.asm.statements import (
    Statement,
    UnterminatedCommentError,
    split_line,
    split_operands,
    strip_block_comments,
)
from hypgen.asm.unit import Unit
from hypgen.errors import Location

Handler = Callable[[Statement], None]

MAX_DEPTH = 100
"""Macros and includes nested deeper than this are taken for a circle."""
MAX_LINES = 250_000
"""Lines that expansions may make in all; more is taken for a mistake."""

_BODIES = {".macro": ".endm", ".rept": ".endr", ".irp": ".endr", ".irpc": ".endr"}
_CLOSERS = {".endm": ".macro", ".endr": ".rept, .irp or .irpc"}
_FIRST_WORD = re.compile(r"\s*(?:[\w.$]+:\s*)*(\.\w+)")
_LINE_MARKER = re.compile(r'\s*#\s*(?:line\s+)?([0-9]{1,9})(?:\s+"([^"]*)")?')


@dataclass(slots=True)
class Frame:
    """A sequence of lines being read. ``stack`` is for errors: what led here, nearest first."""

    lines: Sequence[str]
    places: Sequence[Location | None] | None
    file: str
    stack: tuple[tuple[Location, str], ...] = ()
    next: int = 0
    shift: int = 0
    conditionals: list[Conditional] = field(default_factory=list)
    macro: bool = False

    def place(self) -> Location:
        """The place of the line that was read last."""
        found = self.places[self.next - 1] if self.places is not None else None
        return found or Location(self.file, self.next + self.shift)


@dataclass
class Reader:
    """Reads a unit's source; `run` calls the handler for every statement outside of bodies."""

    unit: Unit
    handler: Handler
    frames: list[Frame] = field(default_factory=list)
    macros: dict[str, Macro] = field(default_factory=dict)
    expansions: int = 0
    expanded_lines: int = 0
    stopped: bool = False
    broken_macros: set[str] = field(default_factory=set)

    def run(self, source: AsmSource) -> None:
        """Read the whole source; errors go to the unit."""
        self._push_text(source.text, source.name, source.locations, ())
        unit, frames = self.unit, self.frames
        while frames and not self.stopped:
            frame = frames[-1]
            if frame.next >= len(frame.lines):
                self._close(frames.pop())
                continue
            text = frame.lines[frame.next]
            frame.next += 1
            try:
                statements = split_line(text)
            except RecursionError:
                statements = ()
            if not statements:
                if text.lstrip().startswith("#"):
                    self._line_marker(frame, text)
                continue
            place = frame.place()
            unit.origin = Origin(place, frame.stack, frames[0].next)
            for statement in statements:
                if self._statement(frame, statement):
                    break
        self.frames.clear()

    # One statement.

    def _statement(self, frame: Frame, statement: Statement) -> bool:
        """Deal with a statement; gives whether the rest of the line is to be dropped."""
        name = statement.name
        if name[:1] == ".":
            name = name.lower()
        elif not (self.macros or self.broken_macros or frame.conditionals):
            self.handler(statement)  # an instruction, and nothing that could make it another thing
            return False
        unit = self.unit
        try:
            if name in _CONDITIONAL_WORDS:
                self._conditional(frame, name, statement)
                return False
            if frame.conditionals and not frame.conditionals[-1].active:
                return False
            if name in _BODIES or name in _OWN or name in _CLOSERS:
                self._labels(statement)
                return self._own(frame, name, statement)
            macro = self.macros.get(statement.name.lower()) if statement.name else None
            if macro is not None:
                self._labels(statement)
                unit.statement = statement
                self._expand(macro, statement.operands)
                return False
        except StatementError as error:
            unit.report(error, column=statement.column)
            return False
        if statement.name.lower() in self.broken_macros:
            return False  # its definition was reported
        self.handler(statement)
        return False

    def _labels(self, statement: Statement) -> None:
        if statement.labels:
            self.handler(Statement(statement.labels, "", "", statement.column))

    def _own(self, frame: Frame, name: str, statement: Statement) -> bool:
        if name in _CLOSERS:
            raise StatementError("ASM-023", f"{name} without {_CLOSERS[name]} before it")
        if name == ".macro":
            self._define(frame, statement)
        elif name in _BODIES:
            self._repeat(frame, name, statement)
        elif name == ".include":
            self._include(statement.operands)
        elif name == ".purgem":
            self._forget(statement.operands.strip())
        elif name == ".exitm":
            self._leave_macro()
        elif name == ".end":
            self.stopped = True
        return name != ".purgem"

    # Conditionals.

    def _conditional(self, frame: Frame, name: str, statement: Statement) -> None:
        opened = frame.conditionals
        if name in conditionals.OPENERS:
            outer = not opened or opened[-1].active
            opened.append(Conditional(self.unit.origin.location, active=False, settled=True))
            if outer:
                opened[-1].active = conditionals.holds(self.unit, name, statement.operands)
                opened[-1].settled = opened[-1].active
            return
        if not opened:
            raise StatementError("ASM-023", f"{name} without .if before it")
        current = opened[-1]
        if name == ".endif":
            opened.pop()
            return
        if current.had_else:
            raise StatementError("ASM-023", f"{name} after .else", f"its .if is at {current.location}")
        current.had_else = name == ".else"
        current.active = False
        if not current.settled:
            test = name == ".else" or conditionals.holds(self.unit, ".if", statement.operands)
            current.active = current.settled = test

    def _close(self, frame: Frame) -> None:
        for one in frame.conditionals:
            error = StatementError("ASM-023", "this .if has no .endif")
            self.unit.report(error, Origin(one.location, frame.stack))

    # Bodies.

    def _collect(self, frame: Frame, opener: str) -> list[Line]:
        """The lines up to the matching end; raises StatementError if there is none."""
        closer = _BODIES[opener]
        same = {one for one, end in _BODIES.items() if end == closer}
        body: list[Line] = []
        depth = 1
        while frame.next < len(frame.lines):
            text = frame.lines[frame.next]
            frame.next += 1
            match = _FIRST_WORD.match(text)
            word = match[1].lower() if match else ""
            if word in same:
                depth += 1
            elif word == closer:
                depth -= 1
                if not depth:
                    return body
            body.append((text, frame.place()))
        raise StatementError("ASM-023", f"this {opener} has no {closer}")

    def _define(self, frame: Frame, statement: Statement) -> None:
        location = self.unit.origin.location
        name, _, rest = statement.operands.replace(",", " ", 1).partition(" ")
        body = self._collect(frame, ".macro")
        if not re.fullmatch(r"[A-Za-z_.$][\w.$]*", name):
            named = f"`{name}` is not a name for a macro" if name else "a macro needs a name"
            raise StatementError("ASM-020", named, "write .macro name parameters")
        known = self.macros.get(name.lower())
        if known:
            raise StatementError(
                "ASM-020",
                f"macro `{name}` is already defined at {known.location}",
                "remove one, or .purgem it",
            )
        self.broken_macros.add(name.lower())
        parameters = macros.parse_parameters(rest, name)
        self.broken_macros.discard(name.lower())
        self.macros[name.lower()] = Macro(name, parameters, tuple(body), location)

    def _repeat(self, frame: Frame, name: str, statement: Statement) -> None:
        body = self._collect(frame, name)
        if name == ".rept":
            count = self.unit.constant(statement.operands, "the count of .rept")
            if count < 0 or count * max(1, len(body)) > MAX_LINES:
                raise StatementError("ASM-024", f".rept {count} of {len(body)} lines: too many or negative")
            lines = body * count
        else:
            lines = self._iterate(name, statement.operands, body)
        self._push_lines(lines, f"repeated by this {name}", macro=False)

    def _iterate(self, name: str, operands: str, body: list[Line]) -> list[Line]:
        match = re.match(r"([A-Za-z_.$][\w.$]*)\s*(?:,|\s|$)\s*", operands)
        if match is None:
            raise StatementError("ASM-020", f"{name} needs a name and values", f"write {name} name, values")
        symbol, rest = match[1], operands[match.end() :]
        if name == ".irpc":
            text = rest.strip()
            quoted = len(text) > 1 and text[0] == text[-1] == '"'
            values = list(text[1:-1] if quoted else text.replace(" ", ""))
        else:
            values = macros.split_arguments(rest)
        lines: list[Line] = []
        for value in values or [""]:
            lines += macros.substitute(body, {symbol: value}, self.expansions)
        return lines

    def _expand(self, macro: Macro, operands: str) -> None:
        values = macros.bind_arguments(macro, operands)
        lines = macros.substitute(macro.body, values, self.expansions)
        self.expansions += 1
        self._push_lines(lines, f"in macro `{macro.name}`, called here", macro=True)

    def _push_lines(self, lines: list[Line], note: str, *, macro: bool) -> None:
        self.expanded_lines += len(lines)
        if self.expanded_lines > MAX_LINES:
            self._give_up()
            raise StatementError(
                "ASM-024", f"macros made more than {MAX_LINES} lines", "do they call each other?"
            )
        origin = self.unit.origin
        stack = ((origin.location, note), *origin.stack)
        self._push(Frame([text for text, _ in lines], [place for _, place in lines], "", stack, macro=True))
        self.frames[-1].macro = True if macro else self.frames[-1].macro

    def _push(self, frame: Frame) -> None:
        if len(self.frames) >= MAX_DEPTH:
            self._give_up()
            raise StatementError(
                "ASM-024", f"macros or includes nested deeper than {MAX_DEPTH}", "does one call itself?"
            )
        self.frames.append(frame)

    def _give_up(self) -> None:
        """Read no further: what is missing from here on would only make errors of other statements."""
        self.stopped = self.unit.incomplete = True

    def _forget(self, name: str) -> None:
        if self.macros.pop(name.lower(), None) is None:
            raise StatementError("ASM-020", f"`{name}` is not a macro")

    def _leave_macro(self) -> None:
        while len(self.frames) > 1:
            frame = self.frames.pop()
            if frame.macro:
                return
        raise StatementError("ASM-023", ".exitm outside of a macro")

    # Files.

    def _push_text(
        self,
        text: str,
        name: str,
        places: Sequence[Location | None] | None,
        stack: tuple[tuple[Location, str], ...],
    ) -> None:
        try:
            stripped = strip_block_comments(text)
        except UnterminatedCommentError as error:
            place = Origin(Location(name, error.line), stack)
            self.unit.report(StatementError("ASM-025", "this /* comment is not closed"), place)
            return
        lines = stripped.split("\n")
        if places is not None and len(places) < len(lines):
            places = [*places, *([None] * (len(lines) - len(places)))]
        self._push(Frame(lines, places, name, stack))

    def _include(self, operands: str) -> None:
        wanted = _file_name(operands, ".include")
        try:
            path = find_file(self.unit, wanted, self.frames[-1].file)
            text = text_of(path.read_bytes())
        except StatementError:
            self._give_up()  # what the file would have defined is not reported as well
            raise
        except OSError as error:
            self._give_up()
            raise StatementError("ASM-026", f"file `{wanted}` cannot be read: {error.strerror}") from None
        origin = self.unit.origin
        self._push_text(text, str(path), None, ((origin.location, INCLUDED), *origin.stack))

    def _line_marker(self, frame: Frame, text: str) -> None:
        """The C preprocessor's ``# 12 "file"``: the next line is that one."""
        match = _LINE_MARKER.match(text)
        if match and frame.places is None:
            frame.shift = int(match[1]) - frame.next - 1
            frame.file = match[2] or frame.file


_OWN = frozenset((".include", ".purgem", ".exitm", ".end"))
_CONDITIONAL_WORDS = conditionals.OPENERS | {".else", ".elseif", ".endif"}


def _file_name(operands: str, directive: str) -> str:
    text = operands.strip()
    if len(text) < 3 or text[0] != '"' or text[-1] != '"':
        raise StatementError("ASM-026", f"{directive} needs a file name in quotes")
    return text[1:-1]


def find_file(unit: Unit, wanted: str, beside: str) -> Path:
    """A file named by .include or .incbin: as it is, beside the including file, then in -I directories."""
    places = [Path(), Path(beside).parent, *unit.options.include_dirs]
    for directory in places:
        path = directory / wanted
        if path.is_file():
            return path
    tried = ", ".join(str(one) for one in dict.fromkeys(places))
    raise StatementError("ASM-026", f"file `{wanted}` is not there", f"looked in {tried}")


def file_operand(operands: str, directive: str) -> tuple[str, list[str]]:
    """The file name and the further operands of a directive like .incbin; raises StatementError."""
    parts = split_operands(operands)
    return _file_name(parts[0] if parts else "", directive), parts[1:]
