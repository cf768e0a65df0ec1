"""The machine: entry contract, loading, running, stopping, and what can be looked at."""

import pytest

from hypgen.board.load import load_board
from hypgen.emulator.faults import Fault
from hypgen.errors import InputError
from hypgen.machine.machine import Machine
from tests.machine.elf_image import image

LOOP = 0xEAFF_FFFE
HVC_0 = 0xE140_0070
SMC_0 = 0xE160_0070
UDF = 0xE7F0_00F0
MCR_HVBAR_R1 = 0xEE8C_1F10
MCR_HSCTLR_R0 = 0xEE81_0F10
LDC_DEBUG_REGISTER = 0xED90_5E00
STRB_R0_R1 = 0xE5C1_0000
ADD_R0_R0_1 = 0xE280_0001
NOP = 0xE320_F000


@pytest.fixture(scope="module")
def virt():
    return load_board("qemu-virt")


@pytest.fixture(scope="module")
def keystone():
    return load_board("keystone")


def loaded(board, words, mode="functional", **options):
    machine = Machine(board, mode=mode, **options)
    base = int(board.memory[0].alias.address if board.memory[0].alias else board.memory[0].physical) + 0x8000
    machine.load(image(words, base))
    return machine, base


# -- entry contract -----------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["strict", "functional"])
def test_the_boot_cpu_enters_in_hyp_mode_masked_and_with_mmu_and_cache_off(virt, mode):
    machine, base = loaded(virt, [LOOP], mode)
    cpu = machine.cpus[0]
    assert (cpu.cpsr() & 0x1FF, cpu.r[15]) == (0x1DA, base)
    assert cpu.read("HSCTLR") & 5 == 0
    assert not cpu.secure


@pytest.mark.parametrize(("mode", "cpsr", "secure"), [("svc", 0x1D3, False), ("secure-svc", 0x1D3, True)])
def test_other_entry_contracts(virt, mode, cpsr, secure):
    board = virt.model_copy(update={"entry": virt.entry.model_copy(update={"mode": mode})})
    cpu = Machine(board).cpus[0]
    assert (cpu.cpsr() & 0x1FF, cpu.secure) == (cpsr, secure)
    assert cpu.read("SCTLR") & 5 == 0


def test_what_the_contract_leaves_unknown_is_inverted_by_the_complement(virt):
    one, other = (Machine(virt, complement=complement).cpus[0] for complement in (False, True))
    for name in ("r0", "r12", "SP", "LR", "SP_svc", "r9_fiq", "SPSR_hyp", "ELR_hyp", "TPIDRPRW_NS"):
        assert one.read(name) ^ other.read(name) == 0xFFFF_FFFF, name


def test_the_seed_decides_what_is_unknown(virt):
    values = {Machine(virt, unknown_seed=seed).cpus[0].read("r0") for seed in range(4)}
    assert len(values) == 4


def test_the_cpus_identify_themselves_as_the_board_has_them(keystone):
    cpus = Machine(keystone).cpus
    assert [cpu.read("MPIDR") & 0xFF for cpu in cpus] == [0, 1, 2, 3]
    assert {cpu.read("MIDR") >> 4 & 0xFFF for cpu in cpus} == {0xC0F}


# -- running ------------------------------------------------------------------------------------------
def test_until_stops_at_a_symbol_and_says_so(virt):
    machine, base = loaded(virt, [ADD_R0_R0_1, ADD_R0_R0_1, LOOP])
    result = machine.run(until="there")
    assert (result.stop.kind, result.stop.pc, result.instructions) == ("until", base + 4, 1)
    assert result.stop.sentence == f"reached {base + 4:#010x} (there)"
    assert machine.run().stop.kind == "loop"


def test_until_of_an_unknown_symbol_is_refused(virt):
    machine, _ = loaded(virt, [LOOP])
    with pytest.raises(KeyError, match="no symbol 'nowhere'"):
        machine.run(until="nowhere")


def test_the_limit_counts_from_where_the_run_begins(virt):
    machine, _ = loaded(virt, [ADD_R0_R0_1, 0xEAFF_FFFD])
    assert [machine.run(limit=10).instructions for _ in range(3)] == [10, 10, 10]


def test_what_is_not_modelled_names_the_instruction_and_its_place(virt):
    machine, base = loaded(virt, [NOP, LDC_DEBUG_REGISTER])
    stop = machine.run().stop
    assert (stop.kind, stop.pc) == ("not-modelled", base + 4)
    assert stop.sentence == (
        "LDC (immediate) of a debug register of CP14 (not modelled); at there, instruction "
        "`ldc p14, c5, [r0]`"
    )


def test_firmware_switches_the_machine_off(virt):
    machine, _ = loaded(virt, [HVC_0 if virt.firmware.psci.conduit == "hvc" else SMC_0, LOOP])
    machine.cpus[0].write("r0", virt.firmware.psci.functions["system_off"])
    machine.cpus[0].write("CPSR", 0x1D3)
    machine.cpus[0].write("SCTLR_NS", 0x00C5_0078)
    stop = machine.run().stop
    assert stop.kind == "power-off"
    assert stop.sentence == "firmware was asked to switch the machine off (SYSTEM_OFF)"


def test_a_vector_base_where_nothing_is_locks_up_and_says_what_lies_there(keystone):
    machine, _ = loaded(keystone, [MCR_HVBAR_R1, UDF])
    machine.cpus[0].write("r1", 0x0000_0100)
    stop = machine.run().stop
    assert stop.kind == "lock-up"
    assert "at its own vector 0x0000010c, for ever" in stop.sentence


def test_the_console_shows_what_the_guest_printed(virt):
    machine, _ = loaded(virt, [STRB_R0_R1, LOOP])
    machine.cpus[0].write("r0", ord("!"))
    machine.cpus[0].write("r1", int(virt.console.physical))
    machine.run()
    assert machine.console == "!"


def test_register_writes_are_watched_with_value_and_place(virt):
    machine, base = loaded(virt, [NOP, MCR_HVBAR_R1, LOOP])
    seen = []
    machine.watch_registers(["HVBAR"], lambda *write: seen.append(write))
    machine.cpus[0].write("r1", 0x4000_0020)
    machine.run()
    assert seen == [(0, "HVBAR", 0x4000_0020, base + 4)]


def test_a_run_can_start_from_given_registers(virt):
    machine, _ = loaded(virt, [ADD_R0_R0_1, LOOP])
    machine.set_registers({"r0": 41, "SP": 0x1000, "CPSR": 0x6000_01DA, "HVBAR": 0x4000_0000})
    machine.run()
    cpu = machine.cpus[0]
    assert (cpu.r[0], cpu.read("SP_hyp"), cpu.n, cpu.z) == (42, 0x1000, 0, 1)


# -- strict -------------------------------------------------------------------------------------------
def test_findings_carry_symbols_and_functional_mode_has_none(virt):
    program = [MCR_HSCTLR_R0, NOP, LOOP]
    machine, base = loaded(virt, program, "strict")
    machine.cpus[0].write("r0", 0x30C5_1879)
    machine.run(limit=20)
    assert machine.findings
    assert machine.findings[0].earlier[0].symbol == "_start"
    assert machine.findings[0].symbol == "there"
    assert machine.findings[0].pc == base + 4
    functional, _ = loaded(virt, program)
    functional.cpus[0].write("r0", 0x30C5_1879)
    functional.run(limit=20)
    assert functional.findings == []


# -- looking ------------------------------------------------------------------------------------------
def test_memory_is_read_by_physical_and_by_load_address(keystone):
    machine, base = loaded(keystone, [NOP, LOOP])
    word = NOP.to_bytes(4, "little")
    high = int(keystone.memory[0].physical) + 0x8000
    assert machine.read_load(base, 4) == machine.read_physical(high, 4) == word
    machine.write_physical(high, b"\x01\x02\x03\x04")
    assert machine.read_load(base, 4) == b"\x01\x02\x03\x04"


def test_translate_gives_the_walk_as_data(virt):
    machine, base = loaded(virt, [LOOP])
    cpu = machine.cpus[0]
    assert machine.translate(0, base, "hyp").pa == base
    table = int(virt.memory[0].physical) + 0x10_0000
    machine.write_physical(table, bytes(8) + (base & ~0x3FFF_FFFF | 0x741).to_bytes(8, "little") + bytes(16))
    cpu.write("HTTBR", table)
    cpu.write("HTCR", 0)
    cpu.write("HSCTLR", 1)
    found = machine.translate(cpu, base)
    assert not isinstance(found, Fault)
    assert [(step.level, step.kind) for step in found.levels] == [(1, "block")]
    assert found.pa == base
    assert isinstance(machine.translate(cpu, 0xC000_0000), Fault)


def test_an_image_for_another_board_is_refused(keystone):
    with pytest.raises(InputError) as caught:
        Machine(keystone).load(image([LOOP], 0x0000_8000))
    assert caught.value.diagnostics[0].code == "RUN-004"
