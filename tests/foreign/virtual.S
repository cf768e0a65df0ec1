@ What HCR does to exceptions: virtual interrupts and aborts taken by a guest, masked and unmasked; TGE, which
@ sends a User mode's exceptions to Hyp mode; SMC trapped; stage 1 forced cacheable; and walks that stage 2
@ protects.
    .include "common.inc"
    .global _start, on_hyp_trap, on_irq, on_fiq, on_dabt
    .text
    .equ VF, 1 << 6
    .equ VI, 1 << 7
    .equ VA, 1 << 8
    .equ AMO_IMO_FMO, 7 << 3
    .equ TSC, 1 << 19
    .equ TGE, 1 << 27

_start:
    park_others
    set sp, 0x40380000
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 1
    mcr p15, 4, r0, c1, c1, 2
    mcr p15, 4, r0, c1, c1, 3
    set r0, 0x00c50878
    mcr p15, 0, r0, c1, c0, 0
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    set r0, 0x40378000
    msr sp_svc, r0
    sub r0, r0, #0x1000
    msr sp_und, r0
    sub r0, r0, #0x1000
    msr sp_abt, r0
    sub r0, r0, #0x1000
    msr sp_irq, r0
    sub r0, r0, #0x1000
    msr sp_fiq, r0
    set r0, level1
    mov r1, #0x00010000
    mcrr p15, 6, r0, r1, c2             @ VTTBR
    set r0, 0x80003540
    mcr p15, 4, r0, c2, c1, 2           @ VTCR
    mcr p15, 4, r0, c8, c7, 4
    mov r0, #AMO_IMO_FMO
    mcr p15, 4, r0, c1, c1, 0
    dsb
    isb
    mov r0, #MASKED | SVC
    msr spsr_cxsf, r0
    set r0, guest
    msr elr_hyp, r0
    eret

    @ HVC 1 sets HCR to r0
    .macro hcr value:req
    set r0, (\value)
    hvc #1
    .endm

    .macro isr
    mrc p15, 0, r0, c12, c1, 0
    show "isr", r0
    .endm

guest:
    adr r6, guest
    say "guest, masked"
    hcr AMO_IMO_FMO + VI + VF + VA
    isr
    end_line
    say "unmasked one by one\n"
    adr r6, 1f
    cpsie f
1:  nop
    say "  after fiq"
    isr
    end_line
    adr r6, 2f
    cpsie i
2:  nop
    say "  after irq"
    isr
    end_line
    adr r6, 3f
    cpsie a
