"""``hypgen run``: what it executes, what it prints where, how it exits, and what it refuses."""

from __future__ import annotations

import json
import os
import pty
import select
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.machine.elf_image import image

BASE = 0x4000_8000
LOOP, NOP = 0xEAFF_FFFE, 0xE320_F000
ADD_R0_R0_1 = 0xE280_0001
STR_R0_R1 = 0xE581_0000
LDRB_R0_R1 = 0xE5D1_0000
BACK_TO_ITS_FRONT = 0xEAFF_FFFD
SEMIHOSTING = 0xEF12_3456
SMC_0 = 0xE160_0070
UART = 0x0900_0000
HELLO = [STR_R0_R1, LOOP]


@pytest.fixture
def program(tmp_path):
    def write(words, name="x.elf"):
        path = tmp_path / name
        path.write_bytes(image(words, BASE))
        return path.name

    return write


# -- stopping ----------------------------------------------------------------------------------------
def test_the_console_goes_to_standard_output_and_the_reason_to_standard_error(hypgen, program):
    done = hypgen("run", program(HELLO), "--board", "qemu-virt", "--set", "r0=0x41", "--set", f"r1={UART}")
    assert (done.status, done.out) == (0, "A")
    assert done.err == "hypgen: loop on CPU 0 after 2 instructions: branch to itself at 0x40008004 (there)\n"


def test_an_image_of_a_scenario_is_run_as_its_row_has_the_board(hypgen, tmp_path):
    from hypgen.board.load import load_board
    from hypgen.pipeline.building import compile_image
    from hypgen.plan.options import PlanOptions

    options = PlanOptions(scenario="way-secure")
    made = compile_image(load_board("keystone"), options=options, embed=False)
    (tmp_path / "x.elf").write_bytes(made.elf)
    done = hypgen("run", "x.elf", "--board", "keystone")
    assert done.status == 0
    said = "hypgen: as the scenario way-secure has the board: entered in secure-svc, other CPUs: together\n"
    assert done.err.startswith(said)
    assert sum("done: every CPU came to Hyp mode" in one for one in done.out.splitlines()) == 1


def test_reaching_until_is_success_and_nothing_else_is_then(hypgen, program):
    name = program([ADD_R0_R0_1, LOOP])
    reached = hypgen("run", name, "--board", "qemu-virt", "--until", "there")
    assert (reached.status, reached.err) == (
        0,
        "hypgen: until on CPU 0 after 1 instruction: reached 0x40008004 (there)\n",
    )
    assert hypgen("run", name, "--board", "qemu-virt", "--until", "0x40009000").status == 1


def test_the_limit_is_a_failure(hypgen, program):
    done = hypgen("run", program([NOP, BACK_TO_ITS_FRONT]), "--board", "qemu-virt", "--limit", "10")
    assert (done.status, done.err) == (
        1,
        "hypgen: limit on CPU 0 after 10 instructions: executed 10 instructions\n",
    )


@pytest.mark.parametrize(("option", "status"), [("run", 0), ("guest", 7)])
def test_the_exit_status_may_be_the_guests(hypgen, program, option, status):
    block = struct.pack("<II", 0x20026, 7)
    words = [SEMIHOSTING, LOOP, *struct.unpack("<II", block)]
    done = hypgen(
        *("run", program(words), "--board", "qemu-virt", "--semihosting", "--exit-status", option),
        *("--set", "r0=0x20", "--set", f"r1={BASE + 8:#x}"),
    )
    assert done.status == status
    assert "the guest exited by semihosting (reason 0x20026, status 7)" in done.err


def test_without_semihosting_a_call_is_an_exception(hypgen, program):
    done = hypgen("run", program([SEMIHOSTING, LOOP]), "--board", "qemu-virt", "--set", f"HVBAR={BASE:#x}")
    assert done.status == 1


# -- starting ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mode", "cpsr", "secure"),
    [("hyp", 0x1DA, False), ("svc", 0x1D3, False), ("secure-svc", 0x1D3, True), ("mon", 0x1D6, True)],
)
def test_the_mode_stands_in_for_the_boards(hypgen, program, tmp_path, mode, cpsr, secure):
    hypgen("run", program([LOOP]), "--board", "qemu-virt", "--mode", mode, "--dump-state", "state.json")
    cpu, *_ = json.loads((tmp_path / "state.json").read_text())["cpus"]
    assert (cpu["cpsr"] & 0x1FF, cpu["secure"]) == (cpsr, secure)


def test_the_state_is_written_to_standard_output(hypgen, program):
    done = hypgen("run", program([LOOP]), "--board", "qemu-virt", "--dump-state", "-")
    assert json.loads(done.out)["cpus"][0]["cpsr"] & 0x1FF == 0x1DA


def test_a_flat_binary_is_loaded_where_it_is_told(hypgen, tmp_path):
    (tmp_path / "x.bin").write_bytes(struct.pack("<II", NOP, LOOP))
    done = hypgen("run", "x.bin", "--board", "qemu-virt", "--load", "0x40010000", "--entry", "0x40010004")
    assert done.err == "hypgen: loop on CPU 0 after 1 instruction: branch to itself at 0x40010004\n"


def test_a_device_tree_is_handed_over(hypgen, program, tmp_path):
    (tmp_path / "x.dtb").write_bytes(bytes.fromhex("d00dfeed") + bytes(60))
    hypgen("run", program([LOOP]), "--board", "qemu-virt", "--dtb", "x.dtb", "--dump-state", "state.json")
    core = json.loads((tmp_path / "state.json").read_text())["cpus"][0]["core"]
    assert (core["r0"], core["r1"], core["r2"]) == (0, 0xFFFF_FFFF, 0x47E0_0000)


# -- what is written ---------------------------------------------------------------------------------
def test_the_state_has_every_cpu_and_register_by_name(hypgen, program, tmp_path):
    hypgen(
        *("run", program([ADD_R0_R0_1, LOOP]), "--board", "qemu-virt", "--until", "there"),
        *("--set", "r0=41", "--set", "sp_svc=0x1000", "--set", "SCTLR_NS=5", "--dump-state", "state.json"),
    )
    state = json.loads((tmp_path / "state.json").read_text())
    assert state["stop"] == {
        "kind": "until",
        "sentence": "reached 0x40008004 (there)",
        "pc": BASE + 4,
        "cpu": 0,
    }
    assert state["instructions"] == 1
    cpu, *others = state["cpus"]
    assert (cpu["core"]["r0"], cpu["core"]["pc"], cpu["mode"], cpu["power"]) == (42, BASE + 4, "hyp", "on")
    assert (cpu["banked"]["SP_svc"], cpu["system"]["SCTLR_NS"]) == (0x1000, 5)
    assert {"SPSR_hyp", "ELR_hyp", "r8_fiq", "LR_usr"} <= cpu["banked"].keys()
    assert {"HVBAR", "HCR", "SCTLR_S", "TTBR0_NS", "VTTBR", "MIDR", "FPSCR"} <= cpu["system"].keys()
    assert len(cpu["vfp"]) == 32
    assert [one["power"] for one in others] == ["off"] * 3


def test_a_trace_has_a_line_of_json_for_each_block_and_exception(hypgen, program, tmp_path):
    words = [ADD_R0_R0_1, SEMIHOSTING, LOOP, LOOP, LOOP, LOOP]
    name = program(words)
    hypgen("run", name, "--board", "qemu-virt", "--set", f"HVBAR={BASE:#x}", "--trace", "t.jsonl")
    events = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert [(one["event"], one["pc"]) for one in events] == [
        ("block", BASE),
        ("exception", BASE + 4),
        ("block", BASE + 8),
    ]
    assert events[1]["kind"] == "SupervisorCall"


def test_a_trace_in_qemus_format_goes_to_standard_output(hypgen, program):
    done = hypgen(
        *("run", program([LOOP]), "--board", "qemu-virt", "--trace", "-", "--trace-format", "qemu"),
    )
    assert done.out.startswith("Trace 0: 0 [000001da/40008000] _start\nR00=")


def test_strict_prints_what_the_rules_found(hypgen, program):
    mcr_hsctlr_r0 = 0xEE81_0F10
    name = program([mcr_hsctlr_r0, NOP, LOOP])
    options = ("--board", "qemu-virt", "--set", "r0=0x30c51879", "--limit", "20")
    assert "CTX" in hypgen("run", name, "--strict", *options).err
    assert "CTX" not in hypgen("run", name, *options).err


