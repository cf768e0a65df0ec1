@ A loader with its MMU and caches on copies a payload, cleans it line by line and jumps to it; then turns its MMU off
@ and goes on in a payload which must have been cleaned to the Point of Coherency.
        .include "steps.inc"
        .text
        .global _start, done
_start: ldr     r0, =0x000004ff
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
        @ copy
        adr     r0, body
        ldr     r2, =copy
        mov     r7, r2
        mov     r8, #4
1:      ldmia   r0!, {r3 - r6}
        stmia   r2!, {r3 - r6}
        subs    r8, r8, #1
        bne     1b
        @ clean and invalidate
        mov     r3, r7
2:      step 1, mcr     p15, 0, r3, c7, c11, 1          @ DCCMVAU
        add     r3, r3, #64
        cmp     r3, r2
        blo     2b
        step 2, dsb     ish
        mov     r3, r7
3:      step 3, mcr     p15, 0, r3, c7, c5, 1           @ ICIMVAU
        step 4, mcr     p15, 0, r3, c7, c5, 7           @ BPIMVA
        add     r3, r3, #64
        cmp     r3, r2
        blo     3b
        step 5, dsb     ish
        step 6, isb
        blx     r7
        @ a message for whoever runs with the MMU off
        ldr     r9, =message
        ldr     r1, =0x12345678
        str     r1, [r9]
        step 7, mcr     p15, 0, r9, c7, c10, 1          @ DCCMVAC
        step 8, dsb
        ldr     r0, =0x30c51878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        step 9, isb
        ldr     r2, [r9]
done:   b       .
        .ltorg
        .balign 64
body:   mov     r0, #1
        mov     r1, #2
        add     r0, r0, r1
        bx      lr
        .balign 64
        .data
        .balign 4096
level1: .word   0, 0, level2 + 3, 0, 0, 0, 0, 0
        .balign 4096
level2: .word   0x40000000 + 0x741, 0
        .balign 4096
copy:   .space  4096
message:
        .space  4096