3:  nop
    say "  after abort"
    isr
    mrs r0, cpsr
    show "cpsr", r0
    end_line
    say "without IMO nothing is taken"
    hcr VI
    nop
    isr
    end_line
    hcr AMO_IMO_FMO
    say "wfi ends by a virtual irq, masked"
    cpsid aif
    hcr AMO_IMO_FMO + VI
    wfi
    isr
    end_line
    hcr AMO_IMO_FMO
    say "smc trapped:"
    hcr AMO_IMO_FMO + TSC
    attempt smc 0x5
    end_line
    say "smc, condition false:"
    cmp r0, r0
    attempt smcne 0x5
    end_line
    hcr AMO_IMO_FMO

    say "stage 2 on\n"
    hcr AMO_IMO_FMO + 1
    titled "read", ldr r8, [sp, #-8]
    titled "beyond", ldr r8, =0x55555555
    set r5, 0x50000000
    titled "nothing", ldr r8, [r5]
    @ stage 1 by LPAE, whose level 2 table lies where stage 2 has nothing
    set r0, 0x000004ff
    mcr p15, 0, r0, c10, c2, 0
    set r0, stage1
    mov r1, #0
    mcrr p15, 0, r0, r1, c2
    mov r0, #1 << 31
    mcr p15, 0, r0, c2, c0, 2
    mcr p15, 0, r0, c8, c7, 0
    dsb
    isb
    mrc p15, 0, r0, c1, c0, 0
    orr r0, r0, #1
    mcr p15, 0, r0, c1, c0, 0
    isb
    say "stage 1 on\n"
    set r5, 0x80000123
    titled "walk", ldrb r8, [r5]
    titled "walk, store", strb r8, [r5]
    set r5, 0xc0000000
    titled "invalid at stage 1", ldr r8, [r5]
    @ addresses translated by operation: stage 1 only, then both from Hyp mode
    set r0, 0x40200123
    mcr p15, 0, r0, c7, c8, 0
    isb
    mrrc p15, 0, r2, r3, c7
    bic r2, r2, #0x0c00
    show "ats1cpr", r2
    set r0, 0xc0000000
    mcr p15, 0, r0, c7, c8, 1
    isb
    mrrc p15, 0, r2, r3, c7
    show "ats1cpw", r2
    end_line
    hvc #2

    mrc p15, 0, r0, c1, c0, 0
    bic r0, r0, #1
    mcr p15, 0, r0, c1, c0, 0
    isb
    say "to user mode with tge\n"
    hvc #3

user:
    set sp, 0x40360000
    say "user"
    mrs r0, cpsr
    show "cpsr", r0
    end_line
    titled "svc", svc 0x77
    titled "udf", udf 7
    titled "cp15", mrc p15, 0, r0, c1, c0, 0
    set r5, 0x50000000
    titled "external abort", ldr r8, [r5]
    titled "prefetch", bx r5
    say "hvc:"
    attempt hvc 1
    end_line
    svc 0xe

on_irq:
    sub lr, lr, #4
    push {r0-r3, r12, lr}
    say "  irq"
    b taken_virtually
on_fiq:
    sub lr, lr, #4
    push {r0-r3, r12, lr}
    say "  fiq"
    b taken_virtually
on_dabt:
    sub lr, lr, #4
    push {r0-r3, r12, lr}
    mrc p15, 0, r0, c5, c0, 0
    bic r2, r0, #1 << 12                @ ExT is the implementation's
    ubfx r3, r2, #0, #4
    cmp r3, #6                          @ 0x406: asynchronous, short format
    beq 1f
    say " data abort"
    show_cp15 "dfsr", 0, c5, c0, 0
    show_cp15 "dfar", 0, c6, c0, 0
    pop {r0-r3, r12, lr}
    movs pc, r7
1:  say "  async abort"
    show "dfsr", r2
taken_virtually:
    mrs r2, cpsr
    show "cpsr", r2
    mrs r2, spsr
    show "spsr", r2
    ldr r2, [sp, #20]
    sub r2, r2, r6
    show "return-at", r2
    end_line
    mrs r2, cpsr
    and r2, r2, #0x1f
    set r0, AMO_IMO_FMO
    cmp r2, #FIQ
    orreq r0, r0, #VI
    orreq r0, r0, #VA
    cmp r2, #IRQ
    orreq r0, r0, #VA
    hvc #1
    pop {r0-r3, r12, lr}
    movs pc, lr

on_hyp_trap:
    push {r0-r3, r12, lr}
    mrc p15, 4, r2, c5, c2, 0
    lsr r3, r2, #26
    cmp r3, #0x12
    bne 9f
    uxth r2, r2
    cmp r2, #1
    mcreq p15, 4, r0, c1, c1, 0
    cmp r2, #2
    beq ats
    cmp r2, #3
    beq to_user
    pop {r0-r3, r12, lr}
    eret
ats:
    set r0, 0x40200123
    mcr p15, 0, r0, c7, c8, 4           @ ATS12NSOPR
    isb
    mrrc p15, 0, r2, r3, c7
    bic r2, r2, #0x0c00
    say "ats12"
    show "ram", r2
    set r0, 0x80000123
    mcr p15, 0, r0, c7, c8, 5           @ ATS12NSOPW
    isb
    mrrc p15, 0, r2, r3, c7
    bic r2, r2, #0x3e                   @ (QEMU 7.2 gives the level of S1PTW otherwise)
    show "walk", r2
    set r0, 0xc0000000
    mcr p15, 0, r0, c7, c8, 6           @ ATS12NSOUR
    isb
    mrrc p15, 0, r2, r3, c7
    show "invalid", r2
    end_line
    pop {r0-r3, r12, lr}
    eret
to_user:
    set r0, TGE
    mcr p15, 4, r0, c1, c1, 0
    mov r0, #USR
    orr r0, r0, #MASKED
    msr spsr_cxsf, r0
    set r0, user
    msr elr_hyp, r0
    pop {r0-r3, r12, lr}
    eret
9:  say " hyp trap"
    cmp r3, #0x24
    cmpne r3, #0x25
    bne 1f
    tst r2, #1 << 24
    bfceq r2, #25, #1
    bfceq r2, #16, #8
    tst r2, #1 << 7                     @ on a walk: no syndrome; QEMU 7.2 has another level
    bicne r2, r2, #3
1:  show "hsr", r2
    mrs r2, elr_hyp
    sub r2, r2, r6
    show "elr-at", r2
    mrs r2, spsr
    show "spsr", r2
    cmp r3, #0x24
    bne 2f
    show_cp15 "hdfar", 4, c6, c0, 0
    show_cp15 "hpfar", 4, c6, c0, 4
2:  mrc p15, 4, r2, c5, c2, 0
    set r3, 0x4600000e                  @ the last SVC
    cmp r2, r3
    beq finish
    msr elr_hyp, r7
    pop {r0-r3, r12, lr}
    eret

    .data
    .balign 32
level1:                                 @ stage 2: 2 GB, but for what lies from 0x48000000 on
    .word 0x000007fd, 0, level2 + 3, 0, 0, 0, 0, 0
stage1:
    .word 0x00000645, 0, 0x40000741, 0, 0x50000003, 0, 0, 0
    .balign 4096
level2:
    .set at, 0x40000000
    .rept 64
    .word at + 0x7fd, 0
    .set at, at + 0x200000
    .endr
    .space 4096 - 64 * 8