# -- what is refused ---------------------------------------------------------------------------------
REFUSED = {
    ("--until", "thare"): "x.elf: error[RUN-006]: --until thare: the image has no symbol 'thare' "
    "(did you mean there?)",
    ("--until", "0x123456789"): "error[RUN-006]: --until 0x123456789: the number does not fit into 32 bits",
    ("--entry", "main"): "x.elf: error[RUN-006]: --entry main: the image has no symbol 'main' "
    "(give a symbol or an address)",
    (
        "--entry",
        "0x50000000",
    ): "x.elf: error[RUN-006]: --entry 0x50000000: the image has nothing at 0x50000000; "
    "it is loaded at [0x40008000..0x40008004) (give an address in it, as _start, or leave the option out)",
    ("--load", "0x1000"): "x.elf: error[RUN-006]: --load 0x1000: an ELF file says itself where it goes",
    ("--set", "r99=1"): "error[RUN-007]: --set r99=1: there is no register 'r99' (did you mean r9?)",
    ("--set", "r0"): "error[RUN-007]: --set r0: this is not REG=VALUE (as in --set r0=0x10)",
    ("--set", "r0=many"): "error[RUN-006]: --set r0=many: 'many' is not a number "
    "(write it as 0x40008000 or 1024)",
    ("--dtb", "nowhere.dtb"): "nowhere.dtb: error[RUN-008]: cannot read: No such file or directory",
    ("--trace", "no/such/file"): "no/such/file: error[RUN-008]: cannot write: No such file or directory",
    ("--dump-state", "no/such/file"): "no/such: error[RUN-008]: cannot write: there is no such directory",
    ("--gdb", "here"): "error[RUN-009]: --gdb here: this is not [HOST]:PORT (as in --gdb :1234)",
    ("--gdb", ":65536"): "error[RUN-009]: --gdb :65536: this is not [HOST]:PORT (as in --gdb :1234)",
}


@pytest.mark.parametrize("option", REFUSED, ids=" ".join)
def test_a_wrong_value_is_refused(hypgen, program, option):
    done = hypgen("run", program([LOOP]), "--board", "qemu-virt", *option)
    assert (done.status, done.out, done.err) == (2, "", REFUSED[option] + "\n")


def test_a_file_that_is_no_elf_needs_an_address(hypgen, tmp_path):
    (tmp_path / "x.bin").write_bytes(b"abcd")
    done = hypgen("run", "x.bin", "--board", "qemu-virt")
    assert (done.status, done.err) == (
        2,
        "x.bin: error[RUN-003]: this is no ELF file (to run it as a flat binary, give --load ADDR)\n",
    )


def test_a_flat_binary_outside_memory_is_refused(hypgen, tmp_path):
    (tmp_path / "x.bin").write_bytes(b"abcd")
    done = hypgen("run", "x.bin", "--board", "qemu-virt", "--load", "0x3ffffff0")
    assert done.status == 2
    assert done.err.startswith("x.bin: error[RUN-004]: the segment at load address [0x3ffffff0..0x3ffffff4)")


def test_a_port_that_is_taken_is_refused(hypgen, program):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = hypgen("run", program([LOOP]), "--board", "qemu-virt", "--gdb", f":{port}")
    assert done.status == 2
    assert done.err.startswith(f"error[RUN-009]: --gdb :{port}: cannot listen there: ")


# -- the terminal ------------------------------------------------------------------------------------
ECHO = [0xE5D1_3018, 0xE313_0010, 0x1AFF_FFFC, 0xE5D1_0000, 0xE5C1_0000, 0xEAFF_FFF9]
"""Poll UARTFR.RXFE; read a byte; send it; again."""


def started(directory: Path, name: str, *options: str) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hypgen", "run", name, "--board", "qemu-virt", "--limit", "0"]
    process = subprocess.Popen(
        [*command, "--set", f"r1={UART:#x}", *options],
        cwd=directory,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        preexec_fn=lambda: _take_terminal(theirs),
    )
    os.close(theirs)
    return process, ours


def _take_terminal(terminal: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def read_until(terminal: int, wanted: bytes, seconds: float = 20) -> bytes:
    seen = b""
    end = time.monotonic() + seconds
    while wanted not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal, 4096)
            except OSError:
                break
    return seen


def test_keys_reach_the_guest_raw_and_the_terminal_is_restored(program, tmp_path):
    import termios

    process, terminal = started(tmp_path, program(ECHO))
    before = termios.tcgetattr(terminal)
    while termios.tcgetattr(terminal) == before:  # until it is raw
        assert process.poll() is None
        time.sleep(0.02)
    os.write(terminal, b"h\x03\r")  # Ctrl-C and a carriage return go to the guest as they are
    assert b"h\x03\r" in read_until(terminal, b"\x03\r")
    os.write(terminal, b"\x01x")
    assert b"Ctrl-A x was typed" in read_until(terminal, b"typed")
    assert termios.tcgetattr(terminal) == before
    assert process.wait(10) == 1
    os.close(terminal)
