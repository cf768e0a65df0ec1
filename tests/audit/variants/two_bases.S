@ PL1 with short descriptors and two table bases (TTBCR.N = 1): TTBR0 for the low half, TTBR1 for the kernel's, whose
@ table is stored to with the MMU on.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        mov     r0, #0
        step 5, mcr     p15, 0, r0, c8, c7, 0   @ TLBIALL
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        mov     r0, #1
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR.N = 1
        ldr     r0, =table0 + 0x4a
        .if DROP == 4
        ldr     r0, =table0
        .endif
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        ldr     r0, =table1 + 0x4a
        .if DROP == 3
        ldr     r0, =table1
        .endif
        mcr     p15, 0, r0, c2, c0, 1           @ TTBR1
        mov     r0, #1
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        dsb
        step 6, isb
        ldr     r0, =0x00c5187d
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     r4, =table1 + 4 * 0xc00
        ldr     r5, =0x40510c0e
        str     r5, [r4]
        step 1, dsb
        step 2, isb
        ldr     r7, =0xc0000000
        ldr     r0, [r7]
done:   b       .
        .ltorg
        .data
        .balign 16384
table0: .space  4 * 0x400
        .word   0x40010c0e, 0x40110c0e
        .balign 8192
        .balign 16384
table1: .space 16384
