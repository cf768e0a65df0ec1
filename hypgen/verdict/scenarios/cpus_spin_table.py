"""The scenario ``cpus-spin-table``: as ``cpus``, from a spin table."""

from hypgen.verdict.scenarios.cpus import CHECKS as CHECKS
