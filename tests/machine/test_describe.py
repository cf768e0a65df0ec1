"""What a machine is made of, from a board and how its image is entered."""

import pytest

from hypgen.board.load import load_board
from hypgen.machine.describe import describe


@pytest.mark.parametrize(
    ("board", "mode", "pfr1", "dfr0"),
    [
        ("qemu-virt", None, 0x0001_1001, 0x0201_0505),  # as QEMU reads: tests/arch/test_cores.py
        ("qemu-virt", "secure-svc", 0x0001_1011, 0x0201_0555),
        ("keystone", None, 0x0001_1011, 0x0201_0555),
        ("rpi2", None, 0x0001_1011, 0x0201_0555),
    ],
)
def test_a_cpu_tells_the_security_extensions_where_the_machine_has_a_secure_state(board, mode, pfr1, dfr0):
    found = describe(load_board(board), mode).cpus[0].identification
    assert (found["ID_PFR1"], found["ID_DFR0"]) == (pfr1, dfr0)
