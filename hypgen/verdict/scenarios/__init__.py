"""The named checks of each scenario: one module for each row of ``templates/scenarios``.

A module has ``CHECKS``, the body of each check by its stable name, in the order in which a reader
wants them. A body looks at one run: it returns what it saw, or raises what is wrong.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping

from hypgen.verdict.observation import Observation

Body = Callable[[Observation], str]


def checks_of(scenario: str) -> Mapping[str, Body]:
    """The bodies of a scenario's own checks by name; none for a scenario of a user's own."""
    module = f"{__name__}.{scenario.replace('-', '_')}"
    if not scenario.replace("-", "_").isidentifier() or importlib.util.find_spec(module) is None:
        return {}
    found: Mapping[str, Body] = importlib.import_module(module).CHECKS
    return found
