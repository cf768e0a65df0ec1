"""Every rule of board files, broken once: the whole message, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hypgen.board.codes import CODES
from hypgen.board.load import board_of
from hypgen.board.model import Board
from hypgen.documents import parse_document
from hypgen.errors import Diagnostic, InputError

BASE = Path(__file__).with_name("base.yaml").read_text("utf-8")
KEYSTONE = (Path(__file__).parents[2] / "boards" / "keystone.yaml").read_text("utf-8")


def board(text: str, name: str = "base") -> Board:
    return board_of(parse_document(text.encode(), f"{name}.yaml"), name)


def changed(*changes: tuple[str, str]) -> str:
    """The right board with each first text replaced by the second; it must be there exactly once."""
    text = BASE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def messages(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        board(text)
    return [str(one) for one in caught.value.diagnostics]


BAD = {
    "missing-key": (
        ("  distributor: 0x1001_0000\n", ""),
        "base.yaml:35:1: error[BOARD-001]: gic.distributor is missing",
    ),
    "missing-block": (
        ("entry:\n  mode: hyp\n", ""),
        "base.yaml:2:1: error[BOARD-001]: entry is missing",
    ),
    "missing-key-of-list-element": (
        ("{id: 0, cores: 2}", "{id: 0}"),
        "base.yaml:7:7: error[BOARD-001]: cpus.clusters.0.cores is missing",
    ),
    "unknown-key-near": (
        ("  reg_shift: 2", "  regshift: 2"),
        "base.yaml:33:3: error[BOARD-002]: unknown key 'regshift' in console (did you mean reg_shift?)",
    ),
    "unknown-key-far": (
        ("  mode: hyp", "  mode: hyp\n  qqq: 1"),
        "base.yaml:29:3: error[BOARD-002]: unknown key 'qqq' in entry "
        "(known keys: mode, hyp_mmu, tlb, caches)",
    ),
    "unknown-key-at-the-top": (
        ("timers:", "timer:"),
        "base.yaml:2:1: error[BOARD-001]: timers is missing\n"
        "base.yaml:42:1: error[BOARD-002]: unknown key 'timer' (did you mean timers or title?)",
    ),
    "unknown-key-in-a-list": (
        ("{id: 0, cores: 2}", "{id: 0, cores: 2, core: 3}"),
        "base.yaml:7:25: error[BOARD-002]: unknown key 'core' in cpus.clusters.0 (did you mean cores?)",
    ),
    "unknown-psci-function": (
        ("cpu_off:", "cpu_of:"),
        "base.yaml:52:38: error[BOARD-002]: unknown key 'cpu_of' in firmware.psci.functions "
        "(did you mean cpu_off or cpu_on?)",
    ),
    "name-key": (
        ("title: a board", "name: base\ntitle: a board"),
        "base.yaml:2:1: error[BOARD-002]: unknown key 'name' (known keys: title, sources, cpus, memory, "
        "regions, image, entry, console, gic, timers, firmware, secondaries)",
    ),
    "not-one-of": (
        ("mode: hyp", "mode: hypp"),
        "base.yaml:28:9: error[BOARD-003]: entry.mode is 'hypp', expected hyp or secure-svc or svc "
        "(did you mean hyp?)",
    ),
    "not-a-console": (
        ("compatible: ns16550a", "compatible: arm,pl011a"),
        "base.yaml:30:15: error[BOARD-003]: console.compatible is 'arm,pl011a', expected arm,pl011 or "
        "fsl,imx21-uart or ns16550a or renesas,scif or samsung,exynos4210-uart or snps,dw-apb-uart "
        "(did you mean arm,pl011?)",
    ),
    "not-true-or-false": (
        ("mode: hyp", "mode: hyp\n  hyp_mmu: yes"),
        "base.yaml:29:12: error[BOARD-003]: entry.hyp_mmu is 'yes', expected true or false",
    ),
    "hyp-mmu-outside-hyp-mode": (
        ("mode: hyp", "mode: svc\n  hyp_mmu: true"),
        "base.yaml:29:12: error[BOARD-017]: entry.hyp_mmu is true, but entry.mode is svc: that MMU "
        "translates in Hyp mode (expected mode hyp, or hyp_mmu false)\n"
        "  base.yaml:28:9: note: entry.mode is here",
    ),
    "hyp-mmu-with-an-unknown-tlb": (
        ("mode: hyp", "mode: hyp\n  hyp_mmu: true\n  tlb: unknown"),
        "base.yaml:30:8: error[BOARD-017]: entry.hyp_mmu is true, but entry.tlb is unknown: the first fetch "
        "may hit an entry that no table says (expected tlb: clean where firmware has its MMU on)",
    ),
    "hyp-mmu-with-a-tlb-unknown-by-default": (
        ("mode: hyp", "mode: hyp\n  hyp_mmu: true"),
        "base.yaml:29:12: error[BOARD-017]: entry.hyp_mmu is true, but entry.tlb is by default unknown: the "
        "first fetch may hit an entry that no table says (expected tlb: clean where firmware has its MMU on)",
    ),
    "not-a-list": (
        ("sources: [invented]", "sources: invented"),
        "base.yaml:3:10: error[BOARD-003]: sources is 'invented', expected a list",
    ),
    "not-a-text": (
        ("title: a board for tests", "title: 42"),
        "base.yaml:2:8: error[BOARD-003]: title is 42, expected a text",
    ),
    "not-a-block": (
        ("entry:\n  mode: hyp", "entry: hyp"),
        "base.yaml:27:8: error[BOARD-003]: entry is 'hyp', expected a block of 'key: value' lines",
    ),
    "empty-value": (
        ("mode: hyp", "mode:"),
        "base.yaml:28:3: error[BOARD-003]: entry.mode is empty, expected hyp or secure-svc or svc",
    ),
    "not-a-number": (
        ("physical: 0x8_0000_0000", "physical: 0y1000"),
        "base.yaml:12:15: error[BOARD-004]: memory.0.physical is '0y1000', not a number "
        "(write 4096, 0x1000 or 0x8_0000_0000)",
    ),
    "not-a-size": (
        ("size: 1GiB", "size: 1GB"),
        "base.yaml:13:11: error[BOARD-004]: memory.0.size is '1GB', not a number "
        "(write 4096, 0x1000, 64KiB, 2MiB or 2GiB)",
    ),
    "leading-zero": (
        ("reg_shift: 2", "reg_shift: 02"),
        "base.yaml:33:14: error[BOARD-004]: console.reg_shift is '02', not a number "
        "(write 4096, 0x1000 or 0x8_0000_0000)",
    ),
    "number-is-true": (
        ("hyp: 10", "hyp: true"),
        "base.yaml:46:8: error[BOARD-004]: timers.hyp is true, not a number "
        "(write 4096, 0x1000 or 0x8_0000_0000)",
    ),
    "more-than-40-bits": (
        ("physical: 0x8_0000_0000", "physical: 0x100_0000_0000"),
        "base.yaml:12:15: error[BOARD-005]: memory.0.physical is 0x10000000000, expected 0 to 0xffffffffff",
    ),
    "alias-above-4-GiB": (
        ("address: 0x8000_0000", "address: 0x1_8000_0000"),
        "base.yaml:15:16: error[BOARD-005]: memory.0.alias.address is 0x180000000, "
        "expected 0 to 0xffffffff (a CPU with its MMU off issues 32-bit addresses)",
    ),
    "interrupt-id-for-ppi": (
        ("hyp: 10", "hyp: 26"),
        "base.yaml:46:8: error[BOARD-005]: timers.hyp is 26, expected 0 to 15 (interrupt ID 26 is PPI 10)",
    ),
    "cluster-id": (
        ("id: 1,", "id: 256,"),
        "base.yaml:8:12: error[BOARD-005]: cpus.clusters.1.id is 256, expected 0 to 255",
    ),
    "no-cores": (
        ("{id: 0, cores: 2}", "{id: 0, cores: 0}"),
        "base.yaml:7:22: error[BOARD-005]: cpus.clusters.0.cores is 0, expected 1 to 256",
    ),
    "assumed-without-reason": (
        (", reason: nobody knows", ""),
        "base.yaml:17:44: error[BOARD-006]: memory.0.alias.coherent is assumed without a reason "
        "(add reason: and why it is assumed)",
    ),
    "unknown-confidence": (
        ("confidence: assumed", "confidence: assume"),
        "base.yaml:17:44: error[BOARD-006]: the confidence of memory.0.alias.coherent is 'assume', "
        "expected one of documented, measured, assumed (did you mean assumed?)",
    ),
    "unknown-key-in-a-note": (
        ("reason: nobody", "because: nobody"),
        "base.yaml:17:44: error[BOARD-006]: memory.0.alias.coherent is assumed without a reason "
        "(add reason: and why it is assumed)\n"
        "base.yaml:17:53: error[BOARD-006]: unknown key 'because' in the note on memory.0.alias.coherent "
        "(a note has value, confidence, reason, source)",
    ),
    "reason-is-not-a-text": (
        ("reason: nobody knows", "reason: 42"),
        "base.yaml:17:61: error[BOARD-006]: the reason of memory.0.alias.coherent must be a text",
    ),
    "note-on-a-block": (
        ("entry:\n  mode: hyp", "entry: {value: {mode: hyp}}"),
        "base.yaml:27:16: error[BOARD-006]: the note on entry is about a whole block "
        "(note its single values instead)",
    ),
    "memory-overlaps-memory": (
        ("physical: 0x0800_0000, size: 64KiB", "physical: 0x0400_8000, size: 64KiB"),
        "base.yaml:19:40: error[BOARD-007]: memory flash [0x0004008000..0x0004018000) overlaps memory sram "
        "[0x0004000000..0x0004010000) in [0x0004008000..0x0004010000)\n"
        "  base.yaml:18:39: note: memory sram is here",
    ),
    "alias-overlaps-memory": (
        ("physical: 0x0400_0000", "physical: 0x9000_0000"),
        "base.yaml:18:39: error[BOARD-007]: memory sram [0x0090000000..0x0090010000) overlaps alias of dram "
        "[0x0080000000..0x00a0000000) in [0x0090000000..0x0090010000)\n"
        "  base.yaml:15:16: note: alias of dram is here",
    ),
    "alias-overlaps-device": (
        ("address: 0x8000_0000", "address: 0x1000_0000"),
        "base.yaml:21:49: error[BOARD-007]: peripherals [0x0010000000..0x0011000000) overlaps alias of dram "
        "[0x0010000000..0x0030000000) in [0x0010000000..0x0011000000)\n"
        "  base.yaml:15:16: note: alias of dram is here",
    ),
    "console-in-memory": (
        ("physical: 0x1000_0C00", "physical: 0x0400_0C00"),
        "base.yaml:31:13: error[BOARD-007]: console (ns16550a) [0x0004000c00..0x0004000d00) overlaps memory "
        "sram [0x0004000000..0x0004010000) in [0x0004000c00..0x0004000d00)\n"
        "  base.yaml:18:39: note: memory sram is here",
    ),
    "gic-blocks-overlap": (
        ("hypervisor: 0x1001_4000", "hypervisor: 0x1001_2000"),
        "base.yaml:39:15: error[BOARD-007]: GIC virtual interface control (GICH) "
        "[0x0010012000..0x0010014000) overlaps GIC CPU interface (GICC) [0x0010011000..0x0010013000) in "
        "[0x0010012000..0x0010013000)\n"
        "  base.yaml:38:18: note: GIC CPU interface (GICC) is here",
    ),
    "regions-overlap-in-part": (
        ("physical: 0x1002_0000", "physical: 0x10FF_F800"),
        "base.yaml:22:46: error[BOARD-007]: watchdog [0x0010fff800..0x0011000800) overlaps peripherals "
        "[0x0010000000..0x0011000000) in [0x0010fff800..0x0011000000)\n"
        "  base.yaml:21:49: note: peripherals is here",
    ),
    "memory-off-page": (
        ("physical: 0x8_0000_0000", "physical: 0x8_0000_0800"),
        "base.yaml:12:15: error[BOARD-008]: memory.0.physical is 0x800000800, not a multiple of the "
        "4 KiB page",
    ),
    "image-off-page": (
        ("offset: 2MiB", "offset: 0x20_0100"),
        "base.yaml:25:11: error[BOARD-008]: image.offset is 0x200100, not a multiple of the 4 KiB page",
    ),
    "console-off-word": (
        ("physical: 0x1000_0C00", "physical: 0x1000_0C02"),
        "base.yaml:31:13: error[BOARD-008]: console.physical is 0x0010000c02, not a multiple of the access "
        "width of 4 bytes",
    ),
    "alias-ends-above-4-GiB": (
        ("address: 0x8000_0000", "address: 0xF000_0000"),
        "base.yaml:15:16: error[BOARD-009]: alias of dram [0x00f0000000..0x0110000000) ends above 4 GiB, "
        "the end of what a CPU with its MMU off can address",
    ),
    "console-above-4-GiB": (
        ("physical: 0x1000_0C00", "physical: 0x1_0000_0C00"),
        "base.yaml:31:13: error[BOARD-009]: console (ns16550a) [0x0100000c00..0x0100000d00) ends above "
        "4 GiB, the end of what a CPU with its MMU off can address",
    ),
    "memory-ends-above-40-bits": (
        ("physical: 0x8_0000_0000", "physical: 0xFF_F000_0000"),
        "base.yaml:12:15: error[BOARD-009]: memory dram [0xfff0000000..0x10030000000) ends above the "
        "40 bits of a physical address",
    ),
    "alias-larger-than-region": (
        ("size: 512MiB", "size: 2GiB"),
        "base.yaml:16:13: error[BOARD-010]: alias of dram [0x0080000000..0x0100000000) has 0x80000000 bytes, "
        "more than the 0x40000000 of memory dram [0x0800000000..0x0840000000) that it shows\n"
        "  base.yaml:13:11: note: the size of dram is here",
    ),
    "image-outside-region": (
        ("offset: 2MiB", "offset: 1GiB"),
        "base.yaml:25:11: error[BOARD-011]: image.offset 0x40000000 is outside memory dram "
        "[0x0800000000..0x0840000000), which has 0x40000000 bytes\n"
        "  base.yaml:13:11: note: the size of memory dram is here\n"
        "base.yaml:25:11: error[BOARD-011]: image.offset 0x40000000 is outside alias of dram "
        "[0x0080000000..0x00a0000000), which has 0x20000000 bytes\n"
        "  base.yaml:16:13: note: the size of alias of dram is here\n"
        "base.yaml:26:17: error[BOARD-011]: the image starts at 0xc0000000 + 0x40000000, above 4 GiB of "
        "virtual addresses",
    ),
    "image-behind-alias": (
        ("offset: 2MiB", "offset: 512MiB"),
        "base.yaml:25:11: error[BOARD-011]: image.offset 0x20000000 is outside alias of dram "
        "[0x0080000000..0x00a0000000), which has 0x20000000 bytes\n"
        "  base.yaml:16:13: note: the size of alias of dram is here",
    ),
    "image-in-rom": (
        ("memory: dram\n  offset: 2MiB", "memory: flash\n  offset: 0"),
        "base.yaml:24:11: error[BOARD-011]: image.memory is 'flash', which is rom and cannot hold tables and "
        "stacks",
    ),
    "no-clusters": (
        ("    - {id: 0, cores: 2}\n    - {id: 1, cores: 2, model: cortex-a7}\n", "    []\n"),
        "base.yaml:7:5: error[BOARD-012]: cpus.clusters is empty: a board has at least one CPU",
    ),
    "cluster-twice": (
        ("id: 1,", "id: 0,"),
        "base.yaml:8:12: error[BOARD-012]: cluster 0 is described twice\n"
        "  base.yaml:7:12: note: the first one is here",
    ),
    "too-many-cpus": (
        ("{id: 0, cores: 2}", "{id: 0, cores: 7}"),
        "base.yaml:7:5: error[BOARD-012]: cpus.clusters has 9 CPUs, more than the 8 that a GICv2 serves\n"
        "  base.yaml:36:12: note: the GICv2 is here",
    ),
    "region-name-twice": (
        ("name: flash", "name: sram"),
        "base.yaml:19:12: error[BOARD-013]: a second memory region is named 'sram'\n"
        "  base.yaml:18:12: note: the first one is here",
    ),
    "interrupt-twice": (
        ("hyp: 10", "hyp: 9"),
        "base.yaml:46:8: error[BOARD-013]: timers.hyp is PPI 9, as is gic.maintenance_interrupt\n"
        "  base.yaml:41:26: note: the first one is here",
    ),
    "psci-identifier-twice": (
        ("cpu_off: 0x8400_0002", "cpu_off: 0x8400_0003"),
        "base.yaml:52:47: error[BOARD-013]: firmware.psci.functions.cpu_off is 0x84000003, as is "
        "firmware.psci.functions.cpu_on\n"
        "  base.yaml:52:25: note: the first one is here",
    ),
    "no-such-memory": (
        ("memory: dram", "memory: dramm"),
        "base.yaml:24:11: error[BOARD-014]: image.memory is 'dramm', which no memory region is named "
        "(did you mean dram or sram?)",
    ),
    "no-such-core": (
        ("  model: cortex-a15", "  model: cortex-a51"),
        "base.yaml:5:10: error[BOARD-014]: cpus.model is 'cortex-a51', which is no core model that hypgen "
        "knows (did you mean cortex-a17 or cortex-a15?)",
    ),
    "no-such-core-in-a-cluster": (
        ("model: cortex-a7", "model: m4"),
        "base.yaml:8:32: error[BOARD-014]: cpus.clusters.1.model is 'm4', which is no core model that hypgen "
        "knows (core models: cortex-a7, cortex-a12, cortex-a15, cortex-a17)",
    ),
    "psci-without-cpu-on": (
        ("{cpu_on: 0x8400_0003, ", "{"),
        "base.yaml:54:11: error[BOARD-014]: secondaries.method is psci, but firmware.psci has no function "
        "cpu_on",
    ),
    "smc-without-its-call": (
        ("method: psci", "method: smc"),
        "base.yaml:54:11: error[BOARD-014]: secondaries.method is smc, but secondaries.smc is missing",
    ),
    "pen-without-its-registers": (
        ("method: psci", "method: pen"),
        "base.yaml:54:11: error[BOARD-014]: secondaries.method is pen, but secondaries.pen is missing",
    ),
    "memory-as-a-device": (
        (
            "kind: device, physical: 0x1002_0000",
            "kind: rom, compatible: 'arm,cci-400', physical: 0x1002_0000",
        ),
        "base.yaml:22:45: error[BOARD-014]: regions.1.compatible is arm,cci-400, but its kind is rom",
    ),
    "interrupt-that-the-gic-lacks": (
        ("  reg_io_width: 4\n", "  reg_io_width: 4\n  interrupt: 480\n"),
        "base.yaml:35:14: error[BOARD-014]: console.interrupt is SPI 480, and the gic has 480",
    ),
    "interrupt-of-a-region-that-the-gic-lacks": (
        ("kind: device, physical: 0x1002_0000", "kind: device, interrupt: 480, physical: 0x1002_0000"),
        "base.yaml:22:47: error[BOARD-014]: regions.1.interrupt is SPI 480, and the gic has 480",
    ),
    "spin-table-without-its-word": (
        ("method: psci", "method: spin-table"),
        "base.yaml:54:11: error[BOARD-014]: secondaries.method is spin-table, but secondaries.spin_table is "
        "missing",
    ),
    "pen-where-there-is-nothing": (
        ("method: psci\n", "method: pen\n  pen: {read: 0x0400_0000, write: 0x0C00_0000}\n"),
        "base.yaml:55:35: error[BOARD-014]: secondaries.pen.write is 0x000c000000, and the file describes "
        "nothing there (expected a word of memory of kind ram, or a register of a region of kind device)",
    ),
    "pen-in-memory-that-cannot-be-written": (
        ("method: psci\n", "method: pen\n  pen: {read: 0x0800_0000, write: 0x0400_0000}\n"),
        "base.yaml:55:15: error[BOARD-014]: secondaries.pen.read is 0x0008000000, and that is rom: memory "
        "flash [0x0008000000..0x0008010000) (expected a word of memory of kind ram, or a register of a "
        "region of kind device)",
    ),
    "spin-table-that-ends-outside-its-memory": (
        ("method: psci\n", "method: spin-table\n  spin_table: {release_address: 0x0400_FFF0, stride: 8}\n"),
        "base.yaml:55:33: error[BOARD-014]: secondaries.spin_table.release_address of the last CPU is "
        "0x0004010008, and the file describes nothing there (expected a word of memory of kind ram, or a "
        "register of a region of kind device)",
    ),
    "spin-table-of-no-words": (
        ("method: psci\n", "method: spin-table\n  spin_table: {release_address: 0x0400_0002}\n"),
        "base.yaml:55:33: error[BOARD-008]: secondaries.spin_table.release_address is 0x0004000002, not a "
        "multiple of a word's 4 bytes",
    ),
    "start-data-without-effect": (
        ("method: psci", "method: psci\n  smc: {function: 0}"),
        "base.yaml:55:3: error[BOARD-014]: secondaries.smc has no effect: secondaries.method is psci",
    ),
    "smc-without-firmware": (
        ("  smc: psci", "  smc: none"),
        "base.yaml:54:11: error[BOARD-014]: secondaries are started by SMC, but firmware.smc is none\n"
        "  base.yaml:48:8: note: firmware.smc is here",
    ),
    "gic-without-room-for-all-of-gicc": (
        ("hypervisor: 0x1001_4000", "cpu_interface_size: 0x1000\n  hypervisor: 0x1001_4000"),
        "base.yaml:39:23: error[BOARD-015]: gic.cpu_interface_size is 0x1000, but a GICv2 has GICC_DIR at "
        "0x1000 (expected 0x2000; the device trees of some boards are wrong here)",
    ),
    "uart-too-small": (
        ("size: 0x100\n", "size: 0x10\n"),
        "base.yaml:32:9: error[BOARD-015]: console.size is 0x10, but the registers of ns16550a with "
        "reg_shift 2 take 0x20 bytes",
    ),
    "uart-accesses-that-nobody-wrote-down": (
        ("reg_shift: 2\n  reg_io_width: 4\n", "reg_shift: 0\n"),
        "base.yaml:30:3: error[BOARD-015]: console.reg_io_width is by default 4 bytes, but reg_shift 0 puts "
        "registers 1 apart",
    ),
    "uart-registers-closer-than-accesses": (
        ("reg_shift: 2", "reg_shift: 0"),
        "base.yaml:34:17: error[BOARD-015]: console.reg_io_width is 4 bytes, but reg_shift 0 puts registers "
        "1 apart",
    ),
}
"""Name of the rule that is broken: the change to the right board, and every message it must give."""


def test_the_base_is_right() -> None:
    assert board(BASE).cpus.count == 4


@pytest.mark.parametrize("rule", BAD)
def test_message(rule: str) -> None:
    change, expected = BAD[rule]
    assert "\n".join(messages(changed(change))) == expected


def test_every_code_has_a_test_and_every_tested_code_a_meaning() -> None:
    tested = {code for code in CODES if any(f"[{code}]" in expected for _, expected in BAD.values())}
    assert tested | {"BOARD-016"} == set(CODES)


def test_a_file_name_that_cannot_be_a_board_name() -> None:
    with pytest.raises(InputError) as caught:
        board(BASE, "my board")
    assert str(caught.value) == (
        "my board.yaml: error[BOARD-016]: a board file named 'my board', expected letters, digits, "
        "'.', '_' and '-'"
    )


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = changed(
        ("mode: hyp", "mode: hypp"),
        ("  reg_shift: 2", "  regshift: 2"),
        ("physical: 0x0800_0000, size: 64KiB", "physical: 0x0400_8000, size: 64KiB"),
        ("hyp: 10", "hyp: 9"),
        (", reason: nobody knows", ""),
    )
    assert [message.split(": ")[1] for message in messages(text)] == [
        "error[BOARD-006]",
        "error[BOARD-007]",
        "error[BOARD-003]",
        "error[BOARD-002]",
        "error[BOARD-013]",
    ]


def test_a_memory_region_that_cannot_be_read_does_not_hide_an_overlap_of_others() -> None:
    text = changed(
        ("size: 1GiB", "size: huge"),
        ("physical: 0x0800_0000, size: 64KiB", "physical: 0x0400_8000, size: 64KiB"),
    )
    assert [message.split(": ")[1] for message in messages(text)] == ["error[BOARD-004]", "error[BOARD-007]"]


def _either_a_board_or_an_input_error(text: str) -> None:
    wrong: tuple[Diagnostic, ...] = ()
    try:
        board(text, "mutated")
    except InputError as error:
        wrong = error.diagnostics
    assert all(one.location is not None and str(one).encode("utf-8") for one in wrong)


LINES = KEYSTONE.splitlines()
SCALARS = [
    "",
    "~",
    "-1",
    "0x8_0000_0000",
    "1e9",
    "[]",
    "{}",
    "true",
    "nan",
    "'",
    '"\\',
    "&a",
    "*a",
    "!t",
    "\t",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(LINES) - 1),
    st.sampled_from(["drop", "double", "indent", "value"]),
    st.sampled_from(SCALARS),
)
def test_keystone_with_a_line_changed_is_a_board_or_a_located_error(line: int, how: str, scalar: str) -> None:
    lines = list(LINES)
    lines[line : line + 1] = {
        "drop": [],
        "double": [lines[line]] * 2,
        "indent": [f" {lines[line]}"],
        "value": [f"{lines[line].split(':')[0]}: {scalar}"],
    }[how]
    _either_a_board_or_an_input_error("\n".join(lines))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(KEYSTONE)), st.integers(0, 8), st.text(max_size=4))
@example(0, 0, "\x00")
@example(0, 0, "\ufeff")
@example(200, 3, "\x85")
def test_keystone_with_characters_changed_is_a_board_or_a_located_error(
    start: int, length: int, put: str
) -> None:
    text = KEYSTONE[:start] + put + KEYSTONE[start + length :]
    _either_a_board_or_an_input_error(text.encode("utf-8", "replace").decode())
