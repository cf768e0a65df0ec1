@ KVM for Arm 4.8 to 5.6: one step again, the identity page stays mapped. TLBIALLH and a DSB, but no ISB
@ between the translation registers and HSCTLR.
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
        mov     sp, r0
        mcr     p15, 4, r1, c12, c0, 0          @ HVBAR
        mcrr    p15, 4, r2, r3, c2              @ HTTBR
        ldr     r12, =HTCR_VALUE
        mcr     p15, 4, r12, c2, c0, 2          @ HTCR
        ldr     r12, =HMAIR0_VALUE
        mcr     p15, 4, r12, c10, c2, 0         @ HMAIR0
        mov     r12, #0
        mcr     p15, 4, r12, c10, c2, 1         @ HMAIR1
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb     ish
        .ifdef  REPAIRED
        isb
        .endif
        mrc     p15, 4, r12, c1, c0, 0          @ HSCTLR
        orr     r12, r12, #0x5
        orr     r12, r12, #0x1000
        mcr     p15, 4, r12, c1, c0, 0          @ HSCTLR
        isb
        eret
host:   ldr     r0, =stack_top + RUNTIME - 0x40000000
        ldr     r1, =runtime_vectors + RUNTIME - 0x40000000
        ldr     r2, =level1
        mov     r3, #0
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
