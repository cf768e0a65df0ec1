@ PL1 with short descriptors and the MMU on: a section of memory that is in use becomes Non-cacheable, as an OS does for
@ buffers that a device reads: unmapped, invalidated, mapped anew, and its lines cleaned by the new mapping.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r4, =table
        four_sections
        short_mmu_on
        ldr     r5, =0x40300000
        mov     r1, #1
        str     r1, [r5]
        ldr     r6, =table + 0x100c
        mov     r0, #0
        step 1, str     r0, [r6]
        step 2, dsb
        step 3, mcr     p15, 0, r5, c8, c7, 1           @ TLBIMVA
        step 4, dsb
        isb
        ldr     r0, =0x40311c02                 @ Non-cacheable
        str     r0, [r6]
        step 5, dsb
        step 6, isb
        step 7, mcr     p15, 0, r5, c7, c14, 1          @ DCCIMVAC
        step 8, dsb
        ldr     r1, [r5]
        add     r1, r1, #1
        str     r1, [r5]
        ldr     r1, [r5]
done:   b       done
        .ltorg
        .bss
        .balign 0x4000
table:  .space  0x4000
