@ A kexec-like end: Hyp mode with MMU and caches on, an argument block stored, caches cleaned by address, MMU and C off
@ from an identity mapped page, TLB invalidated, the new kernel's code copied before and jumped to with the MMU off.
        .include "steps.inc"
        .text
        .global _start, done
_start: ldr     r0, =0x000004ff
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        mov     r0, #0
        mcr     p15, 4, r0, c10, c2, 1          @ HMAIR1
        ldr     r0, =0x80803500
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        ldr     r0, =level1
        mov     r1, #0
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb
        isb
        ldr     r0, =0x30c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     sp, =stack_top
        @ the argument block and the stack, in cacheable memory
        ldr     r9, =arguments
        mov     r0, #1
        str     r0, [r9]
        push    {r0, r9}
        step 1, mcr     p15, 0, r9, c7, c14, 1          @ DCCIMVAC
        sub     r2, sp, #0
        step 2, mcr     p15, 0, r2, c7, c14, 1          @ DCCIMVAC of the stack
        step 3, dsb
        only 4, push    {r0, r9}
        mrc     p15, 4, r0, c1, c0, 0           @ HSCTLR
        bic     r0, r0, #0x1000
        bic     r0, r0, #0x5
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        step 5, isb
        only 4, pop     {r5, r6}
        pop     {r0, r9}
        ldr     r1, [r9]
        add     r1, r1, #1
        str     r1, [r9]
        ldr     r1, [r9]
        push    {r0, r1}
        pop     {r0, r1}
done:   b       .
        .ltorg
        .data
        .balign 4096
level1: .word   0, 0, level2 + 3, 0, 0, 0, 0, 0
        .balign 4096
level2: .word   0x40000000 + 0x741, 0
        .balign 4096
arguments:
        .space  4096
stack:  .space  4096
stack_top:
        .space  64
