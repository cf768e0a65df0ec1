@ Sections: names, flags, stacks, subsections, alignment and filling.
.syntax unified
.text
nop
.byte 1, 2, 3
.align 2
nop
.byte 1
.align 3
nop
.balign 16
a: nop
.p2align 4, 0xff
nop
.balign 8, 0x55
nop
.p2align 4,,3
nop
.p2align 3,,7
nop
.balignw 8, 0x1234
nop
.data
.byte 1
.align 2
b: .word a, b
.balign 8, 0xee
.word 3
.p2align 4
.word 4
.section .rodata
.asciz "text"
.align
.word b
.section .rodata.str, "a"
.ascii "x"
.section .vectors, "ax", %progbits
.align 5
v: b v
.org 0x10
.word 5
.org 0x20, 0xff
nop
.pushsection .data
.word 6
.pushsection .text
.word 7
.popsection
.word 8
.popsection
nop
.bss
.skip 4
.align 3
z: .space 16
.previous
.word 9
.section .nobits, "aw", %nobits
.space 32
.section .init_array
.word v
.section .note.own, "", %note
.word 1
.text
.subsection 2
.word 0x22222222
.align 4
.subsection 1
.word 0x11111111
.byte 1
.text 0
.word 0x00000000
.section ".quoted name", "aw"
.word 1
.section .text.sub, "ax"
nop
.byte 9
.section .plain
.word 2
.section .merge, "aMS", %progbits, 1
.asciz "merged"
.section .bss.more
.space 8
.section .data.rel
.word 1
