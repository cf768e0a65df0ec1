"""Running blocks: where they end, why a run stops, and that changed code is executed as changed."""

from hypgen.arch.psr import Mode
from tests.emulator.rig import (
    CODE,
    ERET,
    HVC_0XFF,
    ISB,
    LDR_R2_R3,
    LOOP,
    NOP,
    RAM,
    STR_R2_R3,
    SVC_0X12,
    UDF,
    Rig,
)

ADD_R0_R0_1 = 0xE280_0001
SUBS_R1_R1_1 = 0xE251_1001
BNE_BACK_3 = 0x1AFF_FFFC
WFI = 0xE320_F003
BX_R3 = 0xE12F_FF13
MUL_UNPREDICTABLE = 0xE000_0F91  # MUL with Rd = 0, Rm = 1, Rn field SBZ violated, Ra = 15


def test_a_branch_to_itself_ends_the_run():
    stop = Rig().run([NOP, NOP])
    assert (stop.kind, stop.sentence) == ("loop", f"branch to itself at {CODE + 8:#010x}")


def test_wfi_with_nothing_pending_ends_the_run():
    stop = Rig().run([WFI])
    assert (stop.kind, stop.sentence) == ("wfi", "WFI with nothing pending that could end the wait")


def test_a_loop_counts_every_instruction_once():
    rig = Rig()
    rig.run([ADD_R0_R0_1, SUBS_R1_R1_1, BNE_BACK_3], r0=0, r1=100)
    assert rig.cpu.r[0] == 100
    assert rig.cpu.count == 301


def test_the_limit_is_exact():
    for limit in (1, 2, 3, 50, 150, 299):
        rig = Rig()
        stop = rig.run([ADD_R0_R0_1, SUBS_R1_R1_1, BNE_BACK_3], limit=limit, r0=0, r1=100)
        assert (stop.kind, rig.cpu.count) == ("limit", limit)
        assert rig.cpu.r[0] == (limit + 2) // 3
        assert rig.cpu.r[15] == CODE + 4 * (limit % 3)


def test_a_breakpoint_stops_before_its_instruction_and_is_passed_when_resumed():
    rig = Rig()
    rig.words(CODE, [ADD_R0_R0_1, ADD_R0_R0_1, ADD_R0_R0_1, LOOP])
    rig.runner.finder.set_breakpoints([CODE + 4, CODE + 8])
    rig.cpu.write("r0", 0)
    rig.cpu.r[15] = CODE
    reached = []
    for _ in range(3):
        stop = rig.runner.run(1000)
        reached.append((stop.kind, rig.cpu.r[15] - CODE, rig.cpu.r[0]))
    assert reached == [("until", 4, 1), ("until", 8, 2), ("loop", 12, 3)]


def test_a_breakpoint_in_a_loop_stops_every_time():
    rig = Rig()
    rig.words(CODE, [ADD_R0_R0_1, SUBS_R1_R1_1, BNE_BACK_3, LOOP])
    rig.runner.finder.set_breakpoints([CODE])
    rig.cpu.write("r0", 0)
    rig.cpu.write("r1", 3)
    rig.cpu.r[15] = CODE
    kinds = [rig.runner.run(1000).kind for _ in range(4)]
    assert kinds == ["until", "until", "until", "loop"]


def test_a_breakpoint_set_later_is_seen_and_blocks_elsewhere_are_kept():
    """One block is known by then; a breakpoint in it or at its begin drops it, one elsewhere does not."""
    rig = Rig()
    rig.run([ADD_R0_R0_1, SUBS_R1_R1_1, BNE_BACK_3], r0=0, r1=5)
    known = rig.runner.finder._bound[CODE, CODE]
    rig.runner.finder.set_breakpoints([CODE + 0x100, CODE - 4])
    assert rig.runner.finder._bound[CODE, CODE] is known
    for place, r0 in ((CODE + 4, 1), (CODE, 0), (CODE + 8, 1)):
        rig.runner.finder.set_breakpoints([place])
        rig.cpu.write("r0", 0)
        rig.cpu.write("r1", 5)
        rig.cpu.r[15] = CODE
        stop = rig.runner.run(rig.cpu.count + 100)
        assert (stop.kind, rig.cpu.r[15], rig.cpu.r[0]) == ("until", place, r0)
        known = rig.runner.finder._bound.values()
        assert not any(block.va < place < block.va + block.size for block in known)
    rig.runner.finder.set_breakpoints([])
    assert rig.runner.run(rig.cpu.count + 100).kind == "loop"


def test_an_exception_in_the_middle_of_a_block_has_its_own_address_and_count():
    rig = Rig()
    rig.fill_vectors()
    rig.run([NOP, NOP, LDR_R2_R3, NOP], r3=0x1000_0000)
    (record,) = rig.exceptions
    assert (record.kind, record.pc, record.count) == ("DataAbort", CODE + 8, 2)
    assert record.why == "nothing at physical address 0x0010000000, read as 0x10000000"
    assert rig.values["HSR"] == 0x9400_0010


