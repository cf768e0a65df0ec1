@ The four timers of a CPU, each by its PPI, by comparison and by downcount, masked, and signed; the counter
@ through its offset; and an event stream of none: WFI ends by each of them. Secure, then in Hyp mode.
    .include "common.inc"
    .global _start, on_irq, on_fiq, on_hyp_irq
    .text

    .macro arm_timer name:req, crm:req, opc1=0
    mcr p15, \opc1, r0, c14, \crm, 0    @ TVAL
    mov r0, #1
    mcr p15, \opc1, r0, c14, \crm, 1    @ CTL
    isb
    .endm

_start:
    park_others
    stack FIQ, 1
    stack IRQ, 2
    stack UND, 3
    stack MON, 4
    stack SVC, 5
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    set r0, monitor_vectors
    mcr p15, 0, r0, c12, c0, 1
    isb
    set r4, GICD
    set r0, 0x7c00ffff                  @ SGIs, and PPIs 26 to 30
    str r0, [r4, #0x100]
    set r0, 0x5c000000                  @ 26, 27, 28 and 30 to group 1
    str r0, [r4, #0x80]
    set r0, 0x80808080
    str r0, [r4, #0x418]
    str r0, [r4, #0x41c]
    set r5, GICC
    mov r0, #0xf0
    str r0, [r5, #4]
    mov r0, #0xf                        @ both groups, AckCtl, FIQEn
    str r0, [r5]
    mov r0, #3
    str r0, [r4]
    mrc p15, 0, r2, c14, c0, 0
    show "cntfrq", r2
    mrrc p15, 0, r0, r1, c14            @ CNTPCT goes up
    mrrc p15, 0, r2, r3, c14
    subs r2, r2, r0
    sbcs r3, r3, r1
    movhs r0, #1
    movlo r0, #0
    show "up", r0
    end_line

    say "secure physical, masked by itself"
    mov r5, #0
    cpsie if
    mov r0, #50
    mcr p15, 0, r0, c14, c2, 0
    mov r0, #3
    mcr p15, 0, r0, c14, c2, 1
    isb
1:  mrc p15, 0, r0, c14, c2, 1
    tst r0, #4
    beq 1b
    nop
    show "ctl", r0
    show "taken", r5
    end_line
    say "unmasked"
    mov r0, #1
    mcr p15, 0, r0, c14, c2, 1
    isb
2:  cmp r5, #0
    beq 2b
    show "taken", r5
    end_line
    say "negative downcount"
    mov r5, #0
    mvn r0, #0
    arm_timer "cntp", c2
3:  cmp r5, #0
    beq 3b
    show "taken", r5
    end_line
    say "by comparison, from WFI"
    cpsid if
    mov r5, #0
    mrrc p15, 0, r0, r1, c14
    add r0, r0, #2000
    mcrr p15, 2, r0, r1, c14            @ CNTP_CVAL
    mov r0, #1
    mcr p15, 0, r0, c14, c2, 1
    isb
4:  wfi
    mrc p15, 0, r2, c12, c1, 0          @ ISR
    tst r2, #0xc0
    beq 4b
    show "isr", r2
    cpsie if
    nop
    show "taken", r5
    end_line
    cpsid if
    smc #0

@ -- Monitor: to Hyp mode, with an offset of the virtual counter -------------------------------------------
    .balign 32
monitor_vectors:
    b .
    b .
    b to_hyp
    b .
    b .
    b .
    b .
    b .
to_hyp:
    set r0, 0x101                       @ SCR: NS, HCE
    mcr p15, 0, r0, c1, c1, 0
    isb
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    set r0, 0x30c50878
    mcr p15, 4, r0, c1, c0, 0
    set r0, (1 << 4 | 1 << 3 | 1 << 5)  @ HCR: IMO, FMO, AMO
    mcr p15, 4, r0, c1, c1, 0
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 1
    mcr p15, 4, r0, c1, c1, 2
    mcr p15, 4, r0, c14, c1, 0          @ CNTHCTL: PL1 has no physical counter and timer
    set r0, 0x12345678
    mov r1, #0x40
    mcrr p15, 4, r0, r1, c14            @ CNTVOFF
    set r0, 0x40300000
    msr sp_hyp, r0
    mov r0, #MASKED | HYP
    msr spsr_cxsf, r0
    set lr, in_hyp
    movs pc, lr

in_hyp:
    say "hyp"
    mrrc p15, 1, r0, r1, c14            @ CNTVCT
    mrrc p15, 0, r2, r3, c14            @ CNTPCT
    subs r2, r2, r0
    sbc r3, r3, r1
    set r0, 0x12345678
    sub r2, r2, r0
    sub r3, r3, #0x40
    show "offset-high", r3
    end_line
    say "hyp timer"
    mov r5, #0
    mov r0, #100
    mcr p15, 4, r0, c14, c2, 0
    mov r0, #1
    mcr p15, 4, r0, c14, c2, 1
    isb
    cpsie i
1:  cmp r5, #0
    beq 1b
    end_line
    say "virtual timer"
    mov r5, #0
    mov r0, #100
    arm_timer "cntv", c3
2:  cmp r5, #0
    beq 2b
    end_line
    say "non-secure physical timer"
    mov r5, #0
    mov r0, #100
    arm_timer "cntp", c2
3:  cmp r5, #0
    beq 3b
    end_line
    @ PL1 may not, by CNTHCTL; User may not, by CNTKCTL
    set r0, 0x40378000
    msr sp_svc, r0
    set r0, 0x40370000
    msr sp_und, r0
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    set r0, 0x00c50878
    mcr p15, 0, r0, c1, c0, 0
    mov r0, #0
    mcr p15, 0, r0, c14, c1, 0          @ CNTKCTL
    mov r0, #MASKED | SVC
    msr spsr_cxsf, r0
    set r0, in_svc
    msr elr_hyp, r0
    eret
in_svc:
    titled "cntpct", mrrc p15, 0, r0, r1, c14
    titled "cntp_ctl", mcr p15, 0, r0, c14, c2, 1
    titled "cntp_cval", mcrr p15, 2, r0, r1, c14
    titled "cntvct", mrrc p15, 1, r0, r1, c14
    titled "cnthctl", mrc p15, 4, r0, c14, c1, 0
    titled "cntfrq, written", mcr p15, 0, r0, c14, c0, 0
    mov r0, #USR
    orr r0, r0, #MASKED
    msr spsr_cxsf, r0
    set lr, in_user
    movs pc, lr
in_user:
    set sp, 0x40320000
    titled "cntvct", mrrc p15, 1, r0, r1, c14
    titled "cntfrq", mrc p15, 0, r0, c14, c0, 0
    titled "cntv_ctl", mrc p15, 0, r0, c14, c3, 1
    titled "cntpct", mrrc p15, 0, r0, r1, c14
    mov r4, #THE_END
    svc 0

on_fiq:
on_irq:
    sub lr, lr, #4
    push {r0-r3, r12, lr}
    set r3, GICC
    ldr r2, [r3, #0xc]
    show "iar", r2
    mov r0, #0
    mcr p15, 0, r0, c14, c2, 1
    str r2, [r3, #0x10]
    add r5, r5, #1
    pop {r0-r3, r12, lr}
    movs pc, lr
    .type on_fiq, %function

on_hyp_irq:
    push {r0-r3, r12, lr}
    set r3, GICC
    ldr r2, [r3, #0xc]
    show "iar", r2
    mov r0, #0
    cmp r2, #26
    mcreq p15, 4, r0, c14, c2, 1
    cmp r2, #27
    mcreq p15, 0, r0, c14, c3, 1
    cmp r2, #30
    mcreq p15, 0, r0, c14, c2, 1
    str r2, [r3, #0x10]
    add r5, r5, #1
    pop {r0-r3, r12, lr}
    eret
