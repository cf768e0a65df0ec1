"""Several CPUs: turns by a seed, power, waiting for each other, and exclusives across turns."""

import pytest

from hypgen.arch.psr import Mode
from hypgen.board.load import load_board
from hypgen.machine.machine import Machine
from hypgen.machine.scheduler import Power
from tests.machine.elf_image import image

LOOP = 0xEAFF_FFFE
WFE, SEV, WFI = 0xE320_F002, 0xE320_F004, 0xE320_F003
INCREMENT = [
    0xE190_1F9F,  # ldrex r1, [r0]
    0xE281_1001,  # add r1, r1, #1
    0xE180_2F91,  # strex r2, r1, [r0]
    0xE352_0000,  # cmp r2, #0
    0x1AFF_FFFA,  # bne to ldrex
    0xE253_3001,  # subs r3, r3, #1
    0x1AFF_FFF8,  # bne to ldrex
    LOOP,
]
WITHOUT_EXCLUSIVES = [0xE590_1000, 0xE281_1001, 0xE580_1000, 0xE320_F000, 0xE320_F000, *INCREMENT[5:]]
"""The same, with a load and a store."""
TIMES = 300


@pytest.fixture(scope="module")
def keystone():
    return load_board("keystone")


def started(board, words, seed=1, cpus=4, mode="functional"):
    """All CPUs at ``words``, with r0 the address of a word that is 0, and r3 a count."""
    machine = Machine(board, mode=mode, schedule_seed=seed)
    base = int(board.memory[0].alias.address) + 0x20_0000
    machine.load(image(words, base))
    machine.write_physical(base + 0x1000, bytes(4))
    for index in range(cpus):
        if index:
            machine.scheduler.start(index, base)
        machine.cpus[index].write("r0", base + 0x1000)
        machine.cpus[index].write("r3", TIMES)
    return machine, base


@pytest.mark.parametrize("seed", range(6))
def test_exclusives_lose_no_increment(keystone, seed):
    machine, base = started(keystone, INCREMENT, seed)
    assert machine.run().stop.kind == "loop"
    assert int.from_bytes(machine.read_physical(base + 0x1000, 4), "little") == 4 * TIMES


@pytest.mark.parametrize(("cpus", "decided"), [(1, False), (2, True)])
def test_the_seed_decides_something_only_where_two_cpus_can_execute(keystone, cpus, decided):
    ends = set()
    for seed in range(4):
        machine, _ = started(keystone, INCREMENT, seed, cpus)
        assert not machine.scheduler.decided
        machine.run()
        assert machine.scheduler.decided is decided
        ends.add(tuple(one.count for one in machine.cpus))
    assert (len(ends) > 1) is decided


def test_without_exclusives_some_seed_loses_one(keystone):
    totals = set()
    for seed in range(6):
        machine, base = started(keystone, WITHOUT_EXCLUSIVES, seed)
        machine.run()
        totals.add(int.from_bytes(machine.read_physical(base + 0x1000, 4), "little"))
    assert min(totals) < 4 * TIMES


def test_a_seed_decides_everything_however_the_run_is_cut(keystone):
    def counts(seed, *limits):
        machine, _ = started(keystone, INCREMENT, seed)
        for limit in limits:
            machine.run(limit=limit)
        return [cpu.count for cpu in machine.cpus], [cpu.r[1] for cpu in machine.cpus]

    assert counts(5, 3000) == counts(5, 1000, 1, 1999) == counts(5, *[100] * 30)
    assert counts(5, 3000) != counts(6, 3000)


def test_a_snapshot_holds_whose_turn_it_is_and_open_monitors(keystone):
    machine, base = started(keystone, INCREMENT)
    machine.run(limit=1777)
    snapshot = machine.snapshot()
    ends = []
    for _ in range(2):
        machine.run()
        ends.append([cpu.count for cpu in machine.cpus])
        assert int.from_bytes(machine.read_physical(base + 0x1000, 4), "little") == 4 * TIMES
        machine.restore(snapshot)
    assert ends[0] == ends[1]


def test_sev_wakes_the_others_and_a_run_ends_when_all_wait(keystone):
    machine, base = started(keystone, [WFE, 0xE280_0001, LOOP], cpus=3)
    machine.cpus[2].write("pc", base + 0x100)
    machine.write_physical(base + 0x100, SEV.to_bytes(4, "little") + LOOP.to_bytes(4, "little"))
    stop = machine.run().stop
    assert stop.kind == "loop"
    assert stop.sentence.startswith("every CPU waits: CPU 0: branch to itself at ")
    assert [machine.cpus[index].r[0] - base for index in (0, 1)] == [0x1001, 0x1001]


@pytest.mark.parametrize(("mode", "passes"), [("functional", True), ("strict", False)])
def test_without_strict_rules_wfe_completes_although_no_event_came(keystone, mode, passes):
    machine, base = started(keystone, [WFE, 0xE280_0001, LOOP], cpus=1, mode=mode)
    stop = machine.run().stop
    assert (stop.kind, machine.cpus[0].r[0] - base) == (("loop", 0x1001) if passes else ("wfi", 0x1000))


def test_a_loop_of_nothing_but_wfe_is_a_place_to_rest(keystone):
    back = 0xEAFF_FFFC
    machine, _ = started(keystone, [WFE, 0xE280_0001, back], cpus=2)
    result = machine.run()
    assert result.stop.kind == "wfi"
    assert result.instructions < 5000


def test_power_is_off_on_or_held(keystone):
    machine, base = started(keystone, [WFI, LOOP], cpus=1)
    scheduler = machine.scheduler
    assert [scheduler.power(index) for index in (0, 1)] == [Power.ON, Power.OFF]
    word = base + 0x2000
    machine.write_physical(word, bytes(4))
    release = lambda: int.from_bytes(machine.read_physical(word, 4), "little") or None  # noqa: E731
    scheduler.hold(1, release)
    machine.run(limit=100)
    assert scheduler.power(1) is Power.HELD
    machine.write_physical(word, (base + 4).to_bytes(4, "little"))
    machine.run(limit=100)
    assert (scheduler.is_on(1), machine.cpus[1].r[15]) == (True, base + 4)
    scheduler.stop(1)
    scheduler.stop(0)
    assert machine.run().stop.kind == "power-off"


def test_a_started_cpu_begins_as_the_boot_cpu_did(keystone):
    machine, base = started(keystone, [LOOP], cpus=1)
    machine.scheduler.start(2, base + 1, context=0x1234)
    cpu = machine.cpus[2]
    assert (cpu.cpsr() & 0x1FF, cpu.r[0], cpu.r[15], cpu.t) == (0x1FA, 0x1234, base, 1)


@pytest.mark.parametrize(
    ("mode", "secure", "cpsr"),
    [
        ("mon", True, Mode.MON),
        ("secure-svc", True, Mode.SVC),
        ("svc", False, Mode.SVC),
        ("hyp", False, Mode.HYP),
    ],
)
def test_a_machine_can_be_entered_in_another_mode(keystone, mode, secure, cpsr):
    machine = Machine(keystone, entry_mode=mode)
    assert (machine.cpus[0].mode, machine.cpus[0].secure) == (cpsr, secure)


def test_firmware_may_hand_over_with_the_hyp_mmu_on(keystone):
    entry = keystone.entry.model_copy(update={"hyp_mmu": True})
    board = keystone.model_copy(update={"entry": entry})
    machine = Machine(board, mode="functional")
    base = int(board.memory[0].alias.address) + 0x20_0000
    machine.load(image([0xE280_0001, LOOP], base))
    assert machine.cpus[0].read("HSCTLR") & 1
    found = machine.translate(0, base)
    assert (found.pa, found.attributes.type.value, found.level) == (base, "Normal", 1)
    assert machine.translate(0, 0x0253_0C00).attributes.type.value == "Device"
    assert machine.run().stop.kind == "loop"
