"""Whole libraries of GCC, every member with its debug information: the image is that of GNU ld."""

from pathlib import Path

import pytest

from hypgen.elf.lief import read_image
from hypgen.link.inputs import read_inputs
from hypgen.link.layout import Layout, Permission, SectionPlacement
from hypgen.link.linker import link
from hypgen.units import MIB, LoadAddr, VirtAddr
from tests.link.test_link_foreign import assert_same, with_debug_of
from tests.oracle import run

NAMES: dict[str, Permission] = {
    ".text": "rx",
    ".rodata": "r",
    ".ARM.extab": "r",
    ".ARM.exidx": "r",
    ".init_array": "rw",
    ".fini_array": "rw",
    ".data": "rw",
    ".bss": "rw",
}
LEFT_OUT = (".comment", ".note*", ".init", ".fini", ".jcr", ".eh_frame*", ".tm_clone_table")
PROCESSORS = {
    "soft": ("-marm", "-march=armv7-a", "-mfloat-abi=soft"),
    "hard": ("-mthumb", "-march=armv7-a+fp", "-mfloat-abi=hard"),
    "old": ("-marm", "-march=armv5te+fp", "-mfloat-abi=hard"),
}
PLACES = tuple(
    SectionPlacement(name, VirtAddr(address), LoadAddr(address), 4 * MIB, permission)
    for address, (name, permission) in zip(
        range(0x4000_0000, 0x5000_0000, 4 * MIB), NAMES.items(), strict=False
    )
)


def script() -> str:
    lines = ["ENTRY(_start) SECTIONS {"]
    for one in PLACES:
        inputs = f"*({one.name} {one.name}.*)" + (" *(COMMON)" if one.name == ".bss" else "")
        kept = f"KEEP({inputs})" if "array" in one.name else inputs
        lines.append(f"{one.name} {one.virtual} : {{ {kept} }}")
    left_out = " ".join(f"*({one})" for one in (*LEFT_OUT, ".ARM.attributes"))
    return "\n".join([*lines, f"/DISCARD/ : {{ {left_out} }} }}"])


def names(library: Path, *options: str) -> set[str]:
    lines = run(["arm-none-eabi-nm", *options, library]).stdout.splitlines()
    return {line.split()[-1] for line in lines if len(line.split()) >= 2}


def words_that_are_the_same(directory: Path, processor: str, name: str) -> int:
    found = run(["arm-none-eabi-gcc", *PROCESSORS[processor], f"-print-file-name={name}"]).stdout
    library = Path(found.strip())
    wanted = names(library, "-u") - names(library, "-g", "--defined-only")
    stubs = "".join(f".global {one}\n{one}: bx lr\n" for one in sorted(wanted))
    start, made = directory / "start.s", directory / "start.o"
    start.write_text(f".global _start\n_start: nop\n{stubs}")
    run(["arm-none-eabi-as", "-march=armv7-a", start, "-o", made])
    (directory / "x.ld").write_text(script())
    theirs = directory / "theirs.elf"
    command = ["arm-none-eabi-ld", "-z", "noexecstack", "-T", directory / "x.ld", "-o", theirs, made]
    done = run([*command, "--whole-archive", library])
    assert (done.returncode, done.stderr) == (0, "")

    inputs = [("start.o", made.read_bytes()), (name, library.read_bytes())]
    layout = Layout(PLACES, "_start", "virtual", discard=LEFT_OUT)
    ours = link(read_inputs(inputs, whole={name}), layout)

    data = theirs.read_bytes()
    return assert_same(ours, with_debug_of(read_image(data, "theirs.elf"), data))


@pytest.mark.oracle
@pytest.mark.parametrize("processor", PROCESSORS)
def test_libgcov(tmp_path, processor, oracle_counter):
    oracle_counter("gnu-ld")(words_that_are_the_same(tmp_path, processor, "libgcov.a"))


@pytest.mark.nightly
@pytest.mark.parametrize("processor", PROCESSORS)
def test_libgcc(tmp_path, processor):
    assert words_that_are_the_same(tmp_path, processor, "libgcc.a") > 500_000
