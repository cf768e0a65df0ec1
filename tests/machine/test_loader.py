"""Images in memory: where segments go, where execution begins, and what an address is called."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hypgen.board.load import load_board
from hypgen.emulator.memory import Dram, PhysicalMemory, Window
from hypgen.emulator.unknown import Unknown
from hypgen.errors import InputError, Location
from hypgen.machine.bus import build_bus
from hypgen.machine.describe import describe
from hypgen.machine.loader import LoadedSymbol, place, read_image
from hypgen.units import PhysAddr, Span
from tests.oracle import run

R, W, X = 4, 2, 1
FUNC, OBJECT, NOTYPE = 2, 1, 0
GLOBAL = 0x10
VIRTUAL, LOAD = 0xC020_0000, 0x8020_0000


def elf(
    segments: list[tuple[int, int, bytes, int, int]],
    symbols: list[tuple[str, int, int, int, int]] = (),
    entry: int = LOAD,
    kind: int = 2,
) -> bytes:
    """An ELF file of (p_vaddr, p_paddr, content, p_memsz, p_flags) and (name, value, size, info, shndx)."""
    offset = 52 + 32 * len(segments)
    headers, body = b"", b""
    for virtual, load, content, size, flags in segments:
        headers += struct.pack("<8I", 1, offset + len(body), virtual, load, len(content), size, flags, 4)
        body += content
    strings, table = b"\0", bytes(16)
    for name, value, size, info, section in symbols:
        table += struct.pack("<IIIBBH", len(strings), value, size, info, 0, section)
        strings += name.encode() + b"\0"
    names = b"\0.text\0.symtab\0.strtab\0"
    at = offset + len(body)
    sections = [
        (0,) * 10,
        (1, 1, 6, VIRTUAL, offset, len(body), 0, 0, 4, 0),
        (7, 2, 0, 0, at, len(table), 3, 1, 4, 16),
        (15, 3, 0, 0, at + len(table), len(strings), 0, 0, 1, 0),
        (15, 3, 0, 0, at + len(table) + len(strings), len(names), 0, 0, 1, 0),
    ]
    tail = table + strings + names
    head = struct.pack(
        "<16sHHIIIIIHHHHHH",
        b"\x7fELF\x01\x01\x01" + bytes(9),
        kind, 40, 1, entry, 52, at + len(tail), 0x0500_0000,
        52, 32, len(segments), 40, len(sections), 4,
    )  # fmt: skip
    return head + headers + body + tail + b"".join(struct.pack("<10I", *row) for row in sections)


CODE = (VIRTUAL, LOAD, b"\x00\x00\xa0\xe1" * 8, 0x20, R | X)
DATA = (VIRTUAL + 0x1000, LOAD + 0x1000, b"data", 0x10, R | W)
SYMBOLS = [
    ("$a", VIRTUAL, 0, NOTYPE, 1),
    ("_start", VIRTUAL, 0x10, GLOBAL | FUNC, 1),
    ("local_label", VIRTUAL + 0x10, 0, NOTYPE, 1),
    ("thumb_code", VIRTUAL + 0x19, 4, GLOBAL | FUNC, 1),
    ("message", VIRTUAL + 0x1000, 4, GLOBAL | OBJECT, 1),
    ("CONSTANT", VIRTUAL, 0, NOTYPE, 0xFFF1),
    ("missing", 0, 0, GLOBAL | NOTYPE, 0),
]
IMAGE = elf([CODE, DATA], SYMBOLS)


@pytest.fixture
def image():
    return read_image(IMAGE, "image.elf")


def test_segments_have_both_addresses_and_their_bytes(image):
    code, data = image.segments
    assert (code.virtual, code.load, code.size, code.executable) == (VIRTUAL, LOAD, 0x20, True)
    assert (data.data, data.size, data.executable) == (b"data", 0x10, False)


def test_symbols_are_places_in_memory_without_the_thumb_bit(image):
    assert image.symbols == {
        "_start": LoadedSymbol(VIRTUAL, 0x10),
        "local_label": LoadedSymbol(VIRTUAL + 0x10, 0),
        "thumb_code": LoadedSymbol(VIRTUAL + 0x18, 4, thumb=True),
        "message": LoadedSymbol(VIRTUAL + 0x1000, 4),
    }


@pytest.mark.parametrize(
    ("offset", "name"),
    [
        (0, "_start"),
        (0xC, "_start+0xc"),
        (0x10, "local_label"),
        (0x14, "local_label+0x4"),
        (0x1A, "thumb_code+0x2"),
        (0x1000, "message"),
    ],
)
def test_an_address_has_one_name_in_both_worlds(image, offset, name):
    assert image.symbolize(VIRTUAL + offset) == name
    assert image.symbolize(LOAD + offset) == name


@pytest.mark.parametrize("address", [0, VIRTUAL - 4, VIRTUAL + 0x1C, VIRTUAL + 0x1008, LOAD + 0x800])
def test_an_address_outside_every_symbol_stays_a_number(image, address):
    assert image.symbolize(address) == f"0x{address:08x}"
    assert image.symbol_at(address) is None


def test_a_symbol_without_size_ends_with_its_segment():
    image = read_image(elf([CODE, DATA], [("label", VIRTUAL, 0, NOTYPE, 1)]))
    assert image.symbolize(VIRTUAL + 0x1C) == "label+0x1c"
    assert image.symbolize(VIRTUAL + 0x1000) == f"0x{VIRTUAL + 0x1000:08x}"


def test_of_two_names_for_one_address_the_one_with_a_size_is_shown():
    both = [("alias", VIRTUAL, 0, NOTYPE, 1), ("function", VIRTUAL, 8, GLOBAL | FUNC, 1)]
    assert read_image(elf([CODE], both)).symbolize(VIRTUAL + 4) == "function+0x4"


def test_addresses_translate_between_load_and_virtual(image):
    assert image.to_virtual(LOAD + 0x1004) == VIRTUAL + 0x1004
    assert image.to_load(VIRTUAL + 0x1004) == LOAD + 0x1004
    assert image.to_virtual(0x1234) == image.to_load(0x1234) == 0x1234


def test_lines_are_found_by_virtual_and_load_address():
    first, second = Location("boot.S.j2", 10), Location("boot.S.j2", 12)
    image = read_image(IMAGE, "image.elf", [(VIRTUAL, first), (VIRTUAL + 4, second)])
    assert image.line(VIRTUAL) == image.line(LOAD) == first
    assert image.line(LOAD + 8) == second
    assert image.line(0) is None
    assert read_image(IMAGE).line(VIRTUAL) is None


@pytest.mark.parametrize(
    ("entry", "begins"),
    [
        (LOAD, LOAD),  # as hypgen links
        (VIRTUAL, LOAD),  # as Linux and most others do
        (VIRTUAL + 0x19, LOAD + 0x19),  # in Thumb state
        (VIRTUAL + 0x1000, VIRTUAL + 0x1000),  # not in an executable segment: left as it is
        (0, 0),
    ],
)
def test_a_virtual_entry_becomes_the_load_address_of_its_byte(entry, begins):
    assert read_image(elf([CODE, DATA], entry=entry)).entry == begins


def test_placing_copies_the_file_and_zeroes_the_rest(image):
    bus = build_bus(describe(load_board("keystone")), Unknown(1))
    place(image, bus.memory)
    assert bus.memory.read(0x8_0020_0000, 4) == b"\x00\x00\xa0\xe1"
    assert bus.memory.read(LOAD + 0x1000, 0x10) == b"data" + bytes(12)
    # Beyond the segments memory is what it was: UNKNOWN, not zero.
    assert any(bus.memory.read(LOAD + 0x1010, 0x40))


def test_a_segment_outside_memory_is_refused_and_nothing_is_placed():
    bus = build_bus(describe(load_board("keystone")), Unknown(1))
    before = bus.memory.read(LOAD, 4)
    image = read_image(elf([CODE, (VIRTUAL + 0x1000, 0x0256_1000, b"data", 0x10, R | W)]), "a.elf")
    with pytest.raises(InputError) as raised:
        place(image, bus.memory, bus.what)
    sentence = "the segment at load address [0x02561000..0x02561010) does not lie in memory: "
    rest = "at 0x02561000 there is GIC distributor (GICD)"
    hint = "link the image for this board, or choose the board it is for"
    assert str(raised.value) == f"a.elf: error[RUN-004]: {sentence}{rest} ({hint})"
    assert bus.memory.read(LOAD, 4) == before


def test_a_segment_that_leaves_memory_is_refused_at_the_first_byte_outside():
    memory = PhysicalMemory()
    span = Span.sized(PhysAddr(LOAD), 0x1000)
    memory.add_window(Window("ram", span, Dram("ram", 0x1000, Unknown(1))))
    image = read_image(elf([(VIRTUAL, LOAD + 0xFF0, b"", 0x20, R | W)]), "a.elf")
    with pytest.raises(InputError, match=r"at 0x80201000 there is nothing"):
        place(image, memory)


HINT = "(link it as an executable for this board)"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (elf([CODE], kind=1), "this ELF file is a relocatable object, not an executable"),
        (elf([CODE], kind=3), "this ELF file is position independent, not an executable"),
        (elf([CODE], kind=0xFE00), "this ELF file is of type 65024, not an executable"),
        (elf([]), "this ELF file has nothing to load: no PT_LOAD segment with a size"),
        (
            elf([(0, 0, b"", 0x4000_0000, R | W)]),
            "the segments need 1024 MiB, more than the 256 MiB allowed",
        ),
        (
            elf([CODE, (VIRTUAL + 0x1000, LOAD + 0x10, b"data", 0x10, R | W)]),
            "two segments overlap at their load addresses: "
            "[0x80200000..0x80200020) and [0x80200010..0x80200020)",
        ),
    ],
    ids=["object", "pie", "type", "empty", "huge", "overlap"],
)
def test_a_file_that_cannot_be_loaded_is_refused(data, message):
    with pytest.raises(InputError) as raised:
        read_image(data, "a.elf")
    assert str(raised.value) == f"a.elf: error[RUN-003]: {message} {HINT}"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(IMAGE) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(IMAGE)),
)
@example([], len(IMAGE))
def test_a_damaged_file_is_loaded_or_refused_and_nothing_else(changes, length):
    data = bytearray(IMAGE)
    for position, value in changes:
        data[position] = value
    try:
        image = read_image(bytes(data[:length]), "a.elf")
    except InputError as error:
        assert error.location == Location("a.elf")  # noqa: PT017  # the other outcome is success
        return
    assert image.symbolize(image.entry)
    assert image.line(image.entry) is None


@pytest.mark.oracle
def test_an_image_of_gnu_ld_loads_as_readelf_and_nm_say(tmp_path: Path, oracle_counter):
    count = oracle_counter("loader-ld")
    source = tmp_path / "a.s"
    source.write_text(
        ".global _start\n.type _start, %function\n_start: b _start\n.size _start, .-_start\n"
        ".data\n.global word\nword: .word 0x12345678\n.bss\n.global room\nroom: .space 64\n"
    )
    script = tmp_path / "a.ld"
    script.write_text(
        "ENTRY(_start)\nSECTIONS {\n"
        f"  .text {VIRTUAL:#x} : AT({LOAD:#x}) {{ *(.text) }}\n"
        f"  .data {VIRTUAL + 0x1000:#x} : AT({LOAD + 0x1000:#x}) {{ *(.data) }}\n"
        "  .bss : { *(.bss) }\n}\n"
    )
    done = run(["arm-none-eabi-as", source, "-o", tmp_path / "a.o"])
    assert done.returncode == 0, done.stderr
    done = run(["arm-none-eabi-ld", "-T", script, tmp_path / "a.o", "-o", tmp_path / "a.elf"])
    assert done.returncode == 0, done.stderr
    image = read_image((tmp_path / "a.elf").read_bytes(), "a.elf")
    assert image.entry == LOAD
    listed = run(["arm-none-eabi-readelf", "-lW", tmp_path / "a.elf"]).stdout
    loads = [line.split() for line in listed.splitlines() if line.split()[:1] == ["LOAD"]]
    for segment, row in zip(image.segments, loads, strict=True):
        assert [int(word, 16) for word in row[2:4]] == [segment.virtual, segment.load]
        assert int(row[5], 16) == segment.size
        count(3)
    for row in run(["arm-none-eabi-nm", tmp_path / "a.elf"]).stdout.splitlines():
        value, _, name = row.split()
        assert image.symbols[name].address == int(value, 16)
        count(1)
