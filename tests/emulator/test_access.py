"""Loads and stores: alignment, permissions, endianness, devices, exclusives, and the fast path."""

import pytest

from hypgen.arch.psr import Mode
from hypgen.emulator.exceptions import DataAbort, PrefetchAbort
from hypgen.emulator.execute.registry import bind_word
from hypgen.emulator.faults import FaultKind
from hypgen.emulator.memory import DeviceWindow
from hypgen.units import PhysAddr, Span
from tests.emulator.rig import CODE, HIGH, HSCTLR_ON, RAM, SIZE, Rig

DATA = RAM + 0x1_0000


def with_mmu(attributes=0x743, **rig_options):
    """A rig with the Hyp MMU on, DATA mapped at its own address with the attributes."""
    rig = Rig(**rig_options)
    rig.use_tables()
    rig.map(DATA, DATA, attributes)
    rig.cpu.write("HSCTLR", HSCTLR_ON)
    return rig


def aborts(access, *arguments):
    with pytest.raises(DataAbort) as caught:
        access(*arguments)
    return caught.value.fault


def test_every_size_stores_and_loads_twice_the_second_time_fast():
    mem = Rig().cpu.mem
    for _ in range(2):
        mem.store32(DATA, 0x8182_8384)
        assert (mem.load32(DATA), mem.load16(DATA + 2), mem.load8(DATA + 1)) == (0x8182_8384, 0x8182, 0x83)
        mem.store16(DATA + 2, 0x1_1234)
        mem.store8(DATA, 0x1FF)
        assert mem.load32_aligned(DATA) == 0x1234_83FF
        mem.store32_aligned(DATA, 1)
        mem.store64_aligned(DATA + 8, 0x1122_3344_5566_7788)
        assert mem.load64_aligned(DATA + 8) == 0x1122_3344_5566_7788
        assert mem.load32_unprivileged(DATA) == 1


def test_several_words_are_those_that_one_by_one_would_be_across_pages_too():
    for at in (DATA, DATA + 0xFF8):
        mem = Rig().cpu.mem
        for _ in range(2):
            mem.store_words(at, [1, 2, 0xFFFF_FFFF, 4])
            assert list(mem.load_words(at, 4)) == [1, 2, 0xFFFF_FFFF, 4]
            assert [mem.load32(at + offset) for offset in (0, 4, 8, 12)] == [1, 2, 0xFFFF_FFFF, 4]
        assert aborts(mem.load_words, at + 2, 4).kind is FaultKind.ALIGNMENT
        assert aborts(mem.store_words, at + 2, [1]).kind is FaultKind.ALIGNMENT


def test_an_unaligned_access_with_the_mmu_off_faults_because_memory_is_strongly_ordered():
    fault = aborts(Rig().cpu.mem.load32, DATA + 1)
    assert (fault.kind, fault.va, fault.write) == (FaultKind.ALIGNMENT, DATA + 1, False)
    assert fault.why == "unaligned access to Strongly-ordered memory, as all data is with the MMU off"


def test_an_unaligned_access_to_normal_memory_is_made():
    mem = with_mmu().cpu.mem
    mem.store32(DATA + 1, 0x1122_3344)
    assert (mem.load32(DATA + 1), mem.load16(DATA + 1), mem.load8(DATA + 4)) == (0x1122_3344, 0x3344, 0x11)


def test_an_unaligned_access_to_device_memory_faults():
    fault = aborts(with_mmu(0x747).cpu.mem.store16, DATA + 1, 0)
    assert (fault.kind, fault.write) == (FaultKind.ALIGNMENT, True)
    assert fault.why == "unaligned access to Device memory"


def test_the_alignment_check_bit_makes_every_unaligned_access_fault():
    rig = with_mmu()
    rig.cpu.write("HSCTLR", HSCTLR_ON | 2)
    assert aborts(rig.cpu.mem.load16, DATA + 1).kind is FaultKind.ALIGNMENT


def test_an_aligned_access_is_aligned_whatever_the_memory():
    fault = aborts(with_mmu().cpu.mem.load32_aligned, DATA + 2)
    assert (fault.kind, fault.why) == (FaultKind.ALIGNMENT, "this instruction needs an aligned address")


def test_an_unaligned_store_into_an_unmapped_page_writes_nothing():
    rig = with_mmu()
    rig.cpu.mem.store32(DATA + 0xFFC, 0)
    fault = aborts(rig.cpu.mem.store32, DATA + 0xFFE, 0xFFFF_FFFF)
    assert (fault.kind, fault.va, fault.level) == (FaultKind.TRANSLATION, DATA + 0x1000, 3)
    assert rig.cpu.mem.load32(DATA + 0xFFC) == 0


ACROSS = {
    "vstr d0, [r1]": (0xED81_0B00, 0xFFC, []),
    "vstm r1, {d0-d1}": (0xEC81_0B04, 0xFF4, [1, 2]),
    "vst1.8 {d0-d1}, [r1]": (0xF401_0A0F, 0xFF4, [1, 2]),
    "vst1.32 {d0-d1}, [r1]": (0xF401_0A8F, 0xFF4, [1, 2]),
    "vst1.64 {d0}, [r1]": (0xF401_07CF, 0xFFC, []),
    "vst2.32 {d0-d1}, [r1]": (0xF401_088F, 0xFF4, [1, 3, 2]),
}
"""Instruction, where in the last page that there is it stores, and the words that are stored."""


