"""Physical memory: windows, aliases, devices, UNKNOWN content, and nothing where nothing is."""

import pytest

from hypgen.emulator.memory import DeviceWindow, Dram, Page, PhysicalMemory, Window
from hypgen.emulator.unknown import Unknown
from hypgen.units import PhysAddr, Span


class Recorder:
    def __init__(self):
        self.seen = []

    def read(self, offset, size):
        self.seen.append(("read", offset, size))
        return 0x55

    def write(self, offset, size, value):
        self.seen.append(("write", offset, size, value))


def memory_with(*windows, unknown=None):
    memory = PhysicalMemory()
    dram = Dram("ddr", 0x10_0000, unknown or Unknown(1))
    for start, size, offset in windows:
        memory.add_window(Window(f"w{start:x}", Span.sized(PhysAddr(start), size), dram, offset))
    return memory


def test_an_alias_window_shows_the_same_bytes():
    memory = memory_with((0x8_0000_0000, 0x10_0000, 0), (0x8000_0000, 0x8000, 0))
    memory.write(0x8000_1004, b"high and low")
    assert memory.read(0x8_0000_1004, 12) == b"high and low"
    assert memory.page(0x8000_1004 >> 12) is memory.page(0x8_0000_1004 >> 12)


def test_a_page_nobody_wrote_is_unknown_and_its_complement_differs_in_every_bit():
    one = memory_with((0, 0x10_0000, 0), unknown=Unknown(7))
    other = memory_with((0, 0x10_0000, 0), unknown=Unknown(7, complement=True))
    both = zip(one.read(0x3000, 4096), other.read(0x3000, 4096), strict=True)
    assert all(left ^ right == 0xFF for left, right in both)
    assert one.read(0x3000, 64) != one.read(0x4000, 64)


def test_unknown_content_does_not_depend_on_the_order_of_touching():
    one, other = memory_with((0, 0x10_0000, 0)), memory_with((0, 0x10_0000, 0))
    one.read(0x1000, 1)
    assert one.read(0x2000, 4096) == other.read(0x2000, 4096)


def test_writes_and_reads_cross_pages():
    memory = memory_with((0, 0x10_0000, 0))
    content = bytes(index & 0xFF for index in range(10_000))
    memory.write(0x1FF0, content)
    assert memory.read(0x1FF0, 10_000) == content


def test_nothing_is_where_no_window_is():
    memory = memory_with((0x1000, 0x1000, 0))
    assert memory.page(2) is None
    assert memory.read64(0x2000) is None
    with pytest.raises(ValueError, match="no memory at 0x0000002000"):
        memory.read(0x1FFE, 4)


def test_the_walker_reads_big_endian_descriptors_when_told():
    memory = memory_with((0, 0x1000, 0))
    memory.write(0x10, bytes(range(8)))
    assert memory.read64(0x10) == 0x0706050403020100
    assert memory.read64(0x10, big_endian=True) == 0x0001020304050607
    assert memory.read32(0x10) == 0x03020100
    assert memory.read32(0x10, big_endian=True) == 0x00010203


def test_overlapping_windows_are_refused_with_both_names():
    memory = memory_with((0x1000, 0x2000, 0))
    with pytest.raises(ValueError, match=r"uart \[0x0000002000..0x0000002100\) overlaps w1000"):
        memory.add_device(DeviceWindow("uart", Span.sized(PhysAddr(0x2000), 0x100), Recorder()))


def test_a_window_of_less_than_a_page_is_refused():
    with pytest.raises(ValueError, match="not made of whole pages"):
        memory_with((0x1000, 0x800, 0))


def test_a_window_larger_than_its_memory_is_refused():
    with pytest.raises(ValueError, match="larger than ddr"):
        memory_with((0x1000, 0x10_0000, 0x1000))


def test_what_names_what_lies_at_an_address():
    memory = memory_with((0x1000, 0x1000, 0))
    memory.add_device(DeviceWindow("uart", Span.sized(PhysAddr(0x2000), 0x100), Recorder()))
    assert [memory.what(address) for address in (0x1800, 0x20FF, 0x2100)] == ["w1000", "uart", "nothing"]
    found = memory.device(0x2010)
    assert found is not None
    assert found.span.start == 0x2000
    assert memory.device(0x2100) is None


class _Code:
    """Something decoded from ``start`` to ``end`` of a page."""

    def __init__(self, start, end):
        self.start, self.end = start, end
        self.forgotten = False

    def forget(self):
        self.forgotten = True


def test_a_page_that_gets_other_content_forgets_what_was_decoded_from_bytes_that_change():
    page = Page(bytes(0x1000))
    before = page.freeze()
    parts = [_Code(0, 8), _Code(0xFC, 0x104), _Code(0x200, 0x240), _Code(0xFF8, 0x1000)]
    for one in parts:
        page.hold(one)
    page.written(0x100, 4)
    page.data[0x100:0x104] = b"abcd"
    assert [one.forgotten for one in parts] == [False, True, False, False]
    page.data[0xFFF] = 1  # and what no one was told of
    page.rewrite(before)
    assert [one.forgotten for one in parts] == [False, True, False, True]
    assert page.code == [parts[0], parts[2]]
    assert (bytes(page.data), page.frozen) == (before, before)
