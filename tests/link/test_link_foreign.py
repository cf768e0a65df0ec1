"""Objects and libraries of GNU as, gcc and clang through our linker and through GNU ld: the same bytes.

Where the two differ on purpose, a row of REVIEWED says how; its test fails when the difference goes.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.elf.lief import read_image, write_image
from hypgen.elf.model import DebugSection, Image, Visibility
from hypgen.elf.structure import read_structure
from hypgen.errors import InputError
from hypgen.link.inputs import read_inputs
from hypgen.link.layout import Bound, Layout, SectionPlacement
from hypgen.link.linker import link
from hypgen.units import LoadAddr, VirtAddr
from tests.link.layouts import place
from tests.oracle import run
from tests.qemu import console

pytestmark = pytest.mark.oracle

LAYOUT = Layout(
    (
        place(".text", 0, budget=0x8000),
        place(".rodata", 0x8000, "r"),
        place(".init_array", 0xA000, "rw"),
        place(".data", 0xB000, "rw"),
        place(".bss", 0xC000, "rw"),
    ),
    "_start",
    entry_address="virtual",
    bounds={
        "__init_array_start": Bound(".init_array", "start"),
        "__init_array_end": Bound(".init_array", "end"),
        "__data_load": Bound(".data", "load"),
        "__bss_end": Bound(".bss", "end"),
    },
    discard=(".ARM.exidx*",),
)
SCRIPT = """
ENTRY(_start)
SECTIONS {
  .text 0xc0008000 : AT(0x80008000) { *(.text .text.*) }
  .rodata 0xc0010000 : AT(0x80010000) { *(.rodata .rodata.*) }
  .init_array 0xc0012000 : AT(0x80012000) {
    __init_array_start = .; KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*))) KEEP(*(.init_array))
    __init_array_end = .; }
  .data 0xc0013000 : AT(0x80013000) { *(.data .data.*) }
  __data_load = LOADADDR(.data);
  .bss 0xc0014000 : AT(0x80014000) { *(.bss .bss.*) *(COMMON) }
  __bss_end = ADDR(.bss) + SIZEOF(.bss);
  /DISCARD/ : { *(.ARM.exidx*) *(.ARM.attributes) *(.comment) *(.note*) }
}
"""

T32 = """
    .syntax unified
    .thumb
    .text
    .global _start
    .thumb_func
    .type _start, %function
_start:
    bl      arm_callee
    bl      thumb_callee
    blx     thumb_callee
    blx     arm_callee
    nop
    bl      arm_callee
    b.w     thumb_callee
    beq.w   thumb_callee
    bl      nobody
    b.w     nobody
    movw    r0, #:lower16:table
    movt    r0, #:upper16:table
    movw    r1, #:lower16:thumb_callee
    movt    r1, #:upper16:thumb_callee + 0x7fff
    movw    r2, #:lower16:(table - . - 4)
    movt    r2, #:upper16:(table - . - 4)
    ldr     r3, =thumb_callee
    ldr     r4, =table + 1
1:  .inst.n 0xe7fe
    .reloc  1b, R_ARM_THM_JUMP11, near_label
2:  .inst.n 0xd0fe
    .reloc  2b, R_ARM_THM_JUMP8, near_label
3:  .inst.w 0xf85f0004
    .reloc  3b, R_ARM_THM_PC12, near_label
4:  .inst.w 0xf2af0004
    .reloc  4b, R_ARM_THM_ALU_PREL_11_0, near_label
    .balign 4
5:  .inst.n 0x48ff
    .reloc  5b, R_ARM_THM_PC8, near_label
    .inst.n 0xbf00
    .weak   nobody
    .ltorg
    .section .rodata, "a"
    .balign 4
    .global table
table:
    .word   thumb_callee, arm_callee, thumb_callee(target2), table(got_prel) - table(got_prel)
""".replace(", table(got_prel) - table(got_prel)", "")
CALLEES = """
    .syntax unified
    .text
    .balign 4
    .global near_label
near_label:
    .thumb
    .global thumb_callee
    .thumb_func
    .type thumb_callee, %function
thumb_callee:
    bx      lr
    .balign 4
    .arm
    .global arm_callee
    .type arm_callee, %function
arm_callee:
    bx      lr
