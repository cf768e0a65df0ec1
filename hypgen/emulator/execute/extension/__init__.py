"""What the instructions of the Advanced SIMD and Floating-point Extensions do (DDI 0406C A7).

Twins of the files of ``hypgen.arch.a32.extension``; the registry imports them when code first uses
one of these instructions.
"""
