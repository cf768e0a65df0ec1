"""What of the core's code the cases execute that are compared with QEMU.

    python -m tests.emulator.differential.measure [CASES] [--write]

executes so many cases by closures and by generated functions, and prints a table of lines by module and
the functions that nothing entered; ``--write`` puts it into docs/differential.md. It must be a process of
its own, so that what modules do when they are imported counts as well.

A closure that is made of lines of text counts as its binder does.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parents[3]
CORE = ROOT / "hypgen" / "emulator"
PAGE = ROOT / "docs" / "differential.md"
MARKS = "<!-- measured -->", "<!-- end -->"
CASES = 3000


@dataclass(frozen=True)
class Measured:
    """A module: its statements, how many were executed, and its functions that nothing entered."""

    name: str
    statements: int
    executed: int
    never: tuple[str, ...]


def measure(cases: int) -> list[Measured]:
    """Execute so many cases; nothing of the core may have been imported before."""
    recorder = coverage.Coverage(include=[f"{CORE}/*"], data_file=None, config_file=False)
    recorder.start()
    from tests.emulator.differential import ours
    from tests.emulator.differential.generate import Generator

    for case in Generator(20_000).cases(cases)[0]:
        ours.execute(case, generated=True)
    recorder.stop()
    return [_of(recorder, path) for path in sorted(CORE.rglob("*.py")) if path.stat().st_size]


def _of(recorder: coverage.Coverage, path: Path) -> Measured:
    _, statements, _, missing, _ = recorder.analysis2(str(path))
    executed = set(statements) - set(missing)
    never = [name for name, lines in _functions(path) if lines & set(statements) and not lines & executed]
    module = ".".join(path.relative_to(CORE).with_suffix("").parts)
    return Measured(module, len(statements), len(executed), tuple(never))


def _functions(path: Path) -> Iterator[tuple[str, set[int]]]:
    """Each function of a module, methods with their class, and the lines of its body; none inside others."""

    def below(node: ast.AST, prefix: str) -> Iterator[tuple[str, set[int]]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                yield from below(child, f"{prefix}{child.name}.")
            elif isinstance(child, ast.FunctionDef):
                end = child.end_lineno
                assert end is not None
                name = child.name if child.name != "_" else _registered(child)
                yield prefix + name, set(range(child.body[0].lineno, end + 1))

    yield from below(ast.parse(path.read_text()), "")


def _registered(function: ast.FunctionDef) -> str:
    """The first heading that a binder without a name is registered for."""
    return re.sub(r"\s+", " ", ast.unparse(function.decorator_list[0]).split(",")[0]).rstrip(")") + ")"


def table(measured: list[Measured]) -> str:
    """The lines by module, as the page has them: not of the strict rules, which no case loads."""
    measured = [one for one in measured if not one.name.startswith("strict")]
    total, executed = (sum(getattr(one, name) for one in measured) for name in ("statements", "executed"))
    rows = [f"| `{one.name}` | {one.statements} | {_percent(one)} |" for one in measured if one.statements]
    last = f"| **all** | **{total}** | **{100 * executed // total} %** |"
    return "\n".join(["| module | statements | executed |", "|---|---:|---:|", *rows, last])


def _percent(one: Measured) -> str:
    return f"{100 * one.executed // one.statements} %"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="?", type=int, default=CASES)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    measured = measure(options.cases)
    never = {one.name: list(one.never) for one in measured if one.never}
    if options.json:
        options.json.write_text(json.dumps(never))
        return
    print(table(measured))
    for module, functions in never.items():
        print(f"{module}: {', '.join(functions)}")
    if options.write:
        before, _, rest = PAGE.read_text().partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        PAGE.write_text(f"{before}{MARKS[0]}\n{table(measured)}\n{MARKS[1]}{after}")


if __name__ == "__main__":
    main()
