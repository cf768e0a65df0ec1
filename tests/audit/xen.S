@ Xen on arm32: boot tables written with the MMU off, HMAIR, HTCR, a flush, HTTBR, ISB, M and C in one write
@ after a DSB, ISB; a jump to the link address, and the 1:1 entry removed and flushed. Its descriptors have nG set.
        .include "common.inc"
        .ifdef  REPAIRED
        .equ    PTE, 0x741
        .else
        .equ    PTE, 0xf41
        .endif
        .macro  flush
        dsb     nshst
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb     nsh
        isb
        .endm
        .text
        .global _start, done
_start: ldr     r0, =0x30c5187a                 @ as Xen starts: RES1, A and I
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     r2, =level2                     @ the boot tables
        ldr     r4, =0x40000000 + PTE
        mov     r5, #0
        strd    r4, r5, [r2]
        ldr     r7, =level1
        orr     r4, r2, #3
        strd    r4, r5, [r7, #8]
        strd    r4, r5, [r7, #24]
        ldr     r0, =HMAIR0_VALUE
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        mov     r0, #0
        mcr     p15, 4, r0, c10, c2, 1          @ HMAIR1
        ldr     r0, =HTCR_VALUE
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        flush
        mov     r8, #0
        mcrr    p15, 4, r7, r8, c2              @ HTTBR
        isb
        mrc     p15, 4, r0, c1, c0, 0           @ HSCTLR
        orr     r0, r0, #0x5
        dsb
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     pc, =primary + RUNTIME - 0x40000000
primary:
        ldr     r7, =level1 + RUNTIME - 0x40000000
        mov     r0, #0
        mov     r1, #0
        strd    r0, r1, [r7, #8]                @ the 1:1 entry
        flush
        ldr     sp, =stack_top + RUNTIME - 0x40000000
        push    {r0, r1}
        pop     {r0, r1}
done:   b       .
        .ltorg
        .data
        .balign 4096
level1: .space  4096
level2: .space  4096
stack:  .space  256
stack_top:
