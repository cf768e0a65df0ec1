@ A small kernel that preempts: three tasks in System mode on stacks of their own, switched by a timer's IRQ and
@ by SVC, each with its VFP registers and rounding mode. They sleep for some ticks, and meanwhile the idle task
@ yields at one place thousands of times, with nothing in its registers changed.
    .include "common.inc"
    .arch_extension sec
    .global _start
    .text
    .equ TASKS, 4                       @ with the idle one, which is number 0
    .equ TIMER, 29                      @ the Secure physical timer
    .equ TICK, 31250                    @ half a millisecond
    .equ CURRENT, 0
    .equ TICKS, 4
    .equ LEFT, 8
    .equ STACKS, 16
    .equ WAKE, 32
    .equ NEVER, 0x7fffffff
    .equ SAVED_R0, 65 * 4               @ in what is saved: D0 to D31 and FPSCR come first

    @ All of what was interrupted goes to its own stack, with the mode's LR as where it goes on.
    .macro save
    srsdb sp!, #SYS
    cps #SYS
    push {r0-r12, lr}
    vmrs r0, fpscr
    push {r0}
    vpush {d16-d31}
    vpush {d0-d15}
    .endm

_start:
    park_others
    stack SVC, 1
    stack IRQ, 2
    stack SYS, 3
    set r0, vectors
    mcr p15, 0, r0, c12, c0, 0          @ VBAR
    mrc p15, 0, r0, c1, c0, 2
    orr r0, r0, #0xf00000
    mcr p15, 0, r0, c1, c0, 2           @ CPACR
    isb
    mov r0, #0x40000000
    vmsr fpexc, r0

    set r8, state
    mov r4, #1
1:  sub r1, sp, r4, lsl #12             @ a task's stack, with what restoring takes from it
    sub r1, r1, #324
    mov r2, #0
    mov r3, #324 / 4
2:  str r2, [r1], #4
    subs r3, r3, #1
    bne 2b
    set r2, task
    mov r3, #SYS
    strd r2, r3, [r1, #-8]              @ PC and CPSR
    sub r1, r1, #324
    str r4, [r1, #SAVED_R0]
    add r2, r8, #STACKS
    str r1, [r2, r4, lsl #2]
    add r4, r4, #1
    cmp r4, #TASKS
    bne 1b

    set r4, GICD
    set r5, GICC
    mov r0, #1 << TIMER
    str r0, [r4, #0x100]
    mov r0, #0xf0
    str r0, [r5, #4]                    @ PMR
    mov r0, #1
    str r0, [r5]                        @ group 0, as IRQ
    str r0, [r4]
    set r1, TICK
    mcr p15, 0, r1, c14, c2, 0          @ CNTP_TVAL
    mcr p15, 0, r0, c14, c2, 1          @ CNTP_CTL
    cpsie i, #SVC

idle:
    mov r0, #0
    svc #0
    ldr r0, [r8, #LEFT]
    cmp r0, #0
    bne idle

    cpsid i
    ldr r0, [r8, #TICKS]
    cmp r0, #6                          @ as long as the last one slept
    movhs r0, #1
    show "slept", r0
    end_line
    b finish

@ Computes, sleeps for as many ticks as its number, and computes on. r0 is the number.
task:
    mov r4, r0
    lsl r0, r4, #22                     @ FPSCR.RMode
    vmsr fpscr, r0
    vmov s0, r4
    vcvt.f64.s32 d8, s0
    vmov.f64 d9, #3.0
    vmov.f64 d31, d8
    mov r5, #2
1:  vdiv.f64 d8, d8, d9
    vadd.f64 d31, d31, d8
    mov r0, r4
    svc #0
    subs r5, r5, #1
    bne 1b
    cpsid i
    say "task"
    show "number", r4
    vmov r6, r7, d31
    show "low", r6
    show "high", r7
    vmrs r6, fpscr
    and r6, r6, #3 << 22
    show "rounding", r6
    end_line
    set r8, state
    ldr r0, [r8, #LEFT]
    sub r0, r0, #1
    str r0, [r8, #LEFT]
    cpsie i
    set r0, NEVER
    svc #0                              @ does not return

on_svc:                                 @ sleeps for r0 ticks: 0 only yields, NEVER ends the task
    save
    set r8, state
    ldr r0, [sp, #SAVED_R0]
    ldr r1, [r8, #TICKS]
    adds r0, r0, r1
    mvnvs r0, #1 << 31
    ldr r1, [r8, #CURRENT]
    add r2, r8, #WAKE
    str r0, [r2, r1, lsl #2]
    b switch

on_irq:
    sub lr, lr, #4
    save
    set r8, state
    set r5, GICC
    ldr r4, [r5, #0xc]                  @ IAR
    set r0, TICK
    mcr p15, 0, r0, c14, c2, 0          @ CNTP_TVAL
    ldr r0, [r8, #TICKS]
    add r0, r0, #1
    str r0, [r8, #TICKS]
    str r4, [r5, #0x10]                 @ EOIR

switch:
    ldr r0, [r8, #CURRENT]
    ldr r1, [r8, #TICKS]
    add r2, r8, #STACKS
    add r3, r8, #WAKE
    str sp, [r2, r0, lsl #2]
1:  add r0, r0, #1
    and r0, r0, #TASKS - 1
    ldr r4, [r3, r0, lsl #2]
    cmp r4, r1
    bgt 1b                              @ the idle task never sleeps
    str r0, [r8, #CURRENT]
    ldr sp, [r2, r0, lsl #2]
    vpop {d0-d15}
    vpop {d16-d31}
    pop {r0}
    vmsr fpscr, r0
    pop {r0-r12, lr}
    rfeia sp!

    .balign 32
vectors:
    b .
    b .
    b on_svc
    b .
    b .
    b .
    b on_irq
    b .

    .data
    .balign 8
state:
    .word 0                             @ the current task
    .word 0                             @ ticks
    .word TASKS - 1                     @ tasks that have not ended
    .word 0
    .space 4 * TASKS                    @ their stacks
    .space 4 * TASKS                    @ the ticks at which they wake
