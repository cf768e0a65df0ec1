"""What is kept of a run of ``hypgen mutate``, and what the file system may do to it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from hypgen.mutation.images import Image, prepare
from hypgen.mutation.judging import Result
from hypgen.mutation.store import Store
from hypgen.resources import directories

KILLED = Result("rule", ("CTX-001",))


def test_what_was_put_is_there_for_the_next_run_but_not_for_a_fresh_one(tmp_path: Path):
    path = tmp_path / "mutation" / "b.jsonl"
    Store(path, fresh=False).put("image", "mutant", KILLED)
    assert Store(path, fresh=False).get("image", "mutant") == KILLED
    assert Store(path, fresh=False).get("other image", "mutant") is None
    assert Store(path, fresh=True).get("image", "mutant") is None


def test_a_line_that_was_not_written_to_its_end_is_left_out(tmp_path: Path):
    path = tmp_path / "b.jsonl"
    store = Store(path, fresh=False)
    store.put("image", "first", KILLED)
    store.put("image", "second", KILLED)
    path.write_bytes(path.read_bytes()[:-20])
    again = Store(path, fresh=False)
    assert (again.get("image", "first"), again.get("image", "second")) == (KILLED, None)
    assert path.read_text("utf-8").count("\n") == 1


def test_two_runs_in_one_directory_disturb_each_other_in_nothing(tmp_path: Path):
    path = tmp_path / "b.jsonl"
    first, second = Store(path, fresh=False), Store(path, fresh=False)
    first.put("image", "first", KILLED)
    second.put("image", "second", KILLED)
    again = Store(path, fresh=False)
    assert again.get("image", "first") == again.get("image", "second") == KILLED
    assert [one.name for one in tmp_path.iterdir()] == ["b.jsonl"]


def test_a_full_disk_is_told_with_the_file(tmp_path: Path, monkeypatch):
    path = tmp_path / "b.jsonl"
    Store(path, fresh=False)

    def full(self: Path, *args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left") as caught:
        Store(path, fresh=False)
    assert caught.value.filename == str(path)
    assert [one.name for one in tmp_path.iterdir()] == ["b.jsonl"]


def test_the_same_bytes_under_another_entry_contract_are_another_question(tmp_path: Path):
    given = (directories("boards")[0] / "qemu-virt.yaml").read_text("utf-8")
    paths = [tmp_path / name / "mine.yaml" for name in ("one", "other")]
    for path, tlb in zip(paths, ("unknown", "clean"), strict=True):
        path.parent.mkdir()
        path.write_text(given.replace("  tlb: unknown", f"  tlb: {tlb}"), "utf-8")
    made = [prepare(Image(str(path), "lifecycle")) for path in paths]
    assert made[0].subject.elf == made[1].subject.elf
    assert made[0].prepared.digest != made[1].prepared.digest
