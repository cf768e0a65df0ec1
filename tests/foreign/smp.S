@ Several CPUs in Hyp mode: PSCI starts as many as there are; they count together under a spinlock of
@ LDREX and STREX, meet at barriers with WFE and SEV, and take an SGI each. Lines begin with the CPU.
    .include "common.inc"
    .global _start
    .text
    .equ CPU_ON, 0x84000003
    .equ AFFINITY_INFO, 0x84000004
    .equ ROUNDS, 20

    @ All CPUs come here before any goes on. r9 is their number, r11 the number of times.
    .macro meet
    lock
    ldr r0, [r8, #8]
    add r0, r0, #1
    str r0, [r8, #8]
    unlock
    add r11, r11, #1
    mul r2, r9, r11
7761:
    ldr r0, [r8, #8]
    cmp r0, r2
    wfelo
    blo 7761b
    .endm

_start:
    set r8, shared
    mov r10, #0
    set sp, 0x40380000
    set r0, 0x84000000
    smc #0
    cmp r0, #2                          @ PSCI 0.2 or later
    movhs r0, #1
    movlo r0, #0
    show "psci", r0
    end_line
    mov r9, #1
1:  set r0, CPU_ON
    mov r1, r9
    set r2, secondary
    orr r3, r9, #0x100
    smc #0
    cmp r0, #0
    addeq r9, r9, #1
    beq 1b
    mov r7, r0
    line "no such cpu"                  @ INVALID_PARAMETERS
    show "result", r7
    line_end
    str r9, [r8, #12]
    dsb
    sev
    set r0, CPU_ON
    mov r1, #0
    smc #0
    mov r7, r0
    line "already on"
    show "result", r7
    line_end
    b together

secondary:
    mrc p15, 0, r10, c0, c0, 5
    and r10, r10, #0xff
    set sp, 0x40380000
    sub sp, sp, r10, lsl #12
    set r8, shared
    mov r7, r0
    line "up"
    show "context", r7
    mrs r7, cpsr
    and r7, r7, #0x1f
    show "mode", r7
    line_end
2:  ldr r9, [r8, #12]                   @ how many there are
    cmp r9, #0
    wfeeq
    beq 2b

together:
    mov r11, #0
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    isb
    meet
    mov r7, #ROUNDS
3:  lock
    ldr r0, [r8, #4]
    add r0, r0, #1
    str r0, [r8, #4]
    unlock
    subs r7, r7, #1
    bne 3b
    add r7, r8, #16                     @ and without the lock
    mov r6, #ROUNDS
4:  ldrexd r0, r1, [r7]
    adds r0, r0, #1
    adc r1, r1, r10
    strexd r2, r0, r1, [r7]
    cmp r2, #0
    bne 4b
    subs r6, r6, #1
    bne 4b
    meet
    ldr r7, [r8, #4]
    line "counted"
    show "sum", r7
    ldrd r0, r1, [r8, #16]
    show "low", r0
    show "high", r1
    line_end
    meet

    @ SGI 3 goes round from each CPU to the next; it pends, and WFI ends although it is masked
    set r5, GICD
    set r6, GICC
    mov r0, #1
    str r0, [r5]
    str r0, [r6]
    mov r0, #0xf0
    str r0, [r6, #4]
    meet
    add r0, r10, #1
    cmp r0, r9
    movhs r0, #0
    mov r1, #1
    lsl r1, r1, r0
    lsl r1, r1, #16
    orr r1, r1, #3
    dsb
    str r1, [r5, #0xf00]                @ GICD_SGIR
5:  wfi
    ldr r7, [r6, #0xc]                  @ GICC_IAR
    mov r0, r7
    bfc r0, #10, #3
    cmp r0, #3
    bne 5b
    str r7, [r6, #0x10]
    line "sgi"
    show "iar", r7
    line_end
    meet
    cmp r10, #0
    beq 6f
    set r0, 0x84000002                  @ CPU_OFF
    smc #0
    b .
6:  mov r7, #1
7:  cmp r7, r9
    bhs finish
8:  set r0, AFFINITY_INFO
    mov r1, r7
    mov r2, #0
    smc #0
    cmp r0, #1
    bne 8b
    line "another is off"
    show "cpu", r7
    line_end
    add r7, r7, #1
    b 7b

    .data
    .balign 64
shared:
    .word 0                             @ the lock
    .word 0                             @ a sum
    .word 0                             @ arrivals
    .word 0                             @ CPUs
    .quad 0
