"""The command line as tests call it: in this process through ``main``, below an empty directory."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hypgen.cli import main
from hypgen.pipeline.building import build

Contents = dict[str, bytes]


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


Hypgen = Callable[..., Result]


@pytest.fixture
def hypgen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hypgen:
    """Run ``hypgen`` with arguments in ``tmp_path``."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["hypgen", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return Result(int(left.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def keystone_outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``out/`` after a build of keystone; not to be changed."""
    out = tmp_path_factory.mktemp("session") / "out"
    assert build("keystone", out=out).passed
    return out


@pytest.fixture
def last_good(keystone_outputs: Path, tmp_path: Path) -> Contents:
    """Put the outputs of an earlier good build below ``tmp_path``, and return their contents."""
    shutil.copytree(keystone_outputs, tmp_path / "out")
    return contents(tmp_path / "out" / "keystone")


def contents(directory: Path) -> Contents:
    """Every file below a directory, temporary ones too, by relative name."""
    return {
        str(one.relative_to(directory)): one.read_bytes() for one in directory.rglob("*") if one.is_file()
    }
