"""The strict rules: what an image relies on that the architecture does not promise."""
