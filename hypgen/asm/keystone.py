"""Keystone, called for one statement at a time; the only module that imports it.

A handle that served several statements with diagnostics crashes at random, so each call gets a fresh
one. The library never initialises the radix of numbers without a prefix: it is whatever the heap holds,
and when that is 16, `#10` means 0x10 from then on. So every number is sent in hexadecimal. Warnings
exist only as text on the C library's standard error; file descriptor 2 is pointed at a scratch file for
the duration of the call.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from types import ModuleType
from typing import IO, Any

_SHAPE = re.compile(r"[a-z][a-z0-9.]*(\s[a-z0-9{}\[\]#!^,. :=+*()@_-]*)?")
"""What may be sent: a statement that begins with + ( [ or ^ never returns from the library."""
_NUMBER = re.compile(r"(?<![\w.])(?:(\d+\.\d+(?:e[+-]?\d+)?)|([1-9]\d+))(?![\w.])")
"""A floating-point number, or an integer of several digits, in decimal."""
HARMLESS = ("use of SP or PC in the list is deprecated", "use of SP in the list is deprecated", "deprecated")
"""Warnings about what the architecture deprecates but defines."""
WORD_SIZE = 4


class RefusedError(Exception):
    """Keystone did not encode the statement; the text says what it reported."""


@lru_cache(maxsize=1)
def _library() -> ModuleType:
    return importlib.import_module("keystone")


@lru_cache(maxsize=1)
def _scratch() -> IO[bytes]:
    scratch = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it lives as long as the process
    atexit.register(scratch.close)
    return scratch


@contextlib.contextmanager
def _captured() -> Iterator[list[str]]:
    """Collect what the C library writes to file descriptor 2."""
    lines: list[str] = []
    sys.stderr.flush()
    scratch = _scratch()
    try:
        kept = os.dup(2)
    except OSError:  # no standard error at all: then nothing can be printed there either
        kept = -1
    os.dup2(scratch.fileno(), 2)
    try:
        yield lines
    finally:
        if kept < 0:
            os.close(2)
        else:
            os.dup2(kept, 2)
            os.close(kept)
        if os.fstat(scratch.fileno()).st_size:
            scratch.seek(0)
            lines.extend(scratch.read().decode("utf-8", "replace").splitlines())
            scratch.seek(0)
            scratch.truncate()


def _prefixed(number: re.Match[str]) -> str:
    return float(number[1]).hex() if number[1] else hex(int(number[2]))


def _handle() -> Any:  # noqa: ANN401 - the library has no types
    library = _library()
    return library.Ks(library.KS_ARCH_ARM, library.KS_MODE_ARM | library.KS_MODE_V8)


def encode(text: str) -> int:
    """The A32 word of a canonical statement; raises RefusedError."""
    if not _SHAPE.fullmatch(text):
        raise RefusedError("the statement does not have the shape of an instruction")
    library = _library()
    with _captured() as printed:
        try:
            encoded, count = _handle().asm(_NUMBER.sub(_prefixed, text), 0, as_bytes=True)
        except library.KsError as refusal:
            raise RefusedError(_message(printed) or str(refusal)) from None
    reports = [line for line in printed if re.search(r"\b(error|warning):", line)]
    doubts = [line for line in reports if not line.split("warning:")[-1].strip().startswith(HARMLESS)]
    if doubts:
        raise RefusedError(doubts[0])
    if count != 1 or not encoded or len(encoded) != WORD_SIZE:
        raise RefusedError("no word came out")
    return int.from_bytes(encoded, "little")


def _message(printed: list[str]) -> str:
    return next((line.split("error:")[-1].strip() for line in printed if "error:" in line), "")
