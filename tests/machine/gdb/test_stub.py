"""The stub, packet by packet."""

import pytest

from hypgen.board.load import load_board
from hypgen.machine.debugger import Debugger
from hypgen.machine.gdb import target
from hypgen.machine.gdb.stub import Stub
from hypgen.machine.machine import Machine
from tests.machine.elf_image import image

BASE, DATA = 0x4000_8000, 0x4010_0000
LOOP, NOP, UDF, SVC_0 = 0xEAFF_FFFE, 0xE320_F000, 0xE7F0_00F0, 0xEF00_0000
CALLS = {"hvc": 0xE140_0070, "smc": 0xE160_0070}
ADD_R0_R0_1, STR_R0_R1, LDR_R2_R1, BACK_3 = 0xE280_0001, 0xE581_0000, 0xE591_2000, 0xEAFF_FFFB
COUNTING = [ADD_R0_R0_1, STR_R0_R1, LDR_R2_R1, BACK_3]


def make(words, board, registers):
    machine = Machine(load_board(board), mode="functional")
    machine.load(image(words, BASE if board == "qemu-virt" else 0x8000_8000))
    machine.set_registers({"r0": 0, "r1": DATA, **registers})
    return machine


class Client:
    """Sends packets and gives answers as text; ``printed`` is what gdb would show."""

    def __init__(self, words, board="qemu-virt", interrupted=lambda: False, **registers):
        self.printed = []
        self.debugger = Debugger(make(words, board, registers))
        self.stub = Stub(self.debugger, self.printed.append, interrupted)

    def __call__(self, packet):
        answer = self.stub.answer(packet.encode("latin-1") if isinstance(packet, str) else packet)
        return None if answer is None else answer.decode("latin-1")

    def monitor(self, line):
        self.printed.clear()
        assert self(f"qRcmd,{line.encode().hex()}") == "OK"
        return "".join(self.printed)

    @property
    def cpu(self):
        return self.debugger.machine.cpus[0]


@pytest.fixture
def gdb():
    return Client(COUNTING)


def word(value):
    return value.to_bytes(4, "little").hex()


def number(name):
    return next(index for index, one in enumerate(target.registers()) if one.name == name)


# -- connecting --------------------------------------------------------------------------------------
def test_what_is_supported_is_said(gdb):
    said = gdb("qSupported:multiprocess+;swbreak+").split(";")
    assert {"QStartNoAckMode+", "qXfer:features:read+", "ReverseStep+", "ReverseContinue+"} <= set(said)


def test_acknowledgement_can_be_switched_off(gdb):
    assert (gdb("QStartNoAckMode"), gdb.stub.session.acknowledge) == ("OK", False)


def test_the_description_is_read_in_pieces(gdb):
    pieces = []
    while not pieces or pieces[-1][0] == "m":
        pieces.append(gdb(f"qXfer:features:read:target.xml:{sum(len(one) - 1 for one in pieces):x},1000"))
    assert "".join(one[1:] for one in pieces) == target.description()


@pytest.mark.parametrize("packet", ["vMustReplyEmpty", "qTStatus", "vRun;", "qXfer:memory-map:read::0,1"])
def test_what_is_not_supported_has_an_empty_answer(gdb, packet):
    assert gdb(packet) == ""


@pytest.mark.parametrize("packet", ["pffff", "m1", "Zq", "Mx", "Hg7", "G1", "T0", "qRcmd,1"])
def test_what_makes_no_sense_is_an_error(gdb, packet):
    assert gdb(packet) == "E16"


@pytest.mark.parametrize(("packet", "ended"), [("D", "detach"), ("k", "kill"), ("vKill;1", "kill")])
def test_a_session_ends(gdb, packet, ended):
    gdb(packet)
    assert gdb.stub.session.ended == ended


@pytest.mark.parametrize(("packet", "over"), [("k", "kill"), ("vKill;1", "kill"), ("c", "exit")])
def test_an_extended_session_begins_again(packet, over):
    off = load_board("qemu-virt").firmware.psci.functions["system_off"]
    gdb = Client([CALLS["smc"], LOOP], r0=off, CPSR=0x1D3, SCTLR_NS=0x00C5_0078)
    assert gdb("!") == "OK"
    gdb(packet)
    assert (gdb.stub.session.over, gdb.stub.session.ended) == (over, "")
    assert gdb("vRun;") == "T05thread:1;"
    assert (gdb.stub.session.over, gdb.cpu.r[15]) == ("", BASE)
    gdb(packet)
    gdb.stub.session.break_off()
    assert gdb.stub.session.ended == over


