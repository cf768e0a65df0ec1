@ cpu_suspend and cpu_resume: the context is stored through the cache and cleaned, the MMU is off as after power-up, the
@ context is read past the cache, and the MMU comes on again over tables that were changed meanwhile.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =0x00c50878
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        mov     r0, #0
        mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
        ldr     r0, =table + 0x4a
        mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
        mov     r0, #1
        mcr     p15, 0, r0, c3, c0, 0           @ DACR
        dsb
        isb
        ldr     r0, =0x00c5187d
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        isb
        ldr     sp, =stk
        @ cpu_v7_do_suspend
        ldr     r0, =context
        mrc     p15, 0, r6, c3, c0, 0           @ DACR
        mrc     p15, 0, r7, c2, c0, 0           @ TTBR0
        mrc     p15, 0, r8, c1, c0, 0           @ SCTLR
        mrc     p15, 0, r9, c2, c0, 2           @ TTBCR
        stmia   r0, {r6 - r9}
        step 1, mcr     p15, 0, r0, c7, c10, 1  @ DCCMVAC
        step 2, dsb
        @ cache and MMU off as a reset does
        mrc     p15, 0, r1, c1, c0, 0           @ SCTLR
        bic     r1, r1, #0x1000
        bic     r1, r1, #5
        mcr     p15, 0, r1, c1, c0, 0           @ SCTLR
        isb
        @ the tables change while the MMU is off: the id section goes to another place
        ldr     r4, =table + 4 * 0x406
        ldr     r5, =0x40510c0e
        str     r5, [r4]
        step 6, mcr     p15, 0, r4, c7, c6, 1   @ DCIMVAC
        dsb
        @ cpu_v7_do_resume
        mov     r2, #0
        step 3, mcr     p15, 0, r2, c8, c7, 0   @ TLBIALL
        dsb
        mcr     p15, 0, r2, c7, c5, 0           @ ICIALLU
        ldr     r0, =context
        ldmia   r0, {r6 - r9}
        mcr     p15, 0, r6, c3, c0, 0           @ DACR
        mcr     p15, 0, r7, c2, c0, 0           @ TTBR0
        mcr     p15, 0, r9, c2, c0, 2           @ TTBCR
        dsb
        step 4, isb
        mcr     p15, 0, r8, c1, c0, 0           @ SCTLR
        step 5, isb
        ldr     r7, =0x40600000
        ldr     r0, [r7]
        push    {r4, r5}
        pop     {r4, r5}
done:   b       .
        .ltorg
        .data
        .balign 16384
table:  .space  4 * 0x400
        .word   0x40010c0e, 0x40110c0e, 0x40210c0e, 0x40310c2e, 0x40410c0e, 0x40510c0e, 0x40610c0e
        .balign 16384
context: .space 64
        .space 256
stk:    .space 64
