"""Layout files: what they mean, and every mistake in them with its place."""

import json

import jsonschema
import pytest

from hypgen.documents import parse_document
from hypgen.errors import InputError
from hypgen.link.codes import CODES
from hypgen.link.layout import Bound, Layout, SectionPlacement
from hypgen.link.layout_file import layout_of, layout_schema, read_layout
from hypgen.units import LoadAddr, VirtAddr

WHOLE = """\
entry: _start
entry_address: load
sections:
  - {name: .text, address: 0xC000_0000, load: 0x8000_0000, size: 64KiB, permission: rx,
     inputs: [.vectors, ".text*"]}
  - {name: .data, address: 0xC001_0000, size: 0x1000, permission: rw}
symbols:
  __stack_top: 0xC010_0000
  __data_end: {end: .data}
collect: true
keep: [.vectors]
discard: [".note.*"]
"""
SMALL = """\
entry: _start
sections:
  - name: .text
    address: 0x8000
    size: 4096
    permission: rx
"""


def test_a_layout_says_what_it_says():
    assert layout_of(parse_document(WHOLE.encode(), "x.yaml")) == Layout(
        (
            SectionPlacement(
                ".text",
                VirtAddr(0xC000_0000),
                LoadAddr(0x8000_0000),
                0x1_0000,
                "rx",
                inputs=(".vectors", ".text*"),
            ),
            SectionPlacement(".data", VirtAddr(0xC001_0000), LoadAddr(0xC001_0000), 0x1000, "rw"),
        ),
        "_start",
        "load",
        absolute={"__stack_top": 0xC010_0000},
        bounds={"__data_end": Bound(".data", "end")},
        collect=True,
        keep=(".vectors",),
        discard=(".note.*",),
    )


def test_entry_and_load_address_have_defaults(tmp_path):
    path = tmp_path / "layout.yaml"
    path.write_text(SMALL)

    layout = read_layout(path)

    assert (layout.entry_address, layout.collect) == ("virtual", False)
    assert layout.sections[0].load == 0x8000


MISTAKES = {
    "no entry": (("entry: _start\n", ""), "1:1: error[LINK-017]: entry is missing"),
    "entry": (("_start", "[]"), "1:8: error[LINK-017]: entry must be a name"),
    "unknown key": (
        ("entry:", "entri: x\nentry:"),
        "1:1: error[LINK-017]: unknown key 'entri' (did you mean entry?)",
    ),
    "unknown section key": (
        ("size: 4096", "size: 4096\n    lod: 4"),
        "6:5: error[LINK-017]: unknown key 'lod' (did you mean load?)",
    ),
    "no section": (
        (SMALL[SMALL.index("sections") :], "sections: []\n"),
        "2:11: error[LINK-017]: sections must be a list of sections (see hypgen schema layout)",
    ),
    "not a mapping": (
        (SMALL[SMALL.index("  - name") :], "  - .text\n"),
        "3:5: error[LINK-017]: a section is a mapping with name, address, size and permission",
    ),
    "no size": (("    size: 4096\n", ""), "3:5: error[LINK-017]: size is missing"),
    "no number": (
        ("0x8000", "here"),
        "4:14: error[LINK-017]: address must be a number such as 4096 or 0x1000",
    ),
    "no size that is one": (
        ("4096", "4KB"),
        "5:11: error[LINK-017]: size must be a number such as 4096, 0x1000 or 64KiB",
    ),
    "zero": (("4096", "0"), "5:11: error[LINK-017]: size must be 1 to 0xffffffff, not 0x0"),
    "40 bits": (
        ("0x8000", "0x8_0000_0000"),
        "4:14: error[LINK-017]: address must be 0 to 0xffffffff, not 0x800000000",
    ),
    "permission": (
        ("rx", "rwx"),
        "6:17: error[LINK-017]: permission must be one of rx, r, rw, not rwx",
    ),
    "entry address": (
        ("sections", "entry_address: physical\nsections"),
        "2:16: error[LINK-017]: entry_address must be one of virtual, load, not physical",
    ),
    "flag": (
        ("sections", "collect: yes\nsections"),
        "2:10: error[LINK-017]: collect must be true or false",
    ),
    "patterns": (
        ("sections", "keep: .vectors\nsections"),
        "2:7: error[LINK-017]: keep must be a list of section names, which may have * and ?",
    ),
    "symbols": (
        ("sections", "symbols: 3\nsections"),
        "2:10: error[LINK-017]: symbols must be a mapping of names",
    ),
    "bound": (
        ("sections", "symbols: {x: {middle: .text}}\nsections"),
        "2:14: error[LINK-017]: x must be a number or one of {start: SECTION}, {end: SECTION}, "
        "{load: SECTION}",
    ),
    "bound's section": (
        ("sections", "symbols: {x: {start: .txt}}\nsections"),
        "2:22: error[LINK-017]: the layout has no section .txt (did you mean .text?)",
    ),
    "overlap": (
        ("permission: rx\n", "permission: rx\n  - {name: .b, address: 0x8800, size: 1, permission: r}\n"),
        "7:5: error[LINK-007]: sections .text and .b overlap in the layout: "
        "virtual [0x00008000..0x00009000) and [0x00008800..0x00008801) "
        "(move one or lower a budget)\n  x.yaml:3:5: note: the other one is here",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_has_its_place(mistake):
    (old, new), message = MISTAKES[mistake]
    assert old in SMALL

    with pytest.raises(InputError) as caught:
        layout_of(parse_document(SMALL.replace(old, new, 1).encode(), "x.yaml"))

    assert str(caught.value.diagnostics[0]) == f"x.yaml:{message}"
    assert caught.value.diagnostics[0].code in CODES


@pytest.mark.parametrize("text", [WHOLE, SMALL])
def test_the_schema_takes_what_the_reader_takes(text):
    jsonschema.validate(parse_document(text.encode(), "x.yaml").data, layout_schema())


@pytest.mark.parametrize("mistake", sorted(set(MISTAKES) - {"overlap", "bound's section"}))
def test_the_schema_refuses_what_the_reader_refuses(mistake):
    (old, new), _ = MISTAKES[mistake]
    data = parse_document(SMALL.replace(old, new, 1).encode(), "x.yaml").data

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(json.dumps(data)), layout_schema())
