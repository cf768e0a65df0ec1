"""Facts about ARMv7-A as data: registers, encodings, exceptions. Floor 1; no behaviour."""
