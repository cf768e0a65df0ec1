@ Secure firmware in Monitor mode: vectors, CPACR and FPEXC, the Secure PL1&0 MMU with long descriptors, then SCR.NS and
@ the Non-secure registers.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        cps     #0x16
        ldr     r0, =monvec
        mcr     p15, 0, r0, c12, c0, 1          @ MVBAR
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        step 3, isb
        smc     #0
        mrc     p15, 0, r0, c1, c0, 2           @ CPACR
        orr     r0, r0, #0xf << 20
        mcr     p15, 0, r0, c1, c0, 2           @ CPACR
        step 5, isb
        mov     r0, #1 << 30
        vmsr    fpexc, r0
        vmrs    r1, fpscr
        @ enable_mmu_direct
        ldr     r0, =0x80003500
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        ldr     r0, =0x000004ff
        mcr     p15, 0, r0, c10, c2, 0          @ PRRR or MAIR0
        mov     r0, #0
        mcr     p15, 0, r0, c10, c2, 1          @ NMRR or MAIR1
        ldr     r0, =level1
        mov     r1, #0
        mcrr    p15, 0, r0, r1, c2              @ TTBR0
        mcrr    p15, 1, r0, r1, c2              @ TTBR1
        step 2, mcr     p15, 0, r0, c8, c7, 0   @ TLBIALL
        dsb     ish
        step 1, isb
        ldr     r0, =0x00c5187d
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        step 6, isb
        ldr     sp, =stk
        push    {r0, r1}
        pop     {r0, r1}
        @ exit to NS
        mrc     p15, 0, r0, c1, c1, 0           @ SCR
        orr     r0, r0, #1
        orr     r0, r0, #0x100
        mcr     p15, 0, r0, c1, c1, 0           @ SCR
        step 4, isb
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR_NS
        ldr     r0, =0x30c50878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        ldr     r0, =ns
        mov     lr, r0
        ldr     r0, =0x1da
        msr     spsr_cxsf, r0
        movs    pc, lr
        .ltorg
ns:     mrc     p15, 4, r0, c1, c0, 0           @ HSCTLR
done:   b       .
        .ltorg
        .balign 32
monvec: b       .
        b       .
        movs    pc, lr
        b       .
        b       .
        b       .
        b       .
        b       .
        .data
        .balign 4096
level1: .word   0, 0, 0x40000000 + 0x741, 0, 0, 0, 0, 0
        .balign 4096
        .space  64
stk:
