@ PL1 with the Long-descriptor format and two table bases (T1SZ = 1), the ASID in TTBR0: a kernel mapping made at run
@ time, a switch of address spaces by one MCRR, and an ASID used again for another one.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        mark    0x40400000
        mark    0x40600000
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        ldr     r0, =0xb5013500
        .if DROP == 1
        ldr     r0, =0xb0013500
        .endif
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR: T1SZ 1
        ldr     r0, =0x000004ff
        mcr     p15, 0, r0, c10, c2, 0          @ PRRR or MAIR0
        mov     r0, #0
        mcr     p15, 0, r0, c10, c2, 1          @ NMRR or MAIR1
        ldr     r0, =low
        mov     r1, #0x10000                    @ ASID 1
        mcrr    p15, 0, r0, r1, c2              @ TTBR0
        ldr     r0, =high
        mov     r1, #0
        mcrr    p15, 1, r0, r1, c2              @ TTBR1
        dsb
        isb
        ldr     r0, =0x00c5187d
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     r4, =high2 + 16
        ldr     r2, =0x40400741
        mov     r3, #0
        strd    r2, r3, [r4]
        dsb
        isb
        ldr     r7, =0x80400000
        ldr     r5, [r7]
        @ ASID switch in one MCRR
        ldr     r7, =0x40600000
        ldr     r6, [r7]
        ldr     r0, =low_b
        .if DROP == 2
        mov     r1, #0x10000
        .else
        mov     r1, #0x20000
        .endif
        mcrr    p15, 0, r0, r1, c2              @ TTBR0
        isb
        ldr     r8, [r7]
        @ reuse of ASID 1 for a third table
        mov     r2, #1
        .if DROP == 5
        mov     r2, #3
        .endif
        step 3, mcr     p15, 0, r2, c8, c7, 2           @ TLBIASID 1
        dsb
        step 4, isb
        ldr     r0, =low_b
        mov     r1, #0x10000
        mcrr    p15, 0, r0, r1, c2              @ TTBR0
        isb
        ldr     r0, [r7]
done:   b       .
        .ltorg
        .data
        .balign 4096
low:    .word   0, 0, low2 + 3, 0, 0, 0, 0, 0
        .balign 4096
low_b:  .word   0, 0, low2b + 3, 0, 0, 0, 0, 0
        .balign 4096
high:   .word   high2 + 3, 0, 0, 0
        .balign 4096
low2:   .word   0x40000000 + 0x741, 0, 0, 0, 0, 0, 0x40400000 + 0xf41, 0
        .balign 4096
low2b:   .word   0x40000000 + 0x741, 0, 0, 0, 0, 0, 0x40600000 + 0xf41, 0
        .balign 4096
high2:  .space  4096
