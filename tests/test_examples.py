"""The examples of the documentation, run as they stand."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.board.schema import board_schema
from hypgen.pipeline.building import build
from tests.cli.conftest import Hypgen
from tests.cli.conftest import hypgen as hypgen  # the fixture

DOCS = Path(__file__).parents[1] / "docs"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_the_session_of_api_md_gives_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, run = doctest.testfile(str(DOCS / "api.md"), module_relative=False, optionflags=FLAGS)
    assert run > 40
    assert not failed


def test_the_session_of_python_md_gives_what_it_says():
    failed, run = doctest.testfile(str(DOCS / "python.md"), module_relative=False, optionflags=FLAGS)
    assert run > 10
    assert not failed


def test_the_board_of_boards_md_is_read_without_complaint(tmp_path):
    example = re.search(r"^```yaml\n(.*?)^```", (DOCS / "boards.md").read_text(), re.MULTILINE | re.DOTALL)
    assert example
    (tmp_path / "example.yaml").write_text(example[1])
    board = load_board(str(tmp_path / "example.yaml"))
    assert dict(board.assumptions) == {"entry.mode": "its boot loader is not public"}


def test_boards_md_tells_every_key_as_the_schema_does():
    text = (DOCS / "boards.md").read_text()
    schema = board_schema()
    for block in [schema, *schema["$defs"].values()]:
        for key, value in block["properties"].items():
            required = "required" if key in block.get("required", ()) else ""
            assert f"| `{key}` | {required} | {value['description'].replace('``', '`')} |" in text


def console_examples(text: str) -> list[tuple[str, str]]:
    """Every command of the ``console`` blocks, and what it is said to print."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [
        (command, said)
        for block in blocks
        for command, said in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]


def test_the_examples_of_disassembly_md_give_what_it_says(hypgen: Hypgen):
    page = DOCS / "disassembly.md"
    failed, run = doctest.testfile(str(page), module_relative=False, optionflags=FLAGS)
    assert run >= 8
    assert not failed
    for command, said in console_examples(page.read_text()):
        done = hypgen(*shlex.split(command)[1:])
        assert (done.out, done.err) == (said, "")


@pytest.fixture
def built(tmp_path):
    build("qemu-virt", out=tmp_path / "out")


def test_the_commands_of_run_md_print_what_it_says(hypgen: Hypgen, built):
    examples = console_examples((DOCS / "run.md").read_text())
    assert len(examples) >= 5
    for command, said in examples:
        name, *arguments = shlex.split(command)
        assert name == "hypgen"
        done = hypgen(*arguments)
        printed = done.out + done.err
        assert doctest.OutputChecker().check_output(said, printed, FLAGS), f"{command}\n{printed}"
