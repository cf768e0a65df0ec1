"""The scenario ``cpus-pen``: as ``cpus``, from a holding pen."""

from hypgen.verdict.scenarios.cpus import CHECKS as CHECKS
