"""Straight closures from lines of Python: how a family of instructions becomes one generator.

Sixteen operations times five operand forms times flags or no flags would be far too many closures
to write by hand, and one closure that looks at all of these would be too slow. A binder instead
composes the few lines that its instruction needs, with the captured constants under names, and
:func:`close` gives a closure with exactly these lines. Each distinct text is compiled once; after
that a closure costs what a hand-written one costs.
"""

from __future__ import annotations

import itertools
import linecache
import weakref
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any
from weakref import WeakKeyDictionary

Op = Callable[[], None]
"""Performs one instruction. Raises what the instruction raises."""

_serial = itertools.count()


def close(body: str, **captured: object) -> Op:
    """A closure that executes the Python statements ``body``, in which the names ``captured`` are known.

    >>> close("r[d] = (r[n] + imm) & 0xFFFFFFFF", r=[5, 0], n=0, d=1, imm=7)()
    """
    op: Op = _maker(body, tuple(captured))(**captured)
    return op


def causing(exception: Exception) -> Op:
    """A closure that only raises ``exception``, as the instructions do that are there to cause one."""

    def op() -> None:
        raise exception.with_traceback(None)

    _caused[op] = exception
    return op


def caused_by(op: Op) -> Exception | None:
    """The exception that a closure only raises, if it is such a one."""
    return _caused.get(op)


_caused: WeakKeyDictionary[Op, Exception] = WeakKeyDictionary()
_sources: dict[CodeType, str] = {}
"""The statements of each closure that :func:`close` made, by its code."""


def source_of(op: Op) -> str | None:
    """The statements of a closure; None of one that :func:`close` did not make."""
    return _sources.get(op.__code__)


@cache
def _maker(body: str, names: tuple[str, ...]) -> Callable[..., Any]:
    """The compiled text of a closure, kept with its source."""
    maker = compiled(body, names)
    code = next(one for one in maker.__code__.co_consts if isinstance(one, CodeType))
    _sources[code] = body
    return maker


def compiled(body: str, names: tuple[str, ...], parameters: str = "") -> Callable[..., Any]:
    """A function of ``names`` that returns the closure; tracebacks have its source while it lives."""
    lines = (
        f"def make({', '.join(names)}):",
        f" def instruction({parameters}):",
        *(f"  {line}" for line in body.split("\n")),
        " return instruction",
    )
    source = "\n".join(lines) + "\n"
    filename = f"<instruction {next(_serial)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {}
    exec(compile(source, filename, "exec"), namespace)
    maker: Callable[..., Any] = namespace["make"]
    code = next(one for one in maker.__code__.co_consts if isinstance(one, CodeType))
    weakref.finalize(code, linecache.cache.pop, filename, None).atexit = False
    return maker
