@ Two guests that compute with VFP and Advanced SIMD, switched by Hyp mode on each HVC: their registers are
@ saved and loaded only when one of them uses the unit, which HCPTR traps. Single and double precision,
@ rounding, flags, vectors; and FPEXC, FPSCR and MVFR as each sees them.
    .include "common.inc"
    .global _start, on_hyp_trap
    .text
    .equ CPTR_TRAP, 0x33ff + 0xc00      @ TCP10, TCP11

_start:
    park_others
    set sp, 0x40380000
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 0
    mcr p15, 4, r0, c1, c1, 1
    set r0, CPTR_TRAP
    mcr p15, 4, r0, c1, c1, 2
    set r0, 0x00c50878
    mcr p15, 0, r0, c1, c0, 0
    set r0, 0x00f00000
    mcr p15, 0, r0, c1, c0, 2           @ CPACR
    isb
    @ r12 := the current guest {r4-r11, sp, pc, vfp-is-live}; the other is at r12 ^ 0x400
    set r12, guests
    mov r0, #0
    str r0, [r12, #0x3f0]               @ whose registers are in the unit: none
    set r0, guest_a
    str r0, [r12, #0x24]
    set r0, 0x40370000
    str r0, [r12, #0x20]
    add r12, r12, #0x400
    set r0, guest_b
    str r0, [r12, #0x24]
    set r0, 0x40360000
    str r0, [r12, #0x20]
    sub r12, r12, #0x400
    b run

@ -- Hyp -----------------------------------------------------------------------------------------------
on_hyp_trap:
    push {r0-r3}
    mrc p15, 4, r0, c5, c2, 0
    lsr r1, r0, #26
    cmp r1, #7
    beq use
    cmp r1, #0x12
    bne .
    @ a switch: HVC 1; the end: HVC 2
    tst r0, #2
    pop {r0-r3}
    bne finish
    set r12, guests
    ldr r0, [r12, #0x3f8]
    add r12, r12, r0                    @ the one that called
    stmia r12, {r4-r11}
    mrs r0, sp_svc
    str r0, [r12, #0x20]
    mrs r0, elr_hyp
    str r0, [r12, #0x24]
    set r1, guests
    ldr r0, [r1, #0x3f0]
    cmp r0, r12                         @ the unit is this guest's: so is FPEXC, which the trap needs set
    vmrseq r0, fpexc
    streq r0, [r12, #0x180]
    sub r0, r12, r1
    eor r0, r0, #0x400
    add r12, r1, r0
run:
    set r1, guests
    sub r0, r12, r1
    str r0, [r1, #0x3f8]
    set r0, 0x33ff
    mcr p15, 4, r0, c1, c1, 2
    isb
    ldr r0, [r1, #0x3f0]                @ trap, unless the unit is this guest's
    cmp r0, r12
    ldreq r0, [r12, #0x180]
    movne r0, #1 << 30
    vmsr fpexc, r0
    set r0, 0x33ff
    orrne r0, r0, #0xc00
    mcr p15, 4, r0, c1, c1, 2
    isb
    ldr r0, [r12, #0x20]
    msr sp_svc, r0
    ldr r0, [r12, #0x24]
    msr elr_hyp, r0
    mov r0, #MASKED | SVC
    msr spsr_cxsf, r0
    ldmia r12, {r4-r11}
    eret
use:
    pop {r0-r3}
    push {r0-r3, r12, lr}
    set r1, guests
    ldr r2, [r1, #0x3f4]
    add r2, r2, #1
    str r2, [r1, #0x3f4]                @ how often
    set r0, 0x33ff
    mcr p15, 4, r0, c1, c1, 2
    isb
    ldr r2, [r1, #0x3f8]
    add r2, r2, r1                      @ who wants it
    ldr r3, [r1, #0x3f0]                @ who has it
    str r2, [r1, #0x3f0]
    cmp r3, #0
    beq 1f
    add r3, r3, #0x40
    vstmia r3!, {d0-d15}
    vstmia r3!, {d16-d31}
    vmrs r0, fpscr
    str r0, [r3, #0x44]
1:  mov r0, #1 << 30
    vmsr fpexc, r0
    add r3, r2, #0x40
    vldmia r3!, {d0-d15}
    vldmia r3!, {d16-d31}
    ldr r0, [r3, #0x44]
    vmsr fpscr, r0
    ldr r0, [r2, #0x180]
    vmsr fpexc, r0
    pop {r0-r3, r12, lr}
    eret

    .macro next
    hvc #1
    .endm

    .macro show_d label:req, low:req
    vmov r10, r11, \low
    show "\label", r11
    say " "
    mov r0, r10
    push {r12, lr}
    bl print_hex
    pop {r12, lr}
    .endm

@ -- A: a series of doubles, rounded to zero --------------------------------------------------------------
guest_a:
    say "a begins"
    mov r0, #1 << 30
    vmsr fpexc, r0
    vmrs r2, fpexc
    show "fpexc", r2
    vmrs r2, mvfr0
    show "mvfr0", r2
    vmrs r2, mvfr1
    show "mvfr1", r2
    end_line
    set r0, 0x00c00000                  @ round to zero
    vmsr fpscr, r0
    vmov.f64 d8, #1.0
    vmov.f64 d9, #3.0
    vmov.f64 d16, #0.5
    mov r6, #6
1:  vdiv.f64 d10, d8, d9
    vfma.f64 d16, d10, d10
    vsqrt.f64 d17, d16
    vadd.f64 d9, d9, d16
    next
    say "a"
    show_d "d10", d10
    show_d "d16", d16
    show_d "d17", d17
    vmrs r2, fpscr
    show "fpscr", r2
    end_line
    subs r6, r6, #1
    bne 1b
    @ the unit, disabled by its owner
    mov r0, #0
    vmsr fpexc, r0
    next
    vmrs r2, fpexc
    show "fpexc", r2
    end_line
    hvc #2

@ -- B: vectors of integers and of singles ------------------------------------------------------------------
guest_b:
    say "b begins"
    mov r0, #1 << 30
    vmsr fpexc, r0
    vmrs r2, fpscr
    show "fpscr", r2
    vmov r2, s0
    show "s0", r2
    end_line
    mov r6, #7
    vmov.i32 q0, #0x7f000000
    vmov.i16 q1, #0x1200
    vmov.f32 q8, #1.25
    vmov.f32 q9, #-3.0
1:  vqadd.s32 q2, q0, q0
    vmul.i16 q1, q1, q1
    vadd.i16 q1, q1, q0
    vmla.f32 q8, q9, q8
    vcvt.s32.f32 q10, q8
    vpadd.i32 d22, d2, d3
    vrecpe.f32 q12, q8
    vcgt.f32 q13, q8, q9
    next
    say "b"
    show_d "q1", d2
    show_d "q2", d4
    show_d "q8", d17
    show_d "q10", d20
    show_d "d22", d22
    show_d "q12", d24
    show_d "q13", d26
    vmrs r2, fpscr
    show "fpscr", r2
    end_line
    subs r6, r6, #1
    bne 1b
    next
    b .

    .data
    .balign 0x800
guests:
    .space 0x800