"""
C_MAIN = """
extern unsigned add(unsigned, unsigned), counter, unused(void);
unsigned table[4] = {1, 2, 3, 4};
static unsigned zero[8];
const char text[] = "text";
static void __attribute__((constructor(200))) second(void) { zero[1] = counter; }
static void __attribute__((constructor(101))) first(void) { zero[0] = 1; }
static void __attribute__((constructor)) third(void) { zero[2] = 3; }
unsigned __attribute__((noinline)) unused(void) { return table[3] / counter + 1; }
void _start(void) { counter = add(table[1], (unsigned)text) / (zero[0] + 1); for (;;) ; }
"""
C_OTHER = """
unsigned counter = 7;
unsigned add(unsigned a, unsigned b) { return a + b; }
unsigned long long spare(unsigned long long a, unsigned long long b) { return a / b + 1; }
"""
GCC = ("arm-none-eabi-gcc", "-march=armv7-a", "-mfloat-abi=soft", "-ffreestanding", "-Os", "-c")
CLANG = (
    "clang",
    "--target=arm-none-eabi",
    "-march=armv7-a",
    "-mfloat-abi=soft",
    "-ffreestanding",
    "-Os",
    "-c",
)


def assembled(directory: Path, *sources: str) -> list[Path]:
    made = []
    for number, text in enumerate(sources):
        source = directory / f"{number}.s"
        source.write_text(text)
        made.append(source.with_suffix(".o"))
        done = run(["arm-none-eabi-as", "-march=armv7ve", "-o", made[-1], source])
        assert (done.returncode, done.stderr) == (0, "")
    return made


def compiled(directory: Path, compiler: tuple[str, ...], *sources: str) -> list[Path]:
    made = []
    for number, text in enumerate(sources):
        source = directory / f"{number}.c"
        source.write_text(text)
        made.append(source.with_suffix(".o"))
        done = run([*compiler, "-o", made[-1], source])
        assert (done.returncode, done.stderr) == (0, "")
    return made


def by_us(files: list[Path], layout: Layout = LAYOUT) -> Image:
    return link(read_inputs([(one.name, one.read_bytes()) for one in files], ["_start"]), layout)


def by_gnu(directory: Path, files: list[Path], *options: str, script: str = SCRIPT) -> Image:
    (directory / "image.ld").write_text(script)
    made = directory / "gnu.elf"
    done = run(
        [
            "arm-none-eabi-ld",
            "--no-enum-size-warning",
            "-z",
            "noexecstack",
            *options,
            "-T",
            directory / "image.ld",
            "-o",
            made,
            *files,
        ]
    )
    assert (done.returncode, done.stderr) == (0, "")
    return with_debug_of(read_image(made.read_bytes(), made.name), made.read_bytes())


def with_debug_of(image: Image, data: bytes) -> Image:
    """The image with the debug sections of its file, which reading an image leaves out."""
    sections = read_structure(data, "gnu.elf").sections
    found = [one for one in sections if one.name.startswith(".debug_")]
    return replace(image, debug=tuple(DebugSection(one.name, one.flags, one.data) for one in found))


def contents(image: Image) -> dict[str, tuple[object, ...]]:
    return {
        one.name: (one.virtual, one.load, one.size, one.data.hex(" ", 4))
        for one in image.sections
        if one.size
    }


def globals_of(image: Image) -> set[tuple[object, ...]]:
    """What other images could see. GNU ld leaves hidden symbols global, against the gABI."""
    shown = [one for one in image.symbols if one.binding and one.visibility is Visibility.DEFAULT]
    return {(one.name, one.value, one.size, one.type, one.thumb) for one in shown}


def assert_same(ours: Image, theirs: Image) -> int:
    assert contents(ours) == contents(theirs)
    assert globals_of(ours) == globals_of(theirs)
    assert ours.entry == theirs.entry
    debug = {one.name: one.data for one in ours.debug}
    assert debug == {one.name: one.data for one in theirs.debug if one.data}
    return sum(len(one.data) // 4 for one in (*ours.sections, *ours.debug))


def test_t32_code_is_linked_as_gnu_ld_links_it(tmp_path, oracle_counter):
    files = assembled(tmp_path, T32, CALLEES)
    oracle_counter("gnu-ld")(assert_same(by_us(files), by_gnu(tmp_path, files)))


@pytest.mark.parametrize("state", ["-marm", "-mthumb"])
@pytest.mark.parametrize("compiler", [GCC, CLANG], ids=["gcc", "clang"])
@pytest.mark.parametrize("sections", ["-ffunction-sections", "-fno-function-sections"])
def test_compiled_objects_are_linked_as_gnu_ld_links_them(
    tmp_path, compiler, state, sections, oracle_counter
):
    files = compiled(tmp_path, (*compiler, state, sections, "-fdata-sections"), C_MAIN, C_OTHER)
    libgcc = Path(run(["arm-none-eabi-gcc", *GCC[1:3], "-print-libgcc-file-name"]).stdout.strip())
    files.append(libgcc)  # division comes from there

    ours, theirs = by_us(files), by_gnu(tmp_path, files)

    oracle_counter("gnu-ld")(assert_same(ours, theirs))


UNWINDING = replace(
    LAYOUT,
    sections=(
        *LAYOUT.sections[:2],
        place(".ARM.extab", 0x9000, "r", budget=0x800),
        place(".ARM.exidx", 0x9800, "r", budget=0x800),
        *LAYOUT.sections[2:],
    ),
    bounds={
        **LAYOUT.bounds,
        "__exidx_start": Bound(".ARM.exidx", "start"),
        "__exidx_end": Bound(".ARM.exidx", "end"),
    },
    discard=(),
)
UNWINDING_SCRIPT = SCRIPT.replace("*(.ARM.exidx*)", "").replace(
    "  .init_array 0x",
    """
  .ARM.extab 0xc0011000 : AT(0x80011000) { *(.ARM.extab*) }
  .ARM.exidx 0xc0011800 : AT(0x80011800) { __exidx_start = .; *(.ARM.exidx*) __exidx_end = .; }
  .init_array 0x""",
)
C_UNWINDING = (
    """
