"""`hypgen boards` and `hypgen schema` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def hypgen(*arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "hypgen", *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done


def test_boards_lists_every_board() -> None:
    lines = hypgen("boards").stdout.splitlines()
    assert lines[0].split() == ["BOARD", "CPU", "RAM", "ALIAS", "GIC", "ENTRY", "SECONDARIES"]
    assert [line.split()[0] for line in lines[1:3]] == ["keystone", "qemu-virt"]


def test_boards_as_json() -> None:
    assert [one["name"] for one in json.loads(hypgen("boards", "--format", "json").stdout)] == [
        "keystone",
        "qemu-virt",
        "rpi2",
        "vexpress-tc2",
    ]


def test_boards_show_gives_the_memory_map() -> None:
    assert hypgen("boards", "show", "keystone").stdout.startswith(
        "keystone: TI K2HK EVM (66AK2H, Keystone II)\n\nfile        boards/keystone.yaml\n"
    )


def test_boards_show_as_json() -> None:
    assert json.loads(hypgen("boards", "show", "qemu-virt", "--format", "json").stdout)["name"] == "qemu-virt"


def test_boards_show_path() -> None:
    path = hypgen("boards", "show", "--path", "keystone").stdout
    assert path == f"{CHECKOUT / 'boards' / 'keystone.yaml'}\n"


def test_a_board_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text((CHECKOUT / "boards" / "qemu-virt.yaml").read_text("utf-8"), "utf-8")
    assert hypgen("boards", "show", str(mine)).stdout.startswith("mine: QEMU virt")
    assert "\nmine " in hypgen("boards", "--boards", str(tmp_path)).stdout


def test_a_name_that_no_board_has() -> None:
    done = hypgen("boards", "show", "keyston", status=2)
    assert done.stdout == ""
    assert done.stderr == "error[RSRC-001]: no board is named 'keyston' (did you mean keystone?)\n"


def test_boards_says_all_that_is_wrong_in_all_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("a: [", "utf-8")
    lines = hypgen("boards", "--boards", str(tmp_path), status=2).stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{tmp_path}/one.yaml:1:5", f"{tmp_path}/two.yaml:1:5"]


def test_schema_board_is_json() -> None:
    assert json.loads(hypgen("schema", "board").stdout)["title"] == "hypgen board file"


@pytest.mark.parametrize("arguments", [["boards"], ["boards", "show", "keystone"], ["schema", "board"]])
def test_nothing_heavy_is_imported(arguments: list[str]) -> None:
    program = (
        "import sys; sys.argv = ['hypgen', *sys.argv[1:]]\n"
        "import atexit\n"
        "heavy = ('lief', 'keystone', 'jinja2', 'capstone', 'rich')\n"
        "seen = lambda: [one for one in heavy if one in sys.modules]\n"
        "atexit.register(lambda: print('heavy:', seen(), file=sys.stderr))\n"
        "from hypgen.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == "heavy: []\n"
