@ A hypervisor that is initialised, called, torn down, and initialised again, with the mistakes that a contract shows.
        .include "steps.inc"
        .text
        .global _start, done, public, ready, gone, stub
_start: ldr     r0, =stub
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        ldr     r0, =0x30c51878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        ldr     r0, =0x33ff
        mcr     p15, 4, r0, c1, c1, 2           @ HCPTR
        mov     r0, #0
        mcr     p15, 4, r0, c1, c1, 0           @ HCR
        mcr     p15, 4, r0, c1, c1, 3           @ HSTR
        mov     r0, #0x1f
        mcr     p15, 4, r0, c1, c1, 1           @ HDCR
        ldr     r0, =0x00c50078
        mcr     p15, 0, r0, c1, c0, 0           @ SCTLR
        ldr     r0, =0x80800000
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
        mov     r0, #0
        mov     r1, #0
        mcrr    p15, 4, r0, r1, c2              @ HTTBR
        mcr     p15, 4, r0, c10, c2, 0          @ HMAIR0
        mcr     p15, 4, r0, c10, c2, 1          @ HMAIR1
        ldr     r0, =host
        msr     elr_hyp, r0
        mov     r0, #0x1d3
        msr     spsr_cxsf, r0
        eret
        .ltorg
host:   mov     r10, #2
        ldr     sp, =host_stack_top
        mov     r4, #4
        mov     r5, #5
1:      hvc     #1                              @ initialise
        hvc     #2                              @ call
        hvc     #3                              @ tear down
gone:   subs    r10, r10, #1
        bne     1b
done:   b       .
        .balign 32
stub:   b       .
        b       .
        b       .
        b       .
        b       .
        b       init
        b       .
        b       .
init:   ldr     sp, =stack_top
        only 1, ldr     sp, =stack_top + 8
        only 2, sub     sp, sp, #4
        ldr     r0, =vectors
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        mrc     p15, 4, r0, c2, c0, 2           @ HTCR
        only 3, eor     r0, r0, #0x3500
        mcr     p15, 4, r0, c2, c0, 2           @ HTCR
ready:  eret
        .balign 32
vectors:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       trap
        b       .
        b       .
trap:   push    {r0, lr}
        mrc     p15, 4, r0, c5, c2, 0           @ HSR
        tst     r0, #1
        bne     off
        only 4, push    {r0}
        only 5, mov     r4, #7
        bl      public
        only 4, pop     {r0}
        only 6, msr     sp_svc, r0
        step 7, pop     {r0, lr}
        eret
public: push    {r4, lr}
        add     r0, r0, #1
        pop     {r4, pc}
off:    pop     {r0, lr}
        ldr     r1, =stub
        step 8, mcr     p15, 4, r1, c12, c0, 0          @ HVBAR
        eret
        .ltorg
        .data
        .balign 4096
stack:  .space  4096
stack_top:
        .space  256
host_stack_top:
