@ A PL1 boot in the manner of proc-v7 and U-Boot: MMU, caches and predictor off, their content invalidated, a table of
@ sections built with the MMU off, TTBCR, TTBR0, DACR, and SCTLR with M, C, Z and I in one write.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #0x1000
        bic     r0, r0, #0x7
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        mov     r0, #0
        step 1, mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        mcr     p15, 0, r0, c7, c5, 6           @ BPIALL
        step 2, dsb
        isb
        ldr     r4, =table
        ldr     r5, =0x00010c0e                 @ sections, shareable, TEX 0, C and B, domain 0, PL1 only
        mov     r6, #0
1:      orr     r7, r5, r6, lsl #20
        str     r7, [r4, r6, lsl #2]
        add     r6, r6, #1
        cmp     r6, #0x800
        bne     1b
        mov     r0, #0
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        orr     r4, r4, #0x4a
        mcr     p15, 0, r4, c2, c0, 0           @ TTBR0
        mov     r0, #1
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        step 3, dsb
        step 4, isb
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #0x30000000             @ TRE and AFE
        orr     r0, r0, #0x1800
        orr     r0, r0, #0x5
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        step 5, isb
        ldr     sp, =stack_top
        push    {r0, r1}
        pop     {r0, r1}
done:   b       .
        .ltorg
        .data
        .balign 16384
table:  .space  16384
stack:  .space  256
stack_top:
