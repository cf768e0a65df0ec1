@ PC-relative forms, near their ends and in the middle.
.syntax unified
.text
start: nop
b start; b .; b .+8; b end; bl start; blne end; beq start; bvc end
ldr r0, start; ldr r1, end; str r0, end; ldrb r0, start; strb r1, end
ldrh r0, near; ldrsh r0, near; ldrsb r1, near; ldrd r2, r3, near; strh r0, near; strd r4, r5, near
ldrd r2, near
adr r0, start; adr r1, end; adr r2, .; adr r3, .+8; adreq r4, end
adrl r0, start; adrl r1, end; adrl r2, far; adrlne r3, far
near: nop
pld start; pli end; ldc p14, c5, near; stc p14, c5, near
vldr s0, near; vldr d1, near; vstr d2, near
ldr r0, [pc, #8]; ldr r0, [pc, #end-.-8]; ldr pc, [pc, #-4]
add r0, pc, #end-.-8
cmp r0, #end-start
mov r0, #(end-start)>>2
ldr r0, [r1, #end-start]
.word 1, 2, 3
end: nop
.space 0x1000
far: nop
adrl r5, start
ldr r0, near2
.space 4080
near2: nop
mcr p15, 4, r0, c12, c0, 0; mrc p15, 4, r0, c1, c0, 0; mcrr p15, 4, r0, r1, c2; mrrc p15, 6, r2, r3, c2
mrs r0, elr_hyp; msr elr_hyp, r0; mrs r1, spsr; msr spsr_cxsf, r1; msr cpsr_c, #0xd3; cps #0x1a
cpsid aif; cpsie i, #0x13; hvc #0xff; hvc #0xffff; eret; smc #0; svc #0x123456; wfi; wfe; sev; dsb; dmb ish; isb
push {r4}; pop {r4}; push {r0-r3, lr}; pop {r0-r3, pc}; ldmia sp, {r0-lr}^; ldm r0!, {r1, pc}^; stmdb r0!, {r1-r3}
srsdb sp!, #0x13; rfeia sp!; setend be; setend le; clrex; ldrex r0, [r1]; strex r2, r0, [r1]; ldrexd r0, r1, [r2]
strexd r4, r0, r1, [r2]; udf #0; bkpt #1; sdiv r0, r1, r2; udiv r0, r1, r2; movs pc, lr; subs pc, lr, #4
