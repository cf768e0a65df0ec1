@ What PSCI answers on QEMU's virt with two CPUs, a word a line. CPU 1 stays off.
    .arch armv7-a
    .arch_extension sec
    .global _start
_start: ldr sp,=0x40200000
    ldr r5,=0x09000000
    .macro call a,b=0,c=0,d=0
    ldr r0,=\a
    ldr r1,=\b
    ldr r2,=\c
    ldr r3,=\d
    smc #0
    bl hex
    .endm
    call 0x84000000
    call 0x8400000a,0x84000003
    call 0x8400000a,0x84000001
    call 0x8400000a,0x84000005
    call 0x8400000a,0x84000000
    call 0x84000004,0,0
    call 0x84000004,1,0
    call 0x84000004,1,1
    call 0x84000004,7,0
    call 0x84000003,7,0x40100000
    call 0x84000003,0,0x40100000
    call 0x84000005
    call 0x84000006
    call 0x84000007
    call 0x84000001,0x100000
    call 0x84001234
    call 0xc4000003
    call 0x84000008
    b .
hex: mov r6,#8
1: ror r0,r0,#28
    and r7,r0,#15
    cmp r7,#10
    addlo r7,r7,#'0'
    addhs r7,r7,#'a'-10
    strb r7,[r5]
    subs r6,r6,#1
    bne 1b
    mov r7,#10
    strb r7,[r5]
    bx lr
