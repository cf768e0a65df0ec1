"""Expressions as GNU as writes, ranks and computes them.

Precedence, tightest first (the GNU assembler manual, "Infix Operators"): ``* / % << >>``, then
``| & ^ !``, then ``+ -``, then comparisons, then ``&&``, then ``||``. So ``1<<2+1`` is 5. A true
comparison is -1. Arithmetic is that of a 64-bit machine, division truncates towards zero, and
``>>`` shifts in zeros.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from hypgen.asm.source import StatementError
from hypgen.asm.values import Name, Value, fold_places

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<hex>0[xX][0-9a-fA-F]+)(?![\w.$])
    | (?P<local>[0-9]+[bf])(?![\w.$])
    | (?P<binary>0[bB][01]+)(?![\w.$])
    | (?P<decimal>[0-9]+)(?![\w.$])
    | (?P<symbol>[A-Za-z_.$][\w.$]*)
    | '(?P<char>\\[0-7]{1,3}|\\.|[^\\])'?
    | (?P<operator><<|>>|<>|<=|>=|==|!=|&&|\|\||[-+*/%|&^!~<>()])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "b": 8, "f": 12, "0": 0, "\\": 92, '"': 34, "'": 39}
_RANK = {
    **dict.fromkeys(("*", "/", "%", "<<", ">>"), 6),
    **dict.fromkeys(("|", "&", "^", "!"), 5),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("==", "<>", "!=", "<", "<=", ">", ">="), 3),
    "&&": 2,
    "||": 1,
}
_MOST_DIGITS = 80
"""More than any number of 64 bits has, in whatever base."""
_MAX_DEPTH = 60
"""Nesting beyond this is refused: the parser recurses."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol's use; ``.`` is the place of the statement. ``1b`` and ``1f`` are spelled so."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    """``-``, ``~`` or ``!`` applied to an expression."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """An infix operator applied to two expressions."""

    operator: str
    left: Node
    right: Node


Node: TypeAlias = Value | Symbol | Unary | Binary
Lookup: TypeAlias = Callable[[str], Value | Node]
"""Gives what a symbol stands for; a Node other than a Value if that is not known yet."""


def _wrap(number: int) -> int:
    """To a signed 64-bit number, as GNU as built for 64-bit hosts computes."""
    number &= 0xFFFF_FFFF_FFFF_FFFF
    return number - (1 << 64) if number >> 63 else number


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def next(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.position)

    def fail(self, wanted: str) -> StatementError:
        rest = self.text[self.position :].strip()[:_MOST_DIGITS]
        found = f"`{rest}`" if rest else "its end"
        return StatementError(
            "ASM-002", f"expression `{self.text.strip()[:_MOST_DIGITS]}`: expected {wanted}, found {found}"
        )

    def expression(self, least: int = 1) -> Node:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise StatementError("ASM-002", f"expression `{self.text[:40]}...`: nested too deeply")
        left = self.operand()
        while (token := self.next()) and (operator := token["operator"]) in _RANK:
            rank = _RANK[operator]
            if rank < least:
                break
            self.position = token.end()
            left = Binary(operator, left, self.expression(rank + 1))
        self.depth -= 1
        return left

    def operand(self) -> Node:
        token = self.next()
        if token is None:
            raise self.fail("a number, a symbol or `(`")
        kind, text = str(token.lastgroup), token[str(token.lastgroup)]
        if kind == "operator":
            return self.prefix(token, text)
        self.position = token.end()
        if kind in ("symbol", "local"):
            return Symbol(text)
        if kind == "char":
            return Value(character(text))
        if kind == "decimal" and len(text) > 1 and text[0] == "0":
            if not set(text) <= set("01234567"):
                raise StatementError("ASM-002", f"`{text}` is not an octal number")
            return Value(_wrap(int(text, 8)))
        number = int(text, 0) if len(text) <= _MOST_DIGITS else 1 << 64
        if number >> 64:
            raise StatementError("ASM-002", f"`{text[:_MOST_DIGITS]}` does not fit into 64 bits")
        return Value(number)

    def prefix(self, token: re.Match[str], operator: str) -> Node:
        if operator == "(":
            self.position = token.end()
            inner = self.expression()
            closing = self.next()
            if closing is None or closing["operator"] != ")":
                raise self.fail("`)`")
            self.position = closing.end()
            return inner
        if operator in "-~!+":
            self.position = token.end()
            self.depth += 1
            if self.depth > _MAX_DEPTH:
                raise StatementError("ASM-002", f"expression `{self.text[:40]}...`: nested too deeply")
            inner = self.operand()
            self.depth -= 1
            return inner if operator == "+" else Unary(operator, inner)
        raise self.fail("a number, a symbol or `(`")


def character(text: str) -> int:
    """The code of a character as written after `'` or in a string, escape included."""
    if text[0] != "\\":
        return ord(text)
    if set(text[1:]) <= set("01234567"):
        return int(text[1:], 8) & 0xFF
    return _ESCAPES.get(text[1:], ord(text[1]))


@lru_cache(maxsize=1 << 16)
def parse(text: str) -> Node:
    """The tree of an expression, constants folded; raises StatementError."""
    parser = _Parser(text)
    tree = parser.expression()
    if parser.text[parser.position :].strip():
        raise parser.fail("an operator")
    return bind(tree, lambda name: Symbol(name))


def bind(node: Node, lookup: Lookup) -> Node:
    """Put in what ``lookup`` knows, and compute what can be computed; raises StatementError."""
    if isinstance(node, Value):
        return fold_places(node) if node.terms else node
    if isinstance(node, Symbol):
        found = lookup(node.name)
        return bind(found, lookup) if isinstance(found, Value) else found
    if isinstance(node, Unary):
        operand = bind(node.operand, lookup)
        if isinstance(operand, Value):
            result = _unary(node.operator, operand)
            if result is not None:
                return result
        return Unary(node.operator, operand)
    left, right = bind(node.left, lookup), bind(node.right, lookup)
    if isinstance(left, Value) and isinstance(right, Value):
        combined = _binary(node.operator, left, right)
        if combined is not None:
            return combined
    return Binary(node.operator, left, right)


def _unary(operator: str, operand: Value) -> Value | None:
    if operator == "-":
        return Value(_wrap(-operand.number)) if operand.constant else operand.times(-1)
    if not operand.constant:
        return None
    if operator == "~":
        return Value(_wrap(~operand.number))
    return Value(int(not operand.number))


def _binary(operator: str, left: Value, right: Value) -> Value | None:
    if operator == "+":
        return _settle(left.plus(right))
    if operator == "-":
        return _settle(left.plus(right, -1))
    if operator == "*" and (left.constant or right.constant):
        return left.times(right.number) if right.constant else right.times(left.number)
    if operator in _COMPARISONS and not (left.constant and right.constant):
        difference = fold_places(left.plus(right, -1))
        if not difference.constant:
            return None
        left, right = difference, Value(0)
    if not (left.constant and right.constant):
        return None
    return Value(_wrap(_compute(operator, _wrap(left.number), _wrap(right.number))))


def _settle(value: Value) -> Value:
    value = fold_places(value)
    return Value(_wrap(value.number)) if value.constant else value


_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _compute(operator: str, a: int, b: int) -> int:
    if operator in _COMPARISONS:
        return -int(_COMPARISONS[operator](a, b))
    if operator in ("/", "%"):
        if not b:
            raise StatementError("ASM-002", f"`{a}{operator}{b}` divides by zero")
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return quotient if operator == "/" else a - quotient * b
    if operator in ("<<", ">>"):
        if not 0 <= b < 64:
            return 0
        return a << b if operator == "<<" else (a & 0xFFFF_FFFF_FFFF_FFFF) >> b
    if operator == "*":
        return a * b
    if operator == "|":
        return a | b
    if operator == "&":
        return a & b
    if operator == "^":
        return a ^ b
    if operator == "!":
        return a | ~b
    return int(bool(a) and bool(b)) if operator == "&&" else int(bool(a) or bool(b))


def describe(node: Node) -> str:
    """An expression as text, for messages."""
    if isinstance(node, Symbol):
        return node.name
    if isinstance(node, Unary):
        return f"{node.operator}{describe(node.operand)}"
    if isinstance(node, Binary):
        return f"({describe(node.left)}{node.operator}{describe(node.right)})"
    parts = [
        ("-" if count < 0 else "+") + (f"{abs(count)}*" if abs(count) != 1 else "") + label(name)
        for name, count in node.terms
    ]
    if node.number or not parts:
        parts.append(f"{node.number:+d}")
    return "".join(parts).removeprefix("+")


def label(name: Name) -> str:
    """How messages call a symbol."""
    return name.name or "."
