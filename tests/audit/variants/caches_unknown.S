@ The firmware promises nothing of the caches: they are invalidated by set and way, level by level, before the tables
@ are built with the MMU off, as Linux's v7_invalidate_l1 and U-Boot's invalidate_dcache_all do.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =0x30c50878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        mrc     p15, 1, r0, c0, c0, 1           @ CLIDR
        mov     r10, #0                         @ level << 1
levels: add     r2, r10, r10, lsr #1
        mov     r1, r0, lsr r2
        and     r1, r1, #7
        cmp     r1, #2
        blt     skip
        mcr     p15, 2, r10, c0, c0, 0          @ CSSELR
        step 1, isb
        mrc     p15, 1, r1, c0, c0, 0           @ CCSIDR
        and     r2, r1, #7
        add     r2, r2, #4
        ldr     r4, =0x3ff
        ands    r4, r4, r1, lsr #3
        clz     r5, r4
        ldr     r7, =0x7fff
        ands    r7, r7, r1, lsr #13
1:      mov     r9, r4
2:      orr     r11, r10, r9, lsl r5
        orr     r11, r11, r7, lsl r2
        step 2, mcr     p15, 0, r11, c7, c6, 2          @ DCISW
        subs    r9, r9, #1
        bge     2b
        subs    r7, r7, #1
        bge     1b
skip:   add     r10, r10, #2
        cmp     r10, #4
        blt     levels
        step 3, dsb
        isb
        ldr     r4, =level2
        ldr     r2, =0x40000741
        mov     r3, #0
        strd    r2, r3, [r4]
        ldr     r7, =level1
        add     r2, r4, #3
        strd    r2, r3, [r7, #8]
        ldr     r0, =0x000004ff
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        mov     r0, #0
        mcr     p15, 4, r0, c10, c2, 1          @ HMAIR1
        ldr     r0, =0x80803500
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        mcrr    p15, 4, r7, r3, c2              @ HTTBR
        dsb
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        dsb
        isb
        ldr     r0, =0x30c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     sp, =stack_top
        push    {r0, r1}
        pop     {r0, r1}
done:   b       .
        .ltorg
        .bss
        .balign 4096
level1: .space  4096
level2: .space  4096
stack:  .space  256
stack_top:
