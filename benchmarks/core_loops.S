@ The code that benchmarks/core.py times, for the board qemu-virt (QEMU: -M virt,virtualization=on): entered in
@ Hyp mode with the MMU off, it executes one loop and has firmware switch the machine off. KIND selects it:
@ 1 an integer loop, 2 a copy of memory at PL1 under two stages of translation, 3 calls of Hyp mode, with
@ registers saved and restored. TURNS is how often; PL0_CALL makes 3 with SVC, for who has no Hyp mode.

    .syntax unified
    .arch armv7ve
    .text
    .global _start, loop, after, on_call
    .equ SOURCE, 0x40400000
    .equ TARGET, 0x40600000
    .equ CHUNK, 0x10000                 @ bytes that one turn of the copy moves
    .equ WORDS, 6

_start:
    ldr r0, =hyp_vectors
    mcr p15, 4, r0, c12, c0, 0          @ HVBAR
    ldr r0, =0x30c50878                 @ HSCTLR: off, little-endian, which reset leaves UNKNOWN
    mcr p15, 4, r0, c1, c0, 0
    isb
    ldr sp, =0x40380000
    .if KIND != 1
    mov r1, #0
    ldr r0, =stage2_table
    mcrr p15, 6, r0, r1, c2             @ VTTBR
    ldr r0, =0x80000040
    mcr p15, 4, r0, c2, c1, 2           @ VTCR: SL0 1, T0SZ 0
    ldr r0, =stage1_table
    mcrr p15, 0, r0, r1, c2             @ TTBR0
    ldr r0, =0x80000000
    mcr p15, 0, r0, c2, c0, 2           @ TTBCR: EAE
    mov r0, #0xff
    mcr p15, 0, r0, c10, c2, 0          @ MAIR0: Attr0 Normal, write-back
    mcr p15, 0, r1, c10, c2, 1
    mov r0, #1
    mcr p15, 4, r0, c1, c1, 0           @ HCR.VM
    mcr p15, 4, r1, c1, c1, 2           @ HCPTR
    mcr p15, 4, r1, c1, c1, 3           @ HSTR
    mcr p15, 4, r0, c8, c7, 4           @ TLBIALLNSNH
    dsb
    ldr r0, =0x00c50879
    mcr p15, 0, r0, c1, c0, 0           @ SCTLR: M
    isb
    ldr r0, =0x40370000
    msr sp_svc, r0
    mov r0, #0x1d3
    msr spsr_cxsf, r0
    ldr r0, =loop
    msr elr_hyp, r0
    eret
    .endif

loop:
    .if KIND == 1
    mov r0, #0
    mov r1, #1
    mov r2, #0
    mov r7, #0
    ldr r8, =TURNS
1:  add r0, r0, r1
    eor r2, r2, r0, lsl #3
    add r3, r2, r1
    and r4, r3, #0xff
    orr r5, r4, r2
    sub r6, r5, r0
    add r7, r6, r7, ror #7
    subs r8, r8, #1
    bne 1b
    .endif
    .if KIND == 2
    ldr r0, =SOURCE                     @ words that are all different
    ldr r1, =CHUNK + 0x1000
    ldr r2, =1664525
    ldr r4, =1013904223
1:  mla r3, r2, r3, r4
    str r3, [r0], #4
    subs r1, r1, #4
    bne 1b
    ldr r10, =TURNS
2:  ldr r0, =SOURCE                     @ each turn copies from another place
    add r0, r0, r10, lsl #2
    ldr r1, =TARGET
    ldr r8, =CHUNK / (4 * WORDS)
3:  ldmia r0!, {r2-r6}
    stmia r1!, {r2-r6}
    ldr r2, [r0], #4
    str r2, [r1], #4
    subs r8, r8, #1
    bne 3b
    subs r10, r10, #1
    bne 2b
    .endif
    .if KIND == 3
    mov r0, #1
    ldr r8, =TURNS
1:  add r0, r0, #1
    .ifdef PL0_CALL
    svc #0
    .else
    hvc #0
    .endif
    subs r8, r8, #1
    bne 1b
    .endif
after:
    ldr r0, =0x84000008                 @ PSCI SYSTEM_OFF, which QEMU and the board answer
    smc #0
    b .

on_call:
    push {r0-r3}
    add r1, r0, r0
    pop {r0-r3}
    eret

    .balign 32
hyp_vectors:
    b .
    b .
    b .
    b .
    b .
    b on_call
    b .
    b .
    .ltorg

    .balign 4096
stage1_table:                           @ the first four gigabytes, blocks of 1 GB: AF, inner shareable
    .irp number, 0, 1, 2, 3
    .word \number << 30 | 0x701, 0
    .endr
    .balign 4096
stage2_table:                           @ the same: MemAttr write-back, HAP read and write
    .irp number, 0, 1, 2, 3
    .word \number << 30 | 0x7fd, 0
    .endr
