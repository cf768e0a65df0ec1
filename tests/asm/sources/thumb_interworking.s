@ A32 and T32 code in one section, and calls between them and to other units.
.syntax unified
.thumb
.global g
.thumb_func
f: b g
b f
g: b f
bl f
bl g
blx f
beq g
.type h,%function
h: b h
bl a
b a
.word f, g, h, l
l: ldr r0,=g
ldr r1,=0x12345
ldr r0,=0xff
ldr r8,=0xfff
adr r0, l
adr r0, m
.balign 8
m: nop
ldr r0, m
cbz r0, n
nop
n: nop
.arm
.type a,%function
a: bl f
b f
bl h
blx h
bl m
.thumb
nop
bl a
movw r0,#:lower16:f
movt r0,#:upper16:f
bl ext
b ext
beq ext
