@ Xvisor: no identity map. HVBAR is the virtual address of a pad of equal vectors; the write of HSCTLR.M makes the
@ next fetch abort, and it lands at HVBAR + 0xc. DSB and ISB stand before the write and after it.
        .include "common.inc"
        .text
        .global _start, done
_start: ldr     r0, =HSCTLR_CLEAN
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        ldr     r0, =pad + RUNTIME - 0x40000000
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        ldr     r0, =HMAIR0_VALUE
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        mov     r0, #0
        mcr     p15, 4, r0, c10, c2, 1          @ HMAIR1
        ldr     r0, =HTCR_VALUE
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        ldr     r0, =level1
        mov     r1, #0
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb
        isb
        ldr     r0, =HSCTLR_CLEAN + 0x1005
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        dsb
        isb
        b       .
        .ltorg
        .balign 32
pad:    .rept   8
        nop
        .endr
        ldr     sp, =stack_top + RUNTIME - 0x40000000
        push    {r0, r1}
        pop     {r0, r1}
done:   b       .
        .ltorg
        .data
        .balign 4096
level1: .word   0, 0, 0, 0, 0, 0, level2 + 3, 0
        .balign 4096
level2: .word   0x40000000 + NORMAL, 0
        .balign 4096
stack:  .space  256
stack_top:
