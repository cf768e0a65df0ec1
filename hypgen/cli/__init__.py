"""The command line: one module per command. Floor 8."""
