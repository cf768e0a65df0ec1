@ Power-down of the last CPU: all of the data caches is cleaned and invalidated by set and way with the MMU still on.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        hyp_mmu_on level1
        ldr     r6, =datum
        ldr     r7, =0xabcd
        str     r7, [r6]
        step 1, dmb
        mrc     p15, 1, r0, c0, c0, 1           @ CLIDR
        ands    r3, r0, #0x07000000
        mov     r3, r3, lsr #23                 @ twice the level of coherency
        mov     r10, #0
level:  add     r2, r10, r10, lsr #1
        mov     r1, r0, lsr r2
        and     r1, r1, #7
        cmp     r1, #2
        blt     next
        mcr     p15, 2, r10, c0, c0, 0          @ CSSELR
        isb
        mrc     p15, 1, r1, c0, c0, 0           @ CCSIDR
        and     r2, r1, #7
        add     r2, r2, #4
        ldr     r4, =0x3ff
        ands    r4, r4, r1, lsr #3
        clz     r5, r4
        ldr     r8, =0x7fff
        ands    r8, r8, r1, lsr #13
        step 2, mov r8, r8, lsl r2
        only 2, b next
set:    mov     r9, r4
way:    orr     r11, r10, r9, lsl r5
        orr     r11, r11, r8
        mcr     p15, 0, r11, c7, c14, 2         @ DCCISW
        only 4, str r7, [r6, #4]
        subs    r9, r9, #1
        bge     way
        subs    r8, r8, #64
        bge     set
next:   add     r10, r10, #2
        only 5, mov r3, #0
        cmp     r3, r10
        bgt     level
        step 3, dsb
        ldr     r0, =0x30c51878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     r0, [r6]
        ldr     r1, [r6, #4]
        cmp     r0, r7
done:   b       .
        .ltorg
        .data
        identity_tables
        .balign 64
datum:  .word   0, 0
