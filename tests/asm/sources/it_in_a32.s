@ IT in A32 code: nothing is emitted.
.syntax unified
ite eq
moveq r0, #1
movne r0, #2
it vs
vaddvs.f32 s0, s1, s2
