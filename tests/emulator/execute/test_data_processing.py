"""Data processing against the manual's pseudocode, and the cases of the PC by hand."""

from __future__ import annotations

import pytest
from emulator_execute import manual
from emulator_execute.harness import PC, Bench
from hypothesis import given
from hypothesis import strategies as st
