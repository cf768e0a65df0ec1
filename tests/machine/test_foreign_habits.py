"""What code that was written for an emulator relies on: zeros, long turns, CPUs that enter together, BE8."""

from __future__ import annotations

import struct

import pytest

from hypgen.board.cpus import with_cpus, with_model
from hypgen.board.load import load_board
from hypgen.errors import InputError
from hypgen.machine.boot import flat_image
from hypgen.machine.machine import Machine
from hypgen.machine.semihosting import Semihosting
from tests.machine.elf_image import image

BASE = 0x4020_0000
NOP, LOOP, WFI, YIELD = 0xE320_F000, 0xEAFF_FFFE, 0xE320_F003, 0xE320_F001
MPIDR_TO_R0 = 0xEE10_0FB0
SMC = 0xE160_0070
DABT_HANDLER = 0xE92D_0001  # push {r0}
COUNT = [0xE281_1001, 0xEAFF_FFFD]  # add r1, r1, #1; b to it


@pytest.fixture(scope="module")
def virt():
    return load_board("qemu-virt")


def test_functional_mode_starts_from_zeros_and_from_reset_values(virt):
    cpu = Machine(virt, mode="functional").cpus[0]
    assert [cpu.read(name) for name in ("r0", "SP_svc", "HVBAR", "VBAR_NS", "d31")] == [0] * 5
    assert cpu.read("SCTLR_NS") == cpu.read("SCTLR_S") != 0
    assert (cpu.read("VPIDR"), cpu.read("VMPIDR")) == (cpu.read("MIDR"), cpu.read("MPIDR"))


def test_a_seed_and_strict_mode_fill_what_is_unknown(virt):
    for machine in (Machine(virt), Machine(virt, mode="functional", unknown_seed=1)):
        assert 0 not in [machine.cpus[0].read(name) for name in ("r0", "SP_svc", "VBAR_NS")]
    assert Machine(virt, unknown_seed="zeros").cpus[0].read("r0") == 0


def test_the_complement_of_zeros_is_ones(virt):
    machine = Machine(virt, mode="functional", complement=True)
    assert machine.cpus[0].read("r0") == 0xFFFF_FFFF
    assert machine.read_physical(0x4100_0000, 2) == b"\xff\xff"


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_a_board_may_have_another_number_of_cpus(virt, count):
    machine = Machine(with_cpus(virt, count), mode="functional")
    assert [cpu.read("MPIDR") & 0xFF for cpu in machine.cpus] == list(range(count))


def test_fewer_cpus_are_the_first_ones_and_more_are_of_the_last_cluster():
    board = load_board("vexpress-tc2")
    assert [cluster.cores for cluster in board.cpus.clusters] == [2, 3]
    assert [[cluster.cores for cluster in with_cpus(board, n).cpus.clusters] for n in (1, 3, 7)] == [
        [1], [2, 1], [2, 5],
    ]  # fmt: skip


def test_a_board_may_have_cpus_of_another_model():
    for model, part in {"cortex-a7": 0xC07, "cortex-a12": 0xC0D, "cortex-a17": 0xC0E}.items():
        machine = Machine(with_model(load_board("vexpress-tc2"), model), mode="functional")
        assert {cpu.read("MIDR") >> 4 & 0xFFF for cpu in machine.cpus} == {part}
    with pytest.raises(InputError, match=r"BOARD-014.*'cortex-a9', only of cortex-a"):
        with_model(load_board("qemu-virt"), "cortex-a9")


@pytest.mark.parametrize("count", [0, 9])
def test_a_number_of_cpus_that_no_gic_serves_is_refused(virt, count):
    with pytest.raises(InputError, match=f"BOARD-012.*{count} CPUs: a machine has 1 to 8"):
        with_cpus(virt, count)


def test_all_cpus_enter_a_secure_image_where_firmware_would_have_started_them(virt):
    machine = Machine(with_cpus(virt, 3), mode="functional", entry_mode="secure-svc")
    machine.load(image([MPIDR_TO_R0, LOOP], BASE))
    assert machine.run().stop.kind == "loop"
    assert [cpu.r[0] & 0xFF for cpu in machine.cpus] == [0, 1, 2]


