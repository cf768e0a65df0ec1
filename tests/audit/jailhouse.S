@ Jailhouse: a late take-over. One HVC sets the vectors, the next lands in Hyp mode; the MMU is forced off, then
@ HMAIR, HTTBR, HTCR, TLBIALLH and DSB, HSCTLR, ISB; SP and LR are relocated, one address is checked with ATS1HR,
@ HVBAR becomes virtual, and the identity mapping is destroyed. No ISB before the write of HSCTLR.
        .include "common.inc"
        .text
        .global _start, done
_start: stub    linux_stub
        .balign 32
linux_stub:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       1f
        b       .
        b       .
1:      mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        eret
        .balign 32
bootstrap_vectors:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       setup_el2
        b       .
        b       .
setup_el2:
        mrc     p15, 4, r4, c1, c0, 0           @ HSCTLR
        bic     r4, r4, #0x1000
        bic     r4, r4, #0x5
        mcr     p15, 4, r4, c1, c0, 0           @ HSCTLR
        isb
        mov     lr, r0
        mov     sp, r1
        ldr     r5, =HMAIR0_VALUE
        mcr     p15, 4, r5, c10, c2, 0          @ HMAIR0
        mov     r5, #0
        mcr     p15, 4, r5, c10, c2, 1          @ HMAIR1
        mcrr    p15, 4, r2, r3, c2              @ HTTBR
        ldr     r5, =HTCR_VALUE
        mcr     p15, 4, r5, c2, c0, 2           @ HTCR
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb     nsh
        .ifdef  REPAIRED
        isb
        .endif
        mrc     p15, 4, r4, c1, c0, 0           @ HSCTLR
        orr     r4, r4, #0x5
        orr     r4, r4, #0x1000
        mcr     p15, 4, r4, c1, c0, 0           @ HSCTLR
        isb
        add     sp, sp, #RUNTIME - 0x40000000
        add     lr, lr, #RUNTIME - 0x40000000
        bx      lr
switched:
        ldr     r0, =RUNTIME + 0x10000
        mcr     p15, 4, r0, c7, c8, 0           @ ATS1HR
        isb
        mrrc    p15, 0, r1, r2, c7              @ PAR
        tst     r1, #1
        bne     .
        ldr     r0, =runtime_vectors + RUNTIME - 0x40000000
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        ldr     r7, =level1 + RUNTIME - 0x40000000
        mov     r0, #0
        mov     r1, #0
        strd    r0, r1, [r7, #8]                @ the identity mapping
        dsb     ish
        ldr     r0, =0x40000000
        mcr     p15, 4, r0, c8, c7, 1           @ TLBIMVAH
        ldr     r0, =bootstrap_vectors
        mcr     p15, 4, r0, c8, c7, 1           @ TLBIMVAH
        dsb     ish
        isb
        eret
host:   adr     r0, bootstrap_vectors
        hvc     #0
        adr     r0, switched
        ldr     r1, =stack_top
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
