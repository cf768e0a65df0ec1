@ Linux's way with Hyp mode, old and new: a stub that changes HVBAR on HVC, a kernel in Supervisor mode with
@ its MMU on, and a hypervisor that is set up from identity-mapped code, called, unloaded, and set up again.
    .include "common.inc"
    .global _start
    .text
    .equ VA, 0x80000000                 @ Hyp mode's own view of RAM: VA + offset
    .equ STUB_ERR, 0x0badca11
    .equ SCTLR_MC, 5

_start:
    park_others
    set sp, 0x40380000
    mrs r4, cpsr
    and r0, r4, #0x1f
    show "entry-mode", r0
    end_line
    set r0, stub_vectors
    mcr p15, 4, r0, c12, c0, 0          @ HVBAR
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 0           @ HCR
    mcr p15, 4, r0, c1, c1, 2           @ HCPTR
    mcr p15, 4, r0, c1, c1, 3           @ HSTR
    mcr p15, 4, r0, c1, c0, 0           @ HSCTLR
    mrc p15, 4, r0, c1, c1, 1           @ HDCR
    and r0, r0, #0x1f
    mcr p15, 4, r0, c1, c1, 1
    mrc p15, 0, r0, c1, c0, 0           @ SCTLR of the kernel
    orr r0, r0, #1 << 5
    bic r0, r0, #1 << 7
    bic r0, r0, #3 << 19
    mcr p15, 0, r0, c1, c0, 0
    mrc p15, 0, r0, c0, c0, 0
    mcr p15, 4, r0, c0, c0, 0           @ VPIDR
    mrc p15, 0, r0, c0, c0, 5
    mcr p15, 4, r0, c0, c0, 5           @ VMPIDR
    mrc p15, 0, r0, c0, c1, 1           @ ID_PFR1.GenTimer
    ubfx r0, r0, #16, #4
    show "gentimer", r0
    mrc p15, 4, r0, c14, c1, 0
    orr r0, r0, #3
    mcr p15, 4, r0, c14, c1, 0          @ CNTHCTL
    mov r0, #0
    mcrr p15, 4, r0, r0, c14            @ CNTVOFF
    mcr p15, 0, r0, c14, c3, 1          @ CNTV_CTL
    end_line
    set r0, (MASKED | SVC)
    msr spsr_cxsf, r0
    adr lr, kernel
    msr elr_hyp, lr
    eret

kernel:
    set sp, 0x40370000
    mrs r2, cpsr
    show "cpsr", r2
    mrc p15, 0, r2, c0, c0, 0
    show "midr", r2
    mrc p15, 0, r2, c0, c0, 5
    bic r2, r2, #0x40000000             @ (U: QEMU's CPU is one of several or none)
    show "mpidr", r2
    end_line
    @ LPAE, caches on
    bl flat_map
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #SCTLR_MC
    orr r0, r0, #1 << 12
    mcr p15, 0, r0, c1, c0, 0
    isb
    say "kernel mmu on\n"
    mov r0, #0                          @ HVC_SET_VECTORS
    set r1, stub_vectors
    hvc #0
    show "set-vectors", r0
    mov r0, #77
    hvc #0
    show "unknown-call", r0
    end_line

    mov r8, #2                          @ all of it twice
again:
    set r0, init_vectors
    mov r1, r0
    mov r0, #0
    hvc #0
    show "to-init", r0
    end_line
    set r0, (VA + 0x00368000)           @ stack
    set r1, hyp_runtime
    add r1, r1, #VA - 0x40000000
    set r2, hyp_level1
    mov r3, #0
    hvc #0
    say "initialised\n"
    mov r0, #40
    hvc #0
    show "forty-plus-two", r0
    end_line
    set r0, 0xfffffff0
    hvc #0
    set r3, 0x00001005                  @ (QEMU 7.2 lacks the RAO bits of HSCTLR)
    and r0, r0, r3
    show "hsctlr-icm", r0
    show "sp", r1
    show "pc", r2
    end_line
    mov r0, #2                          @ HVC_RESET_VECTORS
    hvc #0
    show "reset", r0
    mov r0, #77
    hvc #0
    show "unknown-call", r0
    end_line
    subs r8, r8, #1
    bne again
    mov r0, #1                          @ HVC_SOFT_RESTART
    set r1, restarted
    hvc #0
    say "not reached\n"

