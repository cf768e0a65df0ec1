"""What lines say of themselves, and how many may be there for form."""

from __future__ import annotations

import pytest

from hypgen.mutation.form import MOST, Marks


@pytest.mark.parametrize("lines", [0, MOST])
def test_few_lines_may_be_there_for_form(lines: int) -> None:
    assert list(Marks({f"init.S:{line}": "B3.2.2" for line in range(lines)}).surplus()) == []


def test_one_more_is_told_with_their_places() -> None:
    marks = Marks({f"init.S:{line}": "B3.2.2" for line in range(MOST + 1)})
    assert list(marks.surplus()) == ["3 lines for form, where 2 are allowed: init.S:0, init.S:1, init.S:2"]
