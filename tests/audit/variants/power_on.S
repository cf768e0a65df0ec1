@ PSCI CPU_ON: the boot CPU, MMU on, stores the stack's address for the second one, which reads it with its MMU off.
        .include "steps.inc"
        .text
        .global _start, done
_start: hyp_mmu_on level1
        ldr     r6, =args
        ldr     r0, =stk2
        str     r0, [r6]
        step 1, mcr     p15, 0, r6, c7, c10, 1  @ DCCMVAC
        step 2, dsb
        ldr     r0, =0x84000003
        mov     r1, #1
        ldr     r2, =second
        mov     r3, #0
        smc     #0
        mov     r3, #0x1000
2:      subs    r3, r3, #1
        bne     2b
done:   b       .
        .ltorg
second: ldr     r0, =0x30c50878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     r6, =args
        ldr     r10, [r6]
        hyp_registers level1
        step 3, mcr     p15, 4, r0, c8, c7, 0   @ TLBIALLH
        dsb
        step 4, isb
        ldr     r0, =0x30c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        mov     sp, r10
        push    {r0, r9}
        pop     {r0, r9}
        b       .
        .ltorg
        .data
        identity_tables
args:   .word 0
        .balign 64
        .space 1024
stk2:
