"""ELF objects and images: a model of our own, and its reading and writing through LIEF. Floor 2."""
