@ Literal pools: sharing, MOV and MVN, .ltorg, the end of a section, subsections.
.syntax unified
.global shown
.text
first:
ldr r0, =0x12345678
ldr r1, =0x12345678
ldr r2, =0xff
ldr r3, =0xffffff00
ldr r4, =0xff000000
ldr r5, =0x101
ldrne r6, =first
ldr r7, =first+4
ldr r8, =first
ldr r9, =outside
ldr r10, =outside+8
ldr r11, =outside
ldr r12, =shown
ldreq r0, =0
ldr r0, =-1
ldr r0, =-2
ldr r0, =0x1234
bx lr
.ltorg
.ltorg
ldr r0, =0x12345678
ldr r3, =value
ldr pc, =first
second: nop
later: nop
ldr r1, =later - second + 0x4444
.byte 1
.pool
.align 2
nop
ldr r0, =value+1
.equ value, 0x1357
shown: nop
ldr r0, =datum
b shown
.data
datum: .word 1
.section .other, "ax"
ldr r0, =0x55aa55aa
ldr r1, =here
here: nop
.text 1
ldr r0, =0x99999999
.text
ldr r0, =0x99999999
.previous
nop
