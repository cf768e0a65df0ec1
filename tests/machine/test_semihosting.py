"""Semihosting: which instructions are calls, and what each operation does."""

import pytest

from hypgen.board.load import load_board
from hypgen.machine.machine import Machine
from hypgen.machine.semihosting import Semihosting
from tests.machine.elf_image import image

BASE, DATA = 0x4000_8000, 0x4010_0000
LOOP = 0xEAFF_FFFE
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
    stop, _, _, _ = run([SVC_CALL, LOOP], 0x01)
    assert (stop.kind, stop.pc) == ("not-modelled", BASE)
    assert stop.sentence.startswith("semihosting operation 0x1 (not modelled); at _start, instruction `svc")


def test_a_parameter_that_is_not_in_memory_is_named():
    stop, _, _, _ = run([SVC_CALL, LOOP], 0x04, r1=0x3000_0000)
    assert stop.kind == "not-modelled"
    assert "semihosting operation 0x4 with a parameter that cannot be read: 0x30000000" in stop.sentence
