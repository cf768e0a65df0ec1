@ Code that writes code, in A32 and T32, with the maintenance that makes it seen; cache maintenance by set and
@ way over all levels, as boot code does it; and copies of code that run elsewhere.
    .include "common.inc"
    .global _start
    .text
    .equ HERE, 0x40400000
    .equ THERE, 0x40500000

    @ Cleans a line to PoU, and invalidates instructions and predictions. Changes r0 only.
    .macro publish address:req
    dsb
    mcr p15, 0, \address, c7, c11, 1
    dsb
    mcr p15, 0, \address, c7, c5, 1
    mcr p15, 0, \address, c7, c5, 7
    dsb
    isb
    .endm

_start:
    park_others
    stack UND, 1
    stack SVC, 2
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    isb
    show_cp15 "ctr", 0, c0, c0, 1
    show_cp15 "clidr", 1, c0, c0, 1
    end_line
    bl all_levels
    bl flat_map
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #1 << 12
    orr r0, r0, #1 << 2
    mcr p15, 0, r0, c1, c0, 0
    isb
    say "caches on\n"

    @ one instruction, changed a hundred times: mov r0, #n; bx lr
    set r5, HERE
    set r0, 0xe12fff1e
    str r0, [r5, #4]
    mov r6, #0
    mov r8, #0
1:  set r0, 0xe3a00000
    orr r0, r0, r6
    str r0, [r5]
    publish r5
    blx r5
    add r8, r8, r0
    add r6, r6, #1
    cmp r6, #100
    bne 1b
    say "sum"
    show "of-results", r8
    end_line

    @ a loop that rewrites its own next instruction, in one block of a line
    set r5, HERE + 0x100
    adr r6, changing
    mov r7, #8
2:  ldr r0, [r6], #4
    str r0, [r5], #4
    subs r7, r7, #1
    bne 2b
    set r5, HERE + 0x100
    publish r5
    set r1, 0xe2888003                  @ add r8, r8, #3
    mov r8, #0
    blx r5
    show "first-time", r8
    mov r8, #0
    blx r5
    show "then", r8
    end_line

    @ T32: movs r0, #n; bx lr, n changed
    set r5, HERE + 0x200
    set r0, 0x47702000
    str r0, [r5]
    mov r6, #0
    mov r8, #0
3:  strb r6, [r5]
    publish r5
    orr r1, r5, #1
    blx r1
    add r8, r8, r0
    add r6, r6, #5
    cmp r6, #50
    bne 3b
    say "thumb"
    show "sum", r8
    @ and a 32-bit one across the end of a page: movw r0, #0x1234
    set r5, HERE + 0xffe
    set r0, 0xf241
    strh r0, [r5]
    set r0, 0x2034
    strh r0, [r5, #2]
    set r0, 0x4770
    strh r0, [r5, #4]
    publish r5
    add r1, r5, #2
    publish r1
    orr r1, r5, #1
    blx r1
    show "across", r0
    set r0, 0x2078                      @ its second half alone
    strh r0, [r5, #2]
    add r1, r5, #2
    publish r1
    orr r1, r5, #1
    blx r1
    show "second-half", r0
    end_line

    @ a function copied and called at two places, then one of them is overwritten by the other's data
    set r5, THERE
    adr r6, sum_to
    mov r7, #16
4:  ldr r0, [r6], #4
    str r0, [r5], #4
    subs r7, r7, #1
    bne 4b
    set r5, THERE
    publish r5
    add r1, r5, #32
    publish r1
    mov r0, #1000
    blx r5
    show "copied", r0
    mov r0, #1000
    bl sum_to
    show "original", r0
    end_line

    bl all_levels
    b finish

changing:
    .inst 0xe58f1000                    @ str r1, [pc]
    nop
    nop                                 @ this is changed, for the next time at the latest
    add r8, r8, #1
    bx lr
    nop
    nop
    nop

sum_to:
    mov r1, #0
1:  add r1, r1, r0
    subs r0, r0, #1
    bne 1b
    mov r0, r1
    bx lr
    .rept 10
    nop
    .endr

@ Every data and unified cache up to the point of coherency, cleaned and invalidated by set and way.
all_levels:
    push {r4-r11, lr}
    mrc p15, 1, r0, c0, c0, 1           @ CLIDR
    ubfx r3, r0, #24, #3
    lsl r3, r3, #1
    mov r10, #0
1:  add r2, r10, r10, lsr #1
    lsr r1, r0, r2
    and r1, r1, #7
    cmp r1, #2
    blt 4f
    mcr p15, 2, r10, c0, c0, 0          @ CSSELR
    isb
    mrc p15, 1, r1, c0, c0, 0           @ CCSIDR
    and r2, r1, #7
    add r2, r2, #4
    ubfx r4, r1, #3, #10
    clz r5, r4
    ubfx r7, r1, #13, #15
2:  mov r9, r4
3:  orr r6, r10, r9, lsl r5
    orr r6, r6, r7, lsl r2
    mcr p15, 0, r6, c7, c14, 2          @ DCCISW
    subs r9, r9, #1
    bge 3b
    subs r7, r7, #1
    bge 2b
    mov r8, r1
    say "level"
    show "csselr", r10
    bfc r8, #13, #15                    @ (QEMU 7.2 gives level 2 a size that no Cortex-A15 has)
    show "ccsidr", r8
    end_line
    mrc p15, 1, r0, c0, c0, 1
4:  add r10, r10, #2
    cmp r3, r10
    bgt 1b
    mov r10, #0
    mcr p15, 2, r10, c0, c0, 0
    dsb
    mcr p15, 0, r10, c7, c5, 0
    isb
    pop {r4-r11, pc}
