@ Undefined instructions, SVC, BKPT, aborts of data and of prefetches, from every mode of Secure PL1 and
@ from User mode: the mode they are taken to, SPSR, and how far LR is from the instruction.
    .include "common.inc"
    .global _start
    .text
    .equ NOWHERE, 0x60000000            @ no memory, no device: external aborts

    .macro rung mode:req
    cps #\mode
    say "from \mode\n"
    titled "udf", udf 5
    titled "svc", svc 7
    titled "bkpt", bkpt 3
    set r5, NOWHERE
    titled "load", ldr r5, [r5]
    set r5, NOWHERE
    titled "store", str r5, [r5]
    set r5, NOWHERE
    titled "load multiple", ldmia r5!, {r3, r4}
    titled "branch", bx r5
    set r5, _start + 1
    titled "unaligned pair", ldrd r2, r3, [r5]
    titled "unaligned exclusive", ldrex r2, [r5]
    titled "no coprocessor", mrc p7, 0, r2, c0, c0, 0
    titled "vmrs", vmrs r2, fpscr
    cmp r5, r5
    titled "passed condition", svceq 1
    cmp r5, r5
    titled "failed condition", svcne 1
    .endm

_start:
    park_others
    stack FIQ, 1
    stack IRQ, 2
    stack ABT, 3
    stack UND, 4
    stack MON, 5
    stack SYS, 6
    stack SVC, 7
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0          @ VBAR
    mcr p15, 0, r0, c12, c0, 1          @ MVBAR
    isb
    rung SVC
    rung SYS
    rung ABT
    rung UND
    rung IRQ
    rung FIQ
    titled "smc", smc 2
    rung MON
    titled "smc", smc 2
    cps #SYS
    cps #USR
    say "from USR\n"
    titled "udf", udf 5
    titled "smc", smc 2
    titled "svc", svc 7
    titled "hvc", hvc 7
    titled "bkpt", bkpt 3
    titled "cps is no operation", cps SVC
    titled "msr changes no mode", msr cpsr_c, SVC
    mrs r0, cpsr
    show "cpsr", r0
    end_line
    titled "privileged register", mrc p15, 0, r2, c1, c0, 0
    titled "thread register", mcr p15, 0, r2, c13, c0, 2
    set r5, NOWHERE
    titled "load", ldr r5, [r5]
    mov r4, #THE_END
    svc 0
