"""A machine forgets the oldest exceptions, and never how many there were."""

from __future__ import annotations

import pytest

from hypgen.board.load import load_board
from hypgen.machine import machine as module
from hypgen.machine import scheduler
from hypgen.machine.boot import flat_image
from hypgen.machine.debugger import Debugger
from hypgen.machine.machine import Machine
from hypgen.machine.state import machine_state

BASE = 0x4000_8000
SVC, BACK, MOVS_PC_LR = 0xEF00_0000, 0xEAFF_FFFD, 0xE1B0_F00E
PROGRAM = (SVC, BACK, MOVS_PC_LR)
"""SVC for ever; its vector, at VBAR + 8, returns."""


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.setattr(module, "EXCEPTIONS_KEPT", 100)
    monkeypatch.setattr(scheduler, "TIDY_UP", 50)
    made = Machine(load_board("qemu-virt"), mode="functional", entry_mode="svc")
    made.start(flat_image(b"".join(word.to_bytes(4, "little") for word in PROGRAM), "x", BASE))
    made.set_registers({"VBAR": BASE})
    return made


def test_the_last_exceptions_are_there_and_all_are_counted(machine):
    result = machine.run(limit=3000)
    assert 100 <= len(machine.exceptions) <= 300
    assert machine.exceptions_dropped + len(machine.exceptions) == 1000
    assert machine.exceptions[-1].count == 2997
    assert machine_state(machine, result)["exceptions"] == 1000


def test_a_debugger_goes_back_over_exceptions_that_are_forgotten(machine):
    debugger = Debugger(machine)
    debugger.resume(500, lambda: False)
    there = debugger.position
    debugger.resume(500, lambda: False)
    debugger.go(there)
    assert debugger.position == there
