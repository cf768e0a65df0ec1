"""The Generic Interrupt Controller, architecture version 2 (IHI 0048B)."""
