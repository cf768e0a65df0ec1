@ A BE8 image in Hyp mode: tables in big-endian order, a page changed at run time with break-before-make.
        .include "steps.inc"
        .text
        .global _start, done
_start: setend  be
        park_others
        ldr     r0, =0x32c50878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        hyp_registers level1
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb
        isb
        ldr     r0, =0x32c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     r7, =0xc0000000
        ldr     r0, [r7]
        ldr     r4, =level2b
        mov     r2, #0
        mov     r3, #0
        step 1, strd    r2, r3, [r4]
        .if DROP != 1
        dsb
        step 2, mcr     p15, 4, r7, c8, c7, 1   @ TLBIMVAH
        dsb
        isb
        .endif
        ldr     r3, =0x40600741
        strd    r2, r3, [r4]
        step 3, dsb
        isb
        ldr     r0, [r7]
done:   b       .
        .ltorg
        .data
        .balign 4096
level1: .word   0, 0, 0, level2 + 3, 0, 0, 0, level2b + 3
        .balign 4096
level2: .word   0, 0x40000000 + 0x741
        .balign 4096
level2b: .word   0, 0x40400000 + 0x741
        .balign 4096
