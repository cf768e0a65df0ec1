"""Macros and repetitions: taking arguments apart and putting them into the body's lines, as GNU as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hypgen.asm.source import StatementError
from hypgen.errors import Location

_LONGEST_LINE = 1 << 16
Line = tuple[str, Location]
"""A line of a body, and where it stands."""

_REFERENCE = re.compile(r"\\(?:(?P<name>[A-Za-z_.$][\w.$]*)|(?P<count>@)|(?P<nothing>\(\)))")
_FIXED = re.compile(r"""("(?:\\.|[^"\\])*")|('\\.)""")
"""A string, and a character constant with an escape."""
_PARAMETER = re.compile(r"\s*([A-Za-z_.$][\w.$]*)(?::(req|vararg))?(?:\s*=\s*)?")
_AROUND_OPERATOR = re.compile(r"""("(?:\\.|[^"\\])*"?)|\s*([-+*/%&|^~!<>=(),:])\s*|(\s+)""")
_KEYWORD = re.compile(r"([A-Za-z_.$][\w.$]*)=(?!=)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A macro's parameter. ``required`` refuses an empty argument, ``rest`` takes all that follow."""

    name: str
    default: str = ""
    required: bool = False
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro's definition; ``location`` is that of its ``.macro``."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Line, ...]
    location: Location


def _tidy(text: str) -> str:
    """Blanks only where they separate: none around operators, one between words."""

    def one(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        return match[2] or " "

    return _AROUND_OPERATOR.sub(one, text).strip()


def split_arguments(text: str, limit: int = 0) -> list[str]:
    """Cut at commas and blanks; strings lose their quotes; ``limit`` > 0 leaves the rest in the last."""
    text = _tidy(text)
    found: list[str] = []
    position = 0
    while position < len(text):
        if limit and len(found) == limit - 1:
            found.append(text[position:])
            break
        argument, position = _argument(text, position)
        found.append(argument)
        if position < len(text):
            position += 1
            if position == len(text):
                found.append("")
    return found


def _argument(text: str, position: int) -> tuple[str, int]:
    if text[position] == '"':
        end = position + 1
        out: list[str] = []
        while end < len(text):
            if text[end] == "\\" and end + 1 < len(text):
                out.append(text[end : end + 2])
                end += 2
            elif text[end] == '"':
                if text[end + 1 : end + 2] != '"':
                    break
                out.append('"')
                end += 2
            else:
                out.append(text[end])
                end += 1
        return "".join(out), end + 1
    depth = 0
    end = position
    while end < len(text) and text[end] != "," and (depth or text[end] != " "):
        if text[end] in "\"'":
            quote = text[end]
            end = text.find(quote, end + 1)
            if end < 0:
                return text[position:], len(text)
        depth += (text[end] in "([") - (text[end] in ")]")
        end += 1
    return text[position:end], end


def parse_parameters(text: str, name: str) -> tuple[Parameter, ...]:
    """The parameters after a ``.macro name``; raises StatementError."""
    parameters: list[Parameter] = []
    position = 0
    text = text.strip().lstrip(",")
    while position < len(text.rstrip()):
        match = _PARAMETER.match(text, position)
        if match is None:
            raise StatementError("ASM-020", f".macro {name}: `{text[position:].strip()}` is not a parameter")
        position = match.end()
        default = ""
        if match[0].rstrip().endswith("="):
            default, position = _argument(text, position) if position < len(text) else ("", position)
        qualifier = match[2]
        parameters.append(Parameter(match[1], default, qualifier == "req", qualifier == "vararg"))
        position += len(text[position:]) - len(text[position:].lstrip())
        if text[position : position + 1] == ",":
            position += 1
    names = [one.name for one in parameters]
    if doubled := next((one for one in names if names.count(one) > 1), ""):
        raise StatementError("ASM-020", f".macro {name}: the parameter `{doubled}` occurs twice")
    return tuple(parameters)


def bind_arguments(macro: Macro, text: str) -> dict[str, str]:
    """The value of each parameter for a call; raises StatementError."""
    parameters = macro.parameters
    rest = bool(parameters and parameters[-1].rest)
    given = split_arguments(text, len(parameters) if rest else 0)
    values = {one.name: one.default for one in parameters}
    position = 0
    for argument in given:
        keyword = _KEYWORD.match(argument)
        if keyword and keyword[1] in values:
            values[keyword[1]] = argument[keyword.end() :].strip('"')
            continue
        if position >= len(parameters):
            raise StatementError(
                "ASM-021",
                f"macro `{macro.name}` takes {_counted(len(parameters))}: `{argument}` is one too many",
                f"defined at {macro.location}",
            )
        if argument:
            values[parameters[position].name] = argument
        position += 1
    for one in parameters:
        if one.required and not values[one.name]:
            raise StatementError(
                "ASM-021",
                f"macro `{macro.name}` needs its argument `{one.name}`",
                f"defined at {macro.location}",
            )
    return values


def _counted(count: int) -> str:
    return f"{count or 'no'} argument{'' if count == 1 else 's'}"


def substitute(body: Sequence[Line], values: dict[str, str], count: int) -> list[Line]:
    r"""The body with ``\name``, ``\@`` (the number of expansions so far) and ``\()`` replaced."""

    def replacement(match: re.Match[str]) -> str:
        if match["count"]:
            return str(count)
        if match["nothing"]:
            return ""
        return values.get(match["name"], match[0])

    def line(text: str) -> str:
        if "'\\" not in text:
            return _REFERENCE.sub(replacement, text)
        # Outside of strings, GNU as has read '\\c as a number before it looks for parameters.
        pieces = [piece for piece in _FIXED.split(text) if piece is not None]
        return "".join(
            piece if piece.startswith("'\\") else _REFERENCE.sub(replacement, piece) for piece in pieces
        )

    lines = [(line(text) if "\\" in text else text, place) for text, place in body]
    if any(len(text) > _LONGEST_LINE for text, _ in lines):
        raise StatementError("ASM-024", f"a macro makes a line of more than {_LONGEST_LINE} characters")
    return lines
