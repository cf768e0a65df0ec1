@ A hypervisor leaves a guest for another one: coprocessor traps, virtual timer and counter offset, VTTBR, CLREX.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =vectors
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        hyp_mmu_on level1
        ldr     r0, =0x33ff
        mcr     p15, 4, r0, c1, c1, 2           @ HCPTR
        isb
        mov     r0, #1 << 30
        vmsr    fpexc, r0
        mov     r0, #0
        mcr     p15, 4, r0, c1, c1, 3           @ HSTR
        mcr     p15, 4, r0, c1, c1, 1           @ HDCR
        mcr     p15, 4, r0, c1, c1, 0           @ HCR
        ldr     r0, =0x33ff
        mcr     p15, 4, r0, c1, c1, 2           @ HCPTR
        ldr     r0, =0x80003540
        mcr     p15, 4, r0, c2, c1, 2           @ VTCR
        mov     r0, #0
        mov     r1, #0
        mcrr    p15, 6, r0, r1, c2              @ VTTBR
        mcrr    p15, 4, r0, r1, c14             @ CNTVOFF
        step 5, mcr     p15, 4, r0, c8, c7, 4   @ TLBIALLNSNH
        dsb
        isb
        ldr     r0, =0x00c50078
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        ldr     r0, =guest
        msr     elr_hyp, r0
        mov     r0, #0x1d3
        msr     spsr_cxsf, r0
        ldr     r0, =0x103fff
        mcr     p15, 4, r0, c1, c1, 2           @ HCPTR: TTA, TCP10, 11
        mov     r0, #0
        mov     r1, #0x10000
        ldr     r0, =root
        mcrr    p15, 6, r0, r1, c2              @ VTTBR
        ldr     r0, =0x1001
        mcr     p15, 4, r0, c1, c1, 0           @ HCR
        eret
        .ltorg
        .balign 4096
guest:  ldr     r0, =0x40200000
        ldrex   r1, [r0]
        hvc     #1
done:   b       .
        .ltorg
        .balign 4096
vectors:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       called
        b       .
        b       .
called: ldr     r0, =0x33ff
        mcr     p15, 4, r0, c1, c1, 2           @ HCPTR
        step 4, isb
        vmrs    r2, fpscr
        @ save the timer
        mrc     p15, 0, r2, c14, c3, 1          @ CNTV_CTL
        mov     r3, #0
        mcr     p15, 0, r3, c14, c3, 1          @ CNTV_CTL
        step 1, isb
        mrrc    p15, 3, r4, r5, c14             @ CNTV_CVAL
        mov     r0, #5
        mov     r1, #0
        mcrr    p15, 4, r0, r1, c14             @ CNTVOFF
        step 2, isb
        mrrc    p15, 1, r6, r7, c14             @ CNTVCT
        mov     r0, #0
        mov     r1, #0x20000
        ldr     r0, =root
        step 6, clrex
        mcrr    p15, 6, r0, r1, c2              @ VMID 2
        step 3, isb
        eret
        .ltorg
        .data
        identity_tables
        .balign 8192
root:   .word   0, 0, l2g + 3, 0
        .balign 4096
l2g:    .word   0x40000000 + 0x7fd, 0, 0x40200000 + 0x7fd, 0
        .balign 4096
