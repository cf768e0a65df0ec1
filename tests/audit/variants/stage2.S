@ A hypervisor with its MMU off makes a guest: VTCR, VTTBR with VMID 1, HCR.VM, the TLB of the guests invalidated, and
@ ERET to SVC. The guest uses memory and calls back; a page is taken from it; and another guest has VMID 2.
        .include "steps.inc"
        .text
        .global _start, done
_start: ldr     r0, =0x30c51878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        ldr     r0, =vectors
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        ldr     r0, =0x33ff
        mcr     p15, 4, r0, c1, c1, 2           @ HCPTR
        mov     r0, #0
        mcr     p15, 4, r0, c1, c1, 3           @ HSTR
        mcr     p15, 4, r0, c1, c1, 1           @ HDCR
        ldr     r0, =0x80003558
        step 1, mcr     p15, 4, r0, c2, c1, 2           @ VTCR
        ldr     r0, =root
        mov     r1, #0x10000
        mcrr    p15, 6, r0, r1, c2              @ VTTBR, VMID 1
        ldr     r0, =0x00c50078
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        mov     r0, #1
        mcr     p15, 4, r0, c1, c1, 0           @ HCR.VM
        step 2, mcr     p15, 4, r0, c8, c7, 4           @ TLBIALLNSNH
        step 3, dsb
        isb
        ldr     r0, =guest
        msr     elr_hyp, r0
        mov     r0, #0x1d3
        msr     spsr_cxsf, r0
        eret
        .ltorg
        .balign 4096
guest:  ldr     r0, =0x40200000
        ldr     r1, [r0]
        hvc     #1
        hvc     #2
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
called: mrc     p15, 4, r2, c5, c2, 0           @ HSR
        tst     r2, #1
        beq     second
        @ the page is taken away
        ldr     r4, =level3
        mov     r8, #0
        mov     r9, #0
        strd    r8, r9, [r4]
        step 4, dsb     ishst
        step 5, mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL, of the current VMID
        step 6, dsb
        step 7, isb
        only 8, str     r8, [r4]
        @ and another one given
        ldr     r8, =page_b + 0x7fd
        orr     r8, r8, #2
        strd    r8, r9, [r4]
        step 9, dsb     ishst
        eret
second: mov     r1, #0x20000
        ldr     r0, =root2
        mcrr    p15, 6, r0, r1, c2              @ VTTBR, VMID 2
        only 10, eret
        step 11, isb
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        dsb
        eret
        .ltorg
        .data
        .balign 8192
root:   .word   0, 0, level2 + 3, 0
        .balign 8192
root2:  .word   0, 0, 0x40000000 + 0x7fd, 0
        .balign 4096
level2: .word   0x40000000 + 0x7fd, 0, level3 + 3, 0
        .balign 4096
level3: .word   page_a + 0x7ff, 0
        .balign 4096
page_a: .word   1
        .balign 4096
page_b: .word   2
        .balign 4096
