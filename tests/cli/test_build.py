"""`hypgen build`: what it writes and says; on wrong input one line, exit 2, and nothing touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import images
from tests.cli.conftest import Contents, Hypgen, contents
from tests.sarif import check_sarif

STANDS = "hypgen: nothing was written: out/keystone/ is as the last good build left it\n"
SUFFIXES = ("elf", "o", "bin", "hex", "srec", "uimage", "itb", "map", "map.json", "lst")
PARTS = (
    *("boot", "embed", "host", "init", "interrupts", "probes", "runtime", "stub", "support", "tables"),
    "uart",
)
INCLUDED = (
    *("calls", "fatal", "it_advance", "traps"),
    *("address", "host", "init_call", "interrupts/gic", "interrupts/handlers", "open_pl1", "probe"),
    *("resident", "stack", "table", "teardown_address", "uart/ns16550"),
)
OUTPUTS = {
    *(f"keystone.{suffix}" for suffix in SUFFIXES),
    *(f"keystone-{start}.bin" for start in ("80200000", "80209000", "80214000")),
    *("hyp_abi.h", "hyp_image.ld", "manifest.json", "report.json", "report.txt"),
    *(f"src/{name}.S" for name in PARTS if name != "embed"),
    *(f"src/embedded/{name}.S" for name in ("embed", "init", "runtime", "stub", "uart")),
    *(f"src/templates/hypgen/{name}.S" for name in PARTS),
    *(f"src/templates/hypgen/{name}.inc" for name in INCLUDED),
}


def test_a_verified_image_and_what_belongs_to_it_is_written(hypgen: Hypgen, tmp_path: Path) -> None:
    result = hypgen("build", "--board", "keystone")
    assert (result.status, result.err) == (0, "")
    assert result.out.endswith("\nwrote out/keystone/keystone.elf and what belongs to it\n")
    assert "\nPASS     reinit            a second init: all 18 steps gave the same again\n" in result.out
    assert set(contents(tmp_path)) == {f"out/keystone/{name}" for name in OUTPUTS}


def test_a_board_file_of_ones_own_and_another_directory(hypgen: Hypgen, tmp_path: Path) -> None:
    text = Path(images.board("qemu-virt").file)
    source = next(one for one in (text, Path(__file__).parents[2] / text) if one.is_file())
    (tmp_path / "mine.yaml").write_bytes(source.read_bytes())
    assert hypgen("build", "--board", "mine.yaml", "--out", "elsewhere", "--quiet").status == 0
    assert (tmp_path / "elsewhere" / "mine" / "mine.elf").is_file()


def test_quiet_prints_nothing_when_all_is_well(hypgen: Hypgen) -> None:
    result = hypgen("build", "--board", "qemu-virt", "-q")
    assert (result.status, result.out, result.err) == (0, "", "")


def test_verbose_names_the_passes_on_standard_error(hypgen: Hypgen) -> None:
    result = hypgen("build", "--board", "qemu-virt", "-q", "-v")
    assert result.err == ""
    result = hypgen("build", "--board", "qemu-virt", "-v", "--format", "json")
    assert result.err.splitlines() == [
        f"hypgen: {name}" for name in ("plan", "render", "assemble", "link", "embed", "verify", "publish")
    ]


def test_json_on_standard_output_is_the_report(hypgen: Hypgen, tmp_path: Path) -> None:
    result = hypgen("build", "--board", "keystone", "--format", "json")
    assert json.loads(result.out) == json.loads((tmp_path / "out/keystone/report.json").read_bytes())
    assert result.out.isascii()


def test_sarif_on_standard_output_has_the_findings(hypgen: Hypgen, tmp_path: Path) -> None:
    made = hypgen("build", "--board", "qemu-virt", "--out", str(tmp_path), "--format", "sarif", "--werror")
    log = json.loads(made.out)
    check_sarif(log)
    assert (made.status, log["version"], log["runs"][0]["results"]) == (0, "2.1.0", [])


def test_a_profile_that_there_is_not(hypgen: Hypgen, tmp_path: Path) -> None:
    made = hypgen("build", "--board", "qemu-virt", "--out", str(tmp_path), "--profile", "pedantik")
    assert (made.status, made.out, list(tmp_path.iterdir())) == (2, "", [])
    assert "error[VERDICT-010]: there is no profile 'pedantik' (did you mean pedantic?)" in made.err


def test_a_pedantic_profile_refuses_what_the_default_one_lets_pass(hypgen: Hypgen, tmp_path: Path) -> None:
    made = hypgen("build", "--board", "qemu-virt", "--out", str(tmp_path), "--profile", "pedantic", "-q")
    assert (made.status, (tmp_path / "qemu-virt.rejected").is_dir()) == (1, True)
    assert "IFETCH-006" in (tmp_path / "qemu-virt.rejected" / "report.json").read_text()


def test_the_wrong_alias_fails_and_leaves_the_last_good_output(
    hypgen: Hypgen, last_good: Contents, tmp_path: Path
) -> None:
    result = hypgen("build", "--board", "keystone", "--address-translation", "virt_to_phys")
    assert result.status == 1
    assert "Why it fails:\n  HVBAR got 0x00202000 at hyp_stub_trap+0x20." in result.out
    assert "virt_to_idmap()" in result.out
    assert result.out.endswith("\nwrote out/keystone.rejected/keystone.elf and what belongs to it\n")
    assert contents(tmp_path / "out" / "keystone") == last_good
    assert set(contents(tmp_path / "out" / "keystone.rejected")) == OUTPUTS


def test_the_wrong_alias_makes_no_difference_on_qemu_virt(hypgen: Hypgen) -> None:
    result = hypgen("build", "--board", "qemu-virt", "--address-translation", "virt_to_phys")
    assert result.status == 0


def test_quiet_still_says_that_an_image_fails(hypgen: Hypgen) -> None:
    result = hypgen("build", "-q", "--board", "keystone", "--address-translation", "virt_to_phys")
    assert result.status == 1
    assert result.out.startswith("keystone: REJECTED: 4 PASS, 19 FAIL; ")
    assert result.out.count("\n") == 1


class Overlay(NamedTuple):
    """A block of a template of one's own, and what is said of it; {here} is the block's first line."""

    template: str
    block: str
    text: str
    said: str


OVERLAYS = {
    "syntax error": Overlay(
        "init.S",
        "mmu_on",
        "{% if %}",
        "{here}: error[TPL-001]: not a valid template: expected an expression, got 'end of statement block'",
    ),
    "undefined name": Overlay(
        "init.S",
        "mmu_on",
        "        mov     r0, #{{ nonsense }}",
        "{here}: error[TPL-002]: 'nonsense' is undefined",
    ),
    "unknown register": Overlay(
        "init.S",
        "mmu_on",
        '        {{ write("HSCTRL", "r0") }}',
        "{here}: error[TPL-007]: there is no system register 'HSCTRL'; did you mean HSCTLR?",
    ),
    "unknown instruction": Overlay(
        "init.S",
        "mmu_on",
        "        frob    r0",
        "{here}:9: error[ASM-001]: `frob` is not an instruction, directive or macro",
    ),
    "undefined symbol": Overlay(
        "init.S",
        "mmu_on",
        "        ldr     r0, =nowhere",
        "{here}: error[LINK-001]: symbol nowhere is used here but no unit defines it "
        "(did you mean hyp_where?)",
    ),
    "branch out of range": Overlay(
        "init.S",
        "mmu_on",
        "        b       . + 0x4000000",
        "{here}:9: error[ASM-017]: `b . + 0x4000000`: branch to `.+67108864`: +0x4000000 bytes away, "
        "reach is -0x1fffff8 to +0x2000004 (load the address into a register and use bx or blx)",
    ),
    "section over its budget": Overlay(
        "init.S",
        "mmu_on",
        '        .section .hyp.tables, "a", %progbits\n        .space 0x100000\n'
        '        .section .idmap.text, "ax", %progbits',
        "mine/init.S:4: error[LINK-005]: section .hyp.tables needs 0x106000 bytes, its budget is 0x8000: "
        "0xfe000 too many (raise the budget, or move something to another section)",
    ),
    "endless loop": Overlay(
        "init.S",
        "mmu_on",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{here}: error[TPL-006]: the template does not come to an end within the work granted "
        "(does it loop, or call itself?)",
    ),
    "sandbox": Overlay(
        "init.S",
        "mmu_on",
        "{{ board.__class__ }}",
        "{here}: error[TPL-005]: the sandbox refuses this: access to attribute '__class__' of 'BoardView' "
        "object is unsafe",
    ),
    "include": Overlay(
        "init.S",
        "mmu_on",
        "{% include '/etc/passwd' %}",
        "{here}: error[TPL-004]: '/etc/passwd' is not the name of a file below the template directories",
    ),
}


@pytest.mark.parametrize("case", OVERLAYS)
def test_a_wrong_template_is_a_located_line_and_nothing_is_written(
    hypgen: Hypgen, last_good: Contents, tmp_path: Path, case: str
) -> None:
    overlay = OVERLAYS[case]
    templates = images.overlay(tmp_path / "mine", overlay.template, overlay.block, overlay.text)
    result = hypgen("build", "--board", "keystone", "--templates", templates)
    assert (result.status, result.out) == (2, "")
    assert result.err.splitlines()[0] == overlay.said.format(here=f"mine/{overlay.template}:3")
    assert result.err.endswith(STANDS)
    assert "Traceback" not in result.err
    assert contents(tmp_path / "out" / "keystone") == last_good
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["keystone"]


BOARDS = {
    "broken": (
        "name: [\n",
        "2:1: error[DOC-004]: not YAML: expected the node content, but found '<stream end>'",
    ),
    "empty": (
        "",
        "1:1: error[DOC-005]: the file is empty: expected 'key: value' lines at the top",
    ),
    "no mapping": (
        "- 1\n",
        "1:1: error[DOC-005]: the file is not a mapping: expected 'key: value' lines at the top",
    ),
    "aliases": (
        "a: &a [x, x]\nb: &b [*a, *a]\n",
        "1:4: error[DOC-007]: &a: anchors and aliases are not read (write the value out)",
    ),
}


@pytest.mark.parametrize("case", BOARDS)
def test_a_wrong_board_file_is_a_located_line_and_nothing_is_written(
    hypgen: Hypgen, last_good: Contents, tmp_path: Path, case: str
) -> None:
    text, said = BOARDS[case]
    (tmp_path / "keystone.yaml").write_text(text)
    result = hypgen("build", "--board", "keystone.yaml")
    assert (result.status, result.out) == (2, "")
    assert result.err == f"keystone.yaml:{said}\n{STANDS}"
    assert contents(tmp_path / "out" / "keystone") == last_good


def test_a_board_that_does_not_exist(hypgen: Hypgen) -> None:
    result = hypgen("build", "--board", "keystne")
    assert (result.status, result.out) == (2, "")
    assert result.err == "error[RSRC-001]: no board is named 'keystne' (did you mean keystone?)\n"


def test_a_board_file_that_does_not_exist(hypgen: Hypgen) -> None:
    result = hypgen("build", "--board", "no/such.yaml")
    assert (result.status, result.out) == (2, "")
    assert result.err == "no/such.yaml: error[DOC-001]: the file cannot be read: no such file or directory\n"


def test_a_template_directory_that_does_not_exist(hypgen: Hypgen) -> None:
    result = hypgen("build", "--board", "keystone", "--templates", "nowhere")
    assert result.status == 2
    assert result.err == "error[RSRC-002]: no such directory: nowhere (expected one that holds templates)\n"


def test_out_is_a_file(hypgen: Hypgen, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    result = hypgen("build", "--board", "qemu-virt")
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "out/qemu-virt: error[OUT-001]: cannot write: Not a directory (choose another place with --out)\n"
    )
    assert (tmp_path / "out").read_text() == "mine"


def test_out_forbids_writing(hypgen: Hypgen, last_good: Contents, tmp_path: Path, monkeypatch) -> None:
    """The operating system's refusal is put in its place: permissions do not bind a superuser."""

    def refuse(temporary: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(temporary))

    monkeypatch.setattr("hypgen.pipeline.publishing._write", refuse)
    result = hypgen("build", "--board", "keystone")
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "out/keystone: error[OUT-001]: cannot write: Permission denied (choose another place with --out)\n"
        + STANDS
    )
    assert contents(tmp_path / "out" / "keystone") == last_good


def test_a_finding_that_follows_from_an_assumed_value_says_so(hypgen, tmp_path):
    block = "{% block invalidate_tlb %}\n        isb\n{% endblock %}\n"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "init.S").write_text('{% extends "hypgen/init.S" %}\n' + block)
    result = hypgen("build", "--board", "keystone", "--templates", "mine")
    assert result.status == 1
    assert "error[TLB-001]" in result.out
    assert "\n  rests on the board's assumption entry.tlb\n" in result.out


def test_a_name_that_is_too_long_for_the_file_system(hypgen, tmp_path):
    result = hypgen("build", "--board", "keystone", "--out", "x" * 300)
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        f"{'x' * 300}/keystone: error[OUT-001]: cannot write: File name too long "
        "(choose another place with --out)\n"
    )


OPTIONS = [
    (
        ["--address-translation", "nonsense"],
        "hypgen build: error[CLI-002]: invalid value for '--address-translation': 'nonsense' is not one of "
        "'virt_to_idmap', 'virt_to_phys' (see hypgen build --help)\n",
    ),
    (
        ["--unknown-seed", "-1"],
        "hypgen build: error[CLI-002]: invalid value for '--unknown-seed': ",
    ),
    (["--unknown-seed", "x"], "hypgen build: error[CLI-002]: invalid value for '--unknown-seed': "),
    (["--format", "xml"], "hypgen build: error[CLI-002]: invalid value for '--format': 'xml' is not one of "),
    (["--bord", "x"], "hypgen build: error[CLI-002]: no such option: --bord"),
    (["more"], "hypgen build: error[CLI-002]: got unexpected extra argument"),
]


@pytest.mark.parametrize(("options", "said"), OPTIONS, ids=[" ".join(one[0]) for one in OPTIONS])
def test_a_wrong_option_is_one_line(hypgen: Hypgen, options: list[str], said: str) -> None:
    result = hypgen("build", "--board", "keystone", *options)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(said)
    assert result.err.endswith(" (see hypgen build --help)\n")
    assert result.err.count("\n") == 1
