"""The target description: well formed, complete, and in step with what registers read and write."""

from xml.etree import ElementTree

import pytest

from hypgen.board.load import load_board
from hypgen.machine.gdb.target import IN_G, description, registers
from hypgen.machine.machine import Machine


@pytest.fixture(scope="module")
def features():
    tree = ElementTree.fromstring(description())
    return {feature.get("name"): feature for feature in tree.findall("feature")}


def names(feature):
    return [reg.get("name") for reg in feature.findall("reg")]


def test_gdb_knows_the_core_registers_by_their_feature(features):
    found = names(features["org.gnu.gdb.arm.core"])
    assert found == [*(f"r{number}" for number in range(13)), "sp", "lr", "pc", "cpsr"]
    assert len(found) == IN_G


def test_gdb_knows_the_floating_point_registers_by_their_feature(features):
    found = names(features["org.gnu.gdb.arm.vfp"])
    assert found == [*(f"d{number}" for number in range(32)), "fpscr"]
    assert names(features["org.gnu.gdb.arm.neon"]) == [f"q{number}" for number in range(16)]


def test_banked_and_system_registers_are_features_of_their_own(features):
    banked, system = set(names(features["hypgen.banked"])), set(names(features["hypgen.system"]))
    assert {"SP_hyp", "ELR_hyp", "SPSR_hyp", "SP_mon", "r8_fiq", "LR_usr"} <= banked
    assert {"HSCTLR", "HCR", "HSR", "SCTLR_S", "SCTLR_NS", "VTTBR", "TTBR0_NS", "MIDR"} <= system


def test_numbers_are_places_and_names_are_unique(features):
    found = [reg for feature in features.values() for reg in feature.findall("reg")]
    assert [int(reg.get("regnum")) for reg in found] == list(range(len(registers())))
    assert len({reg.get("name") for reg in found}) == len(found)


def test_every_type_is_defined_before_it_is_used(features):
    for feature in features.values():
        known = {"uint32", "uint64", "int", "bool", "data_ptr", "code_ptr"}
        for one in feature:
            if one.tag == "reg":
                assert one.get("type") in known, one.get("name")
            else:
                known.add(one.get("id"))


def test_fields_do_not_overlap_and_are_those_of_the_manual(features):
    flags = {one.get("id"): one.findall("field") for one in features["hypgen.system"].findall("flags")}
    for name, fields in flags.items():
        ends = -1
        for field in fields:
            assert int(field.get("start")) > ends, (name, field.get("name"))
            ends = int(field.get("end"))
    assert {"VM", "IMO", "TGE"} <= {field.get("name") for field in flags["HCR_fields"]}


def test_every_register_reads_in_its_size_and_is_written():
    cpu = Machine(load_board("qemu-virt"), mode="functional").cpus[0]
    for register in registers():
        assert len(register.encode(cpu)) == register.size, register.name
    for name in ("r3", "SP_svc", "HVBAR", "d7"):
        register = next(one for one in registers() if one.name == name)
        register.write(cpu, 0x1000)
        assert register.read(cpu) == 0x1000, name


def test_a_quadword_register_is_two_doublewords():
    cpu = Machine(load_board("qemu-virt"), mode="functional").cpus[0]
    quadword = next(one for one in registers() if one.name == "q3")
    quadword.write(cpu, 5 << 64 | 7)
    assert (cpu.read("d6"), cpu.read("d7"), quadword.read(cpu)) == (7, 5, 5 << 64 | 7)
