"""Where boards and templates are looked for, and what a name that is not there gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen import resources
from hypgen.errors import InputError
from hypgen.resources import board_files, did_you_mean, directories, find_board, is_path

CHECKOUT = Path(__file__).parents[1]


def test_a_checkout_uses_its_live_directories() -> None:
    assert directories("boards") == (CHECKOUT / "boards",)
    assert directories("templates") == (CHECKOUT / "templates",)


def test_a_directory_given_is_searched_first(tmp_path: Path) -> None:
    assert directories("boards", tmp_path) == (tmp_path, CHECKOUT / "boards")


def test_an_installed_package_uses_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "hypgen"
    (package / "data" / "boards").mkdir(parents=True)
    (tmp_path / "boards").mkdir()  # some other package's: not a checkout, as no pyproject.toml is beside it
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert directories("boards") == (package / "data" / "boards",)


def test_an_installation_without_boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "hypgen")
    with pytest.raises(InputError) as caught:
        directories("boards")
    assert (
        str(caught.value) == "error[RSRC-003]: this installation of hypgen has no boards (install it again)"
    )


def test_a_directory_given_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        directories("boards", tmp_path / "nowhere")
    assert str(caught.value) == (
        f"error[RSRC-002]: no such directory: {tmp_path / 'nowhere'} (expected one that holds boards)"
    )


def test_a_board_given_hides_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    for name in ("keystone.yaml", "mine.yml"):
        (tmp_path / name).touch()
    found = board_files(tmp_path)
    assert list(found) == sorted({*board_files(), "mine"})
    assert found["keystone"] == tmp_path / "keystone.yaml"


@pytest.mark.parametrize("given", ["./a", "a/b", "a.yaml", "a.yml", "/a"])
def test_what_is_a_path(given: str) -> None:
    assert is_path(given)
    assert find_board(given) == Path(given)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("keystne", "did you mean keystone?"),
        ("QEMU-Virt", "did you mean qemu-virt?"),
        ("zzz", "boards: keystone, qemu-virt, rpi2, vexpress-tc2"),
        ("", "boards: keystone, qemu-virt, rpi2, vexpress-tc2"),
    ],
)
def test_a_name_that_no_board_has(given: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        find_board(given)
    assert str(caught.value) == f"error[RSRC-001]: no board is named {given!r} ({hint})"


def test_did_you_mean_says_nothing_when_nothing_is_near() -> None:
    assert did_you_mean("mode", ["zebra"]) == ""
    assert did_you_mean("mod", ["mode", "moda", "zebra"]) == "did you mean mode or moda?"
    assert did_you_mean("ctx-01", ["CTX-001", "tlb"]) == "did you mean CTX-001?"
