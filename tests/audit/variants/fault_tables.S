@ Bao on AArch32, repaired, as its whole boot is: tables for each CPU that are cleared and built with the MMU off, while
@ caches may hold anything, memory attributes of both registers, and the fault that turns the MMU on.
        .include "steps.inc"
        .equ    RUNTIME, 0x80000000
        .text
        .global _start, done
_start: park_others
        mrc     p15, 0, r10, c0, c0, 5          @ MPIDR
        and     r10, r10, #0xff
        ldr     r11, =cpu_space
        add     r11, r11, r10, lsl #14
        mcr     p15, 4, r11, c13, c0, 2         @ HTPIDR
        mov     r0, r11                         @ tables of three levels: clear, then build
        mov     r1, #0x3000 / 4
        mov     r2, #0
1:      str     r2, [r0], #4
        subs    r1, r1, #1
        bne     1b
        add     r0, r11, #0x1000
        orr     r1, r0, #3
        str     r1, [r11, #24]
        add     r3, r11, #0x2000
        orr     r1, r3, #3
        str     r1, [r0]
        ldr     r4, =0x4000075f
        mov     r1, #64
2:      str     r4, [r3], #8
        add     r4, r4, #0x1000
        subs    r1, r1, #1
        bne     2b
        add     r3, r11, #0x2800                @ the console at 0xc0100000, Device, XN
        ldr     r4, =0x09000453
        mov     r5, #1 << 22
        stm     r3, {r4, r5}
        mov     r0, r11
        add     r1, r11, #0x3000
3:      step 1, mcr     p15, 0, r0, c7, c6, 1   @ DCIMVAC
        add     r0, #64
        cmp     r0, r1
        blo     3b
        ldr     r0, =pad + RUNTIME
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        ldr     r0, =0xeeaa4400
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        ldr     r0, =0xff000004
        step 2, mcr     p15, 4, r0, c10, c2, 1  @ HMAIR1
        ldr     r0, =0x80803500
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        mov     r0, #0
        mcrr    p15, 4, r11, r0, c2             @ HTTBR
        step 3, mcr     p15, 4, r0, c8, c7, 0   @ TLBIALLH
        step 4, dsb
        step 5, isb
        ldr     r0, =0x30c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        dsb
        isb
        b       .
        .ltorg
        .balign 32
pad:    .rept   8
        nop
        .endr
        ldr     r0, =vectors + RUNTIME
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        step 6, isb
        ldr     sp, =stack_top + RUNTIME
        ldr     r0, =0xc0100000
        mov     r1, #'B'
        str     r1, [r0]
        hvc     #0
done:   b       .
        .ltorg
        .balign 32
vectors:
        b       .
        b       .
        b       entry
        .rept   5
        b       .
        .endr
entry:  push    {r0-r12, lr}
        mrs     r0, spsr
        mrs     r1, elr_hyp
        msr     elr_hyp, r1
        msr     spsr_cxsf, r0
        pop     {r0-r12, lr}
        eret
        .data
        .balign 16384
cpu_space:
        .space  16384
        .space  1024
stack_top:
