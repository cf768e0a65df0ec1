"""The assembler's passes: read and place, lay out, fill in, export."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hypgen.asm import directives
from hypgen.asm.directives import aliases, cfi, pools
from hypgen.asm.expressions import Node
from hypgen.asm.instructions import place
from hypgen.asm.layout import lay_out
from hypgen.asm.objects import export
from hypgen.asm.output import INSTRUCTION_SIZE
from hypgen.asm.reader import Reader
from hypgen.asm.resolve import SilentError, settle
from hypgen.asm.source import AsmError, AsmOptions, AsmSource, Origin, StatementError
from hypgen.asm.statements import Statement, shown
from hypgen.asm.thumb import blocks
from hypgen.asm.thumb import place as thumb
from hypgen.asm.unit import Unit
from hypgen.asm.values import Name, Value
from hypgen.elf.model import ObjectFile
from hypgen.errors import Diagnostic, Location, Severity

MOST_ERRORS = 100
"""Diagnostics that one run reports; a source with more has one cause for many."""


def assemble(
    source: AsmSource,
    options: AsmOptions | None = None,
    warn: Callable[[Diagnostic], None] = lambda _: None,
) -> ObjectFile:
    """Assemble one source into a relocatable object; ``warn`` is told what is doubtful.

    Every statement is tried; raises InputError with all diagnostics, in the order of the source.
    """
    with _uncollected():
        unit = Unit(source.name, options or AsmOptions())
        _read(unit, source)
        if not unit.incomplete:
            _lay_out(unit)
            _fill_in(unit)
        found = unit.diagnostics()
        if any(one.severity is Severity.ERROR for one in found):
            raise AsmError(found[:MOST_ERRORS])
        for one in found:
            warn(one)
        return export(unit)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's cycle collector, which would look again and again at a unit that only grows.

    Without it 100,000 lines take half the time, and time is linear in lines.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _read(unit: Unit, source: AsmSource) -> None:
    """Place every statement; what is not known yet leaves fixups."""
    table = directives.table()

    def handle(statement: Statement) -> None:
        name = statement.name
        if statement.labels:
            try:
                for label in statement.labels:
                    unit.define_label(label)
            except StatementError as error:
                unit.report(error, column=statement.column)
            if not name:
                return
        unit.statement = statement
        try:
            if name[0] == ".":
                _directive(unit, table, statement)
            elif name[0] == "=":
                _assign(unit, statement)
            else:
                _instruction(unit, statement)
        except StatementError as error:
            unit.report(_with_statement(error, statement), column=statement.column)
        except RecursionError:
            unit.report(
                StatementError("ASM-002", "an expression is nested too deeply"), column=statement.column
            )

    Reader(unit, handle).run(source)
    try:
        blocks.check_closed(unit)
    except StatementError as error:
        unit.report(error)
    cfi.check_closed(unit)
    if unit.unwinding is not None:
        open_function = Origin(unit.unwinding.location)
        unit.report(StatementError("ASM-050", "this .fnstart has no .fnend"), open_function)
    pools.put_out_all(unit)


_SELF_CONTAINED = frozenset(("ASM-001", "ASM-010", "ASM-042"))
"""Codes whose sentence names what it is about without the statement."""


def _with_statement(error: StatementError, statement: Statement) -> StatementError:
    """The error with the offending statement before its sentence, unless it is there already."""
    text = shown(statement)
    if error.code in _SELF_CONTAINED or error.sentence.startswith((text, f"`{text}`")):
        return error
    return StatementError(error.code, f"`{text}`: {error.sentence}", error.hint)


def _directive(unit: Unit, table: dict[str, directives.Directive], statement: Statement) -> None:
    if statement.name == ".req":
        aliases.define(unit, statement.target, statement.operands)
        return
    function = table.get(statement.name.lower())
    if function is None:
        name = statement.name.lower()
        if name in directives.NOT_TAKEN and name in unit.refused:
            return  # told once: a compiler writes some for every line
        unit.refused.add(name)
        raise directives.unknown(statement.name)
    function(unit, statement.operands)


def _assign(unit: Unit, statement: Statement) -> None:
    from hypgen.asm.directives.symbols import assign

    assign(unit, statement.target, statement.operands, once=statement.name == "==")


def _instruction(unit: Unit, statement: Statement) -> None:
    if unit.thumb:
        thumb.place(unit, statement.name, statement.operands)
        return
    before = unit.fragment.size
    try:
        place(unit, statement.name, statement.operands)
    except StatementError:
        if unit.fragment.size == before and not unit.section.nobits and before % INSTRUCTION_SIZE == 0:
            unit.emit_word(0)  # keeps its place, so that no distance elsewhere is reported as well
        raise


def _lay_out(unit: Unit) -> None:
    for section in unit.sections.values():
        section.ends_in_thumb = unit.thumb
        for origin, error in lay_out(section, unit.forget_values):
            unit.report(error, origin)


def _fill_in(unit: Unit) -> None:
    """Run every fixup, and settle the values and sizes of symbols."""
    for name in list(unit.names.values()):
        for node in (name.value, name.size):
            if node is not None:
                _settle(unit, node, name)
    for fixup in unit.fixups:
        try:
            fixup.fill(unit, fixup)
        except StatementError as error:
            unit.report(_with_statement(error, fixup.statement), fixup.origin, fixup.statement.column)
        except SilentError:
            continue


def _settle(unit: Unit, node: Node, name: Name) -> None:
    location = name.location
    try:
        value = settle(node)
    except StatementError as error:
        unit.report(error, Origin(location or Location(unit.name)))
        name.broken = True
    except SilentError:
        return
    else:
        if not isinstance(value, Value):
            unknown = StatementError("ASM-004", "the value cannot be computed")
            unit.report(unknown, Origin(location or Location(unit.name)))
