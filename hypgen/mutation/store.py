"""Results that are kept in a file, a line each, as they come."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path

import hypgen
from hypgen.mutation.judging import Result

FORMAT = "hypgen-mutation-3"


class Store:
    """What was judged by this hypgen, in the file ``path``; ``fresh`` forgets what was judged before."""

    def __init__(self, path: Path, fresh: bool) -> None:
        self._path = path
        self._known: dict[tuple[str, str], Result] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        tool = tool_digest()
        if not fresh and path.is_file():
            for line in path.read_text("utf-8", "replace").splitlines():
                self._read(line, tool)
        lines = [self._line(tool, *key, result) for key, result in self._known.items()]
        beside = path.with_name(f"{path.name}.{os.getpid()}")  # another run may begin at the same time
        try:
            with _named(path):
                beside.write_text("".join(lines), "utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        self._tool = tool

    def get(self, digest: str, key: str) -> Result | None:
        """What came of a mutant of an image before."""
        return self._known.get((digest, key))

    def put(self, digest: str, key: str, result: Result) -> None:
        """Keep what came of it."""
        self._known[digest, key] = result
        with _named(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(self._line(self._tool, digest, key, result))

    def _read(self, line: str, tool: str) -> None:
        try:
            one = json.loads(line)
            if (one["format"], one["hypgen"]) == (FORMAT, tool):
                result = Result(one["by"], tuple(one["names"]), one["functional"], one["glanced"])
                self._known[one["image"], one["mutant"]] = result
        except (ValueError, KeyError, TypeError):
            return  # the line that was being written when the run was stopped

    @staticmethod
    def _line(tool: str, digest: str, key: str, result: Result) -> str:
        data = {"format": FORMAT, "hypgen": tool, "image": digest, "mutant": key, **asdict(result)}
        return json.dumps(data) + "\n"


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Whatever the operating system refuses in here is about a file; a full disk's error names none."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@cache
def tool_digest() -> str:
    """What tells one hypgen from another: a changed rule may change every result."""
    digest = hashlib.sha256()
    root = Path(hypgen.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
