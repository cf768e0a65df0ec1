"""Semihosting: which instructions are calls, and what each operation does."""

import struct

import pytest

from hypgen.board.load import load_board
from hypgen.machine.machine import Machine
from hypgen.machine.semihosting import Semihosting
from tests.machine.elf_image import image

BASE, DATA = 0x4000_8000, 0x4010_0000
LOOP = 0xEAFF_FFFE
MOV_R0_6, ADD_R1_64 = 0xE3A0_0006, 0xE281_1040
SVC_CALL, HLT_CALL, SVC_0 = 0xEF12_3456, 0xE10F_0070, 0xEF00_3456


def run(words, r0, r1=DATA, content=b""):
    machine = Machine(load_board("qemu-virt"), mode="functional")
    machine.load(image(words, BASE))
    machine.write_physical(DATA, content)
    machine.set_registers({"r0": r0, "r1": r1})
    printed = bytearray()
    host = Semihosting(machine, printed.extend)
    return machine.run(limit=100).stop, bytes(printed), host.status, machine


@pytest.mark.parametrize("call", [SVC_CALL, HLT_CALL])
def test_svc_and_hlt_are_calls_and_execution_goes_on_after_them(call):
    stop, printed, _, machine = run([call, LOOP], 0x03, content=b"x")
    assert (stop.kind, stop.pc, printed) == ("loop", BASE + 4, b"x")
    assert machine.exceptions == []


def test_write0_prints_up_to_the_zero():
    _, printed, _, _ = run([SVC_CALL, LOOP], 0x04, content=b"hello\0world")
    assert printed == b"hello"


@pytest.mark.parametrize(("reason", "status"), [(0x20026, 0), (0x20023, 1)])
def test_exit_ends_the_run(reason, status):
    stop, _, given, _ = run([SVC_CALL, LOOP], 0x18, reason)
    assert (stop.kind, given) == ("exit", status)
    assert stop.sentence == f"the guest exited by semihosting (reason {reason:#x}, status {status})"


def test_exit_extended_gives_the_status_of_the_guest():
    block = (0x20026).to_bytes(4, "little") + (42).to_bytes(4, "little")
    stop, _, status, _ = run([SVC_CALL, LOOP], 0x20, content=block)
    assert (stop.kind, status) == ("exit", 42)


def test_another_svc_is_an_exception_although_its_low_half_is_the_same():
    *_, machine = run([SVC_0, LOOP], 0x03)
    assert machine.exceptions[0].kind == "SupervisorCall"


def test_an_operation_that_is_not_performed_is_named():
    stop, _, _, _ = run([SVC_CALL, LOOP], 0x0E)
    assert (stop.kind, stop.pc) == ("not-modelled", BASE)
    assert stop.sentence.startswith("semihosting operation 0xe (not modelled); at _start, instruction `svc")


def block(*words, after=b""):
    return struct.pack(f"<{len(words)}I", *words) + after


@pytest.mark.parametrize(
    ("name", "mode", "handle"), [(b":tt", 0, 1), (b":tt", 4, 2), (b":tt", 8, 3), (b"/etc", 0, 0xFFFF_FFFF)]
)
def test_only_the_console_can_be_opened(name, mode, handle):
    content = block(DATA + 12, mode, len(name), after=name)
    *_, machine = run([SVC_CALL, LOOP], 0x01, content=content)
    assert machine.cpus[0].r[0] == handle


@pytest.mark.parametrize(
    ("handle", "printed", "left"), [(2, b"hi", 0), (3, b"hi", 0), (1, b"", 2), (9, b"", 2)]
)
def test_write_prints_on_the_console_and_gives_what_is_left(handle, printed, left):
    _, said, _, machine = run([SVC_CALL, LOOP], 0x05, content=block(handle, DATA + 12, 2, after=b"hi"))
    assert (said, machine.cpus[0].r[0]) == (printed, left)


