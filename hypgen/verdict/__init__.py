"""Scenarios, checks and the verdict on an image. Floor 6."""
