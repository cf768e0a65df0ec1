@ Two CPUs in Hyp mode: CPU 1 waits with its MMU off for an address in a mailbox; CPU 0 turns its MMU and caches on,
@ stores data and then the address, cleans both to the Point of Coherency, DSB, SEV.
        .include "steps.inc"
        .text
        .global _start, done, second
_start: mrc     p15, 0, r0, c0, c0, 5           @ MPIDR
        ands    r0, r0, #3
        beq     boot
        ldr     r4, =mailbox
1:      wfe
        ldr     r5, [r4]
        cmp     r5, #0
        beq     1b
        step 1, dmb
        bx      r5
second: ldr     r6, =data
        ldr     r7, [r6]
        b       .
boot:   ldr     r0, =0x000004ff
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        mov     r0, #0
        mcr     p15, 4, r0, c10, c2, 1          @ HMAIR1
        ldr     r0, =0x80803500
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        ldr     r0, =level1
        mov     r1, #0
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb
        isb
        ldr     r0, =0x30c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        mov     r3, #0x400
2:      subs    r3, r3, #1
        bne     2b
        ldr     r6, =data
        mov     r0, #7
        str     r0, [r6]
        step 2, mcr     p15, 0, r6, c7, c10, 1          @ DCCMVAC
        step 3, dmb
        ldr     r4, =mailbox
        ldr     r5, =second
        str     r5, [r4]
        step 4, mcr     p15, 0, r4, c7, c10, 1          @ DCCMVAC
        step 5, dsb
        sev
done:   b       .
        .ltorg
        .data
        .balign 4096
level1: .word   0, 0, level2 + 3, 0, 0, 0, 0, 0
        .balign 4096
level2: .word   0x40000000 + 0x741, 0
        .balign 4096
mailbox:
        .word   0
        .balign 4096
data:   .word   0
        .balign 4096
