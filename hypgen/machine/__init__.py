"""A board's machine: CPUs, memory, devices, loader and run loop. Floor 4."""
