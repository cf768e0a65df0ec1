@ Hyp mode in T32: HSCTLR.TE with vectors in T32, the MMU turned on, a jump to the runtime address, and HVC.
        .include "steps.inc"
        .global _start, done
        .text
_start: park_others
        adr     r0, thumb + 1
        bx      r0
        .thumb
        .thumb_func
thumb:  ldr     r0, =vectors
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        ldr     r0, =0x70c50878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        step 1, isb
        hvc     #1
        ldr     r0, =0x000004ff
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        mov     r0, #0
        mcr     p15, 4, r0, c10, c2, 1          @ HMAIR1
        ldr     r0, =0x80803500
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        ldr     r0, =level1
        movs    r1, #0
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb
        step 2, isb
        ldr     r0, =0x70c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     r3, =go + 0x80000001
        bx      r3
        .thumb_func
go:     hvc     #2
done:   b       .
        .ltorg
        .balign 32
vectors:
        b.w     .
        b.w     .
        b.w     called
        b.w     .
        b.w     .
        b.w     called
        b.w     .
        b.w     .
        .thumb_func
called: eret
        .data
        .balign 4096
level1: .word   0, 0, level2 + 3, 0, 0, 0, level2 + 3, 0
        .balign 4096
level2: .word   0x40000000 + 0x741, 0, 0x40200000 + 0x741, 0
        .balign 4096
