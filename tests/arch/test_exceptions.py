from __future__ import annotations

import pytest

from hypgen.arch.exceptions import (
    EXCEPTION_CLASSES,
    ISS_FORMATS,
    LONG_FAULT_STATUS,
    SHORT_FAULT_STATUS,
    VECTORS,
    ExceptionClass,
    Vector,
    decode_iss,
    describe_hsr,
)


def test_every_table_of_vectors_has_the_eight_slots():
    for table in VECTORS.values():
        assert list(table) == [int(vector) for vector in Vector] == list(range(0, 0x20, 4))


def test_every_class_is_named_and_has_a_format_of_disjoint_fields():
    assert set(EXCEPTION_CLASSES) == set(ISS_FORMATS) == set(ExceptionClass)
    for layout in ISS_FORMATS.values():
        seen = 0
        for field in layout:
            assert field.hi <= 24
            assert not seen & field.mask
            seen |= field.mask


def test_long_fault_status_codes_are_those_of_the_manual():
    assert LONG_FAULT_STATUS[0b000101] == "translation fault, level 1"
    assert LONG_FAULT_STATUS[0b001011] == "access flag fault, level 3"
    assert LONG_FAULT_STATUS[0b001110] == "permission fault, level 2"
    assert LONG_FAULT_STATUS[0b010110] == "synchronous external abort on a walk, level 2"
    assert LONG_FAULT_STATUS[0b100001] == "alignment fault"
    assert len(LONG_FAULT_STATUS) == 26
    assert 0b000100 not in LONG_FAULT_STATUS  # level 0 does not exist in ARMv7


def test_short_fault_status_codes_are_those_of_the_manual():
    assert SHORT_FAULT_STATUS[0b00101] == "translation fault, level 1"
    assert SHORT_FAULT_STATUS[0b00111] == "translation fault, level 2"
    assert SHORT_FAULT_STATUS[0b00011] == "access flag fault, level 1"
    assert SHORT_FAULT_STATUS[0b10110] == "asynchronous external abort"
    assert len(SHORT_FAULT_STATUS) == 22


@pytest.mark.parametrize(
    ("hsr", "words"),
    [
        (0x4A00_00FF, "Hypervisor Call, #0xff"),
        (0x4600_0000, "Supervisor Call taken to Hyp mode, #0x0"),
        (0x0200_0000, "unknown reason (Undefined Instruction)"),
        (0x9600_0046, "Data Abort from Hyp mode, translation fault, level 2, write"),
        (0x9600_0006, "Data Abort from Hyp mode, translation fault, level 2, read"),
        (0x8600_0005, "Prefetch Abort from Hyp mode, translation fault, level 1"),
        (
            0x9200_0086,
            "Data Abort from a mode other than Hyp, translation fault, level 2, read, on a stage 1 walk",
        ),
        (0x9600_003F, "Data Abort from Hyp mode, reserved fault status 0x3f, read"),
        (0xFE00_0000, "reserved exception class 0x3f"),
    ],
)
def test_an_hsr_is_described_in_words(hsr: int, words: str):
    assert describe_hsr(hsr) == words


def test_iss_fields_are_decoded_by_class():
    # mcr p15, 0, r3, c1, c0, 0 trapped by HCR.TVM
    assert decode_iss(0x03, 0x1E00460) == {
        "CV": 1,
        "COND": 14,
        "Opc2": 0,
        "Opc1": 0,
        "CRn": 1,
        "Rt": 3,
        "CRm": 0,
        "Direction": 0,
    }
    assert decode_iss(0x3E, 0x1234) == {}
