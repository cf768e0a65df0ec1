@ All CPUs enter with their MMUs off. CPU 0 builds the tables and announces them by a mailbox; then each turns its own
@ MMU on over them and uses a stack of its own.
        .include "steps.inc"
        .text
        .global _start, done
_start: ldr     r0, =0x30c51878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        mrc     p15, 0, r9, c0, c0, 5
        ands    r9, r9, #3
        beq     boot
        ldr     r4, =mailbox
1:      wfe
        ldr     r5, [r4]
        cmp     r5, #0
        beq     1b
        step 1, dmb
        ldr     r6, =config
        ldr     r7, [r6]
        b       enable
boot:   ldr     r4, =level2
        ldr     r2, =0x40000741
        mov     r3, #0
        strd    r2, r3, [r4]
        ldr     r7, =level1
        add     r2, r4, #3
        strd    r2, r3, [r7, #8]
        ldr     r6, =config
        str     r7, [r6]
        step 5, dmb
        ldr     r4, =mailbox
        mov     r5, #1
        str     r5, [r4]
        step 2, dsb
        sev
enable: hyp_registers level1
        .if DROP == 3
        cmp     r9, #0
        mcreq   p15, 4, r0, c8, c7, 0           @ TLBIALLH
        .else
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        .endif
        dsb
        isb
        ldr     r0, =0x30c5187d
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     sp, =stk
        step 4, sub     sp, sp, r9, lsl #8
        push    {r0, r9}
        pop     {r0, r9}
done:   b       .
        .ltorg
        .data
        .balign 4096
level1: .space 4096
level2: .space 4096
mailbox: .word 0
        .space 1024                             @ in another block of memory (A3.8.2): nothing else orders the two
        .balign 64
config: .word 0
        .balign 64
        .space 1024
stk:
