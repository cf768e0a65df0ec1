@ OP-TEE's core: MMU on first, a jump to the relocated address, then the instruction cache, then the data cache.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        bic     r0, r0, #0x1000
        bic     r0, r0, #0x7
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     r0, =vect
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        ldr     r4, =table
        ldr     r5, =0x40010c0e
        ldr     r6, =4 * 0x400
        str     r5, [r4, r6]
        add     r6, r6, #4 * 0x800
        str     r5, [r4, r6]
        @ core_init_mmu_regs
        ldr     r0, =0xa81a8
        mcr     p15, 0, r0, c10, c2, 0          @ PRRR or MAIR0
        ldr     r0, =0x40e040e0
        mcr     p15, 0, r0, c10, c2, 1          @ NMRR or MAIR1
        mov     r0, #1
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        mov     r0, #0
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        orr     r0, r4, #0x6a
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        mcr     p15, 0, r0, c2, c0, 1           @ TTBR1
        @ enable_mmu
        step 1, mcr     p15, 0, r0, c8, c7, 0   @ TLBIALL
        step 2, dsb
        step 3, isb
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        orr     r0, r0, #1
        orr     r0, r0, #1 << 28
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        step 4, isb
        ldr     r1, =va + 0x80000000
        bx      r1
va:     mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        orr     r0, r0, #0x1000
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        step 5, isb
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        dsb
        isb
        mrc     p15, 0, r0, c1, c0, 0           @ SCTLR
        orr     r0, r0, #0x4
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     sp, =stk + 0x80000000
        push    {r0, r1}
        pop     {r0, r1}
done:   b       .
        .ltorg
        .balign 32
vect:   .rept 8
        b .
        .endr
        .data
        .balign 16384
table:  .space 16384
        .space 64
stk:
