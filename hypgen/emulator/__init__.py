"""The CPU core: state, translation, instructions, exceptions and the strict rules. Floor 3."""