def test_only_the_boot_cpu_enters_where_firmware_starts_the_others(virt):
    machine = Machine(with_cpus(virt, 3), mode="functional")
    machine.load(image([MPIDR_TO_R0, LOOP], BASE))
    machine.run()
    assert [cpu.count for cpu in machine.cpus[1:]] == [0, 0]


def test_a_secure_image_is_in_firmware_s_place_and_answers_its_own_calls(virt):
    machine = Machine(virt, mode="functional", entry_mode="secure-svc")
    machine.load(image([SMC, LOOP], BASE))
    machine.cpus[0].write("MVBAR", BASE - 4)  # its SMC vector is the loop
    machine.cpus[0].write("r0", 0x8400_0000)
    machine.run()
    assert (machine.cpus[0].r[0], machine.cpus[0].mode) == (0x8400_0000, 0x16)


def counted(board, words, **options):
    machine = Machine(with_cpus(board, 2), mode="functional", entry_mode="secure-svc", **options)
    machine.load(image(words, BASE))
    machine.run(limit=30_000)
    return [cpu.count for cpu in machine.cpus]


def test_without_a_seed_turns_are_long_and_go_round(virt):
    assert counted(virt, COUNT) == [20_000, 10_000]
    assert min(counted(virt, COUNT, schedule_seed=1)) > 12_000


def test_a_yield_ends_a_long_turn(virt):
    first, second = counted(virt, [YIELD, 0xEAFF_FFFD])
    assert abs(first - second) <= 2


def test_a_cpu_that_is_started_goes_on_before_the_one_that_started_it(virt):
    machine = Machine(with_cpus(virt, 2), mode="functional")
    machine.load(image([SMC, *COUNT], BASE))
    for name, value in {"r0": 0x8400_0003, "r1": 1, "r2": BASE + 4}.items():
        machine.cpus[0].write(name, value)
    machine.run(limit=1000)
    assert [cpu.count for cpu in machine.cpus] == [1, 999]


def be8(words, data):
    """A BE8 executable: big-endian headers and data, little-endian instructions."""
    code = struct.pack(f"<{len(words)}I", *words) + data
    ident = b"\x7fELF\x01\x02\x01" + bytes(9)
    header = struct.pack(">HHIIIIIHHHHHH", 2, 40, 1, BASE, 52, 0, 0x0580_0000, 52, 32, 1, 0, 0, 0)
    segment = struct.pack(">8I", 1, 0x54, BASE, BASE, len(code), len(code), 7, 4)
    return ident + header + segment + code


def test_a_be8_executable_is_entered_with_big_endian_data(virt):
    machine = Machine(virt, mode="functional")
    machine.load(be8([0xE59F_0000, LOOP, 0xE1A0_0000][:2], bytes.fromhex("12345678")))
    machine.run()
    cpu = machine.cpus[0]
    assert (cpu.r[0], cpu.e, cpu.read("HSCTLR") >> 25 & 1) == (0x1234_5678, 1, 1)


def test_a_big_endian_file_of_the_old_kind_is_refused(virt):
    file = bytearray(be8([LOOP], b""))
    file[0x25] = 0  # EF_ARM_BE8
    with pytest.raises(InputError, match=r"RUN-003.*big-endian of the old kind \(BE32\)"):
        Machine(virt, mode="functional").load(bytes(file))


def test_a_flat_binary_may_be_programmed_into_a_rom(virt):
    machine = Machine(virt, mode="functional", entry_mode="secure-svc")
    machine.start(flat_image(struct.pack("<II", 0xE3A0_0041, LOOP), "bios.bin", load=0))
    stop = machine.run().stop
    assert (stop.kind, stop.pc, machine.cpus[0].r[0]) == ("loop", 4, 0x41)
    assert machine.memory.what(0) == "flash bank 0"
    assert machine.memory.what(0x0800_0000) == "GIC distributor (GICD)"


def test_a_stop_names_a_t32_instruction_as_one(virt):
    machine = Machine(virt, mode="functional", entry_mode="svc")
    machine.load(image([0x8F1F_F3BF], BASE))  # ENTERX
    machine.cpus[0].t = 1
    sentence = machine.run().stop.sentence
    assert sentence == "ENTERX, LEAVEX: 0xf3bf8f1f (not modelled); at _start, instruction 0xf3bf8f1f"


def test_running_into_memory_that_nobody_wrote_stops_there(virt):
    machine = Machine(virt, mode="functional")
    machine.load(image([NOP], BASE))
    stop = machine.run().stop
    assert (stop.kind, stop.pc) == ("runaway", BASE + 0x1000)
    assert stop.sentence == "execution has run away: the page at 0x40201000 is all zeros"


def test_a_handler_that_runs_into_its_own_exception_is_a_lock_up(virt):
    machine = Machine(virt, mode="functional", entry_mode="svc")
    machine.load(image([0xE59D_0000, LOOP, NOP, NOP, DABT_HANDLER, LOOP], BASE))  # ldr r0, [sp]
    cpu = machine.cpus[0]
    cpu.write("VBAR_NS", BASE - 4)  # so that its data abort vector is the handler
    cpu.write("SP", 0x5000_0000)
    cpu.write("SP_abt", 0x5000_0000)
    stop = machine.run().stop
    assert stop.kind == "lock-up"
    assert stop.sentence.startswith("DataAbort at 0x40200010, and so for ever: its handler comes back to it")


@pytest.mark.parametrize(
    ("handler", "kind"),
    [(0xE25E_F008, "lock-up"), (0xE25E_F004, "limit")],  # subs pc, lr: to the load, or behind it
    ids=["done again", "passed over"],
)
def test_a_fault_that_its_handler_in_another_mode_returns_to_unchanged_is_a_lock_up(virt, handler, kind):
    machine = Machine(virt, mode="functional", entry_mode="svc")
    machine.load(image([0xE59D_0000, 0xEAFF_FFFD, NOP, NOP, handler], BASE))  # ldr r0, [sp]; b to it
    machine.cpus[0].write("VBAR_NS", BASE)
    machine.cpus[0].write("SP", 0x5000_0000)
    result = machine.run(limit=6_000)
    assert result.stop.kind == kind
    assert (result.instructions < 4_000) == (kind == "lock-up")


def test_a_task_that_yields_for_ever_is_no_lock_up(virt):
    machine = Machine(virt, mode="functional", entry_mode="svc")
    Semihosting(machine, lambda text: None)  # every SVC is then looked at
    machine.load(image([0xEF00_0000, 0xEAFF_FFFD, 0xE1B0_F00E], BASE))  # svc #0; b to it; movs pc, lr
    machine.cpus[0].write("VBAR_NS", BASE)
    assert machine.run(limit=10_000).stop.kind == "limit"


IDLE_IN_HYP = [
    *(0xEA00_0006, *[NOP] * 5),  # b to the set-up
    *(0xEE8E_2F12, 0xE160_006E),  # the IRQ vector: CNTHP_TVAL = r2; eret
    *(0xE580_4100, 0xE580_5000, 0xE581_6004, 0xE581_5000),  # GICD_ISENABLER0, _CTLR, GICC_PMR, _CTLR
    *(0xEE8E_2F12, 0xEE8E_5F32, 0xF108_0080, LOOP),  # CNTHP_TVAL, CNTHP_CTL; cpsie i
]


def test_interrupts_at_one_place_are_no_lock_up(virt):
    machine = Machine(virt, mode="functional")
    machine.load(image(IDLE_IN_HYP, BASE))
    registers = {"r0": 0x0800_0000, "r1": 0x0801_0000, "r2": 10, "r4": 1 << 26, "r5": 1, "r6": 0xFF}
    for name, value in {**registers, "HVBAR": BASE, "HCR": 1 << 4}.items():
        machine.cpus[0].write(name, value)
    assert machine.run(limit=5000).stop.kind == "limit"
    assert len(machine.exceptions) > 1100
