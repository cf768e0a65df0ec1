"""The Hyp stage 1 walk: what descriptors mean, and every fault with its level."""

import pytest

from hypgen.emulator.attributes import MemoryType, decode_mair
from hypgen.emulator.faults import Fault, FaultKind, long_status
from hypgen.emulator.mmu import translate_hyp
from hypgen.emulator.translation import Translation, check

ROOT, SECOND, THIRD = 0x1000, 0x2000, 0x3000
VA = 0x8040_3123
"""Indices 2, 2, 3 and offset 0x123."""
PAGE = 0x12_3456_7000
AF, READ_ONLY, XN = 1 << 10, 1 << 7, 1 << 54


def registers(**changes):
    values = {"HSCTLR": 1, "HTTBR": ROOT, "HTCR": 0x8080_0000, "HMAIR0": 0xFF44_0400, "HMAIR1": 0x0000_00BB}
    return values | changes


def tables(**changes):
    """A three-level walk of VA to PAGE; ``first``, ``second`` and ``third`` replace a descriptor."""
    memory = {
        ROOT + 8 * 2: changes.get("first", SECOND | 3),
        SECOND + 8 * 2: changes.get("second", THIRD | 3),
        THIRD + 8 * 3: changes.get("third", PAGE | AF | 3),
    }
    return lambda address, big_endian: memory.get(address)


def walk(va=VA, read=None, **changes):
    return translate_hyp(registers(**changes), read or tables(), va)


def test_three_levels_give_a_page_with_a_40_bit_address():
    found = walk()
    assert isinstance(found, Translation)
    assert found.pa == PAGE + 0x123
    assert found.size == 0x1000
    assert [(step.level, step.address, step.kind) for step in found.steps] == [
        (1, ROOT + 16, "table"),
        (2, SECOND + 16, "table"),
        (3, THIRD + 24, "page"),
    ]


def test_a_level_1_block_maps_1_gb_and_a_level_2_block_2_mb():
    found = walk(read=tables(first=0x5_4000_0000 | AF | 1))
    assert (found.pa, found.size, found.level) == (0x5_4040_3123, 1 << 30, 1)
    found = walk(read=tables(second=0x5_4060_0000 | AF | 1))
    assert (found.pa, found.size, found.level) == (0x5_4060_3123, 1 << 21, 2)


@pytest.mark.parametrize(
    ("changes", "kind", "level", "status"),
    [
        ({"first": 0}, FaultKind.TRANSLATION, 1, 0b000101),
        ({"second": 0}, FaultKind.TRANSLATION, 2, 0b000110),
        ({"third": 0}, FaultKind.TRANSLATION, 3, 0b000111),
        ({"third": PAGE | AF | 1}, FaultKind.TRANSLATION, 3, 0b000111),
        ({"first": 0x4000_0000 | 1}, FaultKind.ACCESS_FLAG, 1, 0b001001),
        ({"second": 0x4000_0000 | 1}, FaultKind.ACCESS_FLAG, 2, 0b001010),
        ({"third": PAGE | 3}, FaultKind.ACCESS_FLAG, 3, 0b001011),
        ({"first": 0xDEAD_0000 | 3}, FaultKind.EXTERNAL_ON_WALK, 2, 0b010110),
        ({"second": 0xDEAD_0000 | 3}, FaultKind.EXTERNAL_ON_WALK, 3, 0b010111),
    ],
)
def test_faults_of_the_walk_carry_kind_and_level(changes, kind, level, status):
    found = walk(read=tables(**changes))
    assert isinstance(found, Fault)
    assert (found.kind, found.level, long_status(found)) == (kind, level, status)


def test_a_table_nowhere_is_an_external_abort_of_level_1():
    found = walk(HTTBR=0x9_0000_0000)
    assert (found.kind, found.level) == (FaultKind.EXTERNAL_ON_WALK, 1)
    assert found.why == "no memory at 0x0900000010, read by the walk"


