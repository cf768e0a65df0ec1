"""The register file: reset values, UNKNOWN bits, and the copies of each security state."""

import pytest

from hypgen.arch.registers import ROWS
from hypgen.emulator.cp15 import RegisterFile, row_of
from hypgen.emulator.unknown import Unknown


def files(identification=None):
    return (RegisterFile(Unknown(3, complement), 0, identification or {}) for complement in (False, True))


def stored_names():
    for row in ROWS:
        if not row.operation:
            yield from ([f"{row.name}_S", f"{row.name}_NS"] if row.banked else [row.name])


@pytest.mark.parametrize("name", list(stored_names()))
def test_unknown_bits_differ_between_the_two_fillings_and_known_ones_do_not(name):
    one, other = files()
    assert one[name] ^ other[name] == row_of(name).mask & ~one.known_at_reset(name)


def test_architected_reset_values():
    file, _ = files()
    assert file["HCR"] == 0
    assert file["HSCTLR"] == 0x30C5_0878
    assert file["SCR"] == 0
    assert file["HTCR"] & 0x8080_0000 == 0x8080_0000
    assert file["SCTLR_S"] == 0x00C5_0078


def test_the_non_secure_copy_of_a_banked_register_is_unknown():
    file, complement = files()
    assert (file["SCTLR_NS"] ^ complement["SCTLR_NS"]) & 1


def test_the_core_identifies_itself_whatever_the_filling():
    one, other = files({"MIDR": 0x412F_C0F1})
    assert one["MIDR"] == other["MIDR"] == 0x412F_C0F1


def test_each_cpu_has_its_own_unknown_values():
    unknown = Unknown(1)
    assert RegisterFile(unknown, 0, {})["HVBAR"] != RegisterFile(unknown, 1, {})["HVBAR"]


@pytest.mark.parametrize("name", ["SCTLR", "TLBIALLH", "HTTBR_NOPE", "XYZ"])
def test_what_holds_no_value_is_refused(name):
    file, _ = files()
    with pytest.raises(KeyError):
        file[name]


def test_what_reset_defines_is_unknown_once_firmware_has_run():
    one, other = (RegisterFile(Unknown(3, c), 0, {}, handed_over=True) for c in (False, True))
    assert one["HSCTLR"] ^ other["HSCTLR"] == row_of("HSCTLR").mask & row_of("HSCTLR").writable
