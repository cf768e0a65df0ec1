"""Verifying an image from the Python API: bytes or a path, a board or its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypgen.errors import InputError
from hypgen.pipeline.verifying import read_file, verify
from tests import images


def test_bytes_and_a_path_give_the_same_verdict(tmp_path: Path) -> None:
    elf = images.compiled("qemu-virt").elf
    path = tmp_path / "v.elf"
    path.write_bytes(elf)
    by_path, by_bytes = verify(path, "qemu-virt"), verify(elf, images.board("qemu-virt"))
    assert by_path.passed
    assert by_path.checks == by_bytes.checks


def test_an_image_that_fails_gives_a_verdict() -> None:
    verdict = verify(images.compiled("keystone", "virt_to_phys").elf, "keystone")
    assert not verdict.passed
    assert verdict.diagnosis.startswith("HVBAR got 0x00202000")


def test_bytes_that_are_no_image_are_an_error_that_calls_them_image() -> None:
    with pytest.raises(InputError, match=r"^image: error\[ELF-001\]: not an ELF file"):
        verify(b"nonsense", "keystone")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_file(tmp_path / "no.elf")
    assert str(caught.value) == (
        f"{tmp_path}/no.elf: error[IN-001]: cannot read: No such file or directory (check the path)"
    )
