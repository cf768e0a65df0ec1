@ A hypervisor with its own MMU on, and a guest that has a stage 1 of its own: the hypervisor unmaps a page of the
@ guest from stage 2 while another VMID is current, as KVM does: VTTBR, ISB, TLBIALL, DSB, ISB, VTTBR back.
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
        ldr     r0, =vectors
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        mcr     p15, 4, r0, c8, c7, 4           @ TLBIALLNSNH
        dsb
        isb
        ldr     r0, =0x30c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     r0, =0x33ff
        mcr     p15, 4, r0, c1, c1, 2           @ HCPTR
        mov     r0, #0
        mcr     p15, 4, r0, c1, c1, 3           @ HSTR
        mcr     p15, 4, r0, c1, c1, 1           @ HDCR
        ldr     r0, =0x80003540
        mcr     p15, 4, r0, c2, c1, 2           @ VTCR
        ldr     r0, =root
        mov     r1, #0x10000
        mcrr    p15, 6, r0, r1, c2              @ VTTBR, VMID 1
        ldr     r0, =0x00c50078
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        mov     r0, #1
        mcr     p15, 4, r0, c1, c1, 0           @ HCR.VM
        ldr     r0, =guest
        msr     elr_hyp, r0
        mov     r0, #0x1d3
        msr     spsr_cxsf, r0
        eret
        .ltorg
        .balign 4096
guest:  ldr     r0, =0x80003500
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        ldr     r0, =0x000004ff
        mcr     p15, 0, r0, c10, c2, 0          @ MAIR0
        mov     r0, #0
        mcr     p15, 0, r0, c10, c2, 1          @ MAIR1
        ldr     r0, =level1
        mov     r1, #0
        mcrr    p15, 0, r0, r1, c2              @ TTBR0
        step 1, mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        dsb
        step 2, isb
        ldr     r0, =0x00c5187d
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     r7, =0x40200000
        ldr     r1, [r7]
        hvc     #1
        ldr     r1, [r7]
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
called: mov     r0, #0
        mov     r1, #0
        mcrr    p15, 6, r0, r1, c2              @ VTTBR: the host's, VMID 0
        ldr     r4, =slot
        ldr     r8, =page_b + 0x7ff
        mov     r9, #0
        mov     r2, #0
        mov     r3, #0
        step 3, strd    r2, r3, [r4]
        step 4, dsb     ishst
        ldr     r0, =root
        mov     r1, #0x10000
        step 5, mcrr    p15, 6, r0, r1, c2              @ VTTBR
        step 6, isb
        step 7, mcr     p15, 0, r0, c8, c3, 0           @ TLBIALLIS
        step 8, dsb     ish
        step 9, isb
        strd    r8, r9, [r4]
        step 10, dsb     ishst
        ldr     r0, =root
        mov     r1, #0x10000
        mcrr    p15, 6, r0, r1, c2              @ VTTBR
        eret
        .ltorg
        .data
        .balign 4096
level1: .word   0, 0, level2h + 3, 0, 0, 0, 0, 0
        .balign 4096
level2h:
        .word   0x40000000 + 0x741, 0, 0x40200000 + 0x741, 0
        .balign 4096
root:   .word   0, 0, level2 + 3, 0
        .balign 4096
level2: .word   0x40000000 + 0x7fd, 0, level3 + 3, 0
        .balign 4096
level3:
slot:   .word   page_a + 0x7ff, 0
        .balign 4096
page_a: .word   1
        .balign 4096
page_b: .word   2
        .balign 4096
