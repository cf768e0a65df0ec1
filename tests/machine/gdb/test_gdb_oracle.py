"""Stock gdb-multiarch, in batch mode, against the server: what it prints is what the machine did."""

import re
import subprocess
import threading

import pytest

from hypgen.machine.debugger import Debugger
from hypgen.machine.gdb.server import Server
from tests.machine.gdb.test_stub import ADD_R0_R0_1, BASE, COUNTING, DATA, LOOP, NOP, SVC_0, make
from tests.oracle import tool

pytestmark = pytest.mark.oracle
MARK = "@@"


@pytest.fixture
def session(oracle_counter):
    """Run gdb with commands; gives what each printed, and how the session ended."""
    count = oracle_counter("gdb-session")

    def run(words, *commands, board="qemu-virt", kind="remote", **registers):
        with Server("127.0.0.1", 0) as server:
            debugger = Debugger(make(words, board, registers))
            ended = []
            thread = threading.Thread(target=lambda: ended.append(server.serve(debugger)), daemon=True)
            thread.start()
            host, port = server.address
            arguments = [tool("gdb-multiarch"), "-nx", "-batch", "-ex", f"target {kind} {host}:{port}"]
            for command in commands:
                arguments += ["-ex", f"echo {MARK}", "-ex", command]
            done = subprocess.run(
                [*arguments, "-ex", f"echo {MARK}"],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=60,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            thread.join(10)
        printed = [one.strip() for one in done.stdout.split(MARK)[1:]]
        count(len(commands))
        assert len(printed) == len(commands) + 1, done.stdout
        return printed[: len(commands)], ended[0][0]

    return run


def test_registers_are_known_by_name_and_field(session):
    printed, ended = session(
        COUNTING,
        *("p/x $r1", "p $cpsr", "p/x $SP_svc", "p $HCR", "p/x $TTBR0_NS", "p $d0.f64", "p $fpscr"),
        *("set $HVBAR = 0x40009000", "p/x $HVBAR", "p/x $SPSR_hyp"),
        *("p $q0.u64", "set $q1.u32[2] = 9", "p/x $d3.u32"),
        SP_svc=0x1234,
        HCR=0x11,
        TTBR0_NS=0x12_3456_7000,
        d0=0x4000 << 48,
        FPSCR=0,
        SPSR_hyp=0,
    )
    assert printed == [
        *(f"$1 = {DATA:#x}", "$2 = [ M=hyp F I A GE=0 ]", "$3 = 0x1234", "$4 = [ VM IMO BSU=0 ]"),
        *("$5 = 0x1234567000", "$6 = 2", "$7 = 0", "", "$8 = 0x40009000", "$9 = 0x0"),
        *("$10 = {4611686018427387904, 0}", "", "$11 = {0x9, 0x0}"),
    ]
    assert ended == "detach"


def test_break_step_and_continue(session):
    printed, _ = session(
        COUNTING,
        f"break *{BASE + 8:#x}",
        "continue",
        "p $r0",
        "continue",
        "p $r0",
        "stepi",
        "p/x $pc",
        "x/i $pc",
    )
    assert printed[1].endswith(f"Breakpoint 1, {BASE + 8:#010x} in ?? ()")
    assert (printed[2], printed[4], printed[6]) == ("$1 = 1", "$2 = 2", f"$3 = {BASE + 12:#x}")
    assert printed[7] == f"=> {BASE + 12:#x}:\tb\t{BASE:#x}"


def test_an_exception_entry_is_a_step(session):
    printed, _ = session([ADD_R0_R0_1, SVC_0, NOP, LOOP], "stepi", "stepi", "p/x $pc", "p $cpsr", HVBAR=BASE)
    assert printed[2] == f"$1 = {BASE + 8:#x}"


def test_watchpoints_show_the_old_and_the_new_value(session):
    printed, _ = session(
        COUNTING, f"set *(int *){DATA:#x} = 0", f"watch *(int *){DATA:#x}", "continue", "continue", "delete",
        f"rwatch *(int *){DATA:#x}", "continue",
    )  # fmt: skip
    assert re.search(r"Old value = 0\s+New value = 1", printed[2])
    assert re.search(r"Old value = 1\s+New value = 2", printed[3])
    assert "Value = 2" in printed[6]


def test_reverse_stepping_and_continuing(session):
    printed, _ = session(
        COUNTING,
        *("stepi 6", "p $r0", "reverse-stepi", "p/x $pc", "p $r0", f"break *{BASE:#x}", "reverse-continue"),
        *("p $r0", "delete", "reverse-continue", "p $r0"),
    )
    assert (printed[1], printed[3], printed[4]) == ("$1 = 2", f"$2 = {BASE + 4:#x}", "$3 = 2")
    assert (printed[7], printed[10]) == ("$4 = 1", "$5 = 0")
    assert "No more reverse-execution history" in printed[9]


def test_a_watchpoint_is_met_backwards(session):
    printed, _ = session(
        COUNTING, "stepi 10", f"watch *(int *){DATA:#x}", "reverse-continue", "reverse-continue"
    )
    assert re.search(r"Old value = 3\s+New value = 2", printed[2]), printed
    assert re.search(r"Old value = 2\s+New value = 1", printed[3]), printed


def test_memory_is_written_and_an_unmapped_address_is_an_error(session):
    printed, _ = session(
        COUNTING, f"set *(int *){DATA:#x} = 0x12345678", f"x/4xb {DATA:#x}", "x/w 0x30000000",
        f"find {DATA:#x}, +16, 0x12345678",
    )  # fmt: skip
    assert re.findall(r"0x[0-9a-f]{2}\b", printed[1]) == ["0x78", "0x56", "0x34", "0x12"]
    assert printed[2].endswith("Cannot access memory at address 0x30000000")
    assert printed[3].startswith(f"{DATA:#x}")


def test_cpus_are_threads_and_monitor_commands_are_performed(session):
    printed, ended = session(
        [NOP, LOOP], "info threads", "thread 3", "p/x $MPIDR", "thread 1", "monitor translate 0x80008000",
        "monitor reset", "kill", board="keystone",
    )  # fmt: skip
    assert "* 1    Thread 1 (CPU 0: Non-secure hyp) 0x80008000 in ?? ()" in printed[0]
    assert re.findall(r"Thread (\d) \(CPU (\d): off\)", printed[0]) == [("2", "1"), ("3", "2"), ("4", "3")]
    assert printed[2].endswith("02")
    assert "0x80008000 -> 0x0080008000" in printed[4]
    assert ended == "kill"


def test_the_end_of_a_run_is_told(session):
    printed, _ = session([NOP, LOOP], "continue", "p/x $pc")
    assert f"hypgen: branch to itself at {BASE + 4:#010x} (there)" in printed[0]
    assert printed[1] == f"$1 = {BASE + 4:#x}"


def test_an_extended_session_runs_the_image_again(session):
    commands = ("stepi", "stepi", "p $r0", "run", "p $r0", "p/x $pc", "kill", "run", "stepi", "p $r0")
    printed, ended = session(
        COUNTING, "set confirm off", f"break *{BASE:#x}", *commands, kind="extended-remote", r0=7
    )
    assert (printed[4], printed[6], printed[7]) == ("$1 = 8", "$2 = 7", f"$3 = {BASE:#x}")
    assert (printed[-1], ended) == ("$4 = 8", "detach")
