"""Executions of a site: those in a row are one stretch, and states are compared between two of them."""

from __future__ import annotations

from types import SimpleNamespace

from hypgen.mutation.visits import MOST_EXECUTIONS, MOST_STRETCHES, Visits


def _visited(executions):
    """The visits of a site that is executed after so many instructions; a state is known by their number."""
    visits = Visits()
    for executed in executions:
        state = SimpleNamespace(machine=SimpleNamespace(instructions=executed))
        if not visits.note(executed, lambda state=state: state):
            break
    return visits


def _stretches(visits):
    return [(one.state.machine.instructions, one.last) for one in visits.stretches]


def test_executions_in_a_row_are_one_stretch():
    assert _stretches(_visited([100, 104, 108, 1000, 1249, 1498, 1748])) == [
        (100, 108),
        (1000, 1498),
        (1748, 1748),
    ]


def test_states_are_compared_between_stretches_and_before_the_end():
    visits = _visited([100, 110, 1000, 9000])
    assert [posts for _, posts in visits.posts(9251)] == [[360], [1250, 3500], [9250]]
    assert [posts for _, posts in visits.posts(9250)] == [[360], [1250, 3500], []]


def test_the_last_stretch_has_all_that_comes_after():
    visits = _visited(range(0, 300 * (MOST_STRETCHES + 5), 300))
    assert len(visits.stretches) == MOST_STRETCHES
    assert visits.stretches[-1].last == 300 * (MOST_STRETCHES + 4)
    assert visits.known


def test_what_is_executed_for_ever_is_not_counted_to_the_end():
    assert not _visited(range(MOST_EXECUTIONS + 1)).known