@pytest.mark.parametrize(
    ("descriptor", "fetch", "write", "refused"),
    [
        (PAGE | AF | 3, False, True, False),
        (PAGE | AF | 3, True, False, False),
        (PAGE | AF | READ_ONLY | 3, False, False, False),
        (PAGE | AF | READ_ONLY | 3, False, True, True),
        (PAGE | AF | XN | 3, True, False, True),
        (PAGE | AF | XN | 3, False, True, False),
    ],
)
def test_permissions_of_a_page(descriptor, fetch, write, refused):
    found = walk(read=tables(third=descriptor))
    fault = check(found, fetch, write)
    assert (fault is not None) == refused
    if fault is not None:
        assert (fault.kind, fault.level, fault.write) == (FaultKind.PERMISSION, 3, write)


def test_wxn_takes_execution_from_what_is_writable():
    assert walk(HSCTLR=1 | 1 << 19).executable is False
    read_only = tables(third=PAGE | AF | READ_ONLY | 3)
    assert walk(read=read_only, HSCTLR=1 | 1 << 19).executable is True


def test_table_attributes_restrict_what_lies_below():
    assert walk(read=tables(first=SECOND | 3 | 1 << 62)).writable is False
    assert walk(read=tables(second=THIRD | 3 | 1 << 60)).executable is False


def test_ap_1_pxn_and_nG_mean_nothing_in_hyp_mode():
    found = walk(read=tables(third=PAGE | AF | 3 | 1 << 53 | 1 << 11))
    assert (found.readable, found.writable, found.executable) == (True, True, True)


def test_attr_indx_selects_a_byte_of_hmair():
    def attributes(index, shareability=3):
        return walk(read=tables(third=PAGE | AF | 3 | index << 2 | shareability << 8)).attributes

    assert attributes(0).type is MemoryType.STRONGLY_ORDERED
    assert attributes(1).type is MemoryType.DEVICE
    assert str(attributes(2)) == "Normal, inner non-cacheable, outer non-cacheable, outer shareable"
    cached = (
        "Normal, inner write-back read-write-allocate, outer write-back read-write-allocate, inner shareable"
    )
    assert str(attributes(3)) == cached
    through = "write-through read-write-allocate"
    assert str(attributes(4, 0)) == f"Normal, inner {through}, outer {through}, non shareable"


def test_t0sz_narrows_the_input_and_moves_the_first_level():
    # T0SZ = 2 leaves 30 bits: one table of level 2, whatever lies above is outside.
    memory = {SECOND + 8 * 2: THIRD | 3, THIRD + 8 * 3: PAGE | AF | 3}
    read = lambda address, big_endian: memory.get(address)  # noqa: E731
    found = translate_hyp(registers(HTCR=2, HTTBR=SECOND), read, VA & 0x3FFF_FFFF)
    assert (found.pa, found.steps[0].level) == (PAGE + 0x123, 2)
    outside = translate_hyp(registers(HTCR=2, HTTBR=SECOND), read, VA)
    assert (outside.kind, outside.level) == (FaultKind.TRANSLATION, 1)
    assert outside.why == "outside the range that HTCR.T0SZ = 2 leaves"


def test_the_first_table_is_aligned_to_its_size_and_lower_bits_are_ignored():
    # T0SZ = 0: four entries, 32 bytes. Bits below are UNK/SBZP.
    assert walk(HTTBR=ROOT | 0x18).pa == PAGE + 0x123


def test_hsctlr_ee_makes_descriptors_big_endian():
    asked = []

    def read(address, big_endian):
        asked.append(big_endian)
        return tables()(address, big_endian)

    translate_hyp(registers(HSCTLR=1 | 1 << 25), read, VA)
    assert asked == [True, True, True]


def test_with_the_mmu_off_va_is_pa_and_data_is_strongly_ordered():
    found = translate_hyp(registers(HSCTLR=0), tables(), 0xFFFF_FFF0)
    assert (found.pa, found.attributes.type, found.steps) == (0xFFFF_FFF0, MemoryType.STRONGLY_ORDERED, ())
    fetched = translate_hyp(registers(HSCTLR=1 << 12), tables(), 0, fetch=True)
    assert fetched.attributes.type is MemoryType.NORMAL


def test_reserved_mair_bytes_are_the_stronger_type():
    assert decode_mair(0x08, 0).type is MemoryType.STRONGLY_ORDERED
