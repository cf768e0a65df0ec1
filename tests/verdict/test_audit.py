"""``hypgen audit`` from inside: findings, fillings, contracts, profiles and formats."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.errors import InputError, Severity
from hypgen.units import PhysAddr, Span
from hypgen.verdict.audit import as_json, as_text, audit, summary
from hypgen.verdict.contract import EntryContract, load_contract
from hypgen.verdict.profile import Profile, Suppression, load_profile
from tests.images import compiled
from tests.litmus.litmus import words
from tests.machine.elf_image import image

BASE = 0x4001_0000
CLEAN = EntryContract(tlb="clean", caches="clean", mode="hyp")
MISALIGNED = "ldr r0, =0x40011010\nset HVBAR, r0\nmov r0, #0\nset HSCTLR, r0"


def audited(code: str, terms: EntryContract = CLEAN, profile: Profile | None = None):
    return audit(load_board("qemu-virt"), image(words(code), BASE), "x.elf", terms, profile)


def rules(code: str, terms: EntryContract = CLEAN):
    return [one.rule for one in audited(code, terms).findings]


def test_a_comparison_with_zero_is_found_by_a_run_with_zeros():
    code = "cmp r5, #0\nbeq zero\nthere: b there\nzero: wfi\nb zero"
    (found,) = audited(code).findings
    assert found.rule == "UNK-001"
    assert found.sentence.endswith("under one that is all 0")
    assert found.earlier[0].what.startswith(
        "r5 of CPU 0, which nothing has given a value, decides it by bit "
    )
    assert found.state[0].endswith(" or 0x0")
    assert rules("mov r5, #0\n" + code) == []


def test_memory_that_nobody_wrote_is_found_by_a_comparison_with_zero():
    code = "ldr r1, =0x40090000\nldr r5, [r1]\ncmp r5, #0\nbeq zero\nthere: b there\nzero: wfi\nb zero"
    (found,) = audited(code).findings
    assert (found.rule, found.earlier[0].what[:43]) == (
        "UNK-001",
        "the byte at physical address 0x40090003, wh",
    )


def test_zeros_are_not_asked_for_where_a_rule_is_broken_already():
    code = "mrs r0, SPSR_hyp\ncmp r5, #0\nbeq zero\nthere: b there\nzero: wfi\nb zero"
    assert rules(code) == ["RES-007"]


def test_the_shipped_image_is_clean():
    made = compiled("qemu-virt")
    report = audit(load_board("qemu-virt"), made.elf, "qemu-virt.elf")
    assert report.findings == ()
    assert report.stop.kind in ("loop", "power-off")


def test_a_branch_on_a_register_that_holds_anything_is_found():
    assert rules("cmp r5, #0\nmovmi r0, #1\nmi: bmi mi\nnop") == ["UNK-001"]
    assert rules("mov r5, #0\ncmp r5, #0\nmovmi r0, #1\nmi: bmi mi\nnop") == []


def test_flags_at_entry_are_unknown():
    (found,) = audited("mov r1, #1\nadd r1, r1\nstill: bcs still\nnop").findings
    assert (found.rule, found.state[0][:17]) == ("UNK-001", "CPSR.C of CPU 0 =")
    assert found.earlier[0].pc == BASE + 8  # the branch, and not what leaves C as it is
    assert rules("mov r1, #1\nadds r1, r1\nstill: bcs still\nnop") == []


def test_an_entry_outside_the_image_is_refused():
    made = bytearray(image(words("nop"), BASE))
    made[24:28] = (0x1234_5678).to_bytes(4, "little")  # e_entry
    with pytest.raises(InputError) as caught:
        audit(load_board("qemu-virt"), bytes(made), "x.elf", CLEAN)
    assert "error[RUN-003]: e_entry: the image has nothing at 0x12345678" in str(caught.value)


def test_what_is_printed_must_not_be_unknown():
    enable = "ldr r1, =0x09000000\nldr r2, =0x301\nstr r2, [r1, #0x30]\n"
    code = enable + "{}and r9, #0xf\nadd r9, #0x30\nstr r9, [r1]"
    (found,) = audited(code.format("")).findings
    assert found.rule == "UNK-001"
    assert found.sentence.startswith("the run depends on something UNKNOWN: it prints '")
    assert found.pc == BASE + 12  # and r9
    assert rules(code.format("mov r9, #3\n")) == []


def test_memory_that_the_contract_has_initialised_is_not_unknown():
    code = "ldr r1, =0x41000800\nldr r2, [r1]\ntst r2, #4\nstill: bne still\nnop"
    given = [Span.sized(PhysAddr(0x4100_0800), 4)]
    assert rules(code) == ["UNK-001"]
    assert rules(code, replace(CLEAN, initialised=given)) == []
    assert rules(code.replace("[r1]", "[r1, #4]"), replace(CLEAN, initialised=given)) == ["UNK-001"]


def test_a_run_that_locks_up_has_failed_though_no_rule_says_anything():
    made = audited("ldr r0, =0x30c50878\nset HSCTLR, r0\nldr r1, =0x40010000\nset HVBAR, r1\nisb\nudf #0")
    assert made.findings == ()
    assert made.stop.kind == "lock-up"
    assert not made.reached
    assert summary(made).startswith("x.elf: FAIL: 0 errors, 0 warnings; ")
    assert ", ended badly: Undefined at 0x40010" in summary(made)


HANDLERS = """ldr r0, =0x30c50878
set HSCTLR, r0
adr r1, vectors
set HVBAR, r1
isb
{}
done: b done
.ltorg
.balign 32
vectors: b vectors
b undefined
called: b called
.rept 5
b .
.endr
undefined: {}
stay: b stay"""


@pytest.mark.parametrize(
    ("raised", "handler", "said"),
    [
        ("udf #0", "nop", "Undefined at 0x4001001"),
        ("udf #0", "get HSR, r0\nmov r1, #3\nagain: subs r1, r1, #1\nbne again", "Undefined at 0x4001001"),
        ("hvc #0", "nop", "HypervisorCall at 0x4001001"),
        ("nop", "nop", None),
        ("udf #0", "mrs r0, elr_hyp\nadd r0, r0, #4\nmsr elr_hyp, r0\neret", None),
    ],
)
def test_a_run_that_rests_in_a_handler_is_told_of(raised: str, handler: str, said: str | None):
    made = audited(HANDLERS.format(raised, handler))
    assert made.findings == ()
    assert made.stop.kind == "loop"
    assert made.failed(werror=True) is (said is not None)
    if said is None:
        assert made.unhandled is None
        assert summary(made).startswith("x.elf: clean: ")
    else:
        assert made.unhandled is not None
        assert made.unhandled.at_vector is (raised == "hvc #0")
        assert made.reached is (raised != "hvc #0")
        assert ("ended badly" in summary(made)) is (raised == "hvc #0")
        assert "of an exception that nothing returned from: " in summary(made)
        assert said in summary(made)
        assert as_json(made)["unhandled"] in summary(made)


def test_a_handler_that_is_where_the_run_ends_is_no_bad_end():
    terms = EntryContract(tlb="clean", caches="clean", mode="hyp", until=["0x40010044"])
    made = audited(HANDLERS.format("udf #0", "nop"), terms)
    assert made.reached


def test_an_end_that_is_not_reached_fails():
    made = audited("nop", EntryContract(tlb="clean", caches="clean", mode="hyp", until=["0x40010f00"]))
    assert summary(made).startswith("x.elf: FAIL: 0 errors, 0 warnings; ")
    assert ", NOT REACHED: " in summary(made)


def test_an_old_value_that_nothing_has_written_is_said_to_be_unknown():
    read = "mov r0, #{}\nset CSSELR, r0\n{}get CCSIDR, r1"
    (found,) = audited(read.format(1, "")).findings
    assert found.state[0].partition(" ")[2][10:32] == " (UNKNOWN) -> 0x000000"
    (found,) = audited(read.format(0, "isb\nmov r0, #1\nset CSSELR, r0\n")).findings
    assert found.state == ("CSSELR_NS 0x00000000 -> 0x00000001 (InD 0x0 -> 0x1)",)


def test_halves_that_are_exchanged_are_said_to_be():
    code = "ldr r0, =0x40020000\nmov r1, #0\nset HTTBR, {}"
    (found,) = audited(code.format("r1, r0")).findings
    assert found.fix == "write 0x40020000: the two registers of the MCRR are exchanged"
    assert rules(code.format("r0, r1")) == []


def test_stage_2_is_looked_at_where_stage_1_is_off():
    """Its reserved encodings (B3.6.2): MemAttr[1:0] = 0b00 for Normal memory, and SH = 0b01."""
    to_guest = """ldr r0, =0x30c50878
        set HSCTLR, r0
        ldr r5, =0x41000000
        ldr r6, =0x{:08x}
        mov r7, #0
        strd r6, r7, [r5, #8]
        ldr r0, =0x80003540
        set VTCR, r0
        mov r1, #0x10000
        set VTTBR, r5, r1
        mov r0, #1
        set HCR, r0
        mov r0, #0
        set HSTR, r0
        ldr r0, =0x00c50078
        set SCTLR, r0
        adr r0, guest
        msr elr_hyp, r0
        mov r0, #0x1d3
        msr spsr_cxsf, r0
        dsb
        eret
        guest: b guest"""
    for descriptor, expected in (
        (0x4000_07FD, []),  # Write-Back, Inner Shareable
        (0x4000_07D5, []),  # Non-cacheable
        (0x4000_05D5, ["RES-005"]),  # SH 0b01
        (0x4000_07D1, ["RES-005"]),  # MemAttr 0b0100
        (0x4000_07F1, ["RES-005"]),  # MemAttr 0b1100
    ):
        terms = EntryContract(tlb="clean", caches="clean", mode="hyp")
        assert rules(to_guest.format(descriptor), terms) == expected, hex(descriptor)


def test_the_contract_gives_registers_their_values():
    terms = EntryContract(tlb="clean", caches="clean", mode="hyp", registers={"r5": 1})
    assert rules("cmp r5, #0\nmi: bmi mi\nnop", terms) == []


TO_PL1 = """ldr r0, =0x30c50878
set HSCTLR, r0
mov r0, #0
set HCR, r0
set HSTR, r0
mov r0, #0x1d3
msr spsr_cxsf, r0
adr r0, pl1
msr elr_hyp, r0
eret
pl1: {}"""


def test_a_promise_that_the_mmu_is_off_holds_for_pl1_too():
    """Linux's stub changes bits of the SCTLR that it was given, and returns to PL1 with its M."""
    for mmu in ("off", None):  # firmware hands over in Hyp mode: then every boot protocol has it off
        terms = EntryContract(tlb="unknown", caches="clean", mode="hyp", mmu=mmu)
        assert rules(TO_PL1.format("nop"), terms) == []
    terms = EntryContract(tlb="unknown", caches="clean", mode="hyp", mmu="unknown")
    assert rules(TO_PL1.format("nop"), terms) == ["TLB-001", "UNK-001"]


@pytest.mark.parametrize("said", ["off", "on", "unknown"])
def test_a_contract_file_says_how_the_mmu_is(tmp_path: Path, said: str):
    path = tmp_path / "contract.yaml"
    path.write_text(f"mmu: {said}\n")
    assert load_contract(path).mmu == said


def test_floating_point_is_enabled_by_the_two_fields_for_it():
    enabled = (
        "get CPACR, r0\norr r0, r0, #0xf00000\nset CPACR, r0\nisb\nmov r0, #0x40000000\nvmsr fpexc, r0\n"
    )
    code = enabled + "vmov.f64 d17, d18\ndone: b done"
    assert rules(code, EntryContract(tlb="clean", caches="clean", mode="svc")) == []


def test_memory_outside_the_image_may_be_stale_in_the_caches_unless_the_contract_says_otherwise(tmp_path):
    path = tmp_path / "contract.yaml"
    path.write_text(
        "mode: hyp\ntlb: clean\ncaches: unknown\ninitialised:\n- {start: 0x48000000, size: 0x1000}\n"
    )
    terms = load_contract(path)
    assert [int(span.start) for span in terms.initialised] == [0x4800_0000]
    assert (terms.caches, terms.tlb, terms.mode) == ("unknown", "clean", "hyp")


def test_text_and_json_say_the_same():
    made = audited(MISALIGNED)
    assert [one.rule for one in made.findings] == ["RES-002", "RES-001"]
    text = as_text(made)
    assert "error[RES-002]" in text
    assert "warning[RES-001]" in text
    assert text.splitlines()[-1] == summary(made)
    assert summary(made).startswith("x.elf: FAIL: 1 error, 1 warning; ")
    data = as_json(made)
    assert json.loads(json.dumps(data)) == data
    assert [one["rule"] for one in data["findings"]] == ["RES-002", "RES-001"]


def test_warnings_fail_with_werror_only():
    made = audited("mov r0, #0\nset HSCTLR, r0")
    assert not made.judged.failed()
    assert made.judged.failed(werror=True)


def test_a_profile_changes_severities_and_puts_findings_aside(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: pedantic\nseverity:\n  RES-002: ignore\nsuppress:\n- {rule: RES, reason: the old stub}\n"
    )
    made = audited(MISALIGNED, profile=load_profile(str(path)))
    assert made.findings == ()
    assert [(one.rule, reason) for one, reason in made.judged.suppressed] == [("RES-001", "the old stub")]
    assert "suppressed: RES-001" in as_text(made)
    assert "1 suppressed" in summary(made)


def test_pedantic_makes_warnings_errors():
    made = audited("mov r0, #0\nset HSCTLR, r0", profile=load_profile("pedantic"))
    assert [one.severity for one in made.findings] == [Severity.ERROR]


def test_pedants_want_the_predictor_invalidated_when_the_mmu_goes_off():
    code = "ldr r0, =0x30c51878\nset HSCTLR, r0\nisb\n"
    terms = EntryContract(tlb="clean", caches="clean", mode="hyp", mmu="on")
    assert [one.rule for one in audited(code, terms).findings] == []
    found = audited(code, terms, load_profile("pedantic")).findings
    assert [one.rule for one in found] == ["IFETCH-006"]
    done = "ldr r0, =0x30c51878\nset HSCTLR, r0\nBPIALL\ndsb\nisb\n"
    assert audited(done, terms, load_profile("pedantic")).findings == ()
    begun = audited(done.replace("dsb\n", ""), terms, load_profile("pedantic")).findings
    assert [one.rule for one in begun] == ["IFETCH-006"]


def test_pedants_want_it_invalidated_after_a_table_base_changes_that_is_in_use():
    code = "get HTTBR, r0, r1\neor r0, r0, #0x1000\nset HTTBR, r0, r1\nisb\n"
    off, on = (EntryContract(tlb="clean", caches="clean", mode="hyp", mmu=mmu) for mmu in ("off", "on"))
    assert audited(code, off, load_profile("pedantic")).findings == ()
    assert "IFETCH-006" in [one.rule for one in audited(code, on, load_profile("pedantic")).findings]


def test_a_suppression_holds_at_its_symbol_only():
    aside = Profile(suppressions=[Suppression("RES-001", "other", "why")])
    assert [one.rule for one in audited("mov r0, #0\nset HSCTLR, r0", profile=aside).findings] == ["RES-001"]


def test_a_suppression_may_name_an_address(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("suppress:\n- {rule: RES-001, at: 0x4001_0004, reason: the old stub}\n")
    made = audited("mov r0, #0\nset HSCTLR, r0", profile=load_profile(str(path)))
    assert (made.findings, len(made.judged.suppressed)) == ((), 1)


def test_a_place_of_state_that_no_run_comes_to_is_told_with_its_place(tmp_path: Path):
    path = tmp_path / "terms.yaml"
    path.write_text(
        "mode: hyp\nstate:\n  public: 0x40010008\n  torn_down: {at: 0x40010008}\n"
        "  same: [0x40010004, 0x40010008]\n"
    )
    made = audited("mov r0, #0\n1: b 1b\nnop", load_contract(path))
    hint = " (name another place, or have the run go on to it)"
    assert [str(one).removeprefix(f"{tmp_path}/") for one in made.unreached] == [
        f"terms.yaml:{place}: warning[VERDICT-013]: no run comes to 0x40010008, and state.{key} judges "
        f"nothing there{hint}"
        for place, key in (("3:3", "public"), ("5:22", "same"), ("4:15", "torn_down"))
    ]
    assert (
        as_json(made)["unreached"][0] == "no run comes to 0x40010008, and state.public judges nothing there"
    )
    assert not made.failed()


def test_a_suppression_that_covers_nothing_is_told_with_its_place(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "suppress:\n- {rule: RES, reason: the old stub}\n- {rule: CTX-001, at: gone, reason: it was so}\n"
    )
    counting = load_profile(str(path))
    made = audited("mov r0, #0\nset HSCTLR, r0", profile=counting)
    (told,) = counting.idle(made.judged.suppressed)
    assert str(told).endswith(
        "mine.yaml:3:3: warning[VERDICT-012]: the suppression of CTX-001 at gone covers no finding "
        "(remove it, or give the symbol, address or file:line that the finding has)"
    )
    assert not made.failed()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("extend: pedantic\n", "mine.yaml:1:1: error[VERDICT-010]: unknown key 'extend'"),
        ("extends: loud\n", "there is no profile 'loud'"),
        (
            "extends: [loud]\n",
            'there is no profile ["loud"] (one of default,',
        ),
        (
            "severity: [RES-001]\n",
            "severity is a block of 'rule: severity' lines",
        ),
        ("severity: {RES-001: [error]}\n", 'the severity of RES-001 is ["error"] (error, warning or ignore)'),
        ("severity: 0\n", "severity is a block of 'rule: severity' lines"),
        ("suppress: {}\n", "mine.yaml:1:1: error[VERDICT-010]: suppress is a list"),
        ("suppress: RES-001\n", "mine.yaml:1:1: error[VERDICT-010]: suppress is a list"),
        (
            "suppress: [{rule: RES-001, symbol: start, reason: known}]\n",
            "mine.yaml:1:28: error[VERDICT-010]: unknown key 'symbol' (known keys: rule, at, reason)",
        ),
        (
            "suppress: [{rule: RES-001, att: start, reason: known}]\n",
            "mine.yaml:1:28: error[VERDICT-010]: unknown key 'att' (did you mean at?)",
        ),
        (
            "suppress: [{rule: RES-001, at: [start], reason: known}]\n",
            'mine.yaml:1:28: error[VERDICT-010]: at is ["start"] (a symbol, an address, or file:line)',
        ),
        ("supress: []\n", "1:1: error[VERDICT-010]: unknown key 'supress' (did you mean suppress?)"),
        ("extends: pedantik\n", "there is no profile 'pedantik' (did you mean pedantic?)"),
        ("severity: {RES-999: error}\n", "there is no rule 'RES-999' (did you mean RES?)"),
        ("severity: {XYZ: error}\n", "there is no rule 'XYZ' (hypgen explain lists them)"),
        ("severity: {RES-001: loud}\n", "the severity of RES-001 is 'loud' (error, warning or ignore)"),
        ("severity: {RES-001: eror}\n", "the severity of RES-001 is 'eror' (did you mean error?)"),
        ("suppress:\n- {rule: RES-001}\n", "the suppression of RES-001 has no reason"),
        ("suppress:\n- {at: x}\n", "a suppression needs a rule"),
    ],
)
def test_a_wrong_profile_is_refused_at_its_place(tmp_path: Path, content: str, message: str):
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_profile(str(path))
    assert message in str(caught.value)
    assert "mine.yaml:" in str(caught.value)


def test_a_profile_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match="there is no profile 'pedantik'"):
        load_profile("pedantik")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("tlbs: clean\n", "unknown key 'tlbs' (did you mean tlb?)"),
        ("caches: dirty\n", "caches is 'dirty' (expected clean or unknown)"),
        ("mmu: maybe\n", "mmu is 'maybe' (expected on, off or unknown)"),
        ("registers: {r0: many}\n", "r0 is 'many' (expected a number of 64 bits)"),
        ("mmu: of\n", "mmu is 'of' (did you mean off?)"),
        ("mode:\n", "1:1: error[VERDICT-011]: mode is null (expected hyp, svc, secure-svc or mon)"),
        ("entry: ''\n", "1:1: error[VERDICT-011]: entry is '' (expected a symbol or an address)"),
        ("entry: -1\n", "1:1: error[VERDICT-011]: entry is -1 (expected a symbol or an address)"),
        ("registers: []\n", "registers is a block of 'name: value' lines (r0: 0x80000000)"),
        ("state: 0\n", "1:1: error[VERDICT-011]: state is a block of lines (known keys: stacks, "),
        ("state: {stacks: 0}\n", "1:9: error[VERDICT-011]: a stack has a start and a size ("),
        (
            "state: {stacks: [{start: [], size: 8}]}\n",
            "1:19: error[VERDICT-011]: start is [] (expected a symbol or an address)",
        ),
        (
            "state: {public: [f, null]}\n",
            "1:21: error[VERDICT-011]: public is null (expected a symbol or an address)",
        ),
        (
            "state: {torn_down: {at: f, vector: v}}\n",
            "1:28: error[VERDICT-011]: unknown key 'vector' (did you mean vectors?)",
        ),
        (
            "state: {torn_down: v}\n",
            "1:9: error[VERDICT-011]: the end of the teardown is a place, and the vectors ({at: ",
        ),
        (
            "state: {preserves: [r4, r13]}\n",
            "1:25: error[VERDICT-011]: preserves has 'r13' (aapcs, or a list of r0 to r12",
        ),
        ("initialised:\n- {start: 0}\n", "a range has a start and a size"),
        (
            "initialised: {start: 0, size: 1, sise: 2}\n",
            "1:34: error[VERDICT-011]: unknown key 'sise' (did you mean size?)",
        ),
        ("initialised: {start: 0}\n", "1:1: error[VERDICT-011]: a range has a start and a size"),
        (
            "state: {stacks: [{start: s, size: 0}]}\n",
            "1:29: error[VERDICT-011]: size is 0 (expected at least 1",
        ),
        (
            "state: {stacks: [{start: s, size: 8, each: 0}]}\n",
            "1:38: error[VERDICT-011]: each is 0 (expected at least 1",
        ),
        ("initialised: [{start: 0, size: 0}]\n", "1:26: error[VERDICT-011]: size is 0 (expected at least 1"),
        ("entry: [a]\n", '1:1: error[VERDICT-011]: entry is ["a"] (expected a symbol or an address)'),
        ("until: {a: 1}\n", '1:1: error[VERDICT-011]: until is {"a": 1} (expected a symbol or an address)'),
    ],
)
def test_a_wrong_contract_is_refused_at_its_place(tmp_path: Path, content: str, message: str):
    path = tmp_path / "contract.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_contract(path)
    assert message in str(caught.value)
    assert "contract.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("mode: hyp\nentry: start\n", "2:1: error[RUN-006]: entry start: the image has no symbol 'start'"),
        ("entry: 0x50000000000\n", "1:1: error[RUN-006]: entry 0x50000000000: the number does not fit"),
        ("until: [0x40010000, gone]\n", "1:21: error[RUN-006]: until gone: the image has no symbol 'gone'"),
        ("cpus: [0, 9]\n", "1:1: error[VERDICT-011]: there is no CPU 9 (the board has 4 CPUs, from 0 on)"),
        (
            "state: {stacks: [{start: gone, size: 8}]}\n",
            "1:19: error[RUN-006]: state.stacks.start gone: the image has no symbol 'gone'",
        ),
        (
            "state: {torn_down: {at: 0x40010000, vectors: gone}}\n",
            "1:37: error[RUN-006]: state.torn_down.vectors gone: the image has no symbol 'gone'",
        ),
        ("state: {same: [gone]}\n", "1:16: error[RUN-006]: state.same gone: the image has no symbol 'gone'"),
    ],
)
def test_what_only_the_image_shows_to_be_wrong_is_refused_at_its_place_too(
    tmp_path: Path, content: str, message: str
):
    path = tmp_path / "contract.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        audited("nop", load_contract(path))
    assert f"contract.yaml:{message}" in str(caught.value)


