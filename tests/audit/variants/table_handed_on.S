@ CPU 0 clears a table and hands it on with DMB; CPU 1 fills it in and uses it. No DSB of CPU 0 is needed, as what CPU 1
@ stored over its zeros is complete.
        .include "steps.inc"
        .text
        .global _start
_start: hyp_mmu_on level1
        mrc     p15, 0, r0, c0, c0, 5           @ MPIDR
        ands    r0, r0, #3
        ldr     r4, =level3
        ldr     r5, =flag
        mov     r1, #0
        bne     second
        mov     r2, #512
        mov     r3, r4
1:      strd    r0, r1, [r3], #8
        subs    r2, r2, #1
        bne     1b
        step 1, dmb
        mov     r0, #1
        str     r0, [r5]
2:      wfi
        b       2b
second: ldr     r0, [r5]
        cmp     r0, #1
        bne     second
        step 2, dmb
        ldr     r0, =word
        ldr     r2, =0x743
        orr     r0, r0, r2
        strd    r0, r1, [r4]
        step 3, dsb
        isb
        mov     r6, #0x40000000
        orr     r6, r6, #0x200000
        ldr     r0, [r6]
        b       2b
        .ltorg
        .data
        .balign 4096
level1: .word   0, 0, level2 + 3, 0, 0, 0, 0, 0
        .balign 4096
level2: .word   0x40000000 + 0x741, 0, level3 + 3, 0
        .balign 4096
level3: .space  4096
        .balign 4096
word:   .word   1
        .balign 4096
flag:   .word   0
