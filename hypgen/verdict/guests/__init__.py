"""Checks of the scenarios with guests, one module for each table of them.

Expected syndromes come from the architecture, what changed hands from the machine
(:mod:`hypgen.verdict.worlds`). What the guests found inside is in the journal, which the host keeps.
"""