def test_a_contract_may_give_one_range_and_one_end_without_a_list(tmp_path: Path):
    path = tmp_path / "contract.yaml"
    path.write_text("initialised: {start: 0x4000_0000, size: 0x1000}\nuntil: 0x4001_0000\n")
    terms = load_contract(path)
    assert [str(one) for one in terms.initialised] == ["[0x0040000000..0x0040001000)"]
    assert terms.until == ["0x40010000"]


def test_registers_of_a_contract_are_refused_at_their_place(tmp_path):
    path = tmp_path / "contract.yaml"
    path.write_text("registers:\n  HVBR: 3\n  r0: 0x1ffffffff\n")
    with pytest.raises(InputError) as wrong:
        load_contract(path)
    assert [str(one).partition("contract.yaml:")[2] for one in wrong.value.diagnostics] == [
        "2:3: error[VERDICT-011]: there is no register 'HVBR' (did you mean HVBAR or VBAR or VTTBR?)",
        "3:3: error[VERDICT-011]: the number does not fit into 32 bits",
    ]


NEVER_WRITTEN = """
    set TLBIALLH, r0
    ldr r0, =0x40014000
    set HVBAR, r0
    ldr r0, =0xff440400
    set HMAIR0, r0
    {htcr}
    {httbr}
    ldr r0, =0x30c5187d
    dsb
    isb
    set HSCTLR, r0
    isb
    stop: b stop
"""


@pytest.mark.parametrize("name", ["HTTBR", "HTCR"])
def test_a_walk_that_begins_at_what_nothing_has_written_is_named(name: str):
    """Both fillings may fault alike, and end at the same vector."""
    written = {
        "htcr": "ldr r0, =0x80803500\nset HTCR, r0",
        "httbr": "ldr r0, =0x40013000\nmov r1, #0\nset HTTBR, r0, r1",
    }
    found = audited(NEVER_WRITTEN.format(**{**written, name.lower(): ""})).findings
    assert [one.rule for one in found] == ["UNK-001"]
    assert found[0].sentence.endswith(f"by a walk for which {name} is UNKNOWN: nothing has written it")
    assert found[0].fix == f"write {name} before the MMU is turned on"
