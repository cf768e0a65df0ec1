@ All CPUs with their MMUs on take a lock by LDREX, STREX and WFE, count, and release it with DSB and SEV.
        .include "steps.inc"
        .text
        .global _start, done
_start: hyp_mmu_on level1
        mrc     p15, 0, r9, c0, c0, 5
        and     r9, r9, #3
        mov     r8, #8
loop:   ldr     r4, =lock
        mov     r1, #1
1:      ldrex   r0, [r4]
        cmp     r0, #0
        wfene
        strexeq r0, r1, [r4]
        cmpeq   r0, #0
        bne     1b
        step 1, dmb
        ldr     r5, =counter
        ldr     r6, [r5]
        add     r6, r6, #1
        str     r6, [r5]
        step 2, dmb
        mov     r1, #0
        str     r1, [r4]
        step 3, dsb
        step 4, sev
        subs    r8, r8, #1
        bne     loop
done:   b       .
        .ltorg
        .data
        identity_tables
lock:   .word 0
        .balign 64
counter: .word 0
        .balign 64
