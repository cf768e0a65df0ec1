"""Hot code: generated functions do what the closures do, count what they count and stop where they stop.

Most tests run one program twice, with functions generated early and never, and compare all that is left.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hypgen.arch.psr import Mode
from hypgen.emulator.cpu import BANKED_NAMES
from hypgen.emulator.interrupts import Line
from hypgen.emulator.memory import DeviceWindow
from hypgen.emulator.system import Stop
from hypgen.emulator.watch import Watchpoint
from hypgen.units import PhysAddr, Span
from tests.emulator.differential import ours
from tests.emulator.differential.generate import Generator
from tests.emulator.rig import CODE, ERET, LDR_R2_R3, LOOP, MCR_TLBIALLH, RAM, SIZE, STR_R2_R3, Rig

EARLY, NEVER = 3, 1 << 40
TURNS = 100
ADD_R0_R0_1 = 0xE280_0001
SUBS_R1_R1_1 = 0xE251_1001
SVC_1 = 0xEF00_0001
HVC_2 = 0xE140_0072
DATA = RAM + 0x20_0000
DEVICE = 0x1000_0000


def bne(distance: int) -> int:
    """BNE over so many instructions, from the one itself on."""
    return 0x1A00_0000 | distance - 2 & 0xFF_FFFF


CALLS = (
    ADD_R0_R0_1,  # 1: add r0, r0, #1
    0xE310_0001,  # tst r0, #1
    0x1A00_0001,  # bne 2f
    0xE082_2000,  # add r2, r2, r0
    0xEA00_0000,  # b 3f
    0xEB00_0002,  # 2: bl 4f
    SUBS_R1_R1_1,  # 3: subs r1, r1, #1
    0x1AFF_FFF7,  # bne 1b
    LOOP,
    0xE023_3000,  # 4: eor r3, r3, r0
    0xE12F_FF1E,  # bx lr
)
"""A loop of several blocks, one of them a function that is called."""


def left(rig: Rig, stop: Stop | None = None) -> dict[str, object]:
    """All that a run leaves."""
    return {
        "r": list(rig.cpu.r),
        "cpsr": hex(rig.cpu.cpsr()),
        "banked": {name: rig.cpu.read_banked(name) for name in BANKED_NAMES},
        "count": rig.cpu.count,
        "exceptions": list(rig.exceptions),
        "data": rig.memory.read(DATA, 0x3000),
        "stop": stop and (stop.kind, stop.sentence),
    }


def both(run: Callable[[Rig], Stop | None], mode: Mode = Mode.HYP) -> dict[str, object]:
    """What a run leaves, which must be the same with generated functions and without."""
    results = []
    for hot in (EARLY, NEVER):
        rig = Rig(mode, hot=hot)
        rig.fill_vectors()
        rig.memory.write(DATA, bytes(range(256)) * 48)
        results.append(left(rig, run(rig)))
    assert results[0] == results[1]
    return results[0]


def test_generated_functions_do_what_the_closures_do():
    for case, expected in zip(*Generator(42).cases(300), strict=True):
        assert ours.execute(case, generated=True) == expected, case.names


def test_a_loop_of_several_blocks_and_a_call_is_one_function():
    rig = Rig()
    rig.run(CALLS, limit=100_000, r0=0, r1=5000)
    head = rig.system.blocks[CODE]
    assert head.region is not None
    assert {block.va - CODE for block in rig.system.blocks.values() if head in block.regions} >= {
        0,
        20,
        24,
        36,
    }


POLLS = (
    0xE3A0_1003,  # 1: mov r1, #3
    0xE314_0001,  # tst r4, #1
    0x0A00_0002,  # beq 3f
    ADD_R0_R0_1,  # 2: add r0, r0, #1
    0xE310_0001,  # tst r0, #1
    0x1AFF_FFFC,  # bne 2b
    SUBS_R1_R1_1,  # 3: subs r1, r1, #1
    0x0A00_0000,  # beq 4f
    0xEAFF_FFF9,  # b 2b
    0xE255_5001,  # 4: subs r5, r5, #1
    bne(-10),  # bne 1b
    LOOP,
)
"""A loop that polls, into which the code before it leads behind the poll, too."""


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("limit", [300, 301, 302, 303, 304, 305, 306, 307, 100_000])
def test_a_loop_of_two_parts_is_written_as_one(first, limit):
    result = both(lambda rig: rig.run(POLLS, limit=limit, r0=0, r4=first, r5=TURNS))
    assert result["r"][5] == 0 or limit < 1000
    rig = Rig(hot=EARLY)
    rig.run(POLLS, limit=limit, r0=0, r4=first, r5=TURNS)
    head = rig.system.blocks[CODE]
    assert head.region or head.regions
    rig.runner.regions.grow(head)  # which it did by itself only if it was not inside of another before
    listing = rig.runner.regions.listing(head)
    assert listing.count("vp = r1") == 1 <= listing.count("vp = 3"), "once by itself, and behind the poll"


def test_a_condition_behind_a_subtraction_is_known_where_its_instruction_asks_for_the_carry():
    code = (
        0xE252_20C1,  # 1: subs r2, r2, #193
        0xC0E8_A003,  # rscgt r10, r8, r3
        0xB0A9_9003,  # adclt r9, r9, r3
        SUBS_R1_R1_1,
        bne(-4),
        LOOP,
    )
    both(lambda rig: rig.run(code, limit=2000, r1=TURNS, r2=9650, r3=7))


def test_a_block_inside_of_a_region_grows_one_only_if_it_is_entered_from_elsewhere():
    rig = Rig(hot=EARLY)
    rig.run(POLLS, limit=100_000, r0=0, r4=0, r5=TURNS)
    heads = [block for block in rig.system.blocks.values() if block.region]
    inside = [block for block in rig.system.blocks.values() if block.regions and not block.region]
    assert (len(heads), len(inside)) == (2, 3)
    assert all(0 < block.heat <= EARLY for block in inside)
    for _ in range(EARLY):  # and back to the first block, which none of the functions leads to from here
        rig.runner.cpu.r[15], rig.runner.cpu.r[5] = CODE, 1
        rig.runner.run(rig.runner.cpu.count + 1000)
    assert rig.system.blocks[CODE].region


@pytest.mark.parametrize("limit", [700, 701, 702, 703, 709, 2000])
def test_a_run_stops_exactly_at_its_limit(limit):
    result = both(lambda rig: rig.run(CALLS, limit=limit, r0=0, r1=100_000))
    assert (result["count"], result["stop"]) == (limit, ("limit", f"executed {limit} instructions"))


def test_a_loop_that_ends_goes_on_behind_its_branch():
    result = both(lambda rig: rig.run([ADD_R0_R0_1, SUBS_R1_R1_1, bne(-2)], limit=100_000, r0=0, r1=TURNS))
    assert (result["r"][0], result["count"], result["stop"][0]) == (TURNS, 3 * TURNS + 1, "loop")


ACCESSES = {
    "strb": (0xE4C0_2001, 0xE0D0_30B2),  # strb r2, [r0], #1; ldrh r3, [r0], #2
    "ldm": (0xE8B0_003C, 0xE082_2003),  # ldm r0!, {r2-r5}; add r2, r2, r3
    "stm": (0xE8A0_003C, 0xE082_2003),  # stmia r0!, {r2-r5}
    "ldrd": (0xE0C0_20D8, 0xE082_2003),  # ldrd r2, [r0], #8
    "strd": (0xE1E0_20F8, 0xE082_2003),  # strd r2, [r0, #8]!
    "push": (0xE92D_0006, 0xE240_0010),  # push {r1, r2}; sub r0, r0, #16
}
"""Instructions that walk through memory."""


@pytest.mark.parametrize("name", ACCESSES)
@pytest.mark.parametrize("start", [DATA + 0xF4, DATA + 1, RAM + SIZE - 0x402, RAM + SIZE - 0x3F8])
def test_accesses_leave_what_closures_leave_also_where_they_abort(name, start):
    program = [*ACCESSES[name], SUBS_R1_R1_1, bne(-3)]
    result = both(lambda rig: rig.run(program, limit=9000, r0=start, r1=TURNS * 4, r2=7, sp=start))
    if start > DATA + 0x1000 and name != "push":
        assert result["exceptions"]


def test_an_abort_inside_an_it_block_saves_its_itstate():
    thumb = [0x3001, 0x2840, 0xBFA2, 0x681A, 0x3401, 0x605A, 0x3901, 0xD1F7, 0xE7FE, 0xE7FE]

    def run(rig: Rig) -> Stop:
        rig.memory.write(CODE, b"".join(half.to_bytes(2, "little") for half in thumb))
        rig.cpu.t = 1
        rig.cpu.r[:5] = 0, TURNS, 0, RAM + SIZE, 0  # ldrge r2, [r3] from behind the end, at r0 = 64
        rig.cpu.r[15] = CODE
        return rig.runner.run(10_000)

    result = both(run)
    (taken,) = result["exceptions"]
    assert (taken.kind, taken.pc) == ("DataAbort", CODE + 6)
    assert result["banked"]["SPSR_hyp"] >> 10 & 0x3F | (result["banked"]["SPSR_hyp"] >> 25 & 3)


def test_code_that_changes_itself_in_a_hot_loop_is_executed_as_it_is_then():
    # add r0, r0, #1 becomes add r0, r0, #2, and so on: str r2, [r3]; add r2, r2, #1
    program = [ADD_R0_R0_1, STR_R2_R3, 0xE282_2001, SUBS_R1_R1_1, bne(-4)]
    result = both(lambda rig: rig.run(program, limit=10_000, r0=0, r1=20, r2=ADD_R0_R0_1, r3=CODE))
    assert result["r"][0] == 1 + sum(range(1, 20))


@pytest.mark.parametrize("offset", [0x40, 0x42, 0x13, 0x10, 0])
def test_stores_beside_code_pass_and_stores_to_code_are_seen(offset):
    """str, strh, strb and stm beside the loop, into the page that holds it, and at last into it."""
    place = CODE + offset & ~3

    def run(rig: Rig) -> Stop:
        # str r2, [r3, #64]; strh r2, [r4]; strb r2, [r5]; stm r6, {r1, r2}; add r2, r2, #1; ...; str r7, [r8]
        stores = [0xE583_2040, 0xE1C4_20B0, 0xE5C5_2000, 0xE886_0006, 0xE282_2001]
        rig.run(
            [*stores, SUBS_R1_R1_1, bne(-6), 0xE588_7000],
            limit=2000,
            r1=TURNS,
            r2=0,
            r3=CODE + 0x80,
            r4=CODE + 0x102,
            r5=CODE + 0x113,
            r6=CODE + 0x120,
            r7=ADD_R0_R0_1,
            r8=place,
        )
        assert rig.load32(CODE + 0xC0) == TURNS - 1
        return rig.runner.run(rig.cpu.count + 50)

    result = both(run)
    assert result["count"] > 7 * TURNS


def test_code_that_the_host_changes_between_runs_is_executed_as_it_is_then():
    def run(rig: Rig) -> Stop:
        rig.run([ADD_R0_R0_1, SUBS_R1_R1_1, bne(-2)], limit=300, r0=0, r1=1 << 20)
        rig.memory.write(CODE, (ADD_R0_R0_1 + 1).to_bytes(4, "little"))
        return rig.runner.run(600)

    assert both(run)["r"][0] == 100 + 200


def test_code_at_an_address_that_is_mapped_elsewhere_is_the_other_code():
    """Two pages with a function each, mapped at one address in turn, called often enough to be hot."""
    va, first, second = 0x7000_0000, RAM + 0x3_0000, RAM + 0x3_1000

    def run(rig: Rig) -> Stop:
        rig.use_tables()
        for page in (CODE, RAM + 0x4000, RAM + 0x10_0000, RAM + 0x10_1000, RAM + 0x10_2000, RAM + 0x10_3000):
            rig.map(page & ~0xFFF, page & ~0xFFF)
        rig.map(va, first)
        entry = next(
            address
            for address in range(RAM + 0x10_1000, RAM + 0x10_8000, 8)
            if rig.load64(address) & ~0xFFF & 0xFF_FFFF_FFFF == first and rig.load64(address) & 3 == 3
        )
        rig.map(entry & ~0xFFF, entry & ~0xFFF)
        rig.words(first, [0xE280_0001, 0xE12F_FF1E])  # add r0, r0, #1; bx lr
        rig.words(second, [0xE280_0B01, 0xE12F_FF1E])  # add r0, r0, #1024; bx lr
        rig.values["HSCTLR"] = 0x30C5_1879
        rig.system.registers_set()
        # 1: blx r4; str r5, [r6]; eor r5, r5, r7; tlbiallh; dsb; isb; subs; bne 1b
        swap = [0xE12F_FF34, 0xE586_5000, 0xE025_5007, MCR_TLBIALLH, 0xF57F_F04F, 0xF57F_F06F]
        low = {"r5": second | 0x743, "r6": entry, "r7": (first ^ second) & 0xFFFF_FFFF}
        return rig.run([*swap, SUBS_R1_R1_1, bne(-7)], limit=100_000, r0=0, r1=TURNS, r4=va, **low)

    assert both(run)["r"][0] == (1 + 1024) * TURNS // 2


class Counter:
    """A device whose reads differ, and which interrupts when it is written 50."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.reads = 0
        self.seen: list[tuple[int, int, int]] = []

    def read(self, offset: int, size: int) -> int:
        self.reads += 1
        return self.reads

    def write(self, offset: int, size: int, value: int) -> None:
        self.seen.append((value, self._rig.system.current_pc(), self._rig.runner.executed()))
        if value == 50:
            self._rig.system.set_line(Line.IRQ, True)


