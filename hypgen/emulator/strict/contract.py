"""What the entry contract promises, as the rules ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _everything(address: int) -> bool:
    return True


@dataclass
class Contract:
    """``tlb_clean`` and ``caches_clean`` are promises of the state at the image's first instruction;
    ``initialised`` tells whether memory at a physical address was in order then; ``assumptions`` are the
    board values that rest on no public source, by dotted path. ``pedantic`` asks for the rules that count
    only where a profile wants them."""

    tlb_clean: bool = False
    caches_clean: bool = False
    assumptions: Mapping[str, str] = field(default_factory=dict)
    initialised: Callable[[int], bool] = _everything
    pedantic: bool = False

    def resting_on(self, path: str) -> tuple[str, ...]:
        """The path as a finding lists it, if its value is an assumption."""
        return (path,) if path in self.assumptions else ()
