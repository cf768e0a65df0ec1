"""The boards that hypgen ships, value by value where a wrong one would be hard to see."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from hypgen.board.load import list_boards, load_board
from hypgen.board.memory_map import board_data, boards_table, memory_map, size_text
from hypgen.board.model import Board
from hypgen.board.schema import board_schema
from hypgen.board.windows import window_at, windows
from hypgen.documents import Document, read_document
from hypgen.resources import board_files
from hypgen.units import GIB, MIB

FILES = board_files()


@pytest.fixture(scope="module")
def keystone() -> Board:
    return load_board("keystone")


@pytest.fixture(scope="module")
def virt() -> Board:
    return load_board("qemu-virt")


def test_every_shipped_board_is_right() -> None:
    names = ["keystone", "qemu-virt", "rpi2", "vexpress-tc2"]
    assert [board.name for board in list_boards()] == list(FILES) == names


def test_keystone_memory_lies_above_4_gib_with_a_low_alias(keystone: Board) -> None:
    (ddr,) = keystone.memory
    assert (ddr.physical, ddr.size) == (0x8_0000_0000, 2 * GIB)
    assert ddr.alias is not None
    assert (ddr.alias.address, ddr.alias.size, ddr.alias.coherent) == (0x8000_0000, 2 * GIB, False)


def test_keystone_says_what_it_assumes_and_where(keystone: Board) -> None:
    assert list(keystone.assumptions) == [
        "memory.0.alias.coherent",
        *("entry.mode", "entry.hyp_mmu", "entry.tlb", "entry.caches"),
    ]
    assert "boot monitor" in keystone.assumptions["entry.mode"]
    place = keystone.locate("entry.mode")
    line = (FILES["keystone"].read_text("utf-8")).splitlines()[place.line - 1]
    assert line[place.column - 1 :] == "hyp"


def test_keystone_cpus_and_how_they_start(keystone: Board) -> None:
    assert keystone.cpus.mpidrs == (0x8000_0000, 0x8000_0001, 0x8000_0002, 0x8000_0003)
    assert keystone.cpus.models == ("cortex-a15",) * 4
    assert keystone.secondaries.method == "smc"
    assert keystone.secondaries.smc is not None
    assert (keystone.secondaries.smc.immediate, keystone.secondaries.smc.function) == (0, 0)


def test_keystone_console_is_a_16550_with_32_bit_registers(keystone: Board) -> None:
    console = keystone.console
    assert (console.compatible, console.physical) == ("ns16550a", 0x0253_0C00)
    assert (console.reg_shift, console.reg_io_width) == (2, 4)


def test_what_lies_where_a_truncated_keystone_address_points(keystone: Board) -> None:
    truncated = (0x8_0020_0000) & 0xFFFF_FFFF
    window = window_at(keystone, truncated)
    assert str(window) == "SoC registers and on-chip memory (no DDR) [0x0000000000..0x0080000000)"


def test_the_smallest_window_names_an_address(keystone: Board) -> None:
    found = {address: window_at(keystone, address) for address in (0x0C5F_0010, 0x0253_0C14, 0x9000_0000)}
    names = [window.name if window else None for window in found.values()]
    assert names == ["TI boot monitor", "console (ns16550a)", "alias of ddr3a"]
    assert window_at(keystone, 0x9_0000_0000) is None


def test_qemu_virt_has_one_address_for_its_ram(virt: Board) -> None:
    (ram,) = virt.memory
    assert (ram.physical, ram.size, ram.alias) == (0x4000_0000, 128 * MIB, None)
    assert virt.assumptions == {}


def test_qemu_virt_leaves_the_device_tree_blob_alone(virt: Board) -> None:
    assert virt.image.offset >= 1 * MIB  # the most that QEMU's blob can take


def test_qemu_virt_powers_off_by_psci(virt: Board) -> None:
    assert virt.firmware.psci is not None
    assert virt.firmware.psci.conduit == "smc"
    assert virt.firmware.psci.functions["system_off"] == 0x8400_0008


@pytest.mark.parametrize("name", [name for name in FILES if name != "rpi2"])
def test_private_interrupts_are_those_of_the_cortex_a15(name: str) -> None:
    board = load_board(name)
    timers = board.timers
    assert (timers.secure_physical, timers.physical, timers.virtual, timers.hyp) == (13, 14, 11, 10)
    assert board.gic is not None
    assert board.gic.maintenance_interrupt == 9


@pytest.mark.parametrize("name", FILES)
def test_images_can_be_mapped_by_blocks(name: str) -> None:
    board = load_board(name)
    region = board.region(board.image.memory)
    starts = [region.physical, board.image.offset, board.image.virtual_base]
    starts += [region.alias.address] if region.alias else []
    assert all(start % (2 * MIB) == 0 for start in starts)


def test_locate_gives_the_nearest_place_for_what_the_file_leaves_out(virt: Board) -> None:
    assert virt.locate("memory.0.alias.coherent") == virt.locate("memory.0")
    assert virt.locate("nothing.at.all") == virt.locate("")


def test_rpi2_has_mailboxes_and_no_gic() -> None:
    board = load_board("rpi2")
    timers, pen = board.timers, board.secondaries.pen
    assert board.gic is None
    assert board.cpus.mpidrs == (0x8000_0F00, 0x8000_0F01, 0x8000_0F02, 0x8000_0F03)
    assert (timers.secure_physical, timers.physical, timers.hyp, timers.virtual) == (0, 1, 2, 3)
    assert pen is not None
    assert (pen.read, pen.write, pen.stride, pen.wake) == (0x4000_00CC, 0x4000_008C, 16, "event")
    assert [one.compatible for one in board.regions if one.compatible] == ["brcm,bcm2836-l1-intc"]


def test_vexpress_tc2_has_two_clusters_that_wait_for_an_interrupt() -> None:
    board = load_board("vexpress-tc2")
    assert board.cpus.models == ("cortex-a15",) * 2 + ("cortex-a7",) * 3
    assert [mpidr & 0xFFFF for mpidr in board.cpus.mpidrs] == [0, 1, 0x100, 0x101, 0x102]
    assert board.secondaries.pen is not None
    assert board.secondaries.pen.wake == "interrupt"
    assert list(board.assumptions) == ["entry.mode", "gic.interrupts", "timers.frequency"]


def test_a_region_that_is_not_there(virt: Board) -> None:
    with pytest.raises(KeyError):
        virt.region("nothing")


def test_boards_cannot_be_changed(virt: Board) -> None:
    with pytest.raises(ValueError, match="frozen"):
        virt.entry.mode = "svc"


# ---- JSON Schema


def _plain(document: Document) -> object:
    """The document as a JSON reader would see it."""
    return json.loads(json.dumps(document.data))


@pytest.mark.parametrize("name", FILES)
def test_the_schema_accepts_the_shipped_boards(name: str) -> None:
    jsonschema.Draft202012Validator(board_schema()).validate(_plain(read_document(FILES[name])))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(board_schema())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("entry.mode", {"value": "svc", "confidence": "assumed", "reason": "seen once"}),
        ("console.input_clock", {"value": "24_000_000", "source": "a data sheet"}),
        ("image.offset", "64KiB"),
        ("image.offset", "0x8_0000"),
        ("entry.hyp_mmu", True),
        ("firmware.psci.functions.cpu_on", {"value": 3, "confidence": "measured"}),
    ],
)
def test_the_schema_accepts(path: str, value: object) -> None:
    assert _with(path, value) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("entry.mode", "hypp"),
        ("entry.mode", {"value": "svc", "confidence": "assumed"}),
        ("entry.mode", {"value": "hypp"}),
        ("entry.mode", {"value": "svc", "why": "because"}),
        ("entry.colour", "red"),
        ("image.offset", "2 gigs"),
        ("image.offset", -1),
        ("image.offset", None),
        ("firmware.psci.functions.cpu_onn", 3),
        ("gic", 3),
        ("name", "keystone"),
    ],
)
def test_the_schema_refuses(path: str, value: object) -> None:
    assert _with(path, value) != []


def _with(path: str, value: object) -> list[str]:
    """What the schema says of qemu-virt with the value at ``path`` replaced."""
    data = _plain(read_document(FILES["qemu-virt"]))
    block = data
    *parents, last = path.split(".")
    for key in parents:
        block = block[key]  # type: ignore[index]  # JSON of a board: blocks down to the last key
    block[last] = value  # type: ignore[index]  # as above
    return [error.message for error in jsonschema.Draft202012Validator(board_schema()).iter_errors(data)]


def test_every_key_is_described() -> None:
    schema = board_schema()
    for block in [schema, *schema["$defs"].values()]:
        assert block["description"]
        assert all(one["description"] for one in block["properties"].values())


# ---- text


def test_the_table_of_boards(keystone: Board, virt: Board) -> None:
    assert boards_table((keystone, virt)).splitlines() == [
        "BOARD      CPU             RAM                      ALIAS                     GIC                 "
        "ENTRY  SECONDARIES",
        "keystone   4 x cortex-a15  2 GiB at 0x0800000000    0x80000000 not coherent*  v2 at 0x0002561000  "
        "hyp*   smc",
        "qemu-virt  4 x cortex-a15  128 MiB at 0x0040000000  -                         v2 at 0x0008000000  "
        "hyp    psci",
        "",
        "* assumed; `hypgen boards show NAME` gives the reason",
    ]


def test_the_memory_map_has_the_three_addresses_side_by_side(keystone: Board) -> None:
    text = memory_map(keystone)
    assert "image       ddr3a + 0x200000: PA 0x0800200000, idmap 0x80200000, VA 0xc0200000" in text
    row = next(line for line in text.splitlines() if "memory ddr3a" in line)
    assert re.split(" {2,}", row) == [
        "[0x0800000000..0x0880000000)",
        "[0x80000000..0x100000000)",
        "[0xc0000000..0x100000000)",
        "2 GiB",
        "memory ddr3a (ram)",
    ]
    assert max(len(line) for line in text.splitlines()) < 150


def test_the_memory_map_lists_what_is_assumed(keystone: Board, virt: Board) -> None:
    assert "\nAssumed, because no public source establishes it:\n  memory.0.alias.coherent (" in memory_map(
        keystone
    )
    assert "Assumed" not in memory_map(virt)


def test_a_board_as_data(keystone: Board) -> None:
    data = json.loads(json.dumps(board_data(keystone)))
    assert data["entry"]["mode"] == "hyp"
    assert data["windows"][-1] == {
        "name": "memory ddr3a",
        "kind": "ram",
        "physical": {"start": 0x8_0000_0000, "end": 0x8_8000_0000},
        "idmap": {"start": 0x8000_0000, "end": 1 << 32},
        "virtual": {"start": 0xC000_0000, "end": 1 << 32},
    }
    assert set(data["assumptions"]) == set(keystone.assumptions)


def test_windows_are_in_order_and_outermost_first(keystone: Board) -> None:
    found = windows(keystone)
    assert [one.span.start for one in found] == sorted(one.span.start for one in found)
    assert found[0].span.size == 2 * GIB


@pytest.mark.parametrize(
    ("size", "text"), [(24, "24 B"), (4096, "4 KiB"), (3 * MIB, "3 MiB"), (2 * GIB, "2 GiB")]
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text
