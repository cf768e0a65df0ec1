"""T32: statements to words by the rows of ``hypgen.arch.t32``, IT blocks, and branches that grow."""
