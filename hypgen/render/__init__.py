"""Rendering: the plan and the templates become assembly sources. Floor 5."""
