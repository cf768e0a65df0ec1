"""The paragraph that says why an image fails: the address cast of 2012, in HVBAR and in a branch."""

from __future__ import annotations

from pathlib import Path

from hypgen.pipeline.building import compile_image
from hypgen.units import PhysAddr
from hypgen.verdict.diagnosis import physical_of
from hypgen.verdict.verdict import judge_image
from tests import images

CAST_OF_THE_TEARDOWN_ADDRESS = """\
{{ begin("teardown") }}
        ldr     r0, =hyp_teardown
        ldr     r12, =PHYS_OFFSET_LOW
        add     r0, r0, r12                     @ the cast
        mov     r1, r9
        hvc     #HVC_TEARDOWN
{{ check("teardown", "0") }}"""


def test_the_cast_in_hvbar_is_named_with_what_it_hit_and_with_the_answer() -> None:
    assert images.verdict("keystone", "virt_to_phys").diagnosis == (
        "HVBAR got 0x00202000 at hyp_stub_trap+0x20. These are the low 32 bits of 0x0800202000, the "
        "physical address of hyp_init_vectors: the result of virt_to_phys() was cast to 32 bits, and bits "
        "<39:32> were lost. At 0x0000202000 the board has 'SoC registers and on-chip memory (no DDR)', and "
        "not the image. Code that runs while the Hyp MMU is off, or goes off, must be fetched where virtual "
        "and load address are the same, in the board's low alias: hyp_init_vectors is at 0x80202000. Use "
        "virt_to_idmap() for every such address; virt_to_phys(), with all of its bits, is for HTTBR and "
        "descriptors. How it ended: PrefetchAbort at its own vector 0x0020200c, for ever: SoC registers and "
        "on-chip memory (no DDR) at "
        "physical address 0x000020200c, fetched from as 0x0020200c."
    )


def test_the_cast_in_the_teardown_address_is_named_too(tmp_path: Path) -> None:
    templates = images.overlay(tmp_path / "templates", "host.S", "teardown", CAST_OF_THE_TEARDOWN_ADDRESS)
    board = images.board("keystone")
    made = compile_image(board, templates=templates)
    verdict = judge_image(board, made.elf, "keystone.elf")
    run = verdict.runs[0]
    load = run.load_of("hyp_teardown")
    call = next(
        run.image.symbolize(before.pc)
        for before, abort in zip(run.exceptions, run.exceptions[1:], strict=False)
        if abort.pc == load - 0x8000_0000
    )
    assert verdict.diagnosis.startswith(
        f"PC got 0x{load - 0x8000_0000:08x} by a branch, after the HypervisorCall at {call}. These are the "
        f"low 32 bits of 0x08{load - 0x8000_0000:08x}, the physical address of hyp_teardown: the result of "
        "virt_to_phys() was cast to 32 bits, and bits <39:32> were lost."
    )
    assert (
        f"hyp_teardown is at 0x{load:08x}. Use virt_to_idmap() for every such address;" in verdict.diagnosis
    )


def test_a_failure_of_another_kind_is_not_explained_by_it(tmp_path: Path) -> None:
    templates = images.overlay(tmp_path / "templates", "host.S", "stub_get", "        b       hypgen_failed")
    board = images.board("keystone")
    verdict = judge_image(board, compile_image(board, templates=templates).elf, "keystone.elf")
    assert not verdict.passed
    assert verdict.diagnosis == ""


def test_the_physical_address_of_memory_is_found_through_the_alias() -> None:
    keystone, virt = images.board("keystone"), images.board("qemu-virt")
    assert physical_of(keystone, 0x8020_0000) == PhysAddr(0x8_0020_0000)
    assert physical_of(keystone, 0x0020_0000) is None
    assert physical_of(virt, 0x4020_0000) == PhysAddr(0x4020_0000)
