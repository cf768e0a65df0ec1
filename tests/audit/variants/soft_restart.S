@ Soft restart from PL1: an argument is cleaned and invalidated, the MMU and caches go off in identity mapped code.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        mov     r0, #0
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        mov     r0, #0
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        ldr     r0, =kern + 0x4a
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        mov     r0, #1
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        dsb
        isb
        ldr     r0, =0x00c5187d
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     pc, =high + 0x80000000
high:   @ switch to the idmap table
        ldr     r4, =arg + 0x80000000
        ldr     r0, =0x1234
        str     r0, [r4]
        step 2, mcr     p15, 0, r4, c7, c14, 1  @ DCCIMVAC
        step 3, dsb
        ldr     pc, =reset
reset:  mrc     p15, 0, r1, c1, c0, 0           @ SCTLR
        bic     r1, r1, #1
        bic     r1, r1, #4
        mcr     p15, 0, r1, c1, c0, 0           @ SCTLR
        step 1, isb
        ldr     r4, =arg
        ldr     r0, [r4]
        adr     r1, done
        bx      r1
done:   b       .
        .ltorg
        .data
        .balign 16384
kern:   .space  4 * 0x400
        .word   0x40010c0e, 0x40110c0e, 0x40210c0e
        .balign 8192
        .space  4096
        .word   0x40010c0e, 0x40110c0e, 0x40210c0e
        .balign 16384
arg:    .word   0
        .balign 64
