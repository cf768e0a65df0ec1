"""The Hyp tables: what may be mapped, and that a walk written from the manual finds it."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.errors import InputError
from hypgen.plan.idmap import LinearMap
from hypgen.plan.mappings import HypTables, PlannedTables
from hypgen.units import MIB, LoadAddr, PhysAddr, VirtAddr

BASE = 0xC000_0000
TABLES = PhysAddr(0x8_0100_0000)


@pytest.fixture
def hyp() -> HypTables:
    return HypTables(LinearMap.of(load_board("keystone")))


def walk(tables: PlannedTables, va: int) -> tuple[int, int, int] | None:
    """(PA, descriptor, level) by DDI 0406C B3.6, with bit positions of this test's own."""
    address = int(tables.root) + 8 * (va >> 30)
    for level, (shift, size) in ((1, (30, 1 << 30)), (2, (21, 1 << 21)), (3, (12, 1 << 12))):
        offset = address - int(tables.root)
        descriptor = int.from_bytes(tables.data[offset : offset + 8], "little")
        assert shift
        if descriptor & 1 == 0:
            return None
        if level == 3 or descriptor & 2 == 0:
            assert level != 3 or descriptor & 2
            output = descriptor & 0xFF_FFFF_F000
            assert output % size == 0
            return output | va & (size - 1), descriptor, level
        next_index = va >> (21 if level == 1 else 12) & 511
        address = (descriptor & 0xFF_FFFF_F000) + 8 * next_index
    return None


def attributes(descriptor: int) -> dict[str, int]:
    fields = {"index": (2, 7), "ap": (6, 3), "sh": (8, 3), "af": (10, 1), "ng": (11, 1), "xn": (54, 1)}
    return {name: descriptor >> low & mask for name, (low, mask) in fields.items()}


def test_kernel_text_is_mapped_at_its_own_va_to_its_true_physical_address(hyp: HypTables):
    hyp.create_hyp_mappings(BASE + 0x1000, BASE + 0x2000, "rx", "text")
    found = walk(hyp.build(TABLES), BASE + 0x1234)
    assert found is not None
    assert found[0] == 0x8_0000_1234
    assert attributes(found[1]) == {"index": 0, "ap": 0b11, "sh": 0b11, "af": 1, "ng": 0, "xn": 0}


@pytest.mark.parametrize(("permission", "ap", "xn"), [("rx", 0b11, 0), ("r", 0b11, 1), ("rw", 0b01, 1)])
def test_permissions_are_ap2_and_xn_and_ap1_is_always_one(hyp: HypTables, permission: str, ap: int, xn: int):
    hyp.create_hyp_mappings(BASE, BASE + 1, permission)  # type: ignore[arg-type]  # parametrised
    found = walk(hyp.build(TABLES), BASE)
    assert found is not None
    assert (attributes(found[1])["ap"], attributes(found[1])["xn"]) == (ap, xn)


def test_ranges_are_rounded_out_to_pages(hyp: HypTables):
    hyp.create_hyp_mappings(BASE + 0x1FFF, BASE + 0x2001)
    tables = hyp.build(TABLES)
    assert walk(tables, BASE + 0x0FFF) is None
    assert walk(tables, BASE + 0x1000) is not None
    assert walk(tables, BASE + 0x2FFF) is not None
    assert walk(tables, BASE + 0x3000) is None


def test_blocks_where_va_pa_and_size_allow_and_pages_elsewhere(hyp: HypTables):
    hyp.create_hyp_mappings(BASE + 2 * MIB - 0x1000, BASE + 4 * MIB + 0x1000)
    tables = hyp.build(TABLES)
    levels = [walk(tables, BASE + 2 * MIB + offset) for offset in (-0x1000, 0, 2 * MIB - 1, 2 * MIB)]
    assert [found and found[2] for found in levels] == [3, 2, 2, 3]
    assert walk(tables, BASE + 3 * MIB) == (0x8_0030_0000, levels[1][1] if levels[1] else 0, 2)


def test_no_block_when_va_and_pa_differ_in_alignment(hyp: HypTables):
    hyp.create_hyp_io_mappings(0xF000_0000, 0xF040_0000, 0x0250_1000, "registers")
    found = walk(hyp.build(TABLES), 0xF020_0000)
    assert found is not None
    assert found[2] == 3


def test_device_mappings_are_device_memory_and_never_executable(hyp: HypTables):
    hyp.create_hyp_io_mappings(0xF000_0C00, 0xF000_0D00, 0x0253_0C00, "uart")
    found = walk(hyp.build(TABLES), 0xF000_0C14)
    assert found is not None
    assert found[0] == 0x0253_0C14
    assert attributes(found[1]) == {"index": 1, "ap": 0b01, "sh": 0b10, "af": 1, "ng": 0, "xn": 1}


def test_device_registers_may_lie_above_4_gib(hyp: HypTables):
    hyp.create_hyp_io_mappings(0xF000_0000, 0xF000_1000, 0x21_0000_0000)
    found = walk(hyp.build(TABLES), 0xF000_0000)
    assert found is not None
    assert found[0] == 0x21_0000_0000


