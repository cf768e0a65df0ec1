"""A C handler and a library of other tools in the image: built, verified, and run in QEMU."""

from pathlib import Path

import pytest

from hypgen.elf.lief import read_image
from hypgen.errors import InputError
from hypgen.pipeline.building import build
from tests import images
from tests.oracle import run
from tests.qemu import console

pytestmark = pytest.mark.oracle

C = """
static unsigned calls;
static const unsigned weights[3] = {1, 10, 100};
unsigned weighted(unsigned number, unsigned divisor, unsigned which)
{
    calls++;
    return number / divisor * weights[which] + (unsigned)(1000000000000ull / (number + 1)) % 7;
}
"""
EXPECTED = 1000 // 7 * 10 + 1000000000000 // 1001 % 7
TEMPLATE = """{% extends "hypgen/host.S" %}
{% block runtime_calls %}
{{ super() }}
        mov     r1, #1000
        mov     r2, #7
        mov     r3, #1
{{ call("weighted") }}
        ldr     r1, =EXPECTED
        cmp     r0, r1
        bne     hypgen_failed
{% endblock %}
""".replace("EXPECTED", str(EXPECTED))


def inputs(directory: Path, state: str = "-marm", *more: str) -> list[Path]:
    """A C function and libgcc, and a template that calls it from PL1."""
    (directory / "host.S").write_text(TEMPLATE)
    source, made = directory / "c" / "weighted.c", directory / "c" / "weighted.o"
    source.parent.mkdir()
    source.write_text(C)
    flags = ["-march=armv7-a", "-mfloat-abi=soft", "-ffreestanding", "-g", "-O1", state, *more]
    done = run(["arm-none-eabi-gcc", *flags, "-c", source, "-o", made])
    assert (done.returncode, done.stderr) == (0, "")
    return [made, Path(run(["arm-none-eabi-gcc", *flags, "-print-libgcc-file-name"]).stdout.strip())]


@pytest.mark.parametrize("board", ["keystone", "qemu-virt"])
@pytest.mark.parametrize("state", ["-marm", "-mthumb"])
def test_a_c_function_and_its_library_run_in_hyp_mode(tmp_path, board, state, oracle_counter):
    files = inputs(tmp_path, state)
    depfile = tmp_path / "image.d"

    result = build(
        images.board(board), out=tmp_path / "out", templates=tmp_path, linked=files, depfile=depfile
    )

    assert result.passed
    image = result.compiled.image
    function = image.symbol("weighted")
    assert (function.section, function.thumb) == (".hyp.text", state == "-mthumb")
    assert image.symbol("__aeabi_uldivmod").section == ".hyp.text"
    assert str(files[0]) in depfile.read_text()
    elf = result.directory / f"{board}.elf"
    found = run(["arm-none-eabi-addr2line", "-fe", elf, f"{function.value:#x}"]).stdout
    assert found.split() == ["weighted", f"{tmp_path}/c/weighted.c:5"]
    assert run(["eu-elflint", "--strict", "--gnu-ld", elf]).stdout == "No errors\n"
    assert read_image(elf.read_bytes(), "x").entry == image.entry
    if board == "qemu-virt":
        assert console(elf).endswith(b"hypgen: done\n") or b"done" in console(elf)
    oracle_counter("embedding")(1)


def test_what_is_missing_is_told_with_its_place(tmp_path):
    made, _ = inputs(tmp_path)
    with pytest.raises(InputError) as caught:
        build(images.board("keystone"), out=tmp_path / "out", templates=tmp_path, linked=[made])
    assert "error[LINK-001]: symbol __aeabi_uidiv is used here but no unit defines it" in str(caught.value)
    assert not (tmp_path / "out").exists()
