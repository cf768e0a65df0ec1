@ Statements: comments, separators, labels, case.
.syntax unified   @ comment
.arch armv7-a // another
.arch_extension virt
.cpu cortex-a15
.fpu neon
# a whole line
   # a whole line, indented
a: b: c: nop
d: nop; e: nop; f:
nop /* inside */; nop
/* across
several
lines */ nop
MOV R0, R1; Add r2,R3,#4
 mov	r0 ,	r1
1: b 1b; 2: b 2f; b 1b; 2: nop
10: b 10b; b 10f; 10: nop
.L1: b .L1
_under: b _under
dotted.name: b dotted.name
.word 'a', '@', ';', '#', '/'
.ascii "; @ // # /* */" @ real comment
.align
; nop ;; nop
.title "x"
.file "name.c"
.ident "me"
.eabi_attribute 6, 10
nop
.end
this is not read
