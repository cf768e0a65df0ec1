from __future__ import annotations

import json

from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.machine.trace import (
    BlockExecuted,
    block_json,
    block_qemu,
    exception_json,
    exception_qemu,
)

BLOCK = BlockExecuted(0, 0x4020_0000, 12, [*range(15), 0x4020_0000], 0x4000_01DA)
CALL = ExceptionTaken(
    cpu=0,
    slot=0x14,
    kind="HypervisorCall",
    from_mode=0x13,
    to_mode=0x1A,
    hsr=0x4A00_00FF,
    far=None,
    pc=0xC020_0100,
    preferred_return=0xC020_0104,
    vector_pc=0x4020_0054,
    count=99,
)


def symbolize(address: int) -> str:
    return f"sym_{address:x}"


def test_a_block_is_one_line_of_json():
    line = block_json(BLOCK, symbolize)
    assert "\n" not in line
    assert json.loads(line) == {
        "event": "block",
        "cpu": 0,
        "count": 12,
        "pc": 0x4020_0000,
        "cpsr": 0x4000_01DA,
        "r": [*range(15), 0x4020_0000],
        "symbol": "sym_40200000",
    }


def test_an_exception_is_one_line_of_json():
    assert json.loads(exception_json(CALL)) == {
        "event": "exception",
        "cpu": 0,
        "count": 99,
        "kind": "HypervisorCall",
        "slot": 0x14,
        "from": "svc",
        "to": "hyp",
        "hsr": 0x4A00_00FF,
        "far": None,
        "pc": 0xC020_0100,
        "preferred_return": 0xC020_0104,
        "vector_pc": 0x4020_0054,
    }
    assert json.loads(exception_json(CALL, symbolize))["return_symbol"] == "sym_c0200104"


def test_a_block_prints_as_qemu_logs_it():
    assert block_qemu(BLOCK, symbolize) == (
        "Trace 0: 12 [400001da/40200000] sym_40200000\n"
        "R00=00000000 R01=00000001 R02=00000002 R03=00000003\n"
        "R04=00000004 R05=00000005 R06=00000006 R07=00000007\n"
        "R08=00000008 R09=00000009 R10=0000000a R11=0000000b\n"
        "R12=0000000c R13=0000000d R14=0000000e R15=40200000\n"
        "PSR=400001da -Z-- A hyp32"
    )


def test_an_exception_prints_as_qemu_logs_it():
    assert exception_qemu(CALL) == (
        "Taking exception 11 [Hypervisor Call] on CPU 0\n...from EL1 to EL2\n...with ESR 0x12/0x4a0000ff"
    )


def test_an_interrupt_from_user_mode_to_monitor_has_no_syndrome():
    taken = ExceptionTaken(1, 0x1C, "Interrupt", 0x10, 0x16, None, None, 4, 4, 0x1C, 0)
    assert exception_qemu(taken) == "Taking exception 6 [FIQ] on CPU 1\n...from EL0 to EL3"
