"""The end of an audit: what the instructions behind ``until`` meet of what the run left unfinished."""

from __future__ import annotations

from hypgen.board.load import load_board
from hypgen.verdict.audit import Audit, audit, summary
from hypgen.verdict.contract import EntryContract
from tests.litmus.litmus import words
from tests.machine.elf_image import image

BASE = 0x4001_0000
ON = """
    set TLBIALLH, r0
    ldr r0, =0xff440400
    set HMAIR0, r0
    ldr r0, =0x80803500
    set HTCR, r0
    ldr r0, =0x40012000
    ldr r1, ={low}
    mov r2, #0
    str r1, [r0, #8]
    str r2, [r0, #12]
    ldr r1, ={high}
    str r1, [r0, #24]
    str r2, [r0, #28]
    mov r1, #0
    set HTTBR, r0, r1
    ldr sp, =0x40014000
    ldr r0, =0x30c5187d
    dsb
    isb
    set HSCTLR, r0
"""
"""The Hyp MMU is turned on with a table at 0x40012000: {low} maps 0x40000000, {high} 0xc0000000."""
SAME = ON.format(low="0x4000074d", high="0x4000074d")
ABSENT = ON.format(low="0x4000074d", high="0x4000074c")


def to(code: str, end: int) -> Audit:
    """Audit code up to ``end``."""
    terms = EntryContract(caches="clean", mode="hyp", until=(f"{end:#x}",))
    return audit(load_board("qemu-virt"), image(words(code), BASE), "x.elf", terms)


def up_to(end: str, code: str) -> Audit:
    """Audit code that ends with a branch to the instructions ``end``."""
    return to(f"b start\nend: {end}\nstart: {code}\nb end", BASE + 4)


def rules(report: Audit) -> list[str]:
    return [one.rule for one in report.findings]


def test_a_barrier_missing_in_front_of_the_end_shows_at_the_fetch_there():
    code = SAME + "{isb}\nldr r2, =0xc0010000\nbx r2"
    report = to(code.format(isb=""), BASE + 0x8000_0000)
    assert rules(report) == ["CTX-001"]
    assert report.findings[0].pc == BASE + 0x8000_0000
    assert report.reached
    assert rules(to(code.format(isb="isb"), BASE + 0x8000_0000)) == []


def test_a_barrier_missing_in_front_of_the_end_shows_at_the_first_access_behind_it():
    push = "push {r4, lr}\nstop: b stop"
    report = up_to(push, SAME)
    assert rules(report) == ["CTX-002"]
    assert report.findings[0].pc == BASE + 4
    assert report.findings[0].fix == "insert an ISB after the write to HSCTLR"
    assert report.stop.pc == BASE + 4
    assert rules(up_to(push, SAME + "isb")) == []
    assert rules(up_to("isb\n" + push, SAME)) == []


def test_what_the_code_behind_the_end_does_wrong_by_itself_is_not_told():
    wrong = "mov r0, #0x40000000\nset HVBAR, r0\nsvc #0\nstop: b stop"
    assert rules(up_to(wrong, "mov r1, #0")) == []
    assert rules(up_to("cmp r5, #0\nmi: bmi mi\nstop: b stop", "mov r1, #0")) == []


def test_the_run_ends_where_it_is_said_all_the_same():
    report = up_to("svc #0\nstop: b stop", "mov r1, #0")
    assert report.stop.kind == "until"
    assert report.instructions == 3
    assert report.reached


def test_memory_that_nobody_put_code_into_is_not_executed():
    assert rules(to("ldr r0, =0x40090000\nset HVBAR, r0\nbx r0", 0x4009_0000)) == []


def test_an_end_that_cannot_be_fetched_is_not_reached():
    report = to(ABSENT + "isb\nldr r2, =0xc0010000\nbx r2", BASE + 0x8000_0000)
    assert not report.reached
    assert report.failed()
    assert summary(report).endswith(
        "ended badly: reached 0xc0010000, of which the fetch aborts: level 1 descriptor at 0x0040012018 is "
        "0x000000004000074c, invalid"
    )


def test_copied_code_at_the_end_is_held_to_the_copying():
    copy = "ldr r0, =0x40090000\nldr r1, =0xe320f000\nstr r1, [r0]\n{sync}bx r0"
    order = "dsb\nset ICIALLU, r1\ndsb\n"
    assert rules(to(copy.format(sync=order), 0x4009_0000)) == ["IFETCH-004"]
    assert rules(to(copy.format(sync=order + "isb\n"), 0x4009_0000)) == []
