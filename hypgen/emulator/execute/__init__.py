"""What each instruction does: one binder per encoding, in files that are twins of ``hypgen.arch.a32``.

A binder takes a decoded instruction and gives a closure without arguments that performs it on one
CPU (:mod:`.registry`). The encoding's bits are read in ``arch`` and ``decode``; here there are
field names only, as in the manual's diagrams, so that a binder reads beside the manual's
pseudocode.
"""