@pytest.mark.parametrize(("word", "at", "stored"), ACROSS.values(), ids=ACROSS)
def test_of_a_doubleword_on_two_pages_no_half_is_stored_before_the_second_aborts(word, at, stored):
    rig = with_mmu()
    rig.values |= {"FPEXC": 1 << 30, "CPACR": 0xF0_0000, "NSACR": 0xC00, "HCPTR": 0x33FF}
    rig.cpu.extension.content[:16] = b"".join(n.to_bytes(4, "little") for n in (1, 2, 3, 4))
    rig.cpu.r[1] = DATA + at
    rig.cpu.mem.store_words(DATA + 0xFF0, [0, 0, 0, 0])
    fault = aborts(bind_word(rig.cpu, word, CODE))
    assert (fault.kind, fault.va) == (FaultKind.TRANSLATION, DATA + 0x1000)
    words = [rig.cpu.mem.load32(DATA + place) for place in range(at, 0x1000, 4)]
    assert words == stored + [0] * (len(words) - len(stored))


def test_a_store_to_a_read_only_page_is_a_permission_fault_after_loads_passed():
    mem = with_mmu(0x7C3).cpu.mem
    mem.load32(DATA)
    fault = aborts(mem.store32, DATA + 4, 1)
    assert (fault.kind, fault.level, fault.write, fault.va) == (FaultKind.PERMISSION, 3, True, DATA + 4)


def test_nothing_at_an_address_is_an_external_abort_that_says_what_lies_there():
    fault = aborts(Rig().cpu.mem.store8, 0x1000, 0)
    assert (fault.kind, fault.write) == (FaultKind.EXTERNAL, True)
    assert fault.why == "nothing at physical address 0x0000001000, written as 0x00001000"


def test_a_mapped_page_above_4_gb_is_the_same_memory_as_its_low_window():
    rig = Rig()
    rig.use_tables()
    rig.map(0xC000_0000, HIGH + DATA - RAM)
    rig.cpu.write("HSCTLR", HSCTLR_ON)
    rig.cpu.mem.store32(0xC000_0010, 0xCAFE_F00D)
    assert rig.load32(DATA + 0x10) == 0xCAFE_F00D


def test_big_endian_data_is_reversed_and_bytes_are_not():
    rig = Rig()
    rig.cpu.mem.store32(DATA, 0x1122_3344)
    rig.cpu.write_cpsr(rig.cpu.cpsr() | 1 << 9)
    mem = rig.cpu.mem
    for _ in range(2):
        assert (mem.load32(DATA), mem.load16(DATA), mem.load8(DATA)) == (0x4433_2211, 0x4433, 0x44)
    mem.store32(DATA, 0x0102_0304)
    assert mem.load32(DATA) == 0x0102_0304
    mem.store16(DATA + 4, 0xAABB)
    rig.cpu.write_cpsr(rig.cpu.cpsr() & ~(1 << 9))
    assert (mem.load32(DATA), mem.load16(DATA + 4)) == (0x0403_0201, 0xBBAA)


class Register:
    def __init__(self):
        self.seen = []

    def read(self, offset, size):
        self.seen.append(("read", offset, size))
        return 0x1234_5678

    def write(self, offset, size, value):
        self.seen.append(("write", offset, size, value))


def test_a_device_sees_every_access_with_offset_and_size():
    rig = Rig()
    device = Register()
    rig.memory.add_device(DeviceWindow("uart", Span.sized(PhysAddr(0x0900_0000), 0x100), device))
    mem = rig.cpu.mem
    for _ in range(2):
        assert mem.load32(0x0900_0004) == 0x1234_5678
        assert mem.load8(0x0900_0001) == 0x78
        mem.store16(0x0900_0002, 0xABCD)
    assert device.seen == [("read", 4, 4), ("read", 1, 1), ("write", 2, 2, 0xABCD)] * 2


def test_turning_the_mmu_on_forgets_what_passed_with_it_off():
    rig = Rig()
    rig.use_tables()
    rig.cpu.mem.load32(DATA)
    rig.cpu.write("HSCTLR", HSCTLR_ON)
    assert aborts(rig.cpu.mem.load32, DATA).kind is FaultKind.TRANSLATION


def test_modes_of_one_regime_do_not_see_the_pages_of_another():
    rig = with_mmu()
    rig.map(0xC000_0000, DATA)
    rig.cpu.mem.load32(0xC000_0000)
    rig.cpu.change_mode(Mode.SVC)
    assert aborts(rig.cpu.mem.load32, 0xC000_0000).kind is FaultKind.EXTERNAL
    rig.cpu.change_mode(Mode.HYP)
    rig.cpu.mem.load32(0xC000_0000)


def test_an_exclusive_store_passes_once_after_its_load():
    system = Rig().system
    assert not system.check_exclusive(DATA, 4)
    system.mark_exclusive(DATA, 4)
    assert system.check_exclusive(DATA, 4)
    assert not system.check_exclusive(DATA, 4)
    system.mark_exclusive(DATA, 4)
    system.clear_exclusive()
    assert not system.check_exclusive(DATA, 4)
    system.mark_exclusive(DATA, 4)
    assert not system.check_exclusive(DATA + 4, 4)


def test_fetching_from_a_device_or_from_nothing_is_a_prefetch_abort():
    rig = Rig()
    with pytest.raises(PrefetchAbort) as caught:
        rig.system.accesses.fetch(RAM + SIZE)
    assert caught.value.fault.kind is FaultKind.EXTERNAL


def test_an_execute_never_page_is_a_permission_fault_of_the_fetch():
    rig = with_mmu(0x743 | 1 << 54)
    with pytest.raises(PrefetchAbort) as caught:
        rig.system.accesses.fetch(DATA)
    assert (caught.value.fault.kind, caught.value.fault.level) == (FaultKind.PERMISSION, 3)
