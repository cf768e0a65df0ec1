"""What answers at an address that is not memory: one small class for each ``compatible`` string."""
