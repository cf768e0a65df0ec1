"""What a CPU begins with where the entry contract says nothing."""

from hypgen.arch.registers import BY_NAME
from hypgen.board.load import load_board
from hypgen.machine.machine import Machine


def test_extension_registers_are_unknown_and_complement_with_the_rest():
    board = load_board("qemu-virt")
    one, other = (Machine(board, complement=complement).cpus[0] for complement in (False, True))
    for name in ("r0", "SP_hyp", "d0", "d31"):
        ones = (1 << 64 if name.startswith("d") else 1 << 32) - 1
        assert one.read(name) ^ other.read(name) == ones, name
    assert len({one.read(f"d{number}") for number in range(32)}) == 32


def test_no_firmware_leaves_an_event_stream_on():
    board = load_board("qemu-virt")
    one, other = (Machine(board, complement=complement).cpus[0] for complement in (False, True))
    for name in ("CNTKCTL", "CNTHCTL"):
        row = BY_NAME[name]
        differs = one.read(name) ^ other.read(name)
        assert not (one.read(name) | other.read(name)) & row.bit("EVNTEN")
        assert differs & row.bit("EVNTDIR"), "what the stream would be is UNKNOWN"
