"""Stage 2 tables, VTCR and VTTBR: against values of the field, the manual's walk, and the core's."""

from __future__ import annotations

import pytest

from hypgen.emulator.faults import Fault
from hypgen.emulator.mmu import translate_ipa
from hypgen.plan.stage2 import GuestMapping, GuestPermission, Stage2Format, Stage2Tables, build, leaf, table
from hypgen.units import IPA, PhysAddr, Span

ROOT = PhysAddr(0x8_0200_0000)
WIDE, NARROW = Stage2Format(40), Stage2Format(32)


def mapping(ipa: int, size: int, physical: int, permission: GuestPermission = "rwx") -> GuestMapping:
    return GuestMapping(Span.sized(IPA(ipa), size), PhysAddr(physical), permission, "memory")


def walk(tables: Stage2Tables, ipa: int) -> tuple[int, int] | None:
    """(PA, descriptor) by DDI 0406C B3.6.6, with bit positions of this test's own."""
    level = tables.format.level
    shift = {1: 30, 2: 21}[level]
    address = int(tables.root) + 8 * (ipa >> shift)
    while True:
        offset = address - int(tables.root)
        descriptor = int.from_bytes(tables.data[offset : offset + 8], "little")
        if descriptor & 1 == 0 or (level == 3 and descriptor & 2 == 0):
            return None
        if level == 3 or descriptor & 2 == 0:
            return descriptor & 0xFF_FFFF_F000 | ipa & ((1 << shift) - 1), descriptor
        shift -= 9
        level += 1
        address = (descriptor & 0xFF_FFFF_F000) + 8 * (ipa >> shift & 511)


@pytest.mark.parametrize(
    ("ipa_bits", "level", "vtcr", "entries", "pages", "alignment"),
    [
        (40, 1, 0x8000_3558, 1024, 2, 0x2000),  # arm32 Linux: VTCR_HTCR_SH | VTCR_SL_L1 | T0SZ = -8
        (39, 1, 0x8000_3559, 512, 1, 0x1000),
        (32, 1, 0x8000_3540, 4, 1, 0x20),
        (31, 1, 0x8000_3541, 2, 1, 0x10),
        (34, 2, 0x8000_351E, 8192, 16, 0x1_0000),
        (32, 2, 0x8000_3500, 2048, 4, 0x4000),
        (25, 2, 0x8000_3507, 16, 1, 0x80),
    ],
)
def test_vtcr_and_the_root_follow_from_the_ipa_bits(
    ipa_bits: int, level: int, vtcr: int, entries: int, pages: int, alignment: int
):
    shape = Stage2Format(ipa_bits, level)
    assert (shape.vtcr, shape.root_entries, shape.root_pages) == (vtcr, entries, pages)
    assert shape.root_alignment == alignment
    # B4.1.160: BADDR<39:x> with x = 5 - T0SZ from level 1, 14 - T0SZ from level 2.
    assert alignment == 1 << (5 if level == 1 else 14) - (32 - ipa_bits)


@pytest.mark.parametrize(("ipa_bits", "level"), [(41, 1), (30, 1), (35, 2), (24, 2), (32, 3), (32, 0)])
def test_what_the_manual_calls_unpredictable_is_refused(ipa_bits: int, level: int):
    with pytest.raises(ValueError, match="cannot be looked up from level"):
        Stage2Format(ipa_bits, level)


def test_vttbr_has_the_vmid_above_a_root_of_two_pages():
    assert WIDE.vttbr(ROOT, 0xA5) == 0x00A5_0008_0200_0000
    with pytest.raises(ValueError, match="not aligned to 0x2000 bytes"):
        WIDE.vttbr(PhysAddr(ROOT + 0x1000), 1)
    with pytest.raises(ValueError, match="no VMID"):
        WIDE.vttbr(ROOT, 256)


@pytest.mark.parametrize(
    ("permission", "level", "value"),
    [
        ("rwx", 3, 0x0000_0008_0000_07FF),
        ("rw", 3, 0x0040_0008_0000_07FF),
        ("rx", 3, 0x0000_0008_0000_077F),
        ("r", 3, 0x0040_0008_0000_077F),
        ("device", 3, 0x0040_0008_0000_06C7),
        ("rwx", 2, 0x0000_0008_0000_07FD),
        ("none", 3, 0),
    ],
)
def test_leaves_have_memory_attributes_of_four_bits_and_hap(
    permission: GuestPermission, level: int, value: int
):
    assert leaf(PhysAddr(0x8_0000_0000), permission, level) == value