def test_the_identity_page_maps_its_load_address_to_itself(hyp: HypTables):
    hyp.create_hyp_idmap(LoadAddr(0x8020_2000), 0x8020_2800)
    found = walk(hyp.build(TABLES), 0x8020_2FFC)
    assert found is not None
    assert found[0] == 0x8020_2FFC
    assert attributes(found[1])["xn"] == 0


def test_next_level_addresses_are_physical_addresses(hyp: HypTables):
    hyp.create_hyp_mappings(BASE, BASE + 0x1000)
    tables = hyp.build(TABLES)
    assert [table.physical for table in tables.tables] == [TABLES, TABLES + 0x1000, TABLES + 0x2000]
    assert tables.tables[0].entries[0].value == 0x8_0100_1003


def test_two_objects_may_share_a_page(hyp: HypTables):
    hyp.create_hyp_mappings(BASE, BASE + 0x0800, "rw", "one")
    hyp.create_hyp_mappings(BASE + 0x0800, BASE + 0x1800, "rw", "two")
    assert [(one.virtual.start, one.purpose) for one in hyp.mappings] == [
        (BASE, "one"),
        (BASE + 0x1000, "two"),
    ]


def test_a_page_with_two_permissions_is_refused(hyp: HypTables):
    hyp.create_hyp_mappings(BASE, BASE + 0x2000, "rx", "text")
    with pytest.raises(InputError) as caught:
        hyp.create_hyp_mappings(BASE + 0x1000, BASE + 0x3000, "rw", "data")
    assert str(caught.value) == (
        f"{hyp.linear.board.locate('image.virtual_base')}: error[PLAN-004]: the Hyp mapping "
        "[0xc0001000..0xc0003000) -> [0x0800001000..0x0800003000) rw data conflicts with "
        "[0xc0000000..0xc0002000) -> [0x0800000000..0x0800002000) rx text"
    )


def test_an_identity_page_at_a_runtime_address_is_refused_with_the_reason(hyp: HypTables):
    hyp.create_hyp_mappings(BASE, BASE + 0x2000, "rx", "text")
    with pytest.raises(InputError) as caught:
        hyp.create_hyp_idmap(LoadAddr(BASE + 0x1000), BASE + 0x2000, "hyp-init")
    assert str(caught.value) == (
        f"{hyp.linear.board.locate('image.virtual_base')}: error[PLAN-005]: hyp-init must be mapped at VA = "
        "PA, but [0xc0001000..0xc0002000) overlaps the runtime address [0xc0000000..0xc0002000) of text "
        "(choose another image.virtual_base)"
    )


def test_a_runtime_address_at_the_identity_page_is_refused_too(hyp: HypTables):
    hyp.create_hyp_idmap(LoadAddr(BASE), BASE + 0x1000, "hyp-init")
    with pytest.raises(InputError, match=r"PLAN-005\]: hyp-init must be mapped at VA = PA"):
        hyp.create_hyp_mappings(BASE, BASE + 0x1000)


def test_device_registers_inside_the_linear_map_are_refused(hyp: HypTables):
    with pytest.raises(InputError) as caught:
        hyp.create_hyp_io_mappings(BASE, BASE + 0x1000, 0x0253_0000, "uart")
    assert str(caught.value) == (
        f"{hyp.linear.board.locate('image.virtual_base')}: error[PLAN-006]: uart: device registers are "
        "mapped from 0xf0000000 up, outside the linear map, not at [0xc0000000..0xc0001000)"
    )


def test_device_registers_keep_their_offset_within_the_page(hyp: HypTables):
    with pytest.raises(InputError) as caught:
        hyp.create_hyp_io_mappings(0xF000_0000, 0xF000_0100, 0x0253_0C00, "uart")
    assert str(caught.value) == (
        f"{hyp.linear.board.locate('image.virtual_base')}: error[PLAN-007]: uart: VA 0xf0000000 and PA "
        "0x0002530c00 differ in their low 12 bits"
    )


@pytest.mark.parametrize(("start", "end"), [(BASE, BASE), (BASE + 1, BASE), (0xFFFF_F000, 1 << 33)])
def test_a_range_that_is_none_is_refused(hyp: HypTables, start: int, end: int):
    with pytest.raises(InputError) as caught:
        hyp.create_hyp_mappings(start, end)
    assert str(caught.value) == (
        f"{hyp.linear.board.locate('image.virtual_base')}: error[PLAN-007]: cannot map "
        f"[0x{start:08x}..0x{end:08x}): expected a range of virtual addresses"
    )


def test_free_hyp_pmds_leaves_nothing_mapped(hyp: HypTables):
    hyp.create_hyp_mappings(BASE, BASE + 0x1000)
    assert [one.virtual.start for one in hyp.free_hyp_pmds()] == [VirtAddr(BASE)]
    tables = hyp.build(TABLES)
    assert tables.data == bytes(4096)
    assert hyp.lookup(BASE) is None
