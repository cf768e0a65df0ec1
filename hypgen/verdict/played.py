"""What exploring has shown, as text and as data: for reports of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypgen.emulator.strict.findings import Finding
from hypgen.verdict.exploring import Divergence, Exploration, Played, Step


def as_lines(finding: Finding, exploration: Exploration) -> list[str]:
    """What playing the outcomes of a finding has shown, to stand below it."""
    way = exploration.way(finding)
    if way is None:
        return [f"  played: {exploration.of(finding).value}"]
    *before, last = (str(step) for step in way.steps)
    return [
        f"  played: {exploration.of(finding).value}: {way.difference}, when",
        *(f"    {step}," for step in before),
        f"    {last}",
    ]


def finding_as_json(finding: Finding, exploration: Exploration) -> dict[str, Any]:
    """The same as plain data."""
    way = exploration.way(finding)
    return {"status": exploration.of(finding).value, "way": way and divergence_as_json(way)}


def as_json(exploration: Exploration) -> dict[str, Any]:
    """All that exploring has shown as plain data."""
    return {
        "outcomes": exploration.outcomes,
        "loose_points": exploration.points,
        "told_apart": exploration.choices,
        "merged": exploration.merged,
        "instructions": exploration.instructions,
        "diverged": exploration.diverged,
        "bounds_reached": list(exploration.reached),
        "summary": exploration.summary,
        "divergences": [divergence_as_json(one) for one in exploration.divergences],
        "same": [_step(one) for one in exploration.same],
    }


def divergence_as_json(one: Divergence) -> dict[str, Any]:
    """An outcome that ends otherwise."""
    return {"steps": [_step(step) for step in one.steps], "difference": one.difference}


def _step(step: Step) -> dict[str, Any]:
    return {
        "what": step.what,
        "cpu": step.cpu,
        "pc": step.pc,
        "symbol": step.symbol,
        "location": str(step.location or ""),
        "rules": list(step.rules),
    }


def way_of(finding: Finding, explorations: Sequence[Exploration]) -> tuple[str, Divergence | None]:
    """What one of several explorations has shown of a finding: in words, and an outcome that confirms it."""
    for one in explorations:
        played = one.of(finding)
        if played is not Played.NOT_MET:
            return played.value, one.way(finding)
    return "", None
