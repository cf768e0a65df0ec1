@ A guest in Supervisor mode whose system instructions are trapped to Hyp mode by HCR, HSTR and HCPTR;
@ each trap with its HSR. QEMU 7.2 lacks TWE, TID1, TID3 of MRC, TPC, TSW, TPU and TCPAC for this core:
@ no line here.
    .include "common.inc"
    .global _start, on_hyp_trap
    .text

_start:
    park_others
    set sp, 0x40380000
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 2           @ HCPTR
    mcr p15, 4, r0, c1, c1, 3           @ HSTR
    mcr p15, 4, r0, c1, c1, 1           @ HDCR
    set r0, 0x40378000
    msr sp_svc, r0
    set r0, 0x40370000
    msr sp_und, r0
    set r0, 0x40368000
    msr sp_abt, r0
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    set r0, 0x00c50878
    mcr p15, 0, r0, c1, c0, 0
    set r0, 0x00f00000
    mcr p15, 0, r0, c1, c0, 2           @ CPACR
    isb

    @ HCR with these bits for the instructions up to done
    .macro with value:req
    set r0, \value
    mcr p15, 4, r0, c1, c1, 0
    isb
    say "hcr \value\n"
    adr r0, 7750f
    msr elr_hyp, r0
    mov r0, #MASKED | SVC
    msr spsr_cxsf, r0
    eret
7750:
    .endm

    .macro done
    adr r7, 7740f                       @ the trap goes on there in Hyp mode
    hvc #0x77
7740:
    .endm
    b begin

@ As common.S has it, but a call goes on in Hyp mode.
on_hyp_trap:
    push {r0-r3, r12, lr}
    mrc p15, 4, r2, c5, c2, 0
    lsr r0, r2, #26
    cmp r0, #0x12
    bne 1f
    mov r0, #MASKED | HYP
    msr spsr_cxsf, r0
    b 2f
1:  say " trap"
    show "hsr", r2
    mrs r2, spsr
    show "spsr", r2
    mrs r2, elr_hyp
    sub r2, r2, r6
    show "elr-at", r2
2:  msr elr_hyp, r7
    pop {r0-r3, r12, lr}
    eret

begin:
    with 0x2000                         @ TWI
    titled "wfi", wfi
    cmp r0, r0
    titled "wfi, failed condition", wfine
    done
    with 0x04000000                     @ TVM
    titled "sctlr written", mcr p15, 0, r3, c1, c0, 0
    titled "ttbr0 written", mcr p15, 0, r4, c2, c0, 0
    titled "ttbr0, 64 bits", mcrr p15, 0, r2, r3, c2
    titled "dacr", mcr p15, 0, r3, c3, c0, 0
    titled "dfar", mcr p15, 0, r8, c6, c0, 0
    titled "mair0", mcr p15, 0, r12, c10, c2, 0
    titled "contextidr", mcr p15, 0, r3, c13, c0, 1
    done
    with 0x00028000                     @ TID0 TID2
    titled "ctr", mrc p15, 0, r3, c0, c0, 1
    titled "ccsidr", mrc p15, 1, r3, c0, c0, 0
    titled "csselr", mcr p15, 2, r3, c0, c0, 0
    done
    with 0x00040000                     @ TID3
    titled "mvfr0", vmrs r3, mvfr0
    done
    with 0x00080000                     @ TSC
    titled "smc", smc 5
    cmp r0, r0
    titled "smc, failed condition", smcne 5
    done
    with 0x00200000                     @ TAC
    titled "actlr", mrc p15, 0, r3, c1, c0, 1
    done
    with 0x02000000                     @ TTLB
    titled "tlbiall", mcr p15, 0, r3, c8, c7, 0
    titled "tlbimva", mcr p15, 0, r3, c8, c7, 1
    done
    set r0, 0x1008                      @ T12 T3
    mcr p15, 4, r0, c1, c1, 3
    with 0
    titled "vbar", mrc p15, 0, r3, c12, c0, 0
    titled "dacr", mrc p15, 0, r3, c3, c0, 0
    titled "ttbcr", mrc p15, 0, r3, c2, c0, 2
    done
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 3
    set r0, 0x00000c00                  @ HCPTR: TCP11 TCP10
    mcr p15, 4, r0, c1, c1, 2
    with 0
    titled "vmrs", vmrs r3, fpexc
    done
    say "end of traps\n"
    b finish