def test_hvc_goes_to_the_hyp_vectors_and_eret_comes_back():
    rig = Rig(Mode.SVC)
    rig.fill_vectors()
    rig.words(rig.values["HVBAR"] + 0x14, [ERET])
    stop = rig.run([HVC_0XFF, ADD_R0_R0_1], r0=0)
    assert (stop.kind, rig.cpu.mode, rig.cpu.r[0]) == ("loop", Mode.SVC, 1)
    assert [one.slot for one in rig.exceptions] == [0x14]


def test_svc_in_hyp_mode_uses_slot_08_and_returns_after_itself():
    rig = Rig()
    rig.fill_vectors()
    rig.words(rig.values["HVBAR"] + 8, [ERET])
    rig.run([SVC_0X12, ADD_R0_R0_1], r0=0)
    assert rig.cpu.r[0] == 1
    assert rig.values["HSR"] == 0x4600_0012


def test_udf_is_taken_with_its_own_address():
    rig = Rig()
    rig.fill_vectors()
    rig.run([NOP, UDF])
    assert rig.cpu.elr_hyp == CODE + 4


def test_an_exception_at_its_own_vector_is_a_lock_up():
    rig = Rig(Mode.SVC)
    rig.values["HVBAR"] = 0x0020_8000
    stop = rig.run([HVC_0XFF])
    assert stop.kind == "lock-up"
    assert stop.sentence == (
        "PrefetchAbort at its own vector 0x0020800c, for ever: "
        "nothing at physical address 0x000020800c, fetched from as 0x0020800c"
    )
    assert [one.slot for one in rig.exceptions] == [0x14, 0x0C, 0x0C]


def test_an_undefined_instruction_at_the_undefined_vector_is_a_lock_up():
    rig = Rig()
    rig.fill_vectors()
    rig.words(rig.values["HVBAR"] + 4, [UDF])
    assert rig.run([UDF]).kind == "lock-up"


def test_vectors_that_only_raise_exceptions_to_each_other_are_a_lock_up():
    rig = Rig()
    rig.words(rig.values["HVBAR"], [LOOP, SVC_0X12, UDF])
    stop = rig.run([UDF])
    assert stop.kind == "lock-up"
    assert stop.sentence == (
        "SupervisorCall at 0x40004004, and so for ever: the vectors only raise exceptions"
    )
    assert len(rig.exceptions) == 4


def test_a_handler_that_takes_the_same_exception_later_is_no_lock_up():
    rig = Rig()
    rig.fill_vectors()
    rig.words(rig.values["HVBAR"] + 4, [NOP, UDF])
    assert rig.run([UDF], limit=50).kind == "limit"


def test_code_that_a_store_changed_is_executed_as_changed():
    rig = Rig()
    # The loop body adds 1; its second turn finds the word that the first one stored over it.
    program = [ADD_R0_R0_1, STR_R2_R3, ISB, SUBS_R1_R1_1, 0x1AFF_FFFA]
    rig.run(program, r0=0, r1=3, r2=0xE280_0010, r3=CODE)
    assert rig.cpu.r[0] == 1 + 0x10 + 0x10


def test_a_store_beside_code_in_the_same_page_keeps_the_code():
    rig = Rig()
    rig.run([ADD_R0_R0_1, STR_R2_R3, SUBS_R1_R1_1, 0x1AFF_FFFB], r0=0, r1=5, r2=7, r3=CODE + 0x800)
    assert rig.cpu.r[0] == 5
    assert rig.load32(CODE + 0x800) == 7
    page = rig.memory.page(CODE >> 12)
    assert page is not None
    assert len(page.code) == 2


def test_a_write_from_outside_changes_code_too():
    rig = Rig()
    rig.run([ADD_R0_R0_1], r0=0)
    rig.run([ADD_R0_R0_1 + 4], r0=0)
    assert rig.cpu.r[0] == 5


def test_the_same_code_through_another_window_sees_the_change():
    rig = Rig()
    rig.run([ADD_R0_R0_1], r0=0)
    rig.memory.write(0x8_0000_0000 + CODE - RAM, (ADD_R0_R0_1 + 1).to_bytes(4, "little"))
    rig.cpu.write("r0", 0)
    rig.cpu.r[15] = CODE
    rig.runner.run(rig.cpu.count + 10)
    assert rig.cpu.r[0] == 2


def test_a_block_ends_with_its_page():
    rig = Rig()
    rig.run([ADD_R0_R0_1] * 8, at=CODE + 0xFF0, r0=0)
    assert rig.cpu.r[0] == 8
    starts = sorted(block.va for block in rig.system.blocks.values())
    assert starts == [CODE + 0xFF0, CODE + 0x1000]


def test_an_unpredictable_instruction_stops_the_run_at_itself():
    rig = Rig()
    stop = rig.run([NOP, MUL_UNPREDICTABLE])
    assert stop.kind == "unpredictable"
    assert (rig.cpu.r[15], rig.cpu.count) == (CODE + 4, 1)


def test_hooks_see_each_block_with_the_registers_before_it():
    rig = Rig()
    seen = []
    rig.runner.hooks.append(lambda cpu, block: seen.append((block.va - CODE, block.length, cpu.r[0])))
    rig.run([ADD_R0_R0_1, SUBS_R1_R1_1, BNE_BACK_3], r0=0, r1=2)
    assert seen == [(0, 3, 0), (0, 3, 1), (12, 1, 2)]
