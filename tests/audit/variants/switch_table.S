@ A hypervisor goes from its boot tables to its runtime tables, from identity mapped code, as Xen's secondary CPUs do.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        hyp_mmu_on boot1
        ldr     r4, =0xc0000000
        ldr     r5, [r4]
        @ build a mapping in the runtime table through the cache
        ldr     r2, =run2
        ldr     r0, =0x40400000 + 0x741
        mov     r1, #0
        strd    r0, r1, [r2]
        @ switch_ttbr
        ldr     r0, =run1
        mov     r1, #0
        dsb
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        step 3, isb
        step 1, mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        step 2, dsb nsh
        step 4, isb
        ldr     r4, =0xc0000000
        ldr     r5, [r4]
done:   b       .
        .ltorg
        .data
        .balign 4096
boot1:  .word   0, 0, id2 + 3, 0, 0, 0, old2 + 3, 0
        .balign 4096
run1:   .word   0, 0, id2 + 3, 0, 0, 0, run2 + 3, 0
        .balign 4096
id2:    .word   0x40000000 + 0x741, 0
        .balign 4096
old2:   .word   0x40200000 + 0x741, 0
        .balign 4096
run2:   .space 4096
