@ Data directives.
.syntax unified
.text
nop
.data
.byte 1, 2, 3
.hword 4, 5
.short 6
.2byte 7
.word 8
.long 9
.int 10
.4byte 11
.quad 12
.8byte 13
.ascii "abc", "def" "ghi"
.asciz "z", "y"
.string "s"
.ascii "\n\t\\\"\101\x41\0"
.ascii "a;b@c#d//e/*f*/g"
.asciz ""
.space 3
.space 3, 0xaa
.skip 2
.zero 5
.fill 3
.fill 2, 2, 0x1234
.fill 2, 4, 0x11223344
.fill 1, 8, 0x1122334455667788
.fill 2, 3, 0x112233
.float 1.5, -2.25
.double 3.125
.single 0.1
.uleb128 0, 127, 128, 300, 0x12345
.sleb128 0, -1, 63, 64, -64, -65, 300
.dc.b 1
.dc.w 2
.dc.l 3
.dcb.b 3, 0x11
.dcb.w 2, 0x1122
.ds.b 3
.ds.w 2
.ds.l 1
.even
.word 0xffffffff, -1, 4294967295
.byte -1, 0xff
.ascii "é"
.hword 0xffff
.text
.word 1
nop
.inst 0xe1a00000, 0xe1a00001
.byte 1
.align
.ascii "text"
nop
