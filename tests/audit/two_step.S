@ KVM for Arm 3.10: a trampoline page that two tables map. Phase 1 turns the MMU on under the boot table and
@ returns by ERET; phase 2 jumps to the trampoline's other address, switches HTTBR, and only then
@ invalidates the TLB. The first version did nothing about the TLB before the MMU came on.
        .include "common.inc"
        .equ    TRAMPOLINE, 0x80000000
        .text
        .global _start, done
_start: stub    init_vectors
        .ltorg
        .balign 4096
init_vectors:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       hyp_init
        b       .
        b       .
hyp_init:
        cmp     r0, #0
        bne     phase2
        mcrr    p15, 4, r2, r3, c2              @ HTTBR: the boot table
        ldr     r12, =HTCR_VALUE
        mcr     p15, 4, r12, c2, c0, 2          @ HTCR
        ldr     r12, =HMAIR0_VALUE
        mcr     p15, 4, r12, c10, c2, 0         @ HMAIR0
        mov     r12, #0
        mcr     p15, 4, r12, c10, c2, 1         @ HMAIR1
        .ifdef  REPAIRED
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb     ish
        .endif
        mrc     p15, 4, r12, c1, c0, 0          @ HSCTLR
        orr     r12, r12, #0x5
        orr     r12, r12, #0x1000
        isb
        mcr     p15, 4, r12, c1, c0, 0          @ HSCTLR
        eret
phase2: mov     sp, r0
        mcr     p15, 4, r1, c12, c0, 0          @ HVBAR
        adr     r0, target
        ubfx    r0, r0, #0, #12
        orr     r0, r0, #TRAMPOLINE
        bx      r0
target: mcrr    p15, 4, r2, r3, c2              @ HTTBR: the runtime table
        isb
        mcr     p15, 4, r0, c8, c7, 0           @ TLBIALLH
        dsb     ish
        eret
        .ltorg
        .balign 4096
host:   mov     r0, #0
        mov     r1, #0
        ldr     r2, =boot1
        mov     r3, #0
        hvc     #0
        ldr     r0, =stack_top + RUNTIME - 0x40000000
        ldr     r1, =runtime_vectors + RUNTIME - 0x40000000
        ldr     r2, =run1
        mov     r3, #0
        hvc     #0
        hvc     #0
done:   b       .
        .ltorg
        .balign 32
runtime_vectors:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       1f
        b       .
        b       .
1:      push    {r0, r1}
        pop     {r0, r1}
        eret
        .data
        .balign 4096
boot1:  .word   0, 0, level2 + 3, 0, trampoline2 + 3, 0, 0, 0
        .balign 32
run1:   .word   0, 0, 0, 0, trampoline2 + 3, 0, level2 + 3, 0
        .balign 4096
level2: .word   0x40000000 + NORMAL, 0
        .balign 4096
trampoline2:
        .word   trampoline3 + 3, 0
        .balign 4096
trampoline3:
        .word   init_vectors + NORMAL + 2, 0
        .balign 4096
stack:  .space  256
stack_top:
