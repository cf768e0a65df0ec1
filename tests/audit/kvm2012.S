@ KVM for Arm, November 2012: one step from an identity mapped page; HTTBR first, an ISB before and after
@ the write of HSCTLR, and no TLB invalidation at all.
        .include "common.inc"
        .text
        .global _start, done
_start: stub    init_vectors
        .balign 32
init_vectors:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       hyp_init
        b       .
        b       .
hyp_init:
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        mrc     p15, 4, r12, c2, c0, 2          @ HTCR
        ldr     r4, =0x3f07
        bic     r12, r12, r4
        mrc     p15, 0, r4, c2, c0, 2           @ TTBCR
        ldr     r5, =0x3f00
        and     r4, r4, r5
        orr     r12, r12, r4
        mcr     p15, 4, r12, c2, c0, 2          @ HTCR
        mrc     p15, 0, r4, c10, c2, 0          @ MAIR0
        mcr     p15, 4, r4, c10, c2, 0          @ HMAIR0
        mrc     p15, 0, r4, c10, c2, 1          @ MAIR1
        mcr     p15, 4, r4, c10, c2, 1          @ HMAIR1
        mrc     p15, 4, r12, c1, c0, 0          @ HSCTLR
        orr     r12, r12, #0x7
        orr     r12, r12, #0x1000
        .ifdef  REPAIRED
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb     ish
        .endif
        isb
        mcr     p15, 4, r12, c1, c0, 0          @ HSCTLR
        isb
        mov     sp, r2
        mcr     p15, 4, r3, c12, c0, 0          @ HVBAR
        eret
host:   ldr     r0, =0x80003500
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        ldr     r0, =HMAIR0_VALUE
        mcr     p15, 0, r0, c10, c2, 0          @ MAIR0
        mov     r0, #0
        mcr     p15, 0, r0, c10, c2, 1          @ MAIR1
        ldr     r0, =level1
        mov     r1, #0
        ldr     r2, =stack_top + RUNTIME - 0x40000000
        ldr     r3, =runtime_vectors + RUNTIME - 0x40000000
        hvc     #0
        hvc     #0
done:   b       .
        .ltorg
        .balign 32
runtime_vectors:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       1f
        b       .
        b       .
1:      push    {r0, r1}
        pop     {r0, r1}
        eret
        tables