def test_a_device_in_a_hot_loop_is_asked_each_time_and_knows_place_and_count():
    seen = []

    def run(rig: Rig) -> Stop:
        device = Counter(rig)
        rig.memory.add_device(DeviceWindow("counter", Span.sized(PhysAddr(DEVICE), 0x1000), device))
        program = [LDR_R2_R3, 0xE080_0002, STR_R2_R3, SUBS_R1_R1_1, bne(-4)]
        stop = rig.run(program, limit=10_000, r0=0, r1=TURNS, r3=DEVICE)
        seen.append(device.seen)
        return stop

    result = both(run)
    assert result["r"][0] == sum(range(1, TURNS + 1))
    assert seen[0] == seen[1] == [(turn + 1, CODE + 8, 5 * turn + 2) for turn in range(TURNS)]


def test_a_function_does_not_look_a_device_up_as_memory_where_it_knows_the_address():
    rig = Rig(hot=EARLY)
    device = Counter(rig)
    rig.memory.add_device(DeviceWindow("counter", Span.sized(PhysAddr(DEVICE), 0x1000), device))
    # 1: mov r3, #0x10000000; ldr r2, [r3]; add r0, r0, r2; subs r1, r1, #1; bne 1b
    rig.run([0xE3A0_3201, LDR_R2_R3, 0xE080_0002, SUBS_R1_R1_1, bne(-4)], limit=95, r0=0, r1=TURNS)
    head = rig.system.blocks[CODE]
    assert head.misses == 0
    listing = rig.runner.regions.listing(head)
    assert f"views.read_registers.get({DEVICE})" in listing
    assert "RW[" not in listing
    assert rig.runner.cpu.r[0] == sum(range(1, 20))


class Printer(Counter):
    """A device that shows how often its third word was written, and takes bytes at its second one while that
    number is even."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig)
        self.number = [0]
        self.taken = bytearray()
        self.takers: list[Callable[[int], object]] = [self.taken.append]

    def read(self, offset: int, size: int) -> int:
        return self.number[0]

    def write(self, offset: int, size: int, value: int) -> None:
        if offset == 8:
            self.number[0] += 1
            self.takers[:] = [] if self.number[0] & 1 else [self.taken.append]
        elif self.takers:
            self.taken.append(value & 0xFF)
        else:
            super().write(offset, size, value)

    def shown(self, offset: int) -> list[int] | None:
        return self.number if offset == 0 else None

    def taker(self, offset: int) -> list[Callable[[int], object]] | None:
        return self.takers if offset == 4 else None


def test_a_device_need_not_be_asked_for_what_it_shows_and_while_it_takes_bytes():
    seen = []

    def run(rig: Rig) -> Stop:
        device = Printer(rig)
        rig.memory.add_device(DeviceWindow("printer", Span.sized(PhysAddr(DEVICE), 0x1000), device))
        # 1: ldr r2, [r3]; add r0, r0, r2; str r1, [r3, #4]; tst r1, #3; streq r1, [r3, #8]; subs; bne 1b
        program = [0xE593_2000, 0xE080_0002, 0xE583_1004, 0xE311_0003, 0x0583_1008, SUBS_R1_R1_1, bne(-6)]
        stop = rig.run(program, limit=100_000, r0=0, r1=4 * TURNS, r3=DEVICE)
        seen.append((bytes(device.taken), device.seen))
        return stop

    result = both(run)
    assert result["r"][0] == sum(min(TURNS, number // 4 + 1) for number in range(4 * TURNS - 1))
    taken, told = seen[0]
    assert seen[1] == seen[0]
    numbers = {turn: (4 * TURNS - turn + 3) // 4 & 1 for turn in range(1, 4 * TURNS + 1)}
    assert taken == bytes(turn & 0xFF for turn in range(4 * TURNS, 0, -1) if not numbers[turn])
    assert [value for value, _, _ in told] == [turn for turn in range(4 * TURNS, 0, -1) if numbers[turn]]
    assert {pc for _, pc, _ in told} == {CODE + 8}


def test_a_watchpoint_at_a_device_is_seen_although_its_register_was_found_before():
    def run(rig: Rig) -> Stop:
        device = Counter(rig)
        rig.memory.add_device(DeviceWindow("counter", Span.sized(PhysAddr(DEVICE), 0x1000), device))
        program = [0xE593_2004, 0xE583_2008, SUBS_R1_R1_1, bne(-3), LOOP]  # ldr, str, subs, bne, b .
        rig.run(program, limit=4 * TURNS, r1=2 * TURNS, r2=0, r3=DEVICE)
        rig.system.watchpoints.replace([Watchpoint(DEVICE + 8)])
        rig.system.forget_translations()
        rig.system.context_changed()
        stop = rig.runner.run(rig.cpu.count + 100)
        assert (stop.kind, rig.cpu.r[15]) == ("watch", CODE + 4)
        return stop

    both(run)


def test_pairs_and_lists_for_a_device_have_accessors_of_their_own():
    seen = []

    def run(rig: Rig) -> Stop:
        device = Counter(rig)
        rig.memory.add_device(DeviceWindow("counter", Span.sized(PhysAddr(DEVICE), 0x1000), device))
        program = [0xE883_0015, 0xE1C3_00F0, SUBS_R1_R1_1, bne(-3)]  # stm r3, {r0, r2, r4}; strd r0, r1, [r3]
        stop = rig.run(program, limit=10_000, r0=7, r1=TURNS, r3=DEVICE)
        seen.append([value for value, _, _ in device.seen])
        return stop

    both(run)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 5 * TURNS


def test_an_interrupt_that_a_device_raises_is_taken_after_that_instruction():
    def run(rig: Rig) -> Stop:
        rig.memory.add_device(DeviceWindow("counter", Span.sized(PhysAddr(DEVICE), 0x1000), Counter(rig)))
        rig.cpu.write_cpsr(rig.cpu.cpsr() & ~0x80)
        return rig.run([LDR_R2_R3, STR_R2_R3, SUBS_R1_R1_1, bne(-3)], limit=1000, r1=TURNS, r3=DEVICE)

    (taken,) = both(run)["exceptions"]
    assert (taken.kind, taken.pc, taken.count) == ("Interrupt", CODE + 8, 4 * 49 + 2)


def test_a_watchpoint_set_on_hot_code_stops_before_the_access():
    def run(rig: Rig) -> Stop:
        rig.run([0xE480_2004, SUBS_R1_R1_1, bne(-2)], limit=300, r0=DATA, r1=1 << 20, r2=7)
        rig.system.watchpoints.replace([Watchpoint(DATA + 0x204)])
        rig.system.forget_translations()
        return rig.runner.run(10_000)

    result = both(run)
    assert (result["stop"][0], result["r"][0], result["r"][15]) == ("watch", DATA + 0x204, CODE)
    assert result["count"] == 3 * 0x81


def test_a_breakpoint_and_a_hook_see_hot_code():
    seen: list[list[int]] = []

    def run(rig: Rig) -> Stop:
        rig.run(CALLS, limit=300, r0=0, r1=1 << 20)
        rig.runner.finder.set_breakpoints({CODE + 36})
        assert rig.runner.run(1000).kind == "until"
        rig.runner.finder.set_breakpoints(())
        rig.runner.run(700)
        seen.append([])
        rig.runner.hooks.append(lambda cpu, block: seen[-1].append(block.va - CODE))
        return rig.runner.run(1000)

    both(run)
    assert seen[0] == seen[1]
    assert {0, 12, 20, 24, 36} <= set(seen[0])


def test_exceptions_of_hot_code_have_their_addresses_and_counts():
    def run(rig: Rig) -> Stop:
        rig.words(rig.values["HVBAR"] + 8, [0xE283_3001, ERET])  # SVC in Hyp mode: add r3, r3, #1; eret
        return rig.run([ADD_R0_R0_1, SVC_1, SUBS_R1_R1_1, bne(-3)], limit=10_000, r0=0, r1=TURNS, r3=0)

    result = both(run)
    assert result["r"][3] == TURNS
    assert [taken.count for taken in result["exceptions"]] == [6 * turn + 1 for turn in range(TURNS)]


@pytest.mark.parametrize("register", ["HVBAR", "SCR", "HSCTLR"])
def test_a_call_in_hot_code_goes_where_the_registers_say_now(register):
    """After hundreds of calls the handlers are elsewhere, calls undefined, or their data big-endian."""

    def run(rig: Rig) -> Stop:
        for base in (RAM + 0x4000, RAM + 0x6000):
            rig.words(base + 0x14, [0xE283_3001 if base == RAM + 0x4000 else 0xE284_4001, ERET])
        rig.words(RAM + 0x5004, [0xE284_4001, 0xE1B0_F00E])  # undefined: add r4, r4, #1; movs pc, lr
        program = [ADD_R0_R0_1, HVC_2, SUBS_R1_R1_1, bne(-3)]
        rig.run(program, limit=1002, r0=0, r1=1 << 20, r3=0, r4=0)
        changed = {"HVBAR": RAM + 0x6000, "SCR": rig.values["SCR"] & ~0x100, "HSCTLR": 1 << 25 | 0x30C5_1878}
        rig.cpu.write(register, changed[register])
        return rig.runner.run(2000)

    result = both(run, Mode.SVC)
    assert result["r"][3]
    assert bool(result["r"][4]) == (register != "HSCTLR")


def test_a_guest_that_moves_its_vectors_in_the_loop_is_followed():
    """Handlers that point VBAR at each other: mcr p15, 0, r5, c12, c0, 0; eor r5, r5, r6."""

    def run(rig: Rig) -> Stop:
        first, second = RAM + 0x5000, RAM + 0x6000
        for base, counted in ((first, 0xE283_3001), (second, 0xE284_4001)):
            rig.words(base + 8, [counted, 0xEE0C_5F10, 0xE025_5006, 0xE1B0_F00E])
        program = [ADD_R0_R0_1, SVC_1, SUBS_R1_R1_1, bne(-3)]
        values = {"r5": second, "r6": first ^ second}
        return rig.run(program, limit=10_000, r0=0, r1=TURNS, r3=0, r4=0, **values)

    result = both(run, Mode.SYS)
    assert result["r"][3] == result["r"][4] == TURNS // 2


def test_flags_that_no_result_gives_are_kept_in_hot_code():
    # msr apsr_nzcvq, r6; movpl r7, #1; moveq r8, #1; subs; bne
    program = [0xE128_F006, 0x53A0_7001, 0x03A0_8001, 0xE128_F006, SUBS_R1_R1_1, bne(-5)]
    result = both(lambda rig: rig.run(program, limit=10_000, r1=TURNS, r6=0xC000_0000, r7=0, r8=0))
    assert result["r"][7:9] == [0, 1]


def test_what_was_generated_can_be_read():
    rig = Rig(hot=EARLY)
    rig.run(CALLS, limit=1000, r0=0, r1=1 << 20)
    listing = rig.runner.regions.listing(rig.system.blocks[CODE])
    assert "while done <= most:" in listing
    assert "r3 = r3 ^ r0" in listing
