"""The plan: where everything lies, the translation tables as bytes, the register values. Floor 4."""
