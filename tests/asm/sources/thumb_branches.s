@ T32 branches and literals whose width depends on the distance, IT blocks, and a literal pool.
.syntax unified
.thumb
a: ite eq
addeq r0, r0, r1
addne r0, r0, #4
itttt lt
movlt r0, #1
ldrlt r1, =0x12345678
noplt
blt a
itt al
nop
nop
cmp r0, #0
beq .Lfar
b .Lfar
bl .Lfar
.rept 127
nop
.endr
beq .Lfar
.rept 1000
nop
.endr
.Lfar:
b a
bne a
ldr r0, aa
.balign 16
aa: .word a, x, aa-a
.word .Lfar
.balign 4, 0
