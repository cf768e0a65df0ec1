@ CPU 0 changes an instruction that the others wait to execute: clean, DSB, invalidation for all CPUs, DSB, a flag; an
@ ISB on the CPU that sees the flag.
        .include "steps.inc"
        .text
        .global _start, done
_start: hyp_mmu_on level1
        mrc     p15, 0, r9, c0, c0, 5
        ands    r9, r9, #3
        bne     other
        ldr     r4, =code
        ldr     r0, =0xe3a00002
        str     r0, [r4]
        step 1, mcr     p15, 0, r4, c7, c11, 1  @ DCCMVAU
        step 2, dsb
        .if DROP == 6
        mcr     p15, 0, r4, c7, c5, 0           @ ICIALLU local only
        .else
        step 3, mcr     p15, 0, r4, c7, c1, 0           @ ICIALLUIS
        .endif
        step 4, dsb
        ldr     r5, =flag
        mov     r0, #1
        str     r0, [r5]
        b       .
other:  ldr     r5, =flag
1:      ldr     r0, [r5]
        cmp     r0, #1
        bne     1b
        step 5, isb
        bl      code
done:   b       .
        .ltorg
        .balign 64
code:   mov     r0, #1
        bx      lr
        .balign 64
        .data
        identity_tables
flag:   .word 0
        .balign 64
