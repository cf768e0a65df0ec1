"""What a rendering may use, and what it raises when a template asks for more than it may."""

from __future__ import annotations

MAX_TEMPLATE_BYTES = 256 * 1024
MAX_WORK = 5_000_000
"""Loop iterations + calls + characters that one rendering may use; the shipped templates use some 150,000."""
MAX_ELEMENTS = 10_000
"""Longest text or list that an expression may make."""
MAX_INTEGER_BITS = 128


class BudgetError(Exception):
    """A template used more than its :class:`Budget`."""


class ValueRefusedError(Exception):
    """A template gave one of our functions a value that it cannot take; the text says why."""


class OutsideError(Exception):
    """A template asked for a file outside the search path."""


class Budget:
    """The work that one rendering may still do."""

    def __init__(self, work: int = MAX_WORK) -> None:
        self.left = work

    def spend(self, amount: int) -> None:
        """Pay for ``amount``; raises BudgetError when it is used up."""
        self.left -= amount
        if self.left < 0:
            raise BudgetError