# -- registers and memory ----------------------------------------------------------------------------
def test_g_has_the_core_registers_and_p_any(gdb):
    packet = gdb("g")
    assert len(packet) == 17 * 8
    assert packet[15 * 8 : 16 * 8] == word(BASE)
    assert gdb(f"p{number('cpsr'):x}") == word(0x1DA)
    assert gdb(f"p{number('MIDR'):x}") == word(gdb.cpu.read("MIDR"))


def test_registers_are_written(gdb):
    assert gdb("G" + word(77) + gdb("g")[8:]) == "OK"
    assert gdb(f"P{number('SP_svc'):x}={word(0x1234)}") == "OK"
    assert (gdb.cpu.r[0], gdb.cpu.read("SP_svc")) == (77, 0x1234)


def test_memory_is_read_and_written_by_virtual_address(gdb):
    assert gdb(f"M{DATA:x},4:01020304") == "OK"
    assert gdb(f"X{DATA + 4:x},3:".encode() + b"\x00#}") == "OK"
    assert gdb(f"m{DATA:x},7") == "0102030400237d"


@pytest.mark.parametrize("packet", ["m30000000,4", "M30000000,1:00", "m9000000,4"])
def test_where_no_memory_is_an_access_fails(gdb, packet):
    assert gdb(packet) == "E0e"


# -- running -----------------------------------------------------------------------------------------
def test_a_step_is_one_instruction(gdb):
    assert gdb("vCont;s:1;c") == "T05thread:1;"
    assert gdb.cpu.r[15] == BASE + 4


def test_a_breakpoint_stops_and_is_removed():
    gdb = Client(COUNTING, interrupted=lambda: True)
    assert gdb(f"Z0,{BASE + 8:x},4") == "OK"
    assert gdb("vCont;c") == "T05thread:1;swbreak:;"
    assert gdb(f"z0,{BASE + 8:x},4") == "OK"
    assert gdb("c") == "T02thread:1;"


@pytest.mark.parametrize(("kind", "reply", "pc"), [(2, "watch", 4), (3, "rwatch", 8), (4, "awatch", 4)])
def test_a_watchpoint_stops_before_the_access(gdb, kind, reply, pc):
    assert gdb(f"Z{kind},{DATA:x},4") == "OK"
    assert gdb("vCont;c") == f"T05thread:1;{reply}:{DATA:x};"
    assert gdb.cpu.r[15] == BASE + pc
    assert gdb(f"z{kind},{DATA:x},4") == "OK"
    assert gdb.debugger.watchpoints == []


def test_going_back_undoes_steps_and_ends_at_the_beginning(gdb):
    for _ in range(6):
        gdb("s")
    assert gdb("bs") == "T05thread:1;"
    assert gdb.cpu.r[15] == BASE + 4
    assert gdb("bc") == "T05thread:1;replaylog:begin;"
    assert gdb.cpu.r[15] == BASE


def test_going_back_meets_breakpoints(gdb):
    gdb.debugger.resume(limit=11)
    gdb(f"Z0,{BASE:x},4")
    assert gdb("bc") == "T05thread:1;swbreak:;"
    assert gdb.debugger.position.instructions == 8


def test_a_lock_up_is_a_signal_with_its_reason():
    gdb = Client([UDF], HVBAR=0x100)
    assert gdb("c") == "T0athread:1;"
    assert "for ever" in gdb.printed[0]


def test_the_end_of_the_machine_is_the_end_of_the_process():
    psci = load_board("qemu-virt").firmware.psci
    entered = {"CPSR": 0x1D3, "SCTLR_NS": 0x00C5_0078}
    gdb = Client([CALLS[psci.conduit], LOOP], r0=psci.functions["system_off"], **entered)
    assert gdb("c") == "W00"
    assert gdb.stub.session.ended == "exit"


# -- threads -----------------------------------------------------------------------------------------
def test_cpus_are_threads():
    gdb = Client([NOP, LOOP], "keystone")
    assert (gdb("qfThreadInfo"), gdb("qsThreadInfo"), gdb("qC")) == ("m1,2,3,4", "l", "QC1")
    assert bytes.fromhex(gdb("qThreadExtraInfo,1")).decode() == "CPU 0: Non-secure hyp"
    assert bytes.fromhex(gdb("qThreadExtraInfo,2")).decode() == "CPU 1: off"
    assert (gdb("T4"), gdb("T5")) == ("OK", "E16")


def test_registers_are_those_of_the_selected_thread():
    gdb = Client([NOP, LOOP], "keystone")
    affinity = []
    for thread in (1, 3):
        assert gdb(f"Hg{thread}") == "OK"
        affinity.append(bytes.fromhex(gdb(f"p{number('MPIDR'):x}"))[0])
    assert affinity == [0, 2]


# -- monitor -----------------------------------------------------------------------------------------
def test_help_lists_every_command(gdb):
    listed = [line.split()[0] for line in gdb.monitor("help").splitlines()]
    assert listed == ["help", "translate", "tlb", "exceptions", "findings", "reset"]


def test_translate_shows_the_walk(gdb):
    assert gdb.monitor(f"translate {BASE:#x}") == (
        "the MMU is off\n0x40008000 -> 0x0040008000 (ram), hyp, rwx, Strongly-ordered\n"
    )
    assert gdb.monitor("translate $pc") == gdb.monitor("translate pc") == gdb.monitor(f"translate {BASE:#x}")
    gdb.debugger.machine.set_registers({"HDFAR": 0x4010_0004, "SP_svc": 0x4010_0008})
    assert "0x40100004 -> 0x0040100004" in gdb.monitor("translate $HDFAR")
    assert "0x40100008 -> 0x0040100008" in gdb.monitor("translate SP_svc pl1")
    assert gdb.monitor("translate there hyp").splitlines()[1].startswith("0x40008004 -> 0x0040008004")


def test_translate_shows_both_stages_and_every_descriptor():
    gdb = Client([LOOP])
    table = 0x4020_0000
    block = BASE & ~0x3FFF_FFFF
    entries = bytes(8) + (block | 0x7FD).to_bytes(8, "little") + bytes(16)
    gdb.debugger.machine.write_physical(table, entries)
    gdb.debugger.machine.set_registers(
        {"VTTBR": table, "VTCR": 0x8000_0040, "HCR": 1, "SCTLR_NS": 0x00C5_0078, "HSCTLR": 0x30C5_0878}
    )
    assert gdb.monitor(f"translate {BASE:#x} pl1").splitlines() == [
        "stage 2 level 1: 0x0040200008: 0x00000000400007fd block",
        "0x40008000 -> 0x0040008000 (ram) by IPA 0x0040008000, stage 2 rwx, "
        "non-secure PL1&0, rwx, Strongly-ordered",
    ]
    assert gdb.monitor("translate 0x80000000 pl1").startswith("0x80000000: translation fault, level 1")


def test_translations_in_use_are_listed(gdb):
    assert gdb.monitor("tlb") == "no translation is in use\n"
    gdb.debugger.resume(limit=200)
    assert gdb.monitor("tlb").splitlines() == [
        "0x40008000 -> 0x0040008000 --x hyp, privileged",
        "0x40100000 -> 0x0040100000 rw- hyp, privileged",
    ]


def test_exceptions_are_listed_with_their_syndrome():
    gdb = Client([ADD_R0_R0_1, SVC_0, LOOP], HVBAR=BASE)
    assert gdb.monitor("exceptions") == "no exception was taken\n"
    gdb("c")
    assert gdb.monitor("exceptions").startswith(
        "0: CPU 0, SupervisorCall at 0x40008004 (there), hyp to hyp, vector 0x40008008, HSR 0x46000000"
    )


def test_a_reset_begins_again(gdb):
    gdb("s")
    assert gdb.monitor("reset") == "the machine is as it was at the start; breakpoints stay\n"
    assert gdb.cpu.r[15] == BASE


TRANSLATE = "usage: monitor translate ADDRESS|SYMBOL|REGISTER [hyp|pl1|secure-pl1]\n"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("translat 0", "there is no monitor command 'translat' (did you mean translate?)\n"),
        ("xyz", "there is no monitor command 'xyz' (monitor help lists them)\n"),
        ("translate", f"an address is needed; {TRANSLATE}"),
        (
            "translate nowhere",
            f"'nowhere' is neither a number, a symbol of the image nor a register; {TRANSLATE}",
        ),
        (
            "translate $there",
            f"'$there' is neither a number, a symbol of the image nor a register; {TRANSLATE}",
        ),
        ("translate 0 el3", f"'el3' is no regime; {TRANSLATE}"),
        ("exceptions many", "'many' is not a number; usage: monitor exceptions [COUNT]\n"),
        ("findings", "the machine runs without the strict rules (hypgen run --strict applies them)\n"),
    ],
)
def test_a_wrong_command_is_answered(gdb, line, answer):
    assert gdb.monitor(line) == answer
