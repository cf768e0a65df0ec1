"""Conditions over instruction fields, written in the rows as text: ``"Rd == 15 or Rd == Rn"``.

The language is the manual's, spelled for Python: field names, numbers, ``== != < >``, ``in {13, 15}``,
``and``, ``or`` and ``not``, ``+`` and ``&`` (which binds tighter than a comparison), ``bit(x, n)`` for
the manual's ``x<n>``, ``BitCount(x)``, and ``wback`` for ``P == 0 or W == 1``. Nothing else is
accepted, so that a row stays data.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

Predicate = Callable[[Mapping[str, int]], bool]

_FUNCTIONS: dict[str, Callable[..., int]] = {
    "bit": lambda value, position: value >> position & 1,
    "BitCount": int.bit_count,
}
_DERIVED = {"wback": "(P == 0 or W == 1)"}
_NODES = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.Gt,
    ast.In, ast.Set, ast.UnaryOp, ast.Not, ast.BinOp, ast.Add, ast.BitAnd, ast.Call, ast.Name, ast.Load,
    ast.Constant,
)  # fmt: skip  # one node class per line would hide the groups


class ConditionError(ValueError):
    """A condition uses something that the language does not have, or an unknown field."""


def predicate(text: str, names: frozenset[str]) -> Predicate:
    """Compile a condition over fields called ``names``; raises ConditionError."""
    expanded = text
    for name, meaning in _DERIVED.items():
        expanded = expanded.replace(name, meaning)
    try:
        tree = ast.parse(expanded, mode="eval")
    except SyntaxError:
        raise ConditionError(f"{text!r} is not an expression") from None
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ConditionError(f"{text!r}: {type(node).__name__} is not part of the language")
        if isinstance(node, ast.Constant) and type(node.value) is not int:
            raise ConditionError(f"{text!r}: {node.value!r} is not a number")
        if isinstance(node, ast.Name) and node.id not in (_FUNCTIONS if id(node) in functions else names):
            raise ConditionError(f"{text!r}: no field or function {node.id!r}")
    code = compile(tree, text, "eval")
    scope = {"__builtins__": {}, **_FUNCTIONS}
    return lambda fields: bool(eval(code, scope, dict(fields)))  # the tree holds only the nodes above
