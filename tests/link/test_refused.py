"""Files of other tools that cannot be linked: each is refused with the reason."""

import pytest

from hypgen.errors import InputError
from hypgen.link.inputs import read_inputs
from hypgen.link.linker import link
from tests.link.layouts import layout
from tests.oracle import run

pytestmark = pytest.mark.oracle

C = "extern int y; int _start(void) { return y; }"
TLS = "__thread int y = 3; int _start(void) { return y; }"
EXTERN_TLS = "extern __thread int y; int _start(void) { return y; }"
NEEDED = " (a 32-bit little-endian ELF file for Arm is needed)"
CASES = {
    "gcc -flto": (
        ["arm-none-eabi-gcc", "-flto"],
        C,
        "x.o: error[ELF-004]: this ELF file has GCC's intermediate code and no machine code, which hypgen "
        "does not link (compile without -flto)",
    ),
    "clang -flto": (
        ["clang", "--target=arm-none-eabi", "-flto"],
        C,
        f"x.o: error[ELF-001]: not an ELF file: it is LLVM bitcode, made with -flto{NEEDED}",
    ),
    "big-endian": (
        ["clang", "--target=mips"],
        C,
        f"x.o: error[ELF-001]: this ELF file is 32-bit and big-endian, for MIPS{NEEDED}",
    ),
    "AArch64": (
        ["clang", "--target=aarch64-none-elf"],
        C,
        f"x.o: error[ELF-001]: this ELF file is 64-bit and little-endian, for AArch64{NEEDED}",
    ),
    "RISC-V": (
        ["clang", "--target=riscv32"],
        C,
        f"x.o: error[ELF-001]: this ELF file is for machine 243 (RISC-V), not Arm (40){NEEDED}",
    ),
    "the host's": (
        ["gcc"],
        C,
        f"x.o: error[ELF-001]: this ELF file is 64-bit and little-endian, for x86-64{NEEDED}",
    ),
    "position-independent": (
        ["arm-none-eabi-gcc", "-fpic", "-Dy=x"],
        C,
        "x.o(.text+0x2c): error[LINK-001]: symbol _GLOBAL_OFFSET_TABLE_ is used here but no unit defines it "
        "(position-independent code uses it: compile without -fpic)",
    ),
    "thread-local": (
        ["arm-none-eabi-gcc"],
        TLS,
        "x.o: error[ELF-004]: this ELF file has thread-local storage (.tdata), which hypgen does not link",
    ),
    "thread-local elsewhere": (
        ["clang", "--target=arm-linux-gnueabi", "-fpic"],
        EXTERN_TLS,
        "x.o: error[ELF-004]: this ELF file has thread-local storage (y), which hypgen does not link",
    ),
    "an indirect function": (
        ["arm-none-eabi-gcc", "-x", "assembler"],
        ".type f, %gnu_indirect_function\nf: bx lr\n",
        "x.o: error[ELF-004]: this ELF file has an indirect function (f), which hypgen does not link",
    ),
    "a group relocation": (
        ["arm-none-eabi-gcc", "-x", "assembler"],
        ".global _start\n_start: add r0, pc, #:pc_g0_nc:(x)\n.data\nx: .word 0\n",
        "x.o(.text+0x0): error[LINK-009]: R_ARM_ALU_PC_G0_NC against x is not a relocation that hypgen "
        "applies (it is of position-independent code, thread-local storage or literal groups: compile "
        "without -fpic, and write addresses as .word or MOVW and MOVT)",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_reason_is_told(tmp_path, case, oracle_counter):
    command, text, message = CASES[case]
    (tmp_path / "x.c").write_text(text)
    done = run([*command, "-c", tmp_path / "x.c", "-o", tmp_path / "x.o"])
    assert (done.returncode, done.stderr) == (0, "")

    with pytest.raises(InputError) as caught:
        link(read_inputs([("x.o", (tmp_path / "x.o").read_bytes())]), layout())

    assert str(caught.value).splitlines()[0] == message
    oracle_counter("gnu-ld-refused")(1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is empty"),
        (b"SECTIONS { }\n", "it is text, a linker script or a source"),
        (b"\x01\x02\x03\x04\x05", "it begins with 01 02 03 04"),
    ],
)
def test_what_is_no_object_is_named(data, message):
    with pytest.raises(InputError) as caught:
        read_inputs([("x.o", data)])
    assert str(caught.value) == f"x.o: error[ELF-001]: not an ELF file: {message}{NEEDED}"