restarted:
    mrs r2, cpsr
    and r2, r2, #0x1f
    mrc p15, 4, r3, c1, c0, 0
    set sp, 0x40380000
    say "restarted"
    show "cpsr", r2
    and r3, r3, #5
    show "hsctlr-mc", r3
    end_line
    b finish

@ -- the stub ----------------------------------------------------------------------------------------
    .balign 32
stub_vectors:
    b .
    b .
    b .
    b .
    b .
    b stub
    b .
    b .
stub:
    cmp r0, #0
    bne 1f
    mcr p15, 4, r1, c12, c0, 0
    b 3f
1:  cmp r0, #1
    bne 2f
    mrc p15, 4, r0, c1, c0, 0
    bic r0, r0, #SCTLR_MC
    mcr p15, 4, r0, c1, c0, 0
    isb
    bx r1
2:  cmp r0, #2
    beq 3f
    set r0, STUB_ERR
    b 4f
3:  mov r0, #0
4:  eret

@ -- initialisation, identity-mapped -------------------------------------------------------------------
    .balign 4096
init_vectors:
    b .
    b .
    b .
    b .
    b .
    b init
    b .
    b .
init:
    cmp r0, #3
    blo stub
    mov sp, r0
    mcr p15, 4, r1, c12, c0, 0
    mcrr p15, 4, r2, r3, c2
    mrc p15, 4, r0, c2, c0, 2           @ HTCR
    set r2, 0x3f07
    bic r0, r0, r2
    mrc p15, 0, r1, c2, c0, 2
    and r1, r1, r2
    bic r1, r1, #7
    orr r0, r0, r1
    mcr p15, 4, r0, c2, c0, 2
    mrc p15, 0, r0, c10, c2, 0
    mcr p15, 4, r0, c10, c2, 0
    mrc p15, 0, r0, c10, c2, 1
    mcr p15, 4, r0, c10, c2, 1
    mcr p15, 4, r0, c8, c7, 0           @ TLBIALLH
    dsb ish
    mrc p15, 4, r0, c1, c0, 0
    set r2, 0x42081007                  @ TE, EE, FI, WXN, I, C, A, M
    bic r0, r0, r2
    mrc p15, 0, r1, c1, c0, 0
    set r2, 0x02201004
    and r1, r1, r2
    orr r0, r0, r1
    orr r0, r0, #1
    mcr p15, 4, r0, c1, c0, 0
    isb
    eret
    .ltorg
reset_hyp:
    mrc p15, 4, r0, c1, c0, 0
    bic r0, r0, #SCTLR_MC
    mcr p15, 4, r0, c1, c0, 0
    isb
    set r0, stub_vectors
    mcr p15, 4, r0, c12, c0, 0
    mov r0, #0
    eret

@ -- the hypervisor, at its VA ------------------------------------------------------------------------
    .balign 4096
hyp_runtime:
    b .
    b .
    b .
    b .
    b .
    b runtime
    b .
    b .
runtime:
    push {r4, lr}
    mrc p15, 4, r4, c5, c2, 0
    lsr r4, r4, #26
    cmp r4, #0x12
    bne .
    cmp r0, #2
    ldreq r4, =reset_hyp                @ identity mapped
    addeq sp, sp, #8
    bxeq r4
    cmn r0, #16
    addne r0, r0, #2
    mrceq p15, 4, r0, c1, c0, 0
    moveq r1, sp
    adreq r2, .
    pop {r4, lr}
    eret
    .ltorg

    .data
    .balign 32
hyp_level1:                             @ 0: devices; RAM one to one; RAM again at VA
    .word 0x00000645, 0, 0x40000741, 0, 0x40000741, 0, 0, 0
