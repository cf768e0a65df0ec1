@ Monitor mode switches between the worlds, and SVC mode between two processes, each while the other is between its LDREX
@ and its STREX. A call stands for the interrupt.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        ldr     r0, =monitor
        mcr     p15, 0, r0, c12, c0, 1          @ MVBAR
        ldr     r4, =table
        four_sections
        mov     r6, #0
3:      mcr     p15, 0, r6, c1, c1, 0           @ SCR: Secure, then Non-secure
        step 1, isb
        ldr     r0, =vectors
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        short_mmu_on
        add     r6, r6, #1
        cmp     r6, #2
        bne     3b
        mov     r0, #0xd3
        msr     spsr_cxsf, r0
        ldr     lr, =normal
        movs    pc, lr

        @ the Non-secure world
normal: ldr     r0, =lock
        ldrex   r1, [r0]
        smc     #0
        mov     r0, #1
        mcr     p15, 0, r0, c13, c0, 1          @ CONTEXTIDR
        isb
        mov     r0, #0xd0
        msr     spsr_cxsf, r0
        ldr     lr, =first
        movs    pc, lr
first:  ldr     r0, =lock
        ldrex   r1, [r0]
        svc     #0
        @ the Secure one
secure: ldr     r0, =lock + 64
        ldrex   r1, [r0]
        smc     #0

call:   step 4, clrex
        mov     r0, #2
        mcr     p15, 0, r0, c13, c0, 1          @ CONTEXTIDR
        isb
        mov     r0, #0xd0
        msr     spsr_cxsf, r0
        ldr     lr, =done
        movs    pc, lr

switch: mrc     p15, 0, r7, c1, c1, 0           @ SCR
        eor     r7, r7, #1
        mcr     p15, 0, r7, c1, c1, 0           @ SCR
        isb
        tst     r7, #1
        mov     r0, #0xd3
        msr     spsr_cxsf, r0
        bne     4f
        mov     r8, lr
        step 2, clrex
        ldr     lr, =secure
        movs    pc, lr
4:      step 3, clrex
        movs    pc, r8
done:   b       done
        .balign 32
vectors:
        .rept   8
        b       call
        .endr
monitor:
        .rept   8
        b       switch
        .endr
        .ltorg
        .data
        .balign 64
lock:   .word   0
        .balign 64
        .word   0
        .balign 64
        .bss
        .balign 0x4000
table:  .space  0x4000