extern int __exidx_start[], __exidx_end[], f1(int), f3(int), f4(int), big(int, int), entries(void);
const char *names[] = {"ending", "the same ending", "", "ing", "other"};
void __aeabi_unwind_cpp_pr0(void) {}
void __aeabi_unwind_cpp_pr1(void) {}
int __attribute__((noinline)) entries(void) { return __exidx_end - __exidx_start; }
int _start(void) { return big(1, 2) + f3(4) + f4(3) + f1(1) + entries() + (names[entries()][0] == 'e'); }
""",
    """
int g(int);
const char *more_names[] = {"a longer ending", "the same ending", "ding", "x"};
const double constants[] = {1.5, 2.5};
int f1(int a) { return a + more_names[a][1]; }
int f2(int a) { return a + 2; }
int f3(int a) { return g(a) + g(a + 1); }
int f4(int a) { return g(a) + g(a + 3); }
double scaled(double a) { return a * 3.25 + constants[0]; }
int big(int a, int b)
{
    volatile int many[300];
    for (int i = 0; i < a; i++) many[i] = g(i);
    return many[b] + g(a) * g(b) + __builtin_popcount(a);
}
""",
)
WITHOUT_TABLE = """
    .syntax unified
    .text
    .global g
g:  bx      lr
    .section .text.h, "ax"
h:  bx      lr
    .section .rodata.str1.4, "aMS", %progbits, 1
    .balign 4
one: .asciz "ending"
    .balign 4
two: .asciz "b"
    .section .rodata.cst4, "aM", %progbits, 4
    .word   1, 2, 1
third: .word 3, 2
    .data
    .global references
references:
    .word   one, two, two + 1, third, third + 4, .rodata.cst4 + 8, .rodata.str1.4 + 1
"""


@pytest.mark.parametrize("state", ["-marm", "-mthumb"])
@pytest.mark.parametrize("compiler", [GCC, CLANG], ids=["gcc", "clang"])
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os", "-g3"])
@pytest.mark.parametrize("collect", [False, True], ids=["all", "collected"])
def test_debug_sections_strings_and_unwind_tables_are_those_of_gnu_ld(
    tmp_path, compiler, state, level, collect, oracle_counter
):
    options = (state, level, "-g3" if level == "-g3" else "-g", "-funwind-tables", "-ffunction-sections")
    (tmp_path / "s").mkdir()
    files = compiled(tmp_path, (*compiler, *options, "-fdata-sections"), *C_UNWINDING)
    files += assembled(tmp_path / "s", WITHOUT_TABLE)
    files.append(Path(run(["arm-none-eabi-gcc", *GCC[1:3], "-print-libgcc-file-name"]).stdout.strip()))

    ours = by_us(files, replace(UNWINDING, collect=collect))
    theirs = by_gnu(tmp_path, files, *["--gc-sections"] * collect, script=UNWINDING_SCRIPT)

    assert [one.name for one in ours.debug]
    oracle_counter("gnu-ld")(assert_same(ours, theirs))
    mine = tmp_path / "ours.elf"
    mine.write_bytes(write_image(ours))
    assert run(["eu-elflint", "--strict", "--gnu-ld", mine]).stdout == "No errors\n"


@pytest.mark.parametrize("joiner", [("arm-none-eabi-ld",), ("arm-none-eabi-ld", "--unique"), ("ld.lld",)])
@pytest.mark.parametrize("compiler", [GCC, CLANG], ids=["gcc", "clang"])
def test_an_object_of_joined_objects_is_linked_as_gnu_ld_links_it(tmp_path, compiler, joiner, oracle_counter):
    helpers = ("__popcountsi2", "__aeabi_dmul", "__aeabi_dadd")
    (tmp_path / "s").mkdir()
    options = ("-mthumb", "-O2", "-g", "-funwind-tables", "-ffunction-sections", "-fdata-sections")
    files = compiled(tmp_path, (*compiler, *options), *C_UNWINDING)
    stubs = "".join(f".global {name}\n{name}: bx lr\n" for name in helpers)
    files += assembled(tmp_path / "s", WITHOUT_TABLE, stubs)
    whole = tmp_path / "whole.o"
    assert run([*joiner, "-r", "-o", whole, *files]).returncode == 0

    ours, theirs = by_us([whole], UNWINDING), by_gnu(tmp_path, [whole], script=UNWINDING_SCRIPT)

    oracle_counter("gnu-ld")(assert_same(ours, theirs))


def test_compressed_debug_sections_are_what_they_were_before(tmp_path, oracle_counter):
    (plain,) = compiled(tmp_path, (*GCC, "-g3"), "unsigned _start(unsigned a) { return a + 1; }")
    small = tmp_path / "small.o"
    done = run(["arm-none-eabi-objcopy", "--compress-debug-sections=zlib", plain, small])
    assert (done.returncode, done.stderr) == (0, "")
    assert small.stat().st_size < plain.stat().st_size
    images = [by_us([plain]), by_us([small])]
    assert images[0].debug == images[1].debug
    oracle_counter("gnu-ld")(len(images[0].debug))


@pytest.mark.parametrize("state", ["-marm", "-mthumb"])
def test_collected_sections_are_those_that_gnu_ld_collects(tmp_path, state, oracle_counter):
    files = compiled(tmp_path, (*GCC, state, "-ffunction-sections", "-fdata-sections"), C_MAIN, C_OTHER)
    files.append(Path(run(["arm-none-eabi-gcc", *GCC[1:3], "-print-libgcc-file-name"]).stdout.strip()))
    layout = replace(LAYOUT, collect=True)

    ours, theirs = by_us(files, layout), by_gnu(tmp_path, files, "--gc-sections")

    assert "unused" not in {one.name for one in ours.symbols}
    oracle_counter("gnu-ld")(assert_same(ours, theirs))


@pytest.mark.parametrize("index", [True, False], ids=["with a symbol table", "without"])
def test_a_library_gives_the_members_that_gnu_ld_takes(tmp_path, index, oracle_counter):
    main, callees, *others = assembled(
        tmp_path,
        ".global _start\n_start: bl arm_callee\n",
        CALLEES,
        ".global thumb_callee\nthumb_callee: nop\n",
        ".global spare\nspare: nop\n",
    )
    library = tmp_path / "a_rather_long_library_name.a"
    long_name = callees.rename(tmp_path / "callees_with_a_long_name.o")
    run(["arm-none-eabi-ar", "rcs" if index else "rcS", library, long_name, *others])
    images = by_us([main, library]), by_us([library, main])
    assert contents(images[0]) == contents(by_gnu(tmp_path, [main, long_name]))
    assert {one.unit for one in images[0].pieces} == {"0.o", f"{library.name}({long_name.name})"}
    assert {one.unit for one in images[1].pieces} == {one.unit for one in images[0].pieces}
    oracle_counter("gnu-ld")(2)


def test_comdat_groups_are_joined_as_gnu_ld_joins_them(tmp_path, oracle_counter):
    def one(number: int) -> str:
        start = ".global _start\n_start: bl inline_one\n ldr r0, =inline_data\n" if not number else "nop\n"
        return f"""
            .text
            {start}
            .word inline_one
            .section .text.inline_one, "axG", %progbits, inline_one, comdat
            .weak inline_one
            .type inline_one, %function
        inline_one:
            mov r0, #{number}
            bx lr
            .section .rodata, "aG", %progbits, inline_one, comdat
            .weak inline_data
        inline_data:
            .word {number}, inline_one
            .section .rodata, "a", %progbits
            .word {number}
        """

    files = assembled(tmp_path, one(0), one(1), one(2))
    ours = by_us(files)

    assert ours.symbol("inline_one").size == 0
    oracle_counter("gnu-ld")(assert_same(ours, by_gnu(tmp_path, files)))


def test_common_symbols_get_the_memory_that_gnu_ld_gives_them(tmp_path, oracle_counter):
    text = "int big[{0}]; extern int *p; int *q{1} = big; {2}"
    files = compiled(
        tmp_path,
        (*GCC, "-fcommon"),
        text.format(4, 0, "void _start(void) {}"),
        text.format(40, 1, ""),
        "int defined[2] = {1, 2};",
        "int defined[2]; int *q3 = defined;",
    )
    oracle_counter("gnu-ld")(assert_same(by_us(files), by_gnu(tmp_path, files)))


UNLIKE = {
    "veneer": "GNU ld's veneer loads an absolute address; ours is relative to the PC, as code before the MMU "
    "runs at its load address",
    "hidden": "GNU ld leaves hidden symbols global in an executable; ours are local, as the gABI asks",
}
"""REVIEWED: where our image differs from that of GNU ld although it does the same."""

INTERWORKING = """
    .syntax unified
    .arm
    .arch_extension sec
    .text
    .global _start
    .type _start, %function
_start:
    ldr     sp, =stack_top
    mov     r4, #0
    blne    thumb_add
    bleq    thumb_add
    bl      thumb_add
    ldr     r0, =back
    adr     lr, 1f
    b       thumb_jump
1:  add     r4, r4, #0x1000
    movw    r5, #0x1112
    cmp     r4, r5
    ldreq   r0, ='O'
    ldrne   r0, ='N'
    ldreq   r1, ='K'
    ldrne   r1, ='O'
    ldr     r2, =0x09000000
    str     r0, [r2]
    str     r1, [r2]
    ldr     r0, =0x84000008
    smc     #0
    .ltorg
    .bss
    .space  64
stack_top:
"""
INTERWORKING_T32 = """
    .syntax unified
    .thumb
    .text
    .global thumb_add, thumb_jump, back
    .thumb_func
    .type thumb_add, %function
thumb_add:
    add     r4, r4, #1
    bx      lr
    .thumb_func
    .type thumb_jump, %function
thumb_jump:
    adds    r4, r4, #0x10
    bne.w   arm_jump
    .thumb_func
    .type back, %function
back:
    b.w     arm_jump
    .arm
    .section .text.far, "ax"
    .global arm_jump
    .type arm_jump, %function
arm_jump:
    add     r4, r4, #0x100
    bx      lr
"""


def test_veneers_do_what_those_of_gnu_ld_do(tmp_path, oracle_counter):
    """REVIEWED "veneer": both images run to the same end in QEMU, at VA = load address."""
    files = assembled(tmp_path, INTERWORKING, INTERWORKING_T32)
    places = (
        SectionPlacement(".text", VirtAddr(0x4020_0000), LoadAddr(0x4020_0000), 0x1000, "rx"),
        SectionPlacement(".bss", VirtAddr(0x4020_1000), LoadAddr(0x4020_1000), 0x1000, "rw"),
    )
    ours = link(read_inputs([(one.name, one.read_bytes()) for one in files]), Layout(places, "_start"))
    script = tmp_path / "veneers.ld"
    script.write_text(
        "ENTRY(_start) SECTIONS { .text 0x40200000 : { *(.text .text.*) } .bss 0x40201000 : { *(.bss) } }"
    )
    theirs = tmp_path / "gnu.elf"
    done = run(["arm-none-eabi-ld", "-T", script, "-o", theirs, *files])
    assert (done.returncode, done.stderr) == (0, "")
    mine = tmp_path / "ours.elf"
    mine.write_bytes(write_image(ours))

    assert contents(ours) != contents(read_image(theirs.read_bytes(), "gnu.elf")), UNLIKE["veneer"]
    veneers = [one.name for one in ours.symbols if one.name.startswith("__")]
    assert veneers == ["__thumb_add_from_arm", "__thumb_jump_from_arm", "__arm_jump_from_thumb"]
    assert [console(mine), console(theirs)] == [b"OK", b"OK"]
    oracle_counter("gnu-ld")(2)


def test_the_same_undefined_names_are_refused(tmp_path):
    files = assembled(tmp_path, T32)
    (tmp_path / "image.ld").write_text(SCRIPT)
    done = run(["arm-none-eabi-ld", "-T", tmp_path / "image.ld", "-o", tmp_path / "x.elf", *files])
    with pytest.raises(InputError) as caught:
        by_us(files)
    for name in ("arm_callee", "thumb_callee", "near_label"):
        assert f"undefined reference to `{name}'" in done.stderr
        assert f"symbol {name} is used here but no unit defines it" in str(caught.value)
