"""A second image behind the first, in one ELF file."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from hypgen.errors import InputError
from hypgen.machine.loader import read_image
from hypgen.pipeline.building import Compiled, build, compile_image
from hypgen.plan.options import PlanOptions
from hypgen.resources import directories
from tests import images


@cache
def made() -> Compiled:
    return compile_image(images.board("keystone"), options=PlanOptions(scenario="reload"), embed=False)


def test_the_second_is_the_image_that_its_scenario_has_there() -> None:
    plan = made().plan
    offset = plan.sections[-1].span.end - plan.linear.virtual_base
    board = images.board("keystone")
    board = board.model_copy(update={"image": board.image.model_copy(update={"offset": offset})})
    alone = compile_image(board, options=PlanOptions(scenario="xen-like"), embed=False).image
    found = {one.name: one for one in made().image.sections if one.name.startswith(".second")}
    assert [".second" + one.name for one in alone.sections] == list(found)
    for one in alone.sections:
        there = found[".second" + one.name]
        assert (there.virtual, there.load, there.data) == (one.virtual, one.load, one.data)


def test_its_sources_are_beside_those_of_the_first() -> None:
    names = [one.name for one in made().sources]
    second = [one.removeprefix("second/") for one in names if one.startswith("second/")]
    assert "scenarios/reload.S" in names
    assert "scenarios/xen-like.S" in second
    assert {"boot.S", "init.S", "runtime.S", "stub.S"} <= set(second) & set(names)


def test_the_first_knows_where_the_second_begins() -> None:
    loaded = read_image(made().elf)
    start = loaded.symbols["second__start"].address
    assert loaded.to_load(start) == made().plan.constants["SECOND_LOAD"]
    assert start == made().plan.sections[-1].span.end


def test_the_first_is_what_it_would_be_alone_and_the_entry_is_its_own() -> None:
    image = made().image
    assert image.entry == image.symbol("_start").value
    names = [one.name for one in image.sections if not one.name.startswith(".second")]
    assert names == [one.name for one in made().plan.sections]


def test_a_second_image_with_a_second_one_is_refused(tmp_path: Path) -> None:
    rows = tmp_path / "scenarios"
    rows.mkdir()
    shipped = (directories("templates")[-1] / "scenarios" / "reload.yaml").read_text()
    (rows / "again.yaml").write_text(shipped.replace("second: xen-like", "second: reload"))
    with pytest.raises(InputError) as caught:
        compile_image(
            images.board("keystone"), templates=tmp_path, options=PlanOptions(scenario="again"), embed=False
        )
    assert [str(one) for one in caught.value.diagnostics] == [
        "error[SCN-002]: scenario 'again': the second image, 'reload', has a second one itself "
        "(one image can be loaded behind another, and no more)"
    ]


def test_a_build_writes_both(tmp_path: Path) -> None:
    result = build(images.board("qemu-virt"), out=tmp_path, options=PlanOptions(scenario="reload"))
    assert result.passed
    sources = result.directory / "src"
    assert (sources / "second" / "scenarios" / "xen-like.S").is_file()
    assert (sources / "templates" / "hypgen" / "scenarios" / "xen-like.S").is_file()
    sections = json.loads((result.directory / "qemu-virt.map.json").read_text())["sections"]
    assert {".hyp.text", ".second.hyp.text"} <= {one["name"] for one in sections}
