import pytest

from hypgen.arch.itstate import advance, in_it_block, it_condition, last_in_it_block


def conditions(itstate: int) -> list[int]:
    found = []
    while in_it_block(itstate):
        found.append(it_condition(itstate))
        itstate = advance(itstate)
    return found


@pytest.mark.parametrize(
    ("itstate", "expected"),
    [
        (0x00, []),
        (0x08, [0]),  # IT EQ
        (0x18, [1]),  # IT NE
        (0x04, [0, 0]),  # ITT EQ
        (0x0C, [0, 1]),  # ITE EQ
        (0x1F, [1, 1, 1, 1]),  # ITTTT NE
        (0xA5, [10, 10, 11, 10]),  # ITTET GE
        (0xE8, [14]),  # IT AL
    ],
)
def test_itstate_gives_each_instruction_of_the_block_its_condition(itstate, expected):
    assert conditions(itstate) == expected


def test_outside_a_block_the_condition_is_always():
    assert it_condition(0) == 14
    assert not in_it_block(0)
    assert not last_in_it_block(0)


def test_only_the_last_instruction_of_a_block_is_the_last():
    first = 0x0C
    assert not last_in_it_block(first)
    assert last_in_it_block(advance(first))
    assert advance(advance(first)) == 0
