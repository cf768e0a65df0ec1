@ Boots in Secure Supervisor mode, prepares Monitor mode, and enters Hyp mode through it; then calls in all
@ directions: SVC to Hyp and back, SMC from both to Monitor, trapped and disabled calls.
    .include "common.inc"
    .global _start
    .text
    .equ SCR_NS, 1
    .equ SCR_AW, 1 << 5
    .equ SCR_SCD, 1 << 7
    .equ SCR_HCE, 1 << 8

_start:
    park_others
    stack MON, 1
    stack UND, 3
    stack SVC, 2
    set r0, monitor_vectors
    mcr p15, 0, r0, c12, c0, 1          @ MVBAR
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0          @ VBAR, Secure
    isb
    say "secure"
    mrs r2, cpsr
    show "cpsr", r2
    show_cp15 "scr", 0, c1, c1, 0
    end_line
    titled "hvc in secure state", hvc 1
    say "to monitor:"
    mov r4, #0
    smc #1
    say "back from monitor\n"
    mov r4, #1
    smc #2                              @ does not return here
    b .

@ -- Monitor ----------------------------------------------------------------------------------------
    .balign 32
monitor_vectors:
    b .
    b .
    b on_smc
    b .
    b .
    b .
    b .
    b .

@ r4 says what is wanted: 0 nothing, 1 enter Hyp mode, 2 set SCR to r5, 3 read NSACR and both VBARs.
on_smc:
    push {r0-r3, r12, lr}
    say " smc"
    mrs r2, cpsr
    show "cpsr", r2
    mrs r2, spsr
    show "spsr", r2
    show_cp15 "scr", 0, c1, c1, 0
    end_line
    cmp r4, #1
    beq enter_hyp
    cmp r4, #2
    mcreq p15, 0, r5, c1, c1, 0
    cmp r4, #3
    bne 1f
    mrc p15, 0, r3, c1, c1, 0
    bic r2, r3, #SCR_NS
    mcr p15, 0, r2, c1, c1, 0
    isb
    say "  secure"
    show_cp15 "vbar", 0, c12, c0, 0
    orr r2, r3, #SCR_NS
    mcr p15, 0, r2, c1, c1, 0
    isb
    say "  non-secure"
    show_cp15 "vbar", 0, c12, c0, 0
    show_cp15 "sctlr", 0, c1, c0, 0
    end_line
    mcr p15, 0, r3, c1, c1, 0
1:  isb
    pop {r0-r3, r12, lr}
    movs pc, lr

enter_hyp:
    set r0, 0x00000c00                  @ NSACR: CP10 and CP11
    mcr p15, 0, r0, c1, c1, 2
    set r0, SCR_NS | SCR_AW | SCR_HCE
    mcr p15, 0, r0, c1, c1, 0
    isb
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0          @ HVBAR
    set r0, 0x30c50878
    mcr p15, 4, r0, c1, c0, 0           @ HSCTLR
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 0           @ HCR
    mcr p15, 0, r0, c12, c0, 0          @ VBAR, Non-secure
    set r0, 0x00c50878
    mcr p15, 0, r0, c1, c0, 0           @ SCTLR, Non-secure
    isb
    set r0, 0x40300000
    msr sp_hyp, r0
    mov r0, #MASKED | HYP
    msr spsr_cxsf, r0
    pop {r0-r3, r12, lr}
    set lr, in_hyp
    movs pc, lr

@ -- Hyp --------------------------------------------------------------------------------------------
in_hyp:
    say "hyp"
    mrs r2, cpsr
    show "cpsr", r2
    show_cp15 "hcr", 4, c1, c1, 0
    show_cp15 "nsacr", 0, c1, c1, 2
    end_line
    mov r4, #0
    say "smc from hyp:"
    smc #3
    adr r6, 1f
1:  hvc #0x1234
    end_line
    titled "udf in hyp", udf 1
    titled "scr from hyp", mrc p15, 0, r0, c1, c1, 0
    set r0, 0x40310000
    msr sp_svc, r0
    set r0, 0x40318000
    msr sp_und, r0
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    mov r0, #MASKED | SVC
    msr spsr_cxsf, r0
    set r0, in_svc
    msr elr_hyp, r0
    eret

@ -- Non-secure Supervisor mode ---------------------------------------------------------------------
in_svc:
    say "non-secure svc"
    mrs r2, cpsr
    show "cpsr", r2
    end_line
    say "hvc:"
    attempt hvc 0xbeef
    end_line
    say "smc:"
    mov r4, #3
    smc #4
    titled "scr", mrc p15, 0, r0, c1, c1, 0
    titled "mvbar", mrc p15, 0, r0, c12, c0, 1
    mov r4, #2                          @ SCR.SCD: SMC is undefined
    set r5, SCR_NS | SCR_HCE | SCR_SCD
    smc #5
    titled "smc disabled", smc 6
    titled "hvc", hvc 0
    mov r0, #USR
    orr r0, r0, #MASKED
    msr spsr_cxsf, r0
    set lr, in_user
    movs pc, lr
in_user:
    set sp, 0x40320000
    say "user\n"
    titled "hvc", hvc 0
    titled "smc", smc 0
    mov r4, #THE_END
    svc 0
