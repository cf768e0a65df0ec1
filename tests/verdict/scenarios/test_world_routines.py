"""What a guest's trapped instruction comes to, by routine: every condition, ITSTATE, register and size.

The routines are executed from the linked image; what they should give is written here from the manual.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest

from hypgen.board.load import load_board
from hypgen.emulator.memory import Dram, Window
from hypgen.emulator.unknown import Unknown
from hypgen.machine.loader import LoadedImage, read_image
from hypgen.pipeline.building import compile_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.vcpu import VCPU
from hypgen.units import PhysAddr, Span
from tests.emulator.rig import CODE, LOOP, RAM, Rig

CONTEXT = CODE + 0x10000
STACK = CODE + 0x8000
T, E = 1 << 5, 1 << 9
IL, CV = 1 << 25, 1 << 24
MODES = {0x10: "USR", 0x11: "FIQ", 0x12: "IRQ", 0x13: "SVC", 0x17: "ABT", 0x1B: "UND", 0x1F: "USR"}
FORMS = ("arm", pytest.param("thumb", marks=pytest.mark.slow))
ENDS = ("world_resume", "world_leave")
"""Where a trap is settled, or told to the host: the routines that follow are not executed."""
LOOP_T32 = 0xE7FE
MARK = 0xAAAA_0000
BANKED = {
    f"{name}_{mode}".upper(): f"{name}_{mode}"
    for mode in ("svc", "abt", "und", "irq", "fiq")
    for name in ("SP", "LR", "SPSR", *(f"r{number}" for number in range(8, 13) if mode == "fiq"))
}
"""Fields of a context whose registers the CPU itself still has while a trap is settled."""
EQ = 0


@cache
def image(isa: str) -> LoadedImage:
    options = PlanOptions(scenario="world-switch", isa=isa)  # type: ignore[arg-type]
    return read_image(compile_image(load_board("qemu-virt"), options=options, embed=False).elf, "world")


class Routines:
    """The image at its virtual addresses, the MMU off."""

    def __init__(self, isa: str) -> None:
        self.image = image(isa)
        self.rig = Rig()
        start = min(int(one.virtual) for one in self.image.segments)
        end = max(int(one.virtual) + one.size for one in self.image.segments)
        size = end - start + 0xFFFF & ~0xFFFF
        dram = Dram("image", size, Unknown(1))
        self.rig.memory.add_window(Window("image", Span.sized(PhysAddr(start), size), dram))
        for one in self.image.segments:
            self.rig.memory.write(int(one.virtual), one.data)
        for place in (CODE, *(self.image.symbols[name].address for name in ENDS)):
            self.rig.store32(place, LOOP if isa == "arm" or place == CODE else LOOP_T32)

    def call(self, name: str, *, context: dict[str, int], **registers: int) -> None:
        """Call a routine, which returns."""
        assert self.reach(name, context=context, **registers) == "return"
        assert self.rig.cpu.r[0] == CONTEXT

    def reach(self, name: str, *, context: dict[str, int], **registers: int) -> str:
        """Go to a routine, and say where that ends."""
        for field, value in context.items():
            self.rig.store32(CONTEXT + VCPU[field][0], value)
        cpu = self.rig.cpu
        for register, value in {"r0": CONTEXT, "sp": STACK, "lr": CODE, **registers}.items():
            cpu.write(register, value)
        one = self.image.symbols[name]
        cpu.write_cpsr(0x1DA | (T if one.thumb else 0))
        cpu.r[15] = one.address
        self.rig.runner.run(cpu.count + 500)
        ends = {"return": CODE} | {end: self.image.symbols[end].address for end in ENDS}
        return next(end for end, address in ends.items() if cpu.r[15] == address)

    def dispatch(self, hsr: int, psr: int) -> str:
        """Where a guest's trap with this syndrome ends; its CPSR is ``psr``, all else :data:`MARK` and up."""
        cpu = self.rig.cpu
        for name, (offset, words, _) in VCPU.items():
            for word in range(words):
                self.rig.store32(CONTEXT + offset + 4 * word, MARK + VCPU[name][0] + 4 * word)
        for field, register in BANKED.items():
            cpu.write_banked(register, MARK + VCPU[field][0])
        self.rig.values["HSR"] = hsr
        return self.reach("world_dispatch", context={"PSR": psr})

    def changed(self) -> dict[str, int]:
        """The words of the guest's state that the last trap has changed, in its context or in the CPU."""
        found = {name: self.field(name) for name, (_, words, _) in VCPU.items() if words == 1}
        found |= {field: self.rig.cpu.read_banked(register) for field, register in BANKED.items()}
        return {name: value for name, value in found.items() if value != MARK + VCPU[name][0]}

    def field(self, name: str) -> int:
        return self.rig.load32(CONTEXT + VCPU[name][0])

    @property
    def passed(self) -> bool:
        """Z clear."""
        return not self.rig.cpu.cpsr() >> 30 & 1


