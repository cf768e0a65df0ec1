"""What a build writes: the manifest's hashes fit, and no path of this machine is in any output."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path

import pytest

from hypgen.pipeline.building import build
from hypgen.pipeline.outputs import TOOLS, output_files
from hypgen.resources import directories
from hypgen.verdict.report import as_json, as_text
from tests import images


def outputs(board: str) -> dict[str, bytes]:
    made = images.compiled(board)
    verdict = images.verdict(board)
    templates = directories("templates")
    return output_files(
        made.plan, made.sources, made.image, made.layout, made.elf, made.embedded, verdict, templates
    )


@pytest.mark.parametrize("board", images.BOARDS)
def test_the_manifest_lists_every_other_output_with_its_hash(board: str) -> None:
    files = outputs(board)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["outputs"] == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_the_manifest_says_what_the_image_was_made_from() -> None:
    manifest = json.loads(outputs("keystone")["manifest.json"])
    assert manifest["board"] == "keystone"
    assert manifest["options"] == {"address_translation": "virt_to_idmap"}
    assert manifest["tools"] == {tool: metadata.version(tool) for tool in TOOLS}
    boot = next(one for one in manifest["sections"] if one["name"] == ".boot.text")
    assert (boot["virtual"], boot["load"], boot["physical"]) == ("0xc0200000", "0x80200000", "0x0800200000")


@pytest.mark.parametrize("board", images.BOARDS)
def test_the_rendered_sources_are_there_as_they_were_assembled(board: str) -> None:
    files = outputs(board)
    for one in images.compiled(board).sources:
        assert files[f"src/{one.name}"].decode() == one.text


def test_the_report_is_the_verdict_as_text_and_as_json() -> None:
    files = outputs("keystone")
    verdict = images.verdict("keystone")
    assert json.loads(files["report.json"]) == json.loads(json.dumps(as_json(verdict)))
    assert files["report.txt"].decode() == as_text(verdict) + "\n"


@pytest.mark.parametrize("board", images.BOARDS)
def test_no_output_names_a_directory_of_this_machine(board: str) -> None:
    for name, data in outputs(board).items():
        for place in (Path(__file__).parents[2], Path.home(), Path.cwd()):
            assert place == Path("/") or str(place).encode() not in data, (name, place)


def test_templates_are_named_as_they_name_each_other(tmp_path: Path) -> None:
    """An overlay's lines by its own name, those of hypgen's templates below ``hypgen/``, in findings too."""
    templates = images.overlay(tmp_path / "mine", "init.S", "invalidate_tlb", "        nop")
    result = build("keystone", out=tmp_path / "out", templates=templates)
    listing = (result.directory / "keystone.lst").read_text()
    assert " init.S:3\n" in listing
    assert " hypgen/init.S:" in listing
    assert str(tmp_path) not in listing
    report = json.loads((result.directory / "report.json").read_bytes())
    assert "TLB-001" in {one["rule"] for one in report["findings"]}
    assert {one["location"].split(":")[0] for one in report["findings"]} == {"hypgen/init.S"}
    assert {str(one.location).split(":")[0] for one in result.verdict.findings} != {"hypgen/init.S"}
