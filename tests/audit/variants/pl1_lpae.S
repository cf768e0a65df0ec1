@ A PL1 boot with the Long-descriptor format in the manner of kvm-unit-tests, Non-secure: TLBIALL, TTBCR with EAE, MAIR,
@ TTBR0, and SCTLR; then a page is mapped at run time, changed with break-before-make, and unmapped.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #0x3000
        bic     r0, r0, #0x7
        bic     r0, r0, #0x180000               @ WXN and UWXN
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        step 1, mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        step 2, dsb     nsh
        ldr     r0, =0x80003500
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        isb
        ldr     r0, =0x000004ff
        mcr     p15, 0, r0, c10, c2, 0          @ MAIR0
        mov     r0, #0
        mcr     p15, 0, r0, c10, c2, 1          @ MAIR1
        ldr     r0, =level1
        mov     r1, #0
        mcrr    p15, 0, r0, r1, c2              @ TTBR0
        step 3, isb
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        orr     r0, r0, #0x1000
        orr     r0, r0, #0x5
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        @ a new page
        ldr     r4, =level3
        ldr     r8, =page_a + 0x743
        mov     r9, #0
        strd    r8, r9, [r4]
        step 4, dsb     ishst
        step 5, isb
        ldr     r7, =0x40400000
        ldr     r0, [r7]
        @ another one in its place
        mov     r8, #0
        only 6, ldr     r8, =page_b + 0x743
        strd    r8, r9, [r4]
        step 7, dsb     ishst
        step 8, mcr     p15, 0, r7, c8, c7, 1           @ TLBIMVA, ASID 0
        step 9, dsb     ish
        step 10, isb
        ldr     r8, =page_b + 0x743
        strd    r8, r9, [r4]
        dsb     ishst
        isb
        ldr     r0, [r7]
        @ and none
        mov     r8, #0
        strd    r8, r9, [r4]
        dsb     ishst
        mcr     p15, 0, r7, c8, c7, 1           @ TLBIMVA
        dsb     ish
        isb
done:   b       .
        .ltorg
        .data
        .balign 4096
level1: .word   0, 0, level2 + 3, 0, 0, 0, 0, 0
        .balign 4096
level2: .word   0x40000000 + 0x701, 0, 0, 0, level3 + 3, 0
        .balign 4096
level3: .space  4096
page_a: .word   1
        .balign 4096
page_b: .word   2
        .balign 4096