@cache
def routines(isa: str) -> Routines:
    return Routines(isa)


def holds(condition: int, nzcv: int) -> bool:
    """ConditionPassed() (DDI 0406C A8.3.1)."""
    n, z, c, v = (bool(nzcv >> bit & 1) for bit in (3, 2, 1, 0))
    result = (z, c, n, v, c and not z, n == v, n == v and not z, True)[condition >> 1]
    return not result if condition & 1 and condition != 0b1111 else result


def with_it(psr: int, it: int) -> int:
    """IT<7:2> is PSR<15:10>, IT<1:0> PSR<26:25>."""
    return psr & ~0x0600_FC00 | it >> 2 << 10 | (it & 3) << 25


@pytest.mark.parametrize("isa", FORMS)
def test_a_condition_is_that_of_the_syndrome_or_of_itstate(isa: str) -> None:
    each = routines(isa)
    for condition, nzcv in product(range(15), range(16)):
        psr = nzcv << 28 | 0x13
        each.call("world_condition", context={"PSR": psr}, r1=CV | condition << 20)
        assert each.passed == holds(condition, nzcv)
        for mask in (0b1000, 0b0100, 0b1011):
            it = with_it(psr | T, condition << 4 | mask)
            each.call("world_condition", context={"PSR": it}, r1=(condition ^ 5) << 20)
            assert each.passed == holds(condition, nzcv)
        for valid in (0, CV):
            outside = 14 << 20 if valid else condition << 20
            each.call(
                "world_condition", context={"PSR": psr | (T if condition & 1 else 0)}, r1=valid | outside
            )
            assert each.passed


@pytest.mark.parametrize("isa", FORMS)
def test_an_instruction_is_skipped_with_its_part_of_itstate(isa: str) -> None:
    each = routines(isa)
    for it, length in product(range(256), (2, 4)):
        if it & 0xF == 0 and it:
            continue  # no ITSTATE
        psr = with_it(0xA00F_0313 | T, it)
        each.call("world_skip", context={"PSR": psr, "PC": 0x1000}, r1=IL if length == 4 else 0)
        after = it & 0xE0 | it << 1 & 0x1F if it & 7 else 0
        assert each.field("PSR") == with_it(psr, after)
        assert each.field("PC") == 0x1000 + length
    each.call("world_skip", context={"PSR": 0x6000_0013, "PC": 0x2000}, r1=IL)
    assert (each.field("PSR"), each.field("PC")) == (0x6000_0013, 0x2004)


@pytest.mark.parametrize("isa", FORMS)
def test_a_register_is_that_of_the_mode(isa: str) -> None:
    each = routines(isa)
    for (mode, bank), number in product(MODES.items(), range(15)):
        each.call("world_register", context={"PSR": mode | 0x1C0}, r2=number)
        name = {13: "SP", 14: "LR"}.get(number, f"R{number}")
        if number >= 13 or (number >= 8 and bank == "FIQ"):
            name += f"_{bank}"
        assert each.rig.cpu.r[2] == CONTEXT + VCPU[name][0], f"r{number} in mode {mode:#x}"


@pytest.mark.parametrize("isa", FORMS)
def test_data_have_the_byte_order_of_the_guest(isa: str) -> None:
    each = routines(isa)
    for size, (plain, turned) in enumerate([(0xA1, 0xA1), (0xA1B2, 0xB2A1), (0xA1B2C3D4, 0xD4C3B2A1)]):
        for order, expected in ((0, plain), (E, turned)):
            each.call("world_order", context={"PSR": 0x13 | order}, r3=size, r5=plain)
            assert each.rig.cpu.r[5] == expected


