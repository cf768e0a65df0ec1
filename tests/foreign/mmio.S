@ Every kind of load and store to a device that Hyp mode emulates from the syndrome: size, sign, register,
@ direction; what has no syndrome (multiple, with writeback, exclusive, coprocessor), in A32 and T32; and
@ stage 2 tables of two levels with pages, permissions, access flags and attributes.
    .include "common.inc"
    .global _start, on_hyp_trap
    .text
    .equ DEVICE, 0x50000000

_start:
    park_others
    set sp, 0x40380000
    set r0, hyp_vectors
    mcr p15, 4, r0, c12, c0, 0
    set r0, level1
    mov r1, #0x00050000                 @ VMID 5
    mcrr p15, 6, r0, r1, c2
    set r0, 0x80003540                  @ VTCR: SL0 1, T0SZ 0, WBWA, inner shareable
    mcr p15, 4, r0, c2, c1, 2
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 1
    mcr p15, 4, r0, c1, c1, 2
    mcr p15, 4, r0, c1, c1, 3
    mov r0, #1                          @ HCR.VM
    mcr p15, 4, r0, c1, c1, 0
    mcr p15, 4, r0, c8, c7, 4
    dsb
    isb
    set r0, 0x00c50878
    mcr p15, 0, r0, c1, c0, 0
    mov r0, #0
    mcr p15, 0, r0, c2, c0, 2
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
    set r1, 0x11112222
    set r2, 0x8899aabb
    set r4, 4
    titled "str", str r2, [r5, #4]
    titled "strh", strh r2, [r5, #6]
    titled "strb", strb r2, [r5, #7]
    titled "str reg", str r1, [r5, r4]
    titled "ldr", ldr r8, [r5, #8]
    titled "ldrh", ldrh r9, [r5, #0x1a]
    titled "ldrb", ldrb r10, [r5, #0x1b]
    titled "ldrsh", ldrsh r11, [r5, #0x1e]
    titled "ldrsb", ldrsb r12, [r5, #0x1f]
    show "r8", r8
    show "r9", r9
    show "r10", r10
    show "r11", r11
    show "r12", r12
    end_line
    titled "ldr lr", ldr lr, [r5, #0x20]
    titled "ldr, writeback", ldr r8, [r5, #0x24]!
    set r5, DEVICE
    titled "str, post-indexed", str r8, [r5], #4
    set r5, DEVICE
    titled "ldrd", ldrd r8, r9, [r5, #0x28]
    titled "ldm", ldmia r5, {r8, r9}
    titled "stm", stmdb r5, {r1, r2}
    titled "ldrex", ldrex r8, [r5]
    titled "ldrt", ldrt r8, [r5], #0
    titled "swp-like strex", strex r8, r1, [r5]
    titled "condition false", ldrne r8, [r5]
    titled "conditional", ldreq r8, [r5, #0x30]
    titled "fetch", bx r5
    @ pages: 0x40600000 read only, +1000 write only, +2000 none, +3000 no access flag, +4000 execute never
    set r5, 0x40600000
    titled "ro, read", ldr r8, [r5]
    titled "ro, written", str r8, [r5]
    add r5, r5, #0x1000
    titled "wo, read", ldr r8, [r5, #0x44]
    titled "wo, written", str r8, [r5, #0x44]
    add r5, r5, #0x1000
    titled "none, read", ldr r8, [r5, #0x88]
    titled "none, fetched", bx r5
    add r5, r5, #0x1000
    titled "no access flag", ldr r8, [r5, #0xcc]
    add r5, r5, #0x1000
    titled "execute never", bx r5
    add r5, r5, #0x1000
    titled "no page", ldr r8, [r5, #0x10]
    set r5, 0x40800000
    titled "no table", ldr r8, [r5, #0x10]
    set r5, 0x60000000
    titled "beyond", str r8, [r5, #0x10]
    set r5, 0xc0000000
    titled "level 1", str r8, [r5, #0x10]
    @ the same from T32
    adr r0, thumbs + 1
    bx r0
    .ltorg
    .thumb
    .balign 4
thumbs:
    movw r5, #0
    movt r5, #:upper16:DEVICE
    .macro t instruction:vararg
    adr r6, 7780f
    adr r7, 7781f
    .balign 4
7780:
    \instruction
    .balign 4
7781:
    .endm
    movs r1, #1
    t str r1, [r5, #4]
    t ldrh r2, [r5, #2]
    t ldrsb.w r3, [r5, #3]
    t ldr.w r12, [r5, #0x400]
    t strb.w r1, [r5, #-1]
    it eq
    moveq r2, #0
    movs r0, #0
    adr r6, 1f
    adr r7, 2f
    .balign 4
    itt eq
1:  ldreq r2, [r5, #12]
    nopeq
    .balign 4
2:  b 3f
    .balign 4
3:  movs r4, #0
    mov r0, r2
    .balign 4
    bx pc
    nop
    .arm
    end_line
    show "r2", r2
    end_line
    hvc #0xe

on_hyp_trap:
    push {r0-r4, r12, lr}
    mrc p15, 4, r4, c5, c2, 0
    bfc r4, #0, #16
    mrc p15, 4, r0, c5, c2, 0
    lsr r1, r0, #26
    cmp r1, #0x12
    beq finish
    say " trap"
    lsr r1, r0, #26
    cmp r1, #0x24
    mov r2, r0
    tsteq r0, #1 << 24
    bfceq r2, #25, #1                   @ no syndrome: IL and the rest say nothing
    bfceq r2, #16, #8
    show "hsr", r2
    mrs r2, elr_hyp
    sub r2, r2, r6
    show "elr-at", r2
    mrc p15, 4, r0, c5, c2, 0
    lsr r1, r0, #26
    cmp r1, #0x20
    beq 1f
    show_cp15 "hdfar", 4, c6, c0, 0
    b 2f
1:  show_cp15 "hifar", 4, c6, c0, 2
2:  show_cp15 "hpfar", 4, c6, c0, 4
    mrs r0, spsr
    show "spsr", r0
    @ a load gets a value, if the syndrome says where
    mrc p15, 4, r0, c5, c2, 0
    tst r0, #1 << 24
    beq 3f
    tst r0, #1 << 6
    bne 3f
    mrs r1, spsr
    tst r1, #0x20
    beq 5f
    end_line
5:  set r1, 0x5a5aa5a5
    ubfx r2, r0, #16, #4
    cmp r2, #8
    moveq r8, r1
    cmp r2, #9
    moveq r9, r1
    cmp r2, #10
    moveq r10, r1
    cmp r2, #11
    moveq r11, r1
    b 4f
3:  mrs r1, spsr
    tst r1, #0x20
    beq 4f
    end_line
4:  mrs r0, spsr                        @ go on at r7, out of an IT block
    bic r0, r0, #0x06000000
    bic r0, r0, #0x0000fc00
    msr spsr_cxsf, r0
    msr elr_hyp, r7
    pop {r0-r4, r12, lr}
    eret

    .data
    .balign 4096
level3:                                 @ AF, inner shareable, normal write-back, HAP as it says
    .word 0x4060077f, 0                 @ read only
    .word 0x406017bf, 0                 @ write only
    .word 0x4060273f, 0                 @ nothing
    .word 0x406033ff, 0                 @ AF clear
    .word 0x406047ff, 0x00400000        @ XN
    .space 4096 - 40
level2:
    .word 0x400007fd, 0, 0x402007fd, 0, 0x404007fd, 0
    .word level3 + 3, 0
    .space 4096 - 32
    .balign 32
level1:
    .word 0x000007fd, 0, level2 + 3, 0, 0x800007fd, 0, 0, 0
