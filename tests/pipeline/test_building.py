"""Building: the passes in order, where outputs go, what is asserted between plan and link, same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.elf.compose import build_id
from hypgen.errors import InputError, InternalError
from hypgen.link.outputs.binary import flat_binary, segment_binaries
from hypgen.pipeline.building import assert_as_planned, build, compile_image
from hypgen.plan.options import PlanOptions
from tests import images

CHECKOUT = Path(__file__).parents[2]


def files(directory: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(directory)): one.read_bytes() for one in directory.rglob("*") if one.is_file()
    }


def test_the_passes_are_told_in_their_order(tmp_path: Path) -> None:
    passes: list[str] = []
    result = build("qemu-virt", out=tmp_path, progress=passes.append)
    assert passes == ["plan", "render", "assemble", "link", "embed", "verify", "publish"]
    assert (result.passed, result.directory) == (True, tmp_path / "qemu-virt")


def test_a_rejected_image_goes_beside_the_last_good_one(tmp_path: Path) -> None:
    good = build("keystone", out=tmp_path)
    before = files(good.directory)
    bad = build(images.board("keystone"), out=tmp_path, options=PlanOptions("virt_to_phys"))
    assert (bad.passed, bad.directory) == (False, tmp_path / "keystone.rejected")
    assert files(good.directory) == before
    assert set(files(bad.directory)) == set(before)


def test_compiling_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert compile_image(images.board("keystone")).elf == images.compiled("keystone").elf
    assert list(tmp_path.iterdir()) == []


def test_the_translation_changes_the_host_part_only() -> None:
    """The plan's registers, tables and layout are right either way: the mistake is played, not made."""
    right, wrong = (images.compiled("keystone", one) for one in images.TRANSLATIONS)
    assert (right.plan.tables, right.plan.registers, right.plan.sections) == (
        wrong.plan.tables,
        wrong.plan.registers,
        wrong.plan.sections,
    )
    sources = zip(right.sources, wrong.sources, strict=True)
    changed = [one.name for one, other in sources if one.text != other.text]
    assert changed == ["host.S"]


def test_wrong_input_writes_nothing(tmp_path: Path) -> None:
    templates = images.overlay(tmp_path / "t", "init.S", "mmu_on", "{{ nonsense }}")
    with pytest.raises(InputError):
        build("keystone", out=tmp_path / "out", templates=templates)
    assert not (tmp_path / "out").exists()


def test_a_section_that_does_not_begin_where_the_plan_has_it_is_a_contradiction() -> None:
    made = images.compiled("keystone")
    symbol, planned = next(iter(made.plan.anchors.items()))
    moved = tuple(
        replace(one, value=one.value + 4) if one.name == symbol else one for one in made.image.symbols
    )
    with pytest.raises(InternalError) as caught:
        assert_as_planned(made.plan, replace(made.image, symbols=moved))
    linked = made.image.symbol(symbol).value + 4
    assert str(caught.value) == (
        f"error[PIPE-001]: {symbol} is linked at 0x{linked:08x}, but the plan computed with {planned}"
    )


def test_another_entry_than_planned_is_a_contradiction() -> None:
    made = images.compiled("keystone")
    with pytest.raises(InternalError, match=r"PIPE-001\]: e_entry is 0x00001234, planned was 0x"):
        assert_as_planned(made.plan, replace(made.image, entry=0x1234))


def test_other_tables_than_planned_are_a_contradiction() -> None:
    made = images.compiled("keystone")
    name = made.plan.section_of("hyp_tables").name
    sections = tuple(
        replace(one, data=b"\xff" + one.data[1:]) if one.name == name else one for one in made.image.sections
    )
    with pytest.raises(InternalError) as caught:
        assert_as_planned(made.plan, replace(made.image, sections=sections))
    assert str(caught.value) == f"error[PIPE-001]: the linked bytes of {name} are not the planned tables"


@pytest.mark.parametrize("board", images.BOARDS)
def test_all_outputs_are_the_same_bytes_anywhere(board: str, tmp_path: Path) -> None:
    """Two directories (one is the checkout, where paths of templates are short), hash seeds, umasks,
    locales and time zones."""
    made = []
    for number, (directory, umask, more) in enumerate(
        (
            (CHECKOUT, 0o022, {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}),
            (tmp_path, 0o077, {"PYTHONHASHSEED": "77", "LC_ALL": "C", "TZ": "Asia/Tokyo"}),
        )
    ):
        out = tmp_path / f"out{number}"
        subprocess.run(
            [sys.executable, "-m", "hypgen", "build", "--board", board, "--quiet", "--out", out],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **more},
            umask=umask,
            check=True,
            timeout=60,
        )
        made.append(files(out / board))
    assert made[0] == made[1]
    assert len(made[0]) > 10


def test_an_edited_comment_changes_no_loaded_byte(tmp_path: Path) -> None:
    before = images.compiled("keystone")
    text = (CHECKOUT / "templates" / "runtime.S").read_text()
    edited = text.replace("\n        .section", "\n@ One more comment,\n/* and another. */\n        .section")
    (tmp_path / "runtime.S").write_text(edited.replace("@ hyp_area:", "@ The area:"))

    after = compile_image(images.board("keystone"), templates=tmp_path)

    assert before.image.lines != after.image.lines
    assert flat_binary(after.image) == flat_binary(before.image)
    assert segment_binaries(after.image) == segment_binaries(before.image)
    assert build_id(after.image) == build_id(before.image)
    assert [(one.name, one.value) for one in after.image.symbols] == [
        (one.name, one.value) for one in before.image.symbols
    ]


def test_a_template_of_the_users_that_moves_an_anchor_is_wrong_input(tmp_path: Path) -> None:
    (tmp_path / "stub.S").write_text(
        '        .section .stub.text, "ax", %progbits\n        .space 32\n{% include "hypgen/stub.S" %}\n'
    )
    with pytest.raises(InputError) as caught:
        compile_image(images.board("keystone"), templates=tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: error[PIPE-002]: hyp_stub_vectors is linked at 0xc0201020, but the plan computed with "
        "0xc0201000 (a template there moves it: each section must begin with the symbol that the plan has "
        "there)"
    )
