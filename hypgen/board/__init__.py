"""Boards: the description of a machine, read from YAML with the place of every value. Floor 2."""
