@ The width of T32 instructions, short forms of statements among them.
.syntax unified
.thumb
movs r0, #1
movs r8, #1
mov r0, #0x10000
mov r1, #0x1234
mvn r0, #0xff
add r0, #1
add r0, r0, #1
add r0, r1, #1
adds r0, r1, #7
adds r0, r1, #8
adds r0, #255
adds r0, #256
adds r0, #-1
subs r0, #-1
add sp, #4
add sp, sp, #508
add sp, sp, #512
sub sp, #4
add r0, sp, #4
add r0, sp, #1024
add r8, sp, #4
add r0, pc, #4
add r0, r8
add r8, r0
add r0, r0, r8
add r0, r8, r0
adds r0, r8
add sp, r0
add r0, sp
add r0, sp, r0
and r0, r1
ands r0, r1
ands r0, r1, r0
ands r0, r8
orrs r1, r2
eor r0, r0, #0xff00ff00
bic r0, r1, #3
orn r0, r1, #1
orr r0, r1, #0xfffffffe
lsls r0, r1, #3
lsl r0, r1, #3
lsls r0, r1
lsls r0, r0, r1
lsrs r0, r1, #32
asrs r0, r1, #32
rors r0, r1
ror r0, r1, #3
rrx r0, r1
movs r0, r1, lsl #2
mov r0, r1, asr #3
movs r0, r0, lsl r1
neg r0, r1
negs r0, r1
rsbs r0, r1, #0
rsb r0, r1, #0
mul r0, r1
muls r0, r1
muls r0, r1, r0
mul r0, r1, r2
cmp r0, #255
cmp r0, #256
cmp r8, r0
cmp r0, r1
cmp r0, r1, lsl #1
cmn r0, r1
tst r0, r1
teq r0, r1
cmp r0, #-2
cmn r0, #-2
cmp r8, #1
mov r0, r1
movs r0, r1
mov sp, r0
mov r8, sp
mov.w r0, r1
movs.w r0, r1
mvn r0, r1
mvns r0, r1
mov pc, lr
ldr r0, [r1]
ldr r0, [r1, #124]
ldr r0, [r1, #128]
ldr r0, [r1, r2]
ldr r0, [r1, r2, lsl #2]
ldr r0, [sp, #4]
ldr r0, [sp, #1020]
ldr r0, [sp, #1024]
ldr r8, [sp]
ldr r0, [r1, #-1]
ldr r0, [r1], #1
ldr r0, [r1, #1]!
ldr pc, [r0]
ldr pc, [sp], #4
strb r0, [r1, #31]
strb r0, [r1, #32]
strh r0, [r1, #62]
strh r0, [r1, #63]
ldrsb r0, [r1, r2]
ldrsb r0, [r1]
ldrsh r0, [r1, #2]
ldrd r0, [r1]
strd r0, r3, [r1, #1020]
ldrd r0, r1, [r2], #-8
ldrd r0, r1, [r2, #-0]
ldrt r0, [r1]
strbt r0, [r1, #3]
ldrex r0, [r1]
ldrex r0, [r1, #4]
strexd r0, r2, r3, [r4]
ldrexb r0, [r1]
push {r0}
push {lr}
push {r8}
pop {pc}
pop {r0-r7, pc}
pop {r8}
push {r0-r12, lr}
pop {r1, r9}
push.w {r0}
pop.w {r0, r1}
ldm r0, {r0, r1}
ldm r0!, {r1, r2}
ldm r0, {r1, r2}
stm r0!, {r0, r1}
stm r0, {r1, r2}
ldm r0!, {r1}
ldm r0, {r1}
stm r0, {r1}
stmdb r0!, {r1}
ldmdb r0, {r1, r2}
stmdb sp!, {r0, lr}
ldmia sp!, {r0, pc}
ldmfd sp!, {r0}
ldm sp, {r0}
stmia sp, {r0}
stmdb sp!, {r4}
ldmia r8!, {r4}
stmia r8, {r4}
stmia r0!, {r4}
ldmdb r0, {r4}
ldmia r0, {r0}
sxtb r0, r1
sxtb r8, r1
sxtb r0, r1, ror #8
uxth r0, r0
rev r0, r1
rev r8, r1
rev16 r0, r1
revsh r0, r1
rbit r0, r1
clz r0, r1
bx lr
blx r0
bxj r0
svc #1
hvc #0x123
smc #1
bkpt #1
udf #1
udf #256
nop
nop.w
yield
wfe
wfi.w
sev
dbg #1
nop {7}
cpsie i
cpsid aif, #19
cps #16
setend be
eret
subs pc, lr, #4
srsdb sp!, #19
rfeia r0!
clrex
dsb
dmb ish
isb sy
isb #1
mrs r0, cpsr
mrs r0, spsr
msr cpsr, r0
msr cpsr_fc, r0
msr spsr_cxsf, r1
mrs r0, elr_hyp
msr sp_svc, r1
msr apsr_nzcvq, r0
mrs r0, apsr
mcr p15, 0, r0, c1, c0, 0
mrc p15, 4, r1, c1, c0
mcrr p15, 6, r0, r1, c2
mrrc p15, 0, r0, r1, c14
cdp p1, 2, c3, c4, c5, 6
ldc p1, c2, [r3, #4]
stc2l p1, c2, [r3], #-8
ldc p1, c2, [r0], {3}
mrc p15, 0, apsr_nzcv, c0, c0, 0
tbb [pc, r0]
tbh [r1, r2, lsl #1]
sdiv r0, r1
udiv r0, r1, r2
smull r0, r1, r2, r3
smlabb r0, r1, r2, r3
pkhbt r0, r1, r2
pkhtb r0, r1, r2
pkhtb r0, r1, r2, asr #3
ssat r0, #3, r1
ssat16 r0, #1, r1
bfi r0, r1, #3, #4
bfc r0, #3, #4
ubfx r0, r1, #3, #4
sel r0, r1, r2
uxtab r0, r1, r2, ror #16
pld [r0]
pldw [r0, #-3]
pli [r0, r1, lsl #2]
addw r0, r1, #4095
subw r0, r1, #3
add r0, r1, #4094
add r0, r1, #0xffe
sub r0, r1, #-4094
movw r0, #0xffff
movt r0, #1
adc r0, r1, #0xfffffffe
ldr r0, [pc, #4]
ldr.w r0, [pc, #8]
ldr r0, [pc, #-8]
ldrb r0, [pc, #4]
vadd.f32 s0, s1, s2
vadd.i32 q0, q1, q2
vld1.8 {d0}, [r0]
vmov.f64 d0, d1
vldr d0, [r0, #8]
vmrs r0, fpscr
vsub.i8 d0, d1, d2
vpush {d8-d9}
vldr s0, vv
vmul.f32 q0, q1, q2
.balign 4
vv: .word 0
.inst 0xbf00
.inst.w 0xf3af8000
.inst 0xf3af8000
.inst.n 0xbf00
it eq
vaddeq.f32 s0, s1, s2
