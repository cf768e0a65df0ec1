@ Linux's head.S and proc-v7: tables built with the MMU off, TTBR0 and TTBR1, PRRR and NMRR, the MMU turned on from
@ identity mapped code, and the identity mapping dropped.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     r4, =table
        @ create_page_tables: identity for turn_mmu_on, kernel at 0xc0000000
        ldr     r3, =0x40010c0e
        ldr     r5, =4 * 0x400
        str     r3, [r4, r5]
        add     r5, r5, #4 * 0x800
        str     r3, [r4, r5]
        @ __v7_setup
        mov     r10, #0
        mcr     p15, 0, r10, c7, c5, 0          @ ICIALLU
        step 3, dsb
        step 1, mcr     p15, 0, r10, c8, c7, 0          @ TLBIALL
        mcr     p15, 0, r10, c2, c0, 2          @ TTBCR
        orr     r8, r4, #0x4a
        mcr     p15, 0, r8, c2, c0, 1           @ TTBR1
        ldr     r5, =0xff0a81a8                 @ PRRR
        ldr     r6, =0x40e040e0
        mcr     p15, 0, r5, c10, c2, 0          @ PRRR or MAIR0
        mcr     p15, 0, r6, c10, c2, 1          @ NMRR or MAIR1
        step 3, dsb
        ldr     r0, =0x10c5387d
        @ __enable_mmu
        mov     r5, #0x55
        mcr     p15, 0, r5, c3, c0, 0           @ DACR
        orr     r4, r4, #0x4a
        mcr     p15, 0, r4, c2, c0, 0           @ TTBR0
        b       turn
        .ltorg
        .align 5
turn:   mov     r0, r0
        step 2, isb
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        mrc     p15, 0, r3, c0, c0, 0
        step 4, isb
        mov     r3, r3
        ldr     r3, =switched + 0x80000000
        bx      r3
        .ltorg
switched:
        ldr     r7, =stk + 0x80000000
        mov     sp, r7
        push    {r0, r1}
        @ drop id map:
        ldr     r4, =table + 0x80000000 + 4 * 0x400
        mov     r5, #0
        str     r5, [r4]
        step 5, dsb
        step 5, mcr     p15, 0, r5, c8, c7, 0   @ TLBIALL
        step 5, dsb
        step 5, isb
done:   b       .
        .ltorg
        .data
        .balign 16384
table:  .space  16384
        .space  64
stk:
