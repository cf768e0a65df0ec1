@ PL1 with the MMU on and short descriptors: a section's attributes are changed as U-Boot changes them, a page table is
@ put in a section's place, and two address spaces are switched by TTBR0 and CONTEXTIDR.
        .include "steps.inc"
        .macro  section number, low
        .word   (\number << 20) + \low
        .endm
        .text
        .global _start, done
_start: park_others
        mark    0x40300000
        mark    0x40400000
        mark    0x40500000
        mark    0x40600000
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #0x1000
        bic     r0, r0, #0x7
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        mov     r0, #0
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        ldr     r0, =table + 0x4a
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        mov     r0, #1
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        mov     r0, #1
        mcr     p15, 0, r0, c13, c0, 1          @ CONTEXTIDR
        dsb
        isb
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #0x30000000
        orr     r0, r0, #0x1800
        orr     r0, r0, #0x5
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     r4, =table + 4 * 0x403
        ldr     r7, =0x40300000
        ldr     r2, [r7]
        @ another output address for 0x40300000
        only 1, ldr     r5, =0x40310c0a
        only 1, str     r5, [r4]
        mov     r5, #0
        step 2, str     r5, [r4]
        step 3, dsb
        step 4, mcr     p15, 0, r7, c8, c7, 1           @ TLBIMVA
        orr     r8, r7, #1
        step 4, mcr     p15, 0, r8, c8, c7, 1           @ TLBIMVA, ASID 1
        step 5, dsb
        isb
        ldr     r5, =0x40510c0e
        str     r5, [r4]
        dsb
        isb
        ldr     r3, [r7]
        @ another address space
        mov     r0, #0
        step 6, mcr     p15, 0, r0, c13, c0, 1          @ CONTEXTIDR, reserved
        step 7, isb
        ldr     r0, =other + 0x4a
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        step 8, isb
        mov     r0, #2
        mcr     p15, 0, r0, c13, c0, 1          @ CONTEXTIDR
        step 9, isb
        ldr     r7, =0x40400000
        ldr     r6, [r7]
        @ and back
        mov     r0, #0
        mcr     p15, 0, r0, c13, c0, 1          @ CONTEXTIDR
        isb
        ldr     r0, =table + 0x4a
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        isb
        mov     r0, #1
        mcr     p15, 0, r0, c13, c0, 1          @ CONTEXTIDR
        isb
        ldr     r9, [r7]
done:   b       .
        .ltorg
        .data
        .balign 16384
table:  .space  4 * 0x400
        section 0x400, 0x10c0e
        section 0x401, 0x10c0e
        section 0x402, 0x10c0e
        section 0x403, 0x10c0e
        section 0x404, 0x30c0e                  @ nG
        .balign 16384
other:  .space  4 * 0x400
        section 0x400, 0x10c0e
        section 0x401, 0x10c0e
        section 0x402, 0x10c0e
        section 0x405, 0x10c0e
        section 0x406, 0x30c0e                  @ at 0x40400000: another address, nG
        .balign 16384
