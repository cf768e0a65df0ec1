"""The gdb remote serial protocol: packets, the target's description, and the stub that answers."""