def test_table_descriptors_restrict_nothing():
    assert table(ROOT) == 0x8_0200_0003


def test_a_leaf_must_be_aligned_for_its_level():
    with pytest.raises(ValueError, match="not aligned for a stage 2 level 2 descriptor"):
        leaf(PhysAddr(0x8_0000_1000), "rwx", 2)


@pytest.mark.parametrize(
    ("mappings", "message"),
    [
        ([mapping(0x800, 0x1000, 0)], "not of whole pages"),
        ([mapping(0, 0, 0)], "not of whole pages"),
        ([mapping(0xFFFF_F000, 0x2000, 0)], "outside the 32-bit IPAs"),
        ([mapping(0, 0x2000, 0), mapping(0x1000, 0x1000, 0)], "overlaps"),
    ],
)
def test_mappings_that_no_table_can_hold_are_refused(mappings: list[GuestMapping], message: str):
    with pytest.raises(ValueError, match=message):
        build(NARROW, mappings, ROOT)


MAPPINGS = (
    mapping(0x0010_0000, 0x5000, 0x8_0123_4000),
    mapping(0x0010_5000, 0x1000, 0x8_0999_9000, "none"),
    mapping(0x0010_6000, 0x1000, 0x8_0777_7000, "r"),
    mapping(0x0800_0000, 0x1000, 0x0256_6000, "device"),
    mapping(0x4000_0000, 0x40_1000, 0x8_4000_0000, "rw"),
)
HIGH = (*MAPPINGS, mapping(0x80_0010_0000, 0x2000, 0x8_0123_4000, "rx"))


@pytest.mark.parametrize(
    ("shape", "mappings"),
    [(NARROW, MAPPINGS), (Stage2Format(32, 2), MAPPINGS), (WIDE, HIGH), (Stage2Format(33), MAPPINGS)],
)
def test_the_manuals_walk_and_the_cores_find_what_was_mapped(
    shape: Stage2Format, mappings: tuple[GuestMapping, ...]
):
    tables = build(shape, mappings, ROOT)
    registers = {"VTCR": shape.vtcr, "VTTBR": shape.vttbr(ROOT, 7), "HSCTLR": 0}

    def read64(address: int, big_endian: bool) -> int:
        assert not big_endian
        return int.from_bytes(tables.data[address - ROOT :][:8], "little")

    def core(ipa: int) -> tuple[int, str] | None:
        found = translate_ipa(registers, read64, ipa & 0xFFFF_FFFF, ipa)
        return None if isinstance(found, Fault) else (int(found.pa), found.permissions)

    for one in mappings:
        for ipa in (int(one.ipa.start), one.ipa.end - 4):
            expected = None if one.permission == "none" else ipa + one.shift
            found = walk(tables, ipa)
            assert (found and found[0]) == expected
            seen = core(ipa)
            granted = {"device": "rw"}.get(one.permission, one.permission)
            assert seen == (None if expected is None else (expected, granted))
    for ipa in (0, 0x0010_7000, 0x3FFF_FFFC, 0xFFFF_F000):
        assert walk(tables, ipa) is None
        assert core(ipa) is None


def test_two_concatenated_pages_resolve_the_upper_half_of_40_bits():
    tables = build(WIDE, HIGH, ROOT)
    first, second, *_ = tables.tables
    assert (first.physical, second.physical) == (ROOT, ROOT + 0x1000)
    assert str(second.ipa) == "[0x8000000000..0x10000000000)"
    assert [entry.index for entry in second.entries] == [0]


def test_blocks_are_used_where_they_fit_and_the_tables_are_whole_pages():
    tables = build(NARROW, MAPPINGS, ROOT)
    assert [one.level for one in tables.tables] == [1, 2, 2, 3, 3, 3]
    assert len(tables.data) == 6 * 0x1000
    found = walk(tables, 0x4020_0000)
    assert found is not None
    assert found[1] & 3 == 1  # a block