PLAIN = {"PC": MARK + VCPU["PC"][0] + 4}
READS, WRITES = 1, 0
ACTLR = 0x03 << 26 | 1 << 17 | 1 << 10 | 5 << 5
CNTP_CVAL = 0x04 << 26 | 2 << 16 | 6 << 10 | 5 << 5 | 14 << 1
DCCISW = 0x03 << 26 | 2 << 17 | 7 << 10 | 5 << 5 | 14 << 1
WAIT = 0x01 << 26
TRAPS = {
    "ACTLR": (ACTLR | READS, "world_resume", {"R5": MARK + VCPU["ACTLR"][0]}),
    "ACTLR written": (ACTLR | WRITES, "world_resume", {}),
    "CNTP_CVAL": (CNTP_CVAL | READS, "world_resume", {"R5": 0, "R6": 0}),
    "CNTP_CVAL written": (CNTP_CVAL | WRITES, "world_resume", {}),
    "WFI": (WAIT, "world_leave", {}),
}
"""Syndromes but for their condition, where they end, and what they change besides PC."""


@pytest.mark.parametrize("isa", FORMS)
@pytest.mark.parametrize("name", TRAPS)
def test_a_trapped_instruction_that_fails_its_condition_only_passes_by(name: str, isa: str) -> None:
    """Whether it traps at all is IMPLEMENTATION DEFINED (B1.14). Here it does not, so no image shows it."""
    each = routines(isa)
    hsr, end, changes = TRAPS[name]
    for nzcv in (0, 4):
        passes = bool(nzcv)
        psr = nzcv << 28 | 0x13
        assert each.dispatch(hsr | IL | CV | EQ << 20, psr) == (end if passes else "world_resume")
        known = {"PSR": psr, "EXIT_HSR": hsr | IL | CV | EQ << 20}
        assert each.changed() == PLAIN | known | (changes if passes else {})


@pytest.mark.parametrize("isa", FORMS)
@pytest.mark.parametrize(("mode", "bank"), MODES.items())
def test_a_trapped_read_reaches_the_registers_of_its_mode(mode: int, bank: str, isa: str) -> None:
    each = routines(isa)
    for number in range(15):
        hsr = ACTLR & ~(0xF << 5) | number << 5 | READS | IL | CV | 14 << 20
        assert each.dispatch(hsr, mode) == "world_resume"
        name = {13: "SP", 14: "LR"}.get(number, f"R{number}")
        name += f"_{bank}" if number >= 13 or (number >= 8 and bank == "FIQ") else ""
        expected = {"PSR": mode, "EXIT_HSR": hsr, name: MARK + VCPU["ACTLR"][0]}
        assert each.changed() == PLAIN | expected


S1PTW, PERMISSION, TRANSLATION = 1 << 7, 0x0F, 0x07
VA = 0x4012_3456
IPA = 0x80_4012_3000
EAE = 1 << 31
TABLE = RAM + 0xC000


def with_stage_1(each: Routines, descriptor: int) -> None:
    """Stage 1 of the guest: one descriptor of level 1, for the VAs from 1 GB on."""
    rig = each.rig
    rig.memory.write(TABLE, bytes(32))
    rig.store64(TABLE + 8, descriptor)
    rig.values["TTBCR_NS"], rig.values["TTBR0_NS"], rig.values["TTBR1_NS"] = EAE, TABLE, 0
    rig.values["MAIR0_NS"] = 0xFF
    rig.values["SCTLR_NS"] = rig.values["SCTLR_NS"] | 1
    rig.values["HPFAR"] = 0x5A5A_5A5F


@pytest.mark.parametrize("isa", FORMS)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TRANSLATION, 0x5A5A_5A50),
        (TRANSLATION | S1PTW, 0x5A5A_5A50),
        (PERMISSION | S1PTW, 0x5A5A_5A50),
        (PERMISSION, IPA >> 8),
    ],
)
def test_the_ipa_is_that_of_hpfar_but_after_a_permission_fault(status: int, expected: int, isa: str) -> None:
    each = routines(isa)
    with_stage_1(each, (IPA & ~0x3FFF_FFFF) | 0x701)
    each.rig.values["PAR_NS"] = 0x1234_5678_9ABC_DE00
    each.call("world_fault", context={}, r1=0x24 << 26 | status, r2=VA)
    assert (each.field("EXIT_FAR"), each.field("EXIT_FIPA")) == (VA, expected)
    assert each.rig.values["PAR_NS"] == 0x1234_5678_9ABC_DE00


@pytest.mark.parametrize("isa", FORMS)
def test_a_guest_whose_own_tables_changed_tries_once_more(isa: str) -> None:
    each = routines(isa)
    with_stage_1(each, 0)
    context = {"EXIT_FIPA": 0}
    assert each.reach("world_fault", context=context, r1=0x24 << 26 | PERMISSION, r2=VA) == "world_resume"
    assert each.field("EXIT_FIPA") == 0
