@ Bao on AArch32: the same trick with the vectors; at HEAD no TLB invalidation, no ISB before the write of HSCTLR,
@ and SPSR_hyp is named in Hyp mode by the exception code.
        .include "common.inc"
        .text
        .global _start, done
_start: ldr     r0, =pad + RUNTIME - 0x40000000
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        ldr     r0, =HMAIR0_VALUE
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        ldr     r0, =HTCR_VALUE
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        ldr     r0, =level1
        mov     r1, #0
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        .ifdef  REPAIRED
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb
        isb
        .endif
        ldr     r0, =HSCTLR_CLEAN + 0x1005
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        dsb
        isb
        b       .
        .ltorg
        .balign 32
pad:    .rept   8
        nop
        .endr
        ldr     sp, =stack_top + RUNTIME - 0x40000000
        ldr     r0, =vectors + RUNTIME - 0x40000000
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        isb
        hvc     #1
done:   b       .
        .ltorg
        .balign 32
vectors:
        b       .
        b       .
        b       entry
        b       .
        b       .
        b       .
        b       .
        b       .
entry:  push    {r0, r1}
        .ifdef  REPAIRED
        mrs     r0, spsr
        .else
        mrs     r0, spsr_hyp
        .endif
        mrs     r1, elr_hyp
        pop     {r0, r1}
        eret
        .data
        .balign 4096
level1: .word   0, 0, 0, 0, 0, 0, level2 + 3, 0
        .balign 4096
level2: .word   0x40000000 + NORMAL, 0
        .balign 4096
stack:  .space  256
stack_top:
