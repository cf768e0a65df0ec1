@ U-Boot: from Secure Supervisor mode through the Secure Monitor to Hyp mode. NSACR, then SCR with an ISB after it
@ before any banked register is touched, the stack handed over as SP_hyp, SPSR_mon = 0x1da and MOVS PC, LR.
        .include "common.inc"
        .text
        .global _start, done
_start: mrc     p15, 0, r0, c0, c0, 5           @ MPIDR: the other CPUs enter as well, and are parked
        ands    r0, r0, #3
        bne     park
        adr     r0, monitor_vectors
        mcr     p15, 0, r0, c12, c0, 1          @ MVBAR
        isb
        ldr     sp, =stack_top
        adr     r0, payload
        smc     #0
park:   b       .
        .balign 32
monitor_vectors:
        b       .
        b       .
        b       secure_monitor
        b       .
        b       .
        b       .
        b       .
        b       .
secure_monitor:
        mrc     p15, 0, r4, c1, c1, 2           @ NSACR
        ldr     r5, =0x00040c00
        orr     r4, r4, r5
        mcr     p15, 0, r4, c1, c1, 2           @ NSACR
        mrc     p15, 0, r5, c1, c1, 0           @ SCR
        bic     r5, r5, #0x4a
        orr     r5, r5, #0x31
        orr     r5, r5, #0x100
        mcr     p15, 0, r5, c1, c1, 0           @ SCR
        isb
        mov     r6, #0
        mcrr    p15, 4, r6, r6, c14             @ CNTVOFF
        mrs     r7, sp_svc
        msr     sp_hyp, r7
        mov     lr, r0
        mov     r6, #0x1da
        msr     spsr_cxsf, r6
        movs    pc, lr
payload:
        push    {r0, r1}
        pop     {r0, r1}
done:   b       .
        .ltorg
        .data
        .balign 4096
stack:  .space  256
stack_top:
