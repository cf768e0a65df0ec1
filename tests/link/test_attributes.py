"""Build attributes of every pair of processors and conventions, joined or refused as GNU ld does it."""

import itertools
import re
from pathlib import Path

import pytest

from hypgen.elf.lief import write_image
from hypgen.errors import InputError
from hypgen.link.inputs import read_inputs
from hypgen.link.linker import link
from tests.link.layouts import gnu_script, layout
from tests.oracle import run

pytestmark = pytest.mark.oracle

FIRST = "float g(float); int _start(void) { return 1; }"
SECOND = "float g(float a) { return a; } enum { A } e; long long q(long long a) { return a + 1; }"
GCC, CLANG = (
    ("arm-none-eabi-gcc",),
    ("clang", "--target=arm-none-eabi", "-ffreestanding", "-fno-unwind-tables"),
)
PROCESSORS = [
    (*GCC, "-march=armv7-a", "-mfloat-abi=soft"),
    (*GCC, "-march=armv7ve", "-mfpu=vfpv4", "-mfloat-abi=softfp"),
    (*GCC, "-mcpu=cortex-a15", "-mfpu=neon-vfpv4", "-mfloat-abi=hard"),
    (*GCC, "-mcpu=cortex-a7", "-mthumb", "-mfloat-abi=soft"),
    (*GCC, "-march=armv5te", "-mfloat-abi=soft"),
    (*GCC, "-march=armv6", "-mfloat-abi=soft"),
    (*GCC, "-march=armv7-a", "-mfloat-abi=soft", "-fno-short-enums", "-fshort-wchar"),
    (*GCC, "-mcpu=cortex-m3", "-mthumb"),
    (*GCC, "-mcpu=cortex-r5", "-mfloat-abi=soft"),
    (*GCC, "-mcpu=cortex-a9", "-mfpu=vfpv3-d16", "-mfloat-abi=softfp", "-O2"),
    (*CLANG, "-march=armv7-a", "-mfloat-abi=soft"),
    (*CLANG, "-mcpu=cortex-a15", "-mfloat-abi=hard"),
]


def compiled(directory: Path, command: tuple[str, ...], name: str, text: str) -> Path:
    (directory / f"{name}.c").write_text(text)
    made = directory / f"{name}.o"
    done = run([*command, "-c", directory / f"{name}.c", "-o", made])
    assert (done.returncode, done.stderr) == (0, "")
    return made


def attributes(path: Path) -> list[str]:
    return re.findall(r"^\s+(Tag_.*)$", run(["arm-none-eabi-readelf", "-A", path]).stdout, re.MULTILINE)


def test_every_pair_is_joined_or_refused_as_gnu_ld_does(tmp_path, oracle_counter):
    numbered = list(enumerate(PROCESSORS))
    firsts = [compiled(tmp_path, one, f"first{number}", FIRST) for number, one in numbered]
    seconds = [compiled(tmp_path, one, f"second{number}", SECOND) for number, one in numbered]
    places = layout(discard=(".ARM.exidx*",))
    script = gnu_script(places).replace("*(.ARM.attributes)", "*(.ARM.exidx*)")
    (tmp_path / "image.ld").write_text(script)
    ours, theirs = tmp_path / "ours.elf", tmp_path / "theirs.elf"
    refused = 0
    for files in itertools.product(firsts, seconds):
        done = run(["arm-none-eabi-ld", "-T", tmp_path / "image.ld", "-o", theirs, *files])
        inputs = read_inputs([(one.name, one.read_bytes()) for one in files])
        if done.returncode:
            with pytest.raises(InputError) as caught:
                link(inputs, places)
            assert {one.code for one in caught.value.diagnostics} == {"LINK-016"}
            refused += 1
            continue
        image = link(inputs, places)
        ours.write_bytes(write_image(image))
        assert attributes(ours) == attributes(theirs), files
    assert refused > 30
    oracle_counter("gnu-ld-attributes")(len(PROCESSORS) ** 2)


def test_code_for_later_architectures_is_refused(tmp_path):
    made = compiled(tmp_path, (*GCC, "-march=armv8-a", "-mfloat-abi=soft"), "new", FIRST)
    with pytest.raises(InputError) as caught:
        link(read_inputs([("new.o", made.read_bytes())]), layout())
    assert str(caught.value) == (
        "new.o: error[LINK-016]: Tag_CPU_arch is 14, ARMv8 or later, and the processors of hypgen are ARMv7 "
        "(compile it with -march=armv7-a or armv7ve)"
    )
