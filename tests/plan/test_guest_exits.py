"""The numbers by which guests call and are left agree with the core, and are different ones."""

from __future__ import annotations

from types import SimpleNamespace

from hypgen.emulator.execute.registry import CONDITIONS
from hypgen.plan import guest_exits


def test_every_call_and_every_exit_has_a_number_of_its_own() -> None:
    for table in (guest_exits.GUEST_CALLS, guest_exits.EXITS):
        numbers = [number for number, _ in table.values()]
        assert len(numbers) == len(set(numbers))


def test_no_trapped_register_is_met_by_two_rows() -> None:
    """A row's mask and value of ISS: two rows that a word meets would make the order of rows count."""
    rows = guest_exits.EMULATED_CP15
    for number, (mask, value, _) in enumerate(rows):
        assert not value & ~mask
        for other_mask, other_value, meaning in rows[:number]:
            assert (value ^ other_value) & mask & other_mask, meaning


def test_the_table_of_conditions_is_that_of_the_core() -> None:
    for cond, holds in enumerate(CONDITIONS):
        for nzcv in range(16):
            cpu = SimpleNamespace(**{flag: nzcv >> 3 - n & 1 for n, flag in enumerate("nzcv")})
            expected = bool(eval(holds, {"cpu": cpu}))
            assert bool(guest_exits.CONDITION_FLAGS[cond] >> nzcv & 1) == expected, (cond, nzcv)
    assert guest_exits.CONDITION_FLAGS[14:] == (0xFFFF, 0xFFFF)
