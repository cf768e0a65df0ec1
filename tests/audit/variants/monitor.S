@ A Secure Monitor in the manner of TF-A's sp_min: its own vectors, the Non-secure banked registers set up with
@ SCR.NS = 1 from Monitor mode, and MOVS PC, LR to Non-secure SVC mode.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =vectors
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        mcr     p15, 0, r0, c12, c0, 1          @ MVBAR
        ldr     r0, =0x000c0c00
        mcr     p15, 0, r0, c1, c1, 2           @ NSACR
        step 1, isb
        smc     #0
        b       .
        .balign 32
vectors:
        b       .
        b       .
        b       1f
        b       .
        b       .
        b       .
        b       .
        b       .
1:      mrc     p15, 0, r5, c1, c1, 0           @ SCR
        orr     r5, r5, #1
        bic     r5, r5, #0xe
        mcr     p15, 0, r5, c1, c1, 0           @ SCR
        step 2, isb
        ldr     r0, =0x00c50078
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR, the Non-secure one
        ldr     r0, =payload_vectors
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR, the Non-secure one
        ldr     lr, =payload
        mov     r0, #0x1d3
        msr     spsr_cxsf, r0
        movs    pc, lr
        .ltorg
        .balign 32
payload_vectors:
        b       .
        b       .
        b       2f
        b       .
        b       .
        b       .
        b       .
        b       .
2:      movs    pc, lr
payload:
        svc     #0
        ldr     r0, =other_vectors
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        step 3, isb
        svc     #0
        @ floating-point on
        mov     r0, #0x00f00000
        mcr     p15, 0, r0, c1, c0, 2           @ CPACR
        step 4, isb
        mov     r0, #0x40000000
        vmsr    fpexc, r0
        only 5, vmov    s0, r0
        vmov    d0, r0, r0
done:   b       .
        .ltorg
        .balign 32
other_vectors:
        b       .
        b       .
        b       3f
        b       .
        b       .
        b       .
        b       .
        b       .
3:      mov     r11, #1
        movs    pc, lr
