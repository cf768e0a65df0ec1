"""The Jinja environment: sandboxed, bounded, strict, and with a map from lines back to templates.

This is the only module that imports jinja2, whose environment it extends; import this module inside
the function that renders, and not before.

*Strict*: an undefined name is an error. *Sandboxed*: attributes that lead to the interpreter are
refused, and only a few filters, globals and string methods exist. *Bounded*: every loop iteration,
call and emitted character is paid from one :class:`Budget`, so that no template runs for ever or
fills the memory. *Mapped*: every line carries an invisible mark of its template line until
:func:`split_marks` takes it off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer

from hypgen.documents import display_path
from hypgen.errors import Diagnostic, InputError, Location
from hypgen.render.limits import (
    MAX_ELEMENTS,
    MAX_INTEGER_BITS,
    MAX_TEMPLATE_BYTES,
    Budget,
    BudgetError,
    OutsideError,
    ValueRefusedError,
)

FILTERS = ("default", "first", "int", "length", "lower", "string", "trim", "upper")
"""Jinja's filters that templates may use, beside ``join`` and ``list``: none makes much out of little."""
STRING_METHODS = frozenset(
    {"endswith", "isdigit", "lower", "lstrip", "rstrip", "startswith", "strip", "upper"}
)

# Private-use characters: nothing that a template writes in assembly contains them.
_MARK_START, _MARK_END = "\ue000", "\ue001"
_MARK = re.compile(f"{_MARK_START}([^{_MARK_END}]*):([0-9]+){_MARK_END}")


MAX_COMPILED = 64
"""Templates whose compiled form is kept; an image needs 13."""
_COMPILED: dict[tuple[str, str | None, str | None], CodeType] = {}


class _Marker(Extension):
    """Writes the mark ``file:line`` before each line end of a template's text.

    The mark is that of the line end, so a line made by an expression bears the line it stands in;
    a line made by a macro bears the macro's.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        file = stream.filename or stream.name or ""
        for token in stream:
            if token.type != "data" or "\n" not in token.value:
                yield token
                continue
            pieces = token.value.split("\n")
            marked = [
                f"{piece}{_MARK_START}{file}:{token.lineno + offset}{_MARK_END}"
                for offset, piece in enumerate(pieces[:-1])
            ]
            yield Token(token.lineno, "data", "\n".join([*marked, pieces[-1]]))


class _Meter(NodeTransformer):
    """Puts a payment before every output and around what every loop iterates over."""

    def __init__(self, file: str | None) -> None:
        self.file = file

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        if node.recursive:
            raise jinja2.TemplateSyntaxError("recursive loops are not allowed", node.lineno, None, self.file)
        assert isinstance(node.iter, nodes.Expr)
        node.iter = _call("metered", [node.iter], node.iter.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:
        self.generic_visit(node)
        return _call("bounded", [node], node.lineno)

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:
        self.generic_visit(node)
        length = sum(len(one.data) for one in node.nodes if isinstance(one, nodes.TemplateData))
        payment = _call("spend", [nodes.Const(length + 1, lineno=node.lineno)], node.lineno)
        return [nodes.ExprStmt(payment, lineno=node.lineno), node]


def _call(method: str, arguments: list[nodes.Expr], lineno: int) -> nodes.Call:
    target = nodes.EnvironmentAttribute(method, lineno=lineno)
    return nodes.Call(target, arguments, [], None, None, lineno=lineno)


class _Loader(jinja2.BaseLoader):
    """Finds templates in ``directories`` in order; ``hypgen/NAME`` is NAME in the last of them."""

    def __init__(self, directories: tuple[Path, ...]) -> None:
        self.directories = directories

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        assert isinstance(environment, Environment)
        directories, name = self.directories, template
        if template.startswith("hypgen/"):
            directories, name = self.directories[-1:], template.removeprefix("hypgen/")
        parts = name.split("/")
        if not name or "\\" in name or "\0" in name or any(part in ("", ".", "..") for part in parts):
            raise OutsideError(template)
        for directory in directories:
            path = directory.joinpath(*parts)
            if not path.is_file():
                continue
            if not path.resolve().is_relative_to(directory.resolve()):
                raise OutsideError(template)
            text = _read(path)
            environment.spend(len(text))
            environment.files.add(display_path(path))
            return text, display_path(path), lambda: True
        raise jinja2.TemplateNotFound(template)


def _read(path: Path) -> str:
    """The text of a template file; raises InputError when it is not one."""
    place = Location(display_path(path))
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_TEMPLATE_BYTES + 1)
        if len(content) > MAX_TEMPLATE_BYTES:
            sentence = f"the template has more than {MAX_TEMPLATE_BYTES // 1024} KiB"
            raise InputError.at("TPL-008", sentence, place)
        return content.decode("utf-8")
    except OSError as error:
        raise InputError.at("TPL-008", f"the template cannot be read: {error.strerror}", place) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        sentence = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        raise InputError.at("TPL-008", sentence, Location(place.file, line)) from None


class Environment(SandboxedEnvironment):
    """A sandbox for one rendering: it carries that rendering's budget and its list of files."""

    def __init__(self, directories: tuple[Path, ...], budget: Budget) -> None:
        self.budget = budget
        self.files: set[str] = set()
        # jinja2 looks at this while it compiles: these operators come to call_binop.
        self.intercepted_binops = frozenset({"+", "-", "*", "//", "%", "/", "**"})
        super().__init__(
            loader=_Loader(directories),
            extensions=[_Marker],
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
            cache_size=0,
            finalize=self._pay_for_value,
        )
        self.globals = {"range": self.globals["range"]}
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.filters["join"] = self._join
        self.filters["list"] = lambda values: self.bounded(list(self._each(values)))

    def join_path(self, template: str, parent: str) -> str:
        """The template that ``parent`` means by this name: by its own name it means hypgen's."""
        return f"hypgen/{template}" if template == parent else template

    def spend(self, amount: int) -> None:
        """Pay for work; see :class:`Budget`."""
        self.budget.spend(amount)

    def metered(self, iterable: Iterable[object]) -> Iterator[object]:
        """``iterable``, each element of which is paid for."""
        if isinstance(iterable, jinja2.Undefined):
            iter(iterable)  # raises its own error
        return self._each(iterable)

    def _each(self, iterable: Iterable[object]) -> Iterator[object]:
        for element in iterable:
            self.budget.spend(1)
            yield element

    def bounded(self, value: object) -> object:
        """``value``, which must not be too long; its length is paid for."""
        if isinstance(value, (str, list, tuple)):
            if len(value) > MAX_ELEMENTS:
                raise BudgetError
            self.budget.spend(len(value))
        if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
            raise BudgetError
        return value

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Arithmetic on numbers only, ``+`` also on texts and lists; ``**`` never."""
        numbers = isinstance(left, int) and isinstance(right, int)
        if operator == "%" and isinstance(left, str):
            raise SecurityError("'%' on a text is not allowed in templates; use hex() or ~")
        if operator == "**" or (operator == "*" and not numbers):
            raise SecurityError(f"{operator!r} on these operands is not allowed in templates")
        if not numbers and operator == "+":
            self.bounded(left)
            self.bounded(right)
        return self.bounded(super().call_binop(context, operator, left, right))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805, ANN401  # jinja2's signature
        """Every call that a template makes comes here."""
        __self.budget.spend(1)
        if getattr(__obj, "__self__", None) is __self:
            return __obj(*args)  # one of our own payments
        return super().call(__context, __obj, *args, **kwargs)

    def wrap_str_format(self, value: object) -> None:
        """``str.format`` is not for templates: a width in a format makes much out of little."""

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Only public attributes of our values, and harmless methods of texts."""
        if isinstance(obj, str):
            return attr in STRING_METHODS
        if isinstance(obj, (bytes, int, float, list, dict)):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def compile(  # type: ignore[override]  # only the form that get_template uses
        self, source: str, name: str | None = None, filename: str | None = None
    ) -> CodeType:
        """The code of a template, kept for the next rendering: it depends on these texts alone."""
        key = (source, name, filename)
        if key not in _COMPILED:
            if len(_COMPILED) >= MAX_COMPILED:
                _COMPILED.clear()
            _COMPILED[key] = super().compile(source, name, filename)
        return _COMPILED[key]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Meter(filename).visit(super()._parse(source, name, filename))
        return tree

    def _pay_for_value(self, value: object) -> object:
        self.budget.spend(len(value) if isinstance(value, str) else 1)
        return value

    def _join(self, values: Iterable[object], separator: str = "") -> str:
        pieces = [str(one) for one in self._each(values)]
        if sum(map(len, pieces)) + len(separator) * len(pieces) > MAX_ELEMENTS:
            raise BudgetError
        return separator.join(pieces)


def render(
    name: str, directories: tuple[Path, ...], context: Mapping[str, object], budget: Budget | None = None
) -> tuple[str, tuple[Location, ...]]:
    """Render the template ``name`` and give its text and the template's place of each line.

    ``directories`` are searched in order. Raises InputError, located in the template, for everything
    that a template can do wrong.
    """
    environment = Environment(directories, budget or Budget())
    try:
        marked = "".join(environment.get_template(name).generate(**context))
    except InputError:
        raise
    except Exception as error:  # a template can raise anything at all: each becomes a located message
        raise _explain(error, name, environment) from None
    return split_marks(marked, name)


@dataclass(frozen=True)
class Outline:
    """What a template extends, if anything, and its blocks by name with their line; ``outer`` are those
    that no other block encloses."""

    extends: str | None
    blocks: Mapping[str, int]
    outer: Mapping[str, int]


def outline(path: Path) -> Outline | None:
    """The outline of a template file, or None when it is no valid template."""
    try:
        tree = jinja2.Environment().parse(_read(path))
    except (jinja2.TemplateSyntaxError, InputError):
        return None
    extended = next((one.template for one in tree.find_all(nodes.Extends)), None)
    return Outline(
        str(extended.value) if isinstance(extended, nodes.Const) else None,
        {one.name: one.lineno for one in tree.find_all(nodes.Block)},
        {one.name: one.lineno for one in tree.body if isinstance(one, nodes.Block)},
    )


def split_marks(marked: str, name: str) -> tuple[str, tuple[Location, ...]]:
    """Take the marks off: the text, and the place of each of its lines.

    A line without a mark, made inside an expression, has the place of the next line that has one;
    after the last mark it has no more than the template's ``name``.
    """
    lines = marked.split("\n")
    places: list[Location] = []
    place = Location(name)
    for line in reversed(lines):
        found = _MARK.findall(line)
        if found:
            file, row = found[-1]
            place = Location(file, int(row))
        places.append(place)
    texts = [_MARK.sub("", line).rstrip() for line in lines]
    if texts and not texts[-1]:
        texts.pop()
        places.pop(0)
    places.reverse()
    # Blocks that say nothing leave their empty lines behind: of several in a row one is enough.
    kept = [at for at, text in enumerate(texts) if text or not at or texts[at - 1]]
    return "".join(f"{texts[at]}\n" for at in kept), tuple(places[at] for at in kept)


def _explain(error: Exception, name: str, environment: Environment) -> InputError:
    """The InputError that says where in which template ``error`` arose, and why."""
    place = _place(error, environment) or Location(name)
    sentence, hint = _sentence(error), ""
    match error:
        case jinja2.TemplateSyntaxError():
            place = Location(error.filename or error.name or place.file, error.lineno)
            code, sentence = "TPL-001", f"not a valid template: {sentence}"
        case jinja2.TemplateNotFound():
            loader = environment.loader
            assert isinstance(loader, _Loader)
            code, sentence = "TPL-003", f"there is no template {error.name!r}"
            hint = f"searched {', '.join(display_path(one) for one in loader.directories)}"
        case OutsideError():
            code = "TPL-004"
            sentence = f"{error.args[0]!r} is not the name of a file below the template directories"
        case SecurityError():
            code, sentence = "TPL-005", f"the sandbox refuses this: {sentence}"
        case jinja2.UndefinedError():
            code = "TPL-002"
        case BudgetError() | RecursionError() | MemoryError() | OverflowError():
            code, sentence = "TPL-006", "the template does not come to an end within the work granted"
            hint = "does it loop, or call itself?"
        case ValueRefusedError():
            code = "TPL-007"
        case _:
            code, sentence = "TPL-007", f"rendering failed: {type(error).__name__}: {sentence}"
    return InputError(Diagnostic(code, sentence, place, hint))


def _sentence(error: Exception) -> str:
    text = str(error).strip().rstrip(".")
    return text[:1].lower() + text[1:] if text[:2].istitle() else text


def _place(error: Exception, environment: Environment) -> Location | None:
    """The innermost template line of a traceback, which jinja2 has rewritten to name template lines."""
    place = None
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file in environment.files:
            place = Location(file, trace.tb_lineno)
        trace = trace.tb_next
    return place
