@ A decompressor in the manner of zImage, with the CP15 barriers: caches on over a table of its own, the kernel written,
@ cleaned line by line, caches off, jump.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #0x3a000000
        ldr     r0, =0x00c50078
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        @ __setup_mmu
        ldr     r3, =table
        mov     r0, r3
        mov     r9, #0x40000000
        add     r10, r9, #0x10000000
        ldr     r1, =0xc12                      @ sections, XN
        add     r2, r3, #16384
1:      cmp     r1, r9
        orrcs   r1, r1, #0xc                    @ RAM: cacheable, executable
        biccs   r1, r1, #0x10
        cmp     r1, r10
        biccs   r1, r1, #0xc
        orrcs   r1, r1, #0x10
        str     r1, [r0], #4
        add     r1, r1, #1048576
        teq     r0, r2
        bne     1b
        mov     r0, #0
        mcr     p15, 0, r0, c7, c10, 4          @ CP15DSB
        step 1, mcr     p15, 0, r0, c8, c7, 0   @ TLBIALL
        step 2, mcr     p15, 0, r0, c7, c10, 4  @ CP15DSB
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #1 << 28
        orr     r0, r0, #0x1000
        orr     r0, r0, #0x003c
        bic     r0, r0, #2
        orr     r0, r0, #1
        mcr     p15, 0, r3, c2, c0, 0           @ TTBR0
        mov     r1, #0
        mcr     p15, 0, r1, c2, c0, 2           @ TTBCR
        mov     r1, #1
        mcr     p15, 0, r1, c3, c0, 0           @ DACR
        step 3, mcr     p15, 0, r0, c7, c5, 4           @ CP15ISB
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        mov     r0, #0
        mcr     p15, 0, r0, c7, c5, 4           @ CP15ISB
        @ decompress
        ldr     r0, =kernel
        ldr     r1, =dest
        mov     r2, #8
1:      ldmia   r0!, {r4 - r7}
        stmia   r1!, {r4 - r7}
        subs    r2, r2, #1
        bne     1b
        ldr     r8, =atags
        ldr     r0, =0x54410001
        str     r0, [r8]
        @ cache_clean_flush by MVA
        ldr     r1, =dest
        add     r2, r1, #128
1:
        step 4, mcr     p15, 0, r1, c7, c14, 1  @ DCCIMVAC
        add     r1, r1, #64
        cmp     r1, r2
        blo     1b
        step 6, mcr     p15, 0, r8, c7, c14, 1  @ DCCIMVAC
        mov     r0, #0
        mcr     p15, 0, r0, c7, c10, 4          @ CP15DSB
        step 5, mcr     p15, 0, r0, c7, c5, 0   @ ICIALLU
        mcr     p15, 0, r0, c7, c10, 4          @ CP15DSB
        mcr     p15, 0, r0, c7, c5, 4           @ CP15ISB
        @ cache_off
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #0x000d
        bic     r0, r0, #0x1000
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        mov     r0, #0
        mcr     p15, 0, r0, c7, c5, 4           @ CP15ISB
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r0, c7, c5, 6           @ BPIALL
        mcr     p15, 0, r0, c7, c10, 4          @ CP15DSB
        mcr     p15, 0, r0, c7, c5, 4           @ CP15ISB
        ldr     pc, =dest
        .ltorg
        .balign 64
kernel: ldr     r0, [r8]
        nop
        b       .
        .balign 64
        .space 64
done:
        .data
        .balign 16384
table:  .space  16384
dest:   .space  4096
atags:  .space  4096
