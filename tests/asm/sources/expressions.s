@ Operators, precedence and widths.
.syntax unified
.equ three, 3
.set seven, three + 4
.word 1<<2+1, 1+2*3, 2*3+1, 7&3|8, 6^3&1, 1|2^3, 10-4-3, 100/7/2, 100%7*2
.word -7/2, -7%3, 7/-2, ~0, !0, !5, -(-3), +4, - -4
.word 5>3, 3>5, 1==1, 1!=1, 1<>2, 2<=2, 2>=3, 1<2==-1
.word 1&&0, 1&&2, 0||0, 0||5, 1||0&&0
.word 'A', 'A' + 1, '\n', '\\', ' ', 0x1F, 0b1010, 017, 0xffffffff, -0x80000000
.word 6!1, 0!0
.quad 0x123456789abcdef0, -1, -1>>4, 1<<40, 0xffffffff+1, ~0, 5>3
.word three, seven*2, three+seven<<1
.hword 0x1234, -1, 0xffff, -0x8000
.byte 255, -128, 'a', 1+1
.word (((1+2)))*3, -(1<<4)|1
start:
.word end-start, (end-start)/4, end-start-4, . - start, .-., start-end
.word -three, ~seven&0xff
end:
.if three+4==seven
.word 1
.else
.word 2
.endif
forward = after - before
before: .word forward, before, after-4
after:
