"""hypgen: generates, links and proves Hyp mode (PL2) bring-up code for ARMv7-A boards."""

__version__ = "0.1.0"
