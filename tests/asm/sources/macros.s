@ Macros, repetitions and conditionals.
.syntax unified
.macro plain
nop
.endm
.macro two a, b
mov \a, \b
.endm
.macro defaults a=r0, b=#1
mov \a, \b
.endm
.macro need a:req, rest:vararg
mov \a, #0
.word \rest
.endm
.macro counted
.Lat\@: b .Lat\@
.word \@
.endm
.macro outer x
two \x, r1
inner \x
.endm
.macro inner y
add \y, \y, #1
.ifc \y, r2
nop
.else
mov r3, r3
.endif
.endm
.macro joined p
add\p\()s r0, r1, r2
ldr\p\()b r0, [r1]
.endm
.macro recurse n
.if \n
.word \n
recurse "(\n-1)"
.endif
.endm
.macro text s
.ascii "\s"
.endm
.macro leaves n
.word 1
.if \n
.exitm
.endif
.word 2
.endm
.macro blank a
.ifb \a
.word 0xb
.else
.word 0xa
.endif
.ifnb \a
.word \a
.endif
.endm
.text
plain
two r1, r2
two b=r3, a=r4
two r5 r6
defaults
defaults r1
defaults , #2
defaults b=#4
need r1, 1, 2, 3
counted
counted
PLAIN
outer r2
outer r4
joined eq
recurse 3
text "abc"
.align
leaves 0
leaves 1
blank
blank 5
.rept 3
nop
.endr
.rept 0
bogus
.endr
.irp r, r0, r1, r2
mov \r, #1
.endr
.irp v 1 2 3
.word \v
.endr
.irpc c, abc
.byte '\c'
.endr
.irpc d, 123
.word \d\d
.endr
.align
.ifdef undefined
bogus
.elseif 1
.word 1
.elseif 1
.word 2
.else
.word 3
.endif
.ifndef undefined
.word 4
.endif
.if 0
.if 1
bogus
.else
bogus
.endif
.else
.word 5
.endif
.ifeq 0
.word 6
.endif
.ifne 0
.word 7
.endif
.ifgt 1
.word 8
.endif
.ifle 1
.word 9
.endif
.ifc a b, a b
.word 10
.endif
.ifc 'a, b','a, b'
.word 15
.endif
.ifnc a, b
.word 11
.endif
.ifeqs "a", "a"
.word 12
.endif
.ifnes "a", "b"
.word 13
.endif
.purgem plain
.macro plain
.word 14
.endm
plain
.set i, 0
.rept 4
.word i
.set i, i + 1
.endr
1: nop
.rept 2
1: b 1b
b 1f
.endr
1: nop
.macro nest
.macro nested q
.word \q
.endm
.endm
nest
nested 77
foo .req r7
mov foo, #3
ldr foo, [foo, #4]
.unreq foo
