"""`hypgen link` as a user runs it."""

from __future__ import annotations

import json

import pytest

from hypgen.elf.lief import read_image, write_object
from tests.link.test_selection import calling, library, part
from tests.oracle import run

LAYOUT = """\
entry: _start
sections:
  - {name: .text, address: 0x8000, load: 0x4000_8000, size: 64KiB, permission: rx}
"""


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "layout.yaml").write_text(LAYOUT)
    (tmp_path / "main.o").write_bytes(write_object(calling("main.o", "helper")))
    (tmp_path / "lib.a").write_bytes(
        library(helper=calling("helper.o", symbol="helper"), other=part("other"))
    )


@pytest.mark.usefixtures("inputs")
def test_objects_and_libraries_become_an_image_with_a_map(hypgen, tmp_path):
    done = hypgen("link", "main.o", "lib.a", "--layout", "layout.yaml", "-o", "x.elf", "--map", "x.json")

    assert (done.status, done.out, done.err) == (0, "", "")
    image = read_image((tmp_path / "x.elf").read_bytes(), "x.elf")
    assert (image.entry, image.symbol("helper").value) == (0x8000, 0x8004)
    made = json.loads((tmp_path / "x.json").read_text())
    assert [one["unit"] for one in made["pieces"]] == ["main.o", "lib.a(helper.o)"]
    assert made["sections"][0]["load"] == 0x4000_8000


@pytest.mark.usefixtures("inputs")
def test_every_member_of_a_library_can_be_taken(hypgen, tmp_path):
    spare, other = (part(name) for name in ("spare", "unused"))
    (tmp_path / "whole.a").write_bytes(library(spare=spare, other=other))
    command = ("link", "main.o", "lib.a", "--layout", "layout.yaml", "--map", "x.map.json")
    found = []
    for more in ((), ("--whole-archive", "whole.a"), ("whole.a", "--whole-archive", "whole.a")):
        assert hypgen(*command, *more).status == 0
        symbols = json.loads((tmp_path / "x.map.json").read_text())["symbols"]
        found.append({one["name"] for one in symbols} & {"spare", "unused"})
    assert found == [set(), {"spare", "unused"}, {"spare", "unused"}]


@pytest.mark.usefixtures("inputs")
def test_a_map_for_people(hypgen, tmp_path):
    assert hypgen("link", "main.o", "lib.a", "--layout", "layout.yaml", "--map", "x.map").status == 0
    assert "lib.a(helper.o)" in (tmp_path / "x.map").read_text()
    assert (tmp_path / "a.elf").is_file()


@pytest.mark.usefixtures("inputs")
def test_what_nothing_refers_to_can_be_left_out(hypgen, tmp_path):
    (tmp_path / "other.o").write_bytes(write_object(part("other")))
    arguments = ("link", "main.o", "other.o", "lib.a", "--layout", "layout.yaml")

    sizes = []
    for more in ((), ("--gc-sections",)):
        assert hypgen(*arguments, *more).status == 0
        sizes.append(read_image((tmp_path / "a.elf").read_bytes(), "a.elf").sections[0].size)

    assert sizes == [12, 8]


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gone.o",), "gone.o: error[IN-001]: cannot read: No such file or directory (check the path)"),
        (
            ("main.o",),
            "main.o(.text+0x0): error[LINK-001]: symbol helper is used here but no unit defines it "
            "(define it, or declare it .weak to get address 0)",
        ),
        (
            ("main.o", "-o", "main.o"),
            "main.o: error[LINK-018]: this output would overwrite an input",
        ),
    ],
)
def test_wrong_input_is_one_line_and_status_2(hypgen, tmp_path, arguments, message):
    done = hypgen("link", *arguments, "--layout", "layout.yaml")

    assert (done.status, done.out, done.err) == (2, "", message + "\n")
    assert not (tmp_path / "a.elf").exists()


@pytest.mark.oracle
@pytest.mark.usefixtures("inputs")
def test_no_reader_complains_about_the_image(hypgen, tmp_path, oracle_counter):
    assert hypgen("link", "main.o", "lib.a", "--layout", "layout.yaml").status == 0
    for command in (
        ("arm-none-eabi-readelf", "-aW"),
        ("eu-elflint", "--gnu-ld"),
        ("arm-none-eabi-objdump", "-d"),
    ):
        done = run([*command, tmp_path / "a.elf"])
        assert (done.returncode, done.stderr) == (0, "")
    oracle_counter("elf-readers")(3)
