@ Hyp mode with its MMU on and a guest behind stage 2: the guest's device is emulated from the syndrome of
@ its accesses, and faults of stage 2 are printed with HSR, HDFAR or HIFAR, and HPFAR.
    .include "common.inc"
    .global _start, on_hyp_trap
    .text
    .equ GUEST, 0x40400000              @ RAM of the guest: remapped pages of stage 2
    .equ DEVICE, 0x50000000             @ nothing in stage 2: emulated

_start:
    park_others
    set sp, 0x40380000
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    set r0, 0x000004ff
    mcr p15, 4, r0, c10, c2, 0          @ HMAIR0
    mov r1, #0
    set r0, hyp_level1
    mcrr p15, 4, r0, r1, c2             @ HTTBR
    set r0, 0x80800000
    mcr p15, 4, r0, c2, c0, 2           @ HTCR
    set r0, stage2_level1
    mov r1, #0x00010000                 @ VMID 1
    mcrr p15, 6, r0, r1, c2             @ VTTBR
    set r0, 0x80000040                  @ VTCR: SL0 1, T0SZ 0
    mcr p15, 4, r0, c2, c1, 2
    mcr p15, 4, r0, c8, c7, 0           @ TLBIALLH
    mcr p15, 4, r0, c8, c7, 4           @ TLBIALLNSNH
    dsb
    isb
    set r0, 0x30c51879                  @ HSCTLR: M, C, I
    mcr p15, 4, r0, c1, c0, 0
    isb
    say "hyp mmu on\n"
    mov r0, #1
    mcr p15, 4, r0, c1, c1, 0           @ HCR.VM
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 1           @ HDCR
    mcr p15, 4, r0, c1, c1, 2           @ HCPTR
    mcr p15, 4, r0, c1, c1, 3           @ HSTR
    set r0, 0x00c50878
    mcr p15, 0, r0, c1, c0, 0           @ the guest's SCTLR
    mov r0, #0
    mcr p15, 0, r0, c2, c0, 2
    isb
    set r0, 0x40378000
    msr sp_svc, r0
    mov r0, #MASKED | SVC
    msr spsr_cxsf, r0
    set r0, guest
    msr elr_hyp, r0
    eret

guest:
    say "guest\n"
    set r5, DEVICE
    set r4, 0x12345678
    titled "str", str r4, [r5, 0x10]
    titled "strh", strh r4, [r5, 0x12]
    titled "strb", strb r4, [r5, 0x15]
    titled "ldr", ldr r8, [r5, 0x20]
    titled "ldrh", ldrh r9, [r5, 0x22]
    titled "ldrsh", ldrsh r10, [r5, 0x24]
    titled "ldrb", ldrb r11, [r5, 0x27]
    titled "ldrsb", ldrsb r12, [r5, 0x28]
    show "r8", r8
    show "r9", r9
    show "r10", r10
    show "r11", r11
    show "r12", r12
    end_line
    titled "no syndrome: ldm", ldmia r5, {r8, r9}
    titled "no syndrome: ldrd", ldrd r8, r9, [r5]
    titled "no syndrome: ldrex", ldrex r8, [r5]
    .macro access at:req
    set r5, \at
    say "\at\n"
    titled " load", ldr r4, [r5]
    titled " store", str r4, [r5]
    .endm
    .macro fetch at:req
    set r5, \at
    titled "\at, fetch", bx r5
    .endm
    set r5, GUEST + 0x0010
    set r4, 0xabad1dea
    str r4, [r5]
    set r5, GUEST + 0x1010
    ldr r4, [r5]
    show "same memory", r4
    end_line
    access (GUEST + 0x2000)             @ read-only
    access (GUEST + 0x3000)             @ write-only
    access (GUEST + 0x4000)             @ nothing allowed
    access (GUEST + 0x5000)             @ access flag
    access (GUEST + 0x6000)             @ invalid
    access (GUEST + 0x7000)             @ XN
    access 0x40800000                   @ no level 2 entry
    access 0x60000000
    access 0xfffff000
    fetch (GUEST + 0x4000)
    fetch (GUEST + 0x5000)
    fetch (GUEST + 0x6000)
    fetch (GUEST + 0x7000)
    fetch 0x40800000
    fetch 0x60000000
    say "guest's mmu on\n"
    bl flat_map
    set r5, GUEST + 0x6000
    titled "load", ldr r4, [r5]
    hvc #0

    .data
    .balign 4096
stage2_level3:
    .word (0x40600000 + 0x7ff), 0, (0x40600000 + 0x7ff), 0
    .word (0x40602000 + 0x77f), 0, (0x40603000 + 0x7bf), 0
    .word (0x40604000 + 0x73f), 0, (0x40605000 + 0x3ff), 0
    .word 0, 0, (0x40607000 + 0x7ff), 0x00400000
    .org stage2_level3 + 4096
stage2_level2:
    .org stage2_level2 + 8
    .word 0x402007fd, 0, (stage2_level3 + 3), 0
    .org stage2_level2 + 4096
stage2_level1:
    .word 0x000007c5, 0x00400000, (stage2_level2 + 3), 0, 0, 0, 0, 0
hyp_level1:
    .word 0x00000645, 0x00400000, 0x40000741, 0, 0, 0, 0, 0

    .text
@ Prints the fault; emulates the access when the syndrome has it, and goes on at r7.
on_hyp_trap:
    push {r0-r12, lr}
    mrc p15, 4, r4, c5, c2, 0
    lsr r0, r4, #26
    cmp r0, #0x12
    beq finish
    say " stage 2"
    show "hsr", r4
    show_cp15 "hpfar", 4, c6, c0, 4
    cmp r0, #0x20
    bne 1f
    show_cp15 "hifar", 4, c6, c0, 2
    b 9f
1:  show_cp15 "hdfar", 4, c6, c0, 0
    tst r4, #1 << 24                    @ ISV
    beq 9f
    mrc p15, 4, r0, c6, c0, 4
    lsl r0, r0, #8
    bfc r0, #0, #12
    set r1, DEVICE
    cmp r0, r1
    bne 9f
    ubfx r5, r4, #16, #4                @ SRT
    ubfx r3, r4, #22, #2                @ SAS
    mov r2, #8
    lsl r2, r2, r3
    rsb r2, r2, #32                     @ bits that the access does not have
    tst r4, #1 << 6                     @ WnR
    beq 2f
    ldr r1, [sp, r5, lsl #2]
    lsl r1, r1, r2
    lsr r1, r1, r2
    show "written", r1
    b 9f
2:  set r1, 0x89abcdef
    lsl r1, r1, r2
    tst r4, #1 << 21                    @ SSE
    asrne r1, r1, r2
    lsreq r1, r1, r2
    str r1, [sp, r5, lsl #2]
9:  end_line
    ldr r7, [sp, #28]
    msr elr_hyp, r7
    pop {r0-r12, lr}
    eret
