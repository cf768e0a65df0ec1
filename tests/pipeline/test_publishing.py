import errno
import os
import stat

import pytest

from hypgen.errors import InputError
from hypgen.pipeline import publishing
from hypgen.pipeline.publishing import publish, replace_file


def test_files_appear_whole_and_nothing_else(tmp_path):
    publish(tmp_path / "b", {"b.elf": b"\x7fELF", "src/boot.S": b"nop\n"})
    found = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert found == {"b/b.elf", "b/src/boot.S"}


def test_a_later_build_removes_what_only_the_earlier_made_and_keeps_the_users_files(tmp_path):
    publish(
        tmp_path,
        {"old.map": b"", "b.elf": b"1", "manifest.json": b'{"outputs": {"old.map": "", "b.elf": ""}}'},
    )
    (tmp_path / "notes.txt").write_text("mine")
    publish(tmp_path, {"b.elf": b"2", "manifest.json": b'{"outputs": {"b.elf": ""}}'})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.elf", "manifest.json", "notes.txt"]
    assert (tmp_path / "b.elf").read_bytes() == b"2"


def test_a_manifest_cannot_reach_outside(tmp_path):
    (tmp_path / "precious").write_text("x")
    out = tmp_path / "out"
    publish(out, {"manifest.json": b'{"outputs": {"../precious": "", "/etc/none": ""}}'})
    publish(out, {"b.elf": b""})
    assert (tmp_path / "precious").exists()


def test_a_place_that_cannot_be_written_is_one_located_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as caught:
        publish(tmp_path / "file" / "b", {"b.elf": b""})
    place = tmp_path / "file" / "b"
    assert str(caught.value) == (
        f"{place}: error[OUT-001]: cannot write: Not a directory (choose another place with --out)"
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("file/b", "Not a directory"),
        ("nowhere/b", "No such file or directory"),
        ("directory", "Is a directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_one_file_that_cannot_be_written_is_one_located_sentence(tmp_path, name, why):
    (tmp_path / "file").write_text("")
    (tmp_path / "directory").mkdir()
    with pytest.raises(InputError, match=f"cannot write: {why}"):
        replace_file(tmp_path / name, b"")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["directory", "file"]


def test_what_is_no_regular_file_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    replace_file(pipe, b"content")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert pipe.is_fifo()
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


def test_a_link_stays_and_the_file_that_it_leads_to_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "a")
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "a").read_bytes() == b"new"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "real"]


def test_when_one_file_cannot_be_written_none_is_replaced(tmp_path):
    publish(tmp_path, {"a": b"old"})
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "x").write_text("")
    with pytest.raises(InputError):
        publish(tmp_path, {"a": b"new", "z/x/y": b""})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "z"]


def test_outputs_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        publish(tmp_path, {"a": b""})
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_directory_in_the_place_of_an_output_stops_before_anything_is_replaced(tmp_path):
    publish(tmp_path, {"a": b"old"})
    (tmp_path / "z").mkdir()
    with pytest.raises(InputError) as caught:
        publish(tmp_path, {"a": b"new", "z": b""})
    assert str(caught.value) == (
        f"{tmp_path}/z: error[OUT-001]: cannot write: Is a directory (choose another place with --out)"
    )
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "z"]


def test_an_interrupt_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    publish(tmp_path, {"a": b"old"})
    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path, {"a": b"new", "b": b""})
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


@pytest.mark.parametrize("there", [False, True])
def test_no_directory_is_left_that_holds_nothing(tmp_path, monkeypatch, there):
    """Of a full disk; what was there before stays."""

    def full(temporary, target, content):
        if target.name == "last":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(temporary))
        temporary.write_bytes(content)

    monkeypatch.setattr(publishing, "_write", full)
    directory = tmp_path / "out" / "board"
    if there:
        directory.mkdir(parents=True)
    with pytest.raises(InputError, match=r"OUT-001.*No space left on device"):
        publish(directory, {"a": b"1", "deep/er/last": b"2"})
    assert sorted(tmp_path.rglob("*")) == ([tmp_path / "out", directory] if there else [])
