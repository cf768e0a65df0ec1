"""What an instruction's lines become in a function of hot code: fewer of them, and the same in the end."""

from __future__ import annotations

import pytest

from hypgen.emulator.rewriting import _shortened, _to_devices


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        (["a = r[n]", "b = imm", "x = a & b", "fx = x"], ["fx = (r[n] & imm)"]),
        (["a = r[n]", "r[d] = 5", "x = a + 1", "fx = x"], ["a = r[n]", "r[d] = 5", "fx = (a + 1)"]),
        (["a = c", "c = 1", "x = a", "fx = x"], ["a = c", "c = 1", "fx = a"]),
        (["x = r[n]", "fx = x", "r[d] = x"], ["x = r[n]", "fx = x", "r[d] = x"]),
        (["x = r[n]", "if x: raise KeyError"], ["x = r[n]", "if x: raise KeyError"]),
        (["a = load32(address)", "r[d] = a"], ["a = load32(address)", "r[d] = a"]),
        (["a = r[n]", "a = a + 1", "r[d] = a"], ["a = r[n]", "r[d] = (a + 1)"]),
    ],
)
def test_a_value_gets_no_name_that_is_used_once_while_it_stays_the_same(lines, left):
    assert _shortened(lines, "None None") == left


def test_a_name_that_the_branch_behind_asks_for_stays():
    assert _shortened(["x = r[n]"], "x == 0 target") == ["x = r[n]"]


def test_words_go_to_the_register_of_a_device_and_what_is_narrower_does_not():
    assert _to_devices("store32(address, r[t])") == (
        "direct = WT.get(address)",
        "if direct: direct[0]((r[t]) & 0xFF)",
        "else:",
        " device = views.write_registers.get(address)",
        " if device is None: store32(address, r[t])",
        " else: device(r[t])",
    )
    assert _to_devices("r[t] = load32(address)") == (
        "direct = RS.get(address)",
        "if direct: r[t] = direct[0]",
        "else:",
        " device = views.read_registers.get(address)",
        " r[t] = (load32(address) if device is None else device() & 0xFFFFFFFF)",
    )
    assert _to_devices("store8(address, r[t])") == ("store8(address, r[t])",)