@pytest.mark.parametrize(
    ("operation", "words", "result"),
    [
        (0x02, [2], 0),
        (0x06, [1, DATA, 5], 5),
        (0x08, [1 << 31], 1),
        (0x08, [3], 0),
        (0x09, [2], 1),
        (0x0C, [2], 0),
        (0x09, [4], 0),
        (0x0C, [4], 5),
        (0x0A, [4, 5], 0),
        (0x0A, [4, 6], 0xFFFF_FFFF),
        (0x0A, [1, 0], 0xFFFF_FFFF),
        (0x31, [], 100_000_000),
    ],
)
def test_what_a_library_asks_before_it_prints(operation, words, result):
    *_, machine = run([SVC_CALL, LOOP], operation, content=block(*words))
    assert machine.cpus[0].r[0] == result


def test_the_features_say_that_an_exit_may_have_a_status():
    """A C library asks for them before it gives the status of main by SYS_EXIT_EXTENDED."""
    name = b":semihosting-features"
    content = block(DATA + 12, 0, len(name), after=name)
    *_, machine = run([SVC_CALL, MOV_R0_6, ADD_R1_64, SVC_CALL, LOOP], 0x01, content=content.ljust(64, b"\0")
                      + block(4, DATA + 128, 8))  # fmt: skip
    assert (machine.read_physical(DATA + 128, 6), machine.cpus[0].r[0]) == (b"SHFB\x03\0", 3)


@pytest.mark.parametrize(("operation", "later"), [(0x10, 100), (0x11, 1), (0x30, 100_000_000)])
def test_time_is_that_of_the_machine(operation, later):
    """A second is 100 million instructions, executed or waited."""
    machine = Machine(load_board("qemu-virt"), mode="functional")
    machine.load(image([SVC_CALL, LOOP], BASE))
    Semihosting(machine, lambda data: None)

    def asked():
        machine.set_registers({"r0": operation, "r1": DATA, "PC": BASE})
        assert machine.run(limit=100).stop.kind == "loop"
        elapsed = int.from_bytes(machine.read_physical(DATA, 8), "little")
        return elapsed if operation == 0x30 else machine.cpus[0].r[0]

    before = asked()
    machine.clock.skipped += 100_000_000
    assert 0 <= asked() - before - later <= 10


def test_the_heap_lies_between_the_image_and_the_end_of_memory():
    *_, machine = run([SVC_CALL, LOOP], 0x16, content=block(DATA + 16))
    assert struct.unpack("<4I", machine.read_physical(DATA + 16, 16)) == (
        BASE + 8, 0x4800_0000, 0x4800_0000, 0,
    )  # fmt: skip


def test_the_command_line_is_empty():
    *_, machine = run([SVC_CALL, LOOP], 0x15, content=block(DATA + 8, 20, after=b"xyz"))
    assert (machine.read_physical(DATA + 4, 5), machine.cpus[0].r[0]) == (bytes(5), 0)


def test_a_block_where_no_memory_is_is_named():
    stop, *_ = run([SVC_CALL, LOOP], 0x05, r1=0x3000_0000)
    assert stop.sentence.startswith(
        "semihosting operation 0x5 with a parameter that cannot be read: 0x30000000"
    )


def test_user_mode_has_its_own_system_calls():
    machine = Machine(load_board("qemu-virt"), mode="functional", entry_mode="svc")
    machine.load(image([SVC_CALL, LOOP], BASE))
    machine.set_registers({"CPSR": 0x10, "r0": 0x03, "r1": DATA, "VBAR_NS": BASE - 4})
    Semihosting(machine, lambda data: None)
    machine.run(limit=100)
    assert [taken.kind for taken in machine.exceptions] == ["SupervisorCall"]


def test_a_parameter_that_is_not_in_memory_is_named():
    stop, _, _, _ = run([SVC_CALL, LOOP], 0x04, r1=0x3000_0000)
    assert stop.kind == "not-modelled"
    assert "semihosting operation 0x4 with a parameter that cannot be read: 0x30000000" in stop.sentence
