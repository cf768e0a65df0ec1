@ A lazy switch of the floating-point context between two tasks: FPEXC.EN off, the first use of each task
@ is undefined, the handler saves and loads all 32 registers and FPSCR. Then access rights.
    .include "common.inc"
    .global _start, on_undef
    .text
_start:
    park_others
    stack UND, 1
    stack ABT, 2
    stack SVC, 3
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    isb
    set r8, first                       @ the task that runs
    mov r10, #0                         @ whether the handler switches
    mov r9, #0                          @ the task whose context the registers hold
    titled "no access", vmov s0, r0
    mrc p15, 0, r0, c1, c0, 2
    orr r0, r0, #0xf << 20
    mcr p15, 0, r0, c1, c0, 2           @ CPACR
    isb
    mov r10, #1

    .macro switch to:req
    mov r0, #0
    vmsr fpexc, r0
    set r8, \to
    .endm

    switch first
    vmov.f32 s0, #1.5
    vmov.f64 d1, #2.0
    vmov.i32 q12, #0x42
    set r0, 0x00c00000                  @ rounds towards zero
    vmsr fpscr, r0
    switch second
    vmov.f32 s0, #-3.0
    vmov.f64 d1, #0.5
    vmov.i16 q12, #0x77
    mov r0, #0
    vmsr fpscr, r0
    switch first
    vmul.f32 s1, s0, s0
    vmov.f64 d3, #10.0
    vdiv.f64 d2, d1, d3
    vadd.i32 q12, q12, q12
    vcmp.f64 d1, d2
    bl print_context
    switch second
    vmul.f32 s1, s0, s0
    vmov.f64 d3, #3.0
    vdiv.f64 d2, d1, d3
    vsqrt.f64 d4, d3
    vcvt.s32.f64 s1, d4
    vadd.i16 q12, q12, q12
    vcmp.f64 d1, d2
    bl print_context
    switch first
    bl print_context

    say "rights\n"
    mov r10, #0
    mov r0, #0
    vmsr fpexc, r0
    titled "disabled", vmov s0, r0
    titled "disabled, fpsid", vmrs r0, fpsid
    titled "disabled, fpscr", vmrs r0, fpscr
    mov r0, #1 << 30
    vmsr fpexc, r0
    mrc p15, 0, r0, c1, c0, 2
    bic r0, r0, #0xa << 20              @ PL1 only
    mcr p15, 0, r0, c1, c0, 2
    isb
    titled "pl1", vmov s0, r0
    cps #SYS
    set sp, 0x40360000
    cps #USR
    titled "user", vmov s0, r0
    titled "user, fpexc", vmrs r0, fpexc
    mov r4, #THE_END
    svc 0

print_context:
    push {lr}
    vmrs r4, fpscr
    bic r4, r4, #0x1f                   @ without what was inexact
    show "fpscr", r4
    .irp register, s0, s1
    vmov r4, \register
    show "\register", r4
    .endr
    .irp register, d1, d2, d24, d25
    vmov r4, r5, \register
    show "\register", r4
    show "high", r5
    .endr
    end_line
    pop {pc}

on_undef:
    cmp r10, #0
    beq 3f
    push {r0-r3, r12, lr}
    mov r0, #1 << 30
    vmsr fpexc, r0
    cmp r9, #0
    beq 1f
    say "save"
    mov r0, r9
    vstmia r0!, {d0-d15}
    vstmia r0!, {d16-d31}
    vmrs r1, fpscr
    str r1, [r0]
1:  say "load\n"
    mov r0, r8
    vldmia r0!, {d0-d15}
    vldmia r0!, {d16-d31}
    ldr r1, [r0]
    vmsr fpscr, r1
    mov r9, r8
    pop {r0-r3, r12, lr}
    subs pc, lr, #4                     @ once more
3:  push {r0-r3, r12, lr}
    mrs r2, spsr
    say " undefined"
    show "spsr", r2
    sub r2, lr, r6
    show "lr-at", r2
    pop {r0-r3, r12, lr}
    movs pc, r7

    .data
    .balign 8
first:
    .space 264
second:
    .space 264
