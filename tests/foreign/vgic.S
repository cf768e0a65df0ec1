@ A guest that takes virtual interrupts through GICV: list registers filled by Hyp mode, one linked to a
@ physical interrupt, priorities, EOImode, maintenance interrupts, the virtual timer forwarded by Hyp mode.
    .include "common.inc"
    .global _start, on_hyp_irq, on_hyp_trap, on_irq
    .text
    .equ GICH, 0x08030000
    .equ GICV, 0x08040000
    .equ LR_PENDING, 1 << 28
    .equ LR_HW, 1 << 31
    .equ LR_EOI, 1 << 19

_start:
    park_others
    set sp, 0x40380000
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 1           @ HDCR
    mcr p15, 4, r0, c1, c1, 2           @ HCPTR
    mcr p15, 4, r0, c1, c1, 3           @ HSTR
    mov r1, #0
    mcrr p15, 4, r0, r1, c14            @ CNTVOFF
    mov r0, #3
    mcr p15, 4, r0, c14, c1, 0          @ CNTHCTL
    set r0, (1 << 3 | 1 << 4 | 1 << 5)  @ HCR: FMO, IMO, AMO
    mcr p15, 4, r0, c1, c1, 0
    isb
    set r4, GICD
    set r0, 0x0a00ffff                  @ SGIs, PPIs 9 (25, maintenance) and 11 (27, virtual timer)
    str r0, [r4, #0x100]
    mov r0, #0x80
    strb r0, [r4, #0x400 + 27]
    mov r0, #0x40
    strb r0, [r4, #0x400 + 25]
    mov r0, #1
    str r0, [r4]
    set r5, GICC
    mov r0, #0xf0
    str r0, [r5, #4]
    set r0, 0x201                       @ EOImode: priority drop only
    str r0, [r5]
    set r6, GICH
    ldr r0, [r6, #4]
    and r0, r0, #0x3f
    show "vtr-lrs", r0
    end_line
    mov r0, #1
    str r0, [r6]                        @ GICH_HCR.En
    set r0, 0x40378000
    msr sp_svc, r0
    set r0, 0x40370000
    msr sp_irq, r0
    set r0, pl1_vectors
    mcr p15, 0, r0, c12, c0, 0
    set r0, 0x00c50878
    mcr p15, 0, r0, c1, c0, 0
    mov r0, #MASKED | SVC
    msr spsr_cxsf, r0
    set r0, guest
    msr elr_hyp, r0
    eret

@ -- the guest: HVC 1 asks for r0 in list register r1, HVC 2 shows GICH ---------------------------------
guest:
    set r5, GICV
    mov r0, #0xf8
    str r0, [r5, #4]
    mov r0, #1
    str r0, [r5]
    say "guest"
    ldr r0, [r5, #4]
    show "pmr", r0
    ldr r0, [r5, #0xfc]
    and r0, r0, #0xff0
    show "iidr", r0
    end_line

    .macro inject value:req, register:req
    set r0, \value
    mov r1, #\register
    hvc #1
    .endm

    say "masked\n"
    inject (LR_PENDING | 10 << 23 | 40), 0
    mrc p15, 0, r0, c12, c1, 0
    show "isr", r0
    ldr r0, [r5, #0x18]
    show "hppir", r0
    end_line
    say "unmasked\n"
    cpsie i
    nop
    say "again\n"
    inject (LR_PENDING | 10 << 23 | 41), 0
    nop
    say "two, the more urgent first\n"
    cpsid i
    inject (LR_PENDING | 20 << 23 | 50), 0
    inject (LR_PENDING | 5 << 23 | 51), 1
    cpsie i
    nop
    nop
    say "below the mask\n"
    mov r0, #0x20
    str r0, [r5, #4]
    inject (LR_PENDING | 20 << 23 | 52), 0     @ (GICV_HPPIR here: QEMU 7.2 has it depend on PMR)
    mrc p15, 0, r0, c12, c1, 0
    show "isr", r0
    end_line
    mov r0, #0xf8
    str r0, [r5, #4]
    dsb
    nop
    say "maintenance at EOI\n"
    inject (LR_PENDING | LR_EOI | 8 << 23 | 60), 2
    nop
    hvc #2
    say "an SGI of CPU 3\n"
    inject (LR_PENDING | 8 << 23 | 3 << 10 | 7), 3
    nop
    say "eoimode\n"
    cpsid i
    mov r0, #0x201
    str r0, [r5]
    inject (LR_PENDING | 8 << 23 | 61), 0
    ldr r0, [r5, #0xc]
    show "iar", r0
    hvc #2
    str r0, [r5, #0x10]                 @ EOIR: the priority is dropped
    hvc #2
    add r1, r5, #0x1000
    str r0, [r1]                        @ DIR
    hvc #2
    mov r0, #1
    str r0, [r5]
    cpsie i
    say "virtual timer\n"
    mov r11, #0
    mov r0, #100
    mcr p15, 0, r0, c14, c3, 0
    mov r0, #1
    mcr p15, 0, r0, c14, c3, 1
    isb
1:  cmp r11, #27
    bne 1b
    hvc #2
    say "underflow\n"
    hvc #3
    nop
    say "virtual fiq and abort by HCR\n"
    cpsid if
    hvc #4
    mrc p15, 0, r0, c12, c1, 0
    show "isr", r0
    end_line
    mov r4, #THE_END
    svc 0

on_irq:
    sub lr, lr, #4
    push {r0-r3, r12, lr}
    set r3, GICV
    ldr r2, [r3, #0xc]
    say " virq"
    show "iar", r2
    ldr r0, [r3, #0x14]
    show "rpr", r0
    mov r11, r2
    cmp r2, #27
    moveq r0, #3                        @ mask the timer
    mcreq p15, 0, r0, c14, c3, 1
    str r2, [r3, #0x10]
    end_line
    pop {r0-r3, r12, lr}
    movs pc, lr

@ -- Hyp ------------------------------------------------------------------------------------------------
on_hyp_trap:
    push {r0-r3, r12, lr}
    mrc p15, 4, r2, c5, c2, 0
    bfc r2, #16, #16
    set r3, GICH
    cmp r2, #1
    addeq r3, r3, r1, lsl #2
    streq r0, [r3, #0x100]
    cmp r2, #2
    bne 1f
    say "  gich"
    ldr r2, [r3, #0x10]
    show "misr", r2
    ldr r2, [r3, #0x20]
    show "eisr", r2
    ldr r2, [r3, #0x30]
    show "elrsr", r2
    ldr r2, [r3, #0xf0]
    show "apr", r2
    ldr r2, [r3, #0x100]
    show "lr0", r2
    ldr r2, [r3, #0x8]
    show "vmcr", r2
    end_line
    mov r2, #0
    str r2, [r3, #0x108]
    b 2f
1:  cmp r2, #3
    moveq r2, #3                        @ En, UIE
    streq r2, [r3]
    cmp r2, #4
    set r0, (1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 8)
    mcreq p15, 4, r0, c1, c1, 0
2:  pop {r0-r3, r12, lr}
    eret

on_hyp_irq:
    push {r0-r3, r12, lr}
    set r3, GICC
    ldr r2, [r3, #0xc]
    say " irq in hyp"
    show "iar", r2
    str r2, [r3, #0x10]
    cmp r2, #27
    bne 1f
    @ linked to the guest's: its EOI deactivates the physical one
    set r0, (LR_HW | LR_PENDING | 4 << 23 | 27 << 10 | 27)
    set r1, GICH
    str r0, [r1, #0x104]
    end_line
    pop {r0-r3, r12, lr}
    eret
1:  set r1, GICH
    ldr r0, [r1, #0x10]
    show "misr", r0
    ldr r0, [r1, #0x20]
    show "eisr", r0
    end_line
    mov r0, #0
    str r0, [r1, #0x108]
    mov r0, #1
    str r0, [r1]
    add r3, r3, #0x1000
    str r2, [r3]                        @ DIR
    pop {r0-r3, r12, lr}
    eret
