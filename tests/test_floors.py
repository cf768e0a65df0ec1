"""The floors of hypgen/floors.toml, held against the import graph."""

from __future__ import annotations

import ast
import graphlib
import importlib
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import hypgen

PACKAGE = Path(hypgen.__file__).parent
RULES = tomllib.loads((PACKAGE / "floors.toml").read_text())


def statements(node: ast.AST, executed: bool = True) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import at any depth of ``node``, and whether it is executed: not below ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, executed
        elif isinstance(child, ast.If) and isinstance(child.test, ast.Name):
            branch, other = ast.Module(child.body, []), ast.Module(child.orelse, [])
            yield from statements(branch, executed and child.test.id != "TYPE_CHECKING")
            yield from statements(other, executed)
        elif not isinstance(child, ast.expr):  # no expression holds a statement
            yield from statements(child, executed)


@cache
def parsed(source: str, module: str) -> tuple[tuple[ast.Import | ast.ImportFrom, bool], ...]:
    return tuple(statements(ast.parse(source, module)))


def imports(source: str, module: str) -> Iterator[tuple[str, int]]:
    """Every module that ``source`` imports, at any depth of its code, and the line."""
    for node, _ in parsed(source, module):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        else:
            base = node.module or ""
            # `from hypgen import plan` imports a part; `from hypgen.plan import x` does too.
            yield from (
                (f"{base}.{alias.name}" if base == "hypgen" else base, node.lineno) for alias in node.names
            )


def violations(sources: dict[str, str], rules: dict) -> list[str]:
    """What in ``sources`` (dotted module below hypgen -> text) breaks the rules, one sentence each."""
    floor_of = {part: int(floor) for floor, parts in rules["floors"].items() for part in parts}
    forbidden = [set(pair) for pair in rules["forbidden"]["pairs"]]
    found = []
    for module, source in sources.items():
        part = module.split(".")[0]
        if part not in floor_of:
            found.append(f"hypgen.{module} is on no floor")
            continue
        for name, line in imports(source, module):
            library = name.split(".")[0]
            where = f"hypgen.{module}:{line}"
            homes = rules["walls"].get(library)
            if homes is not None and not any(
                module == home or module.startswith(home + ".") for home in homes
            ):
                found.append(f"{where} imports {library}, which only {' and '.join(homes)} may")
            if library != "hypgen" or name == "hypgen" or name.startswith("hypgen.__"):
                continue
            target = name.split(".")[1]
            if target == part:
                continue
            if {part, target} in forbidden:
                found.append(f"{where} imports {target}: {part} and {target} must share nothing")
            elif target not in floor_of:
                found.append(f"{where} imports {target}, which is on no floor")
            elif floor_of[target] >= floor_of[part]:
                found.append(
                    f"{where} imports {target} (floor {floor_of[target]}) from floor {floor_of[part]}"
                )
    return sorted(set(found))


def package_sources() -> dict[str, str]:
    """Every module of hypgen but the top level's lazy table, by its dotted name below hypgen."""
    sources = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        dotted = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        if dotted not in ("__init__", "__main__"):
            sources[dotted] = path.read_text()
    return sources


def test_every_import_goes_down():
    assert violations(package_sources(), RULES) == []


def executed_imports(source: str, module: str, modules: set[str]) -> set[str]:
    """The modules of hypgen that ``source`` imports when it runs, those inside functions included."""
    found = set()
    for node, executed in parsed(source, module):
        if executed and isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hypgen"):
            base = (node.module or "").removeprefix("hypgen").removeprefix(".")
            names = (f"{base}.{alias.name}".removeprefix(".") for alias in node.names)
            found |= {name if name in modules else base for name in names}
    return found - {module}


def circle(sources: dict[str, str]) -> list[str]:
    """Modules that import each other in a loop when they run, from one to itself; empty if there are none."""
    graph = {name: executed_imports(source, name, set(sources)) for name, source in sources.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other():
    assert circle(package_sources()) == []


def test_a_circle_is_found():
    sources = {
        "asm.a": "from hypgen.asm import b",
        "asm.b": "def f():\n    from hypgen.asm.a import x",
        "asm.c": "if TYPE_CHECKING:\n    from hypgen.asm.d import x",
        "asm.d": "from hypgen.asm import c",
    }
    assert sorted(set(circle(sources))) == ["asm.a", "asm.b"]


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("arch.x", "from hypgen.board import model", "hypgen.arch.x:1 imports board (floor 2) from floor 1"),
        ("board.x", "import hypgen.decode.table", "hypgen.board.x:1 imports decode (floor 2) from floor 2"),
        (
            "plan.x",
            "from hypgen.emulator import mmu",
            "imports emulator: plan and emulator must share nothing",
        ),
        ("render.x", "from hypgen import machine", "imports machine: render and machine must share nothing"),
        ("link.x", "def f():\n    import lief", "hypgen.link.x:2 imports lief, which only elf.lief may"),
        ("board.x", "from rich.table import Table", "hypgen.board.x:1 imports rich, which only cli may"),
        ("attic.x", "", "hypgen.attic.x is on no floor"),
        ("board.x", "import hypgen.attic", "hypgen.board.x:1 imports attic, which is on no floor"),
    ],
)
def test_a_breach_is_found(module, source, sentence):
    (found,) = violations({module: source}, RULES)
    assert sentence in found


def test_nothing_heavy_happens_at_import():
    """Importing any module below the command line loads none of the walled libraries.

    All but the one that extends a library's classes and the one that uses it, which the renderer
    imports when it renders.
    """
    lazily_imported = ("hypgen.render.environment", "hypgen.render.overlay")
    found = (module.name for module in pkgutil.walk_packages([str(PACKAGE)], "hypgen."))
    modules = [name for name in found if not name.startswith(("hypgen.__", "hypgen.cli", *lazily_imported))]
    libraries = ["keystone", "lief", "jinja2", "capstone", "ruamel.yaml"]
    script = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print([l for l in {libraries!r} if l in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_part_bears_the_name_of_a_public_function():
    public = {name for name in hypgen.__all__ if callable(getattr(hypgen, name))}
    parts = {m.name for m in pkgutil.iter_modules([str(PACKAGE)])}
    assert not public & parts
    for name in public:
        assert importlib.import_module(getattr(hypgen, name).__module__)
