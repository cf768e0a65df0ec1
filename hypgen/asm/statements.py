"""Lines into statements: comments, strings, `;` and labels, as GNU as reads them for Arm.

`@` and `//` start a comment anywhere outside a string, `#` only as the first character of a line,
`/* */` may span lines. `;` separates statements. The result depends on the line's text alone, so it
is remembered by text: most lines of a build repeat.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

SYMBOL = r"[A-Za-z_.$][\w.$]*"
"""What GNU as for Arm accepts as a symbol's name."""

_HARD = re.compile(r"""["'@;#]|//""")
_PIECE = re.compile(
    r"""
      (?P<string>"(?:\\.|[^"\\])*(?:"|$))   # an unterminated string runs to the end of the line
    | (?P<char>'(?:\\.|[^\\])'?)            # 'A and 'A' alike
    | (?P<comment>@.*|//.*)
    | (?P<separator>;)
    | (?P<other>[^"'@;/]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LABEL = re.compile(rf"\s*({SYMBOL}|[0-9]{{1,9}})\s*:(?!:)")
_ASSIGNMENT = re.compile(rf"({SYMBOL})\s*(==?)(?!=)\s*(.*)", re.DOTALL)
_ALIAS = re.compile(r"(\w+)\s+\.req\s+(.*)", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\S+")
_BLOCK_COMMENT = re.compile(
    r"""(?P<keep>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^\\\n])|@[^\n]*|//[^\n]*)|(?P<open>/\*)""",
    re.VERBOSE,
)


class Statement(NamedTuple):
    """One statement: its labels, its first word, and the rest, uninterpreted.

    ``name`` is empty when there are only labels, ``"="`` or ``"=="`` for an assignment and ``".req"``
    for a register alias; those have what they define in ``target``. ``column`` counts from 1.
    """

    labels: tuple[str, ...]
    name: str
    operands: str
    column: int
    target: str = ""


_LONGEST_SHOWN = 120
"""Characters of a statement that a message shows."""


def shown(statement: Statement) -> str:
    """A statement as messages show it."""
    if statement.name in ("=", "==", ".req"):
        text = f"{statement.target} {statement.name} {statement.operands}"
    else:
        text = f"{statement.name} {statement.operands}".rstrip()
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


NOTHING = Statement((), "", "", 0)
"""What stands where no statement was read."""


class UnterminatedCommentError(ValueError):
    """A ``/*`` without ``*/``; ``line`` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def strip_block_comments(text: str) -> str:
    """Replace ``/* */`` by a blank, keeping the number of lines; raises UnterminatedCommentError."""
    if "/*" not in text:
        return text
    out: list[str] = []
    position = 0
    for_start = _BLOCK_COMMENT.search
    while match := for_start(text, position):
        if match["keep"] is not None:
            out.append(text[position : match.end()])
            position = match.end()
            continue
        out.append(text[position : match.start()])
        end = text.find("*/", match.end())
        if end < 0:
            raise UnterminatedCommentError(text.count("\n", 0, match.start()) + 1)
        out.append(" " + "\n" * text.count("\n", match.start(), end))
        position = end + 2
    out.append(text[position:])
    return "".join(out)


@lru_cache(maxsize=1 << 16)
def split_line(line: str) -> tuple[Statement, ...]:
    """The statements of one line without block comments."""
    if line.lstrip().startswith("#"):
        return ()
    if not _HARD.search(line):
        statement = _statement(line, 0)
        return (statement,) if statement else ()
    found = [_statement(text, column) for text, column in _separate(line)]
    return tuple(one for one in found if one)


def _separate(line: str) -> list[tuple[str, int]]:
    """Cut at `;` and drop the comment; gives each piece with its offset in the line."""
    pieces: list[tuple[str, int]] = []
    begin = position = 0
    for match in _PIECE.finditer(line):
        if match.lastgroup == "comment":
            break
        if match.lastgroup == "separator":
            pieces.append((line[begin : match.start()], begin))
            begin = match.end()
        position = match.end()
    pieces.append((line[begin:position], begin))
    return pieces


def _statement(text: str, offset: int) -> Statement | None:
    labels: list[str] = []
    position = 0
    while match := _LABEL.match(text, position):
        labels.append(match[1])
        position = match.end()
    body = text[position:]
    stripped = body.lstrip()
    column = offset + position + len(body) - len(stripped) + 1
    stripped = stripped.rstrip()
    if not stripped:
        return Statement(tuple(labels), "", "", column) if labels else None
    if assignment := _ASSIGNMENT.match(stripped):
        return Statement(tuple(labels), assignment[2], assignment[3], column, assignment[1])
    if alias := _ALIAS.match(stripped):
        return Statement(tuple(labels), ".req", alias[2], column, alias[1])
    word = _WORD.match(stripped)
    assert word is not None  # stripped is not empty
    return Statement(tuple(labels), word[0], stripped[word.end() :].lstrip(), column)


def split_operands(text: str) -> list[str]:
    """Cut at commas outside of brackets, braces, parentheses and strings; blanks around are dropped."""
    if not text:
        return []
    if not _NESTING.search(text):
        return [piece.strip() for piece in text.split(",")]
    parts: list[str] = []
    depth = begin = 0
    for match in _NESTING_TOKEN.finditer(text):
        token = match[0]
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        elif token == "," and depth <= 0:
            parts.append(text[begin : match.start()].strip())
            begin = match.end()
    parts.append(text[begin:].strip())
    return parts


_NESTING = re.compile(r"""[(\[{"']""")
_NESTING_TOKEN = re.compile(r"""[()\[\]{},]|"(?:\\.|[^"\\])*"?|'(?:\\.|[^\\])'?""", re.DOTALL)
