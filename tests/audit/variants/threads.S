@ Threads in the manner of a small kernel that has no MMU of its own to switch: a thread yields by SVC, its context goes on
@ its stack, and RFE goes on with the other one.
        .include "steps.inc"
        .text
        .global _start
_start: park_others
        ldr     r4, =table
        four_sections
        short_mmu_on
        ldr     r0, =vectors
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        step 1, isb
        ldr     r2, =second_context
        ldr     r0, =second_stack - 64
        str     r0, [r2]
        ldr     r1, =second
        str     r1, [r0, #56]
        mov     r1, #0x1f
        str     r1, [r0, #60]
        cps     #0x1f
        ldr     sp, =first_stack
        b       first
        .ltorg
        .balign 32
vectors: b      .
        b       undefined
        b       yield
        b       .
        b       .
        b       .
        b       .
        b       .
undefined:                                      @ goes on behind the instruction, in the thread that it is of
        movs    pc, lr
yield:  srsdb   sp!, #0x1f
        cps     #0x1f
        push    {r0 - r12, lr}
        ldr     r8, =current
        ldr     r9, [r8]
        eor     r10, r9, #4                     @ the other one's context
        str     r10, [r8]
        str     sp, [r9]
        ldr     sp, [r10]
        step 2, clrex
        pop     {r0 - r12, lr}
        rfeia   sp!
        .ltorg
first:  ldr     r4, =count
        ldrex   r0, [r4]
        svc     #0
        add     r0, r0, #1
        strex   r1, r0, [r4]                    @ fails: the monitor is closed
1:      wfi
        b       1b
second: ldr     r4, =count
1:      ldrex   r0, [r4]
        udf     #0                              @ is gone on with in the same thread
        add     r0, r0, #1
        strex   r1, r0, [r4]
        cmp     r1, #0
        bne     1b
        svc     #0
        udf     #0
        .ltorg
        .data
        .balign 16384
table:  .space  16384
count:  .word   0
        .balign 8
first_context: .word 0
second_context: .word 0
current: .word  first_context
        .balign 64
        .space  256
first_stack:
        .space  256
second_stack:
